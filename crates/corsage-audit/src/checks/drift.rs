//! The same data by another request: another spelling of the path, another method, an origin told elsewhere.
//!
//! All odd things are asked for at once. A server that refuses that has none of these faults; one that does not is
//! asked for each by itself, as a browser would.

use corsage::browser::Step;
use url::Url;

use crate::candidates::STRANGER;
use crate::class::Class;
use crate::page::{Script, lines, reads};
use crate::session::{As, Probe, Session};
use crate::severity::Severity;
use crate::target::{Depth, Permission};
use crate::wire::{Sender, Sent, Wire};

/// Names under which servers have been seen to take an origin from the query.
const QUERY: [&str; 3] = ["origin", "Origin", "cors_origin"];
/// And from headers.
const HEADERS: [&str; 2] = ["X-Forwarded-Host", "X-Origin"];

pub(super) async fn check<W: Wire>(s: &mut Session<'_, W>) {
    let origin = format!("{}://{STRANGER}", s.page_scheme());
    let spellings = all_spellings(s.target.url.path());
    if s.target.permission == Permission::Post {
        // The method is one more oddity, unless the server does not know it.
        match everything_odd(s, &origin, "POST", &spellings).await {
            Some(Seen::Granted) => {
                one_by_one(s, &origin).await;
                return method(s, &origin).await;
            }
            Some(Seen::Refused) | None => return,
            Some(Seen::Unknown) => method(s, &origin).await,
        }
    }
    match everything_odd(s, &origin, "GET", &spellings).await {
        Some(Seen::Granted) => one_by_one(s, &origin).await,
        // Few servers know all of these spellings; many take capitals and a slash at the end for nothing.
        Some(Seen::Unknown) => {
            let some = format!("{}/", s.target.url.path().to_ascii_uppercase());
            if s.is_deep() || everything_odd(s, &origin, "GET", &some).await == Some(Seen::Granted)
            {
                one_by_one(s, &origin).await;
            }
        }
        Some(Seen::Refused) | None => {}
    }
}

/// What a stranger who asks so sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Granted,
    Refused,
    /// The server knows no such path, or no such method.
    Unknown,
}

/// Whether a stranger is let in where everything is odd at once. No browser sends this.
async fn everything_odd<W: Wire>(
    s: &mut Session<'_, W>,
    origin: &str,
    method: &str,
    path: &str,
) -> Option<Seen> {
    let mut url = s.target.url.clone();
    url.set_path(path);
    for name in QUERY {
        url.query_pairs_mut().append_pair(name, origin);
    }
    let page = page_path(s);
    let url = String::from(url);
    let script = Script { method, shows_path: Some(&page), ..Script::get(origin, &url, s.mode()) };
    let Some(Step::Send(pending)) = script.begin() else { return None };
    let mut sent = Sent {
        method: method.into(),
        url: url.clone(),
        headers: lines(pending.wire()),
        body: None,
        purpose: "everything odd at once",
        sender: Sender::Nobody,
    };
    for name in HEADERS {
        sent.headers.push((name.into(), header_value(name, origin)));
    }
    s.sign(&mut sent, As::User);
    let answer = s.send(sent).await?;
    Some(match answer.status {
        _ if reads(&script, &answer).is_something() => Seen::Granted,
        400 | 404 | 405 | 501 | 300..=399 => Seen::Unknown,
        _ => Seen::Refused,
    })
}

/// In its address the page has a trusted one.
fn page_path<W: Wire>(s: &Session<'_, W>) -> String {
    let seed = s.seeds.first().unwrap_or("app.example.org");
    format!("/https://{seed}/")
}

fn header_value(name: &str, origin: &str) -> String {
    match name {
        "X-Forwarded-Host" => origin.split("://").nth(1).unwrap_or_default().to_owned(),
        _ => origin.to_owned(),
    }
}

/// Doubled slashes, capitals, an encoded letter, a slash at the end.
fn all_spellings(path: &str) -> String {
    let (before, last) = path.rsplit_once('/').unwrap_or(("", path));
    format!("/{}//{}/", before.to_ascii_uppercase(), encoded(last))
}

fn encoded(segment: &str) -> String {
    let mut letters = segment.chars();
    match letters.next() {
        Some(first) if first.is_ascii_alphanumeric() => {
            format!("%{:02x}{}", u32::from(first), letters.as_str())
        }
        _ => segment.to_owned(),
    }
}

/// Each spelling by itself.
fn spellings(path: &str) -> Vec<String> {
    let (before, last) = path.rsplit_once('/').unwrap_or(("", path));
    let mut all = vec![
        format!("/{path}"),
        format!("{before}//{last}"),
        format!("{path}/"),
        format!("{before}/{}", encoded(last)),
        path.to_ascii_uppercase(),
        format!("{}/{last}", before.to_ascii_uppercase()),
        format!("{before}/{}", last.to_ascii_uppercase()),
    ];
    all.retain(|it| it != path);
    all.dedup();
    all
}

/// Each oddity by itself, until one explains what was seen.
async fn one_by_one<W: Wire>(s: &mut Session<'_, W>, origin: &str) {
    let (url, page) = (s.target.url.clone(), page_path(s));
    let mut tries = vec![(Class::AltInputReferer, url.clone(), Vec::new(), Some(&*page))];
    for name in HEADERS {
        let headers = vec![(name, header_value(name, origin))];
        tries.push((Class::AltInputHeader, url.clone(), headers, None));
    }
    for spelling in spellings(url.path()) {
        let mut url = url.clone();
        url.set_path(&spelling);
        tries.push((Class::DriftPath, url, Vec::new(), None));
    }
    for name in QUERY {
        let mut url = url.clone();
        url.query_pairs_mut().append_pair(name, origin);
        tries.push((Class::AltInputQuery, url, Vec::new(), None));
    }
    for (class, url, headers, page) in tries {
        let found = s.findings.has(class);
        if !found
            && tried(s, class, origin, &url, headers, page).await
            && s.target.depth == Depth::Usual
        {
            return;
        }
    }
}

/// Asks as a page would; reports if it reads what is not for it.
async fn tried<W: Wire>(
    s: &mut Session<'_, W>,
    class: Class,
    origin: &str,
    url: &Url,
    headers: Vec<(&'static str, String)>,
    page: Option<&str>,
) -> bool {
    let url = url.as_str();
    let script = Script { headers, shows_path: page, ..Script::get(origin, url, s.mode()) };
    let Some(probe) = s.run(&script, As::User, "the same data by another request").await else {
        return false;
    };
    report(s, class, &probe).await
}

async fn report<W: Wire>(s: &mut Session<'_, W>, class: Class, probe: &Probe) -> bool {
    let granted = s.is_granted(probe);
    let serious = |judged: Option<(Severity, bool)>| {
        judged.is_some_and(|(severity, _)| severity > Severity::Info)
    };
    if granted && serious(s.judge(probe).await) {
        s.report(class, probe).await;
        return true;
    }
    false
}

/// POST, which needs no preflight either.
async fn method<W: Wire>(s: &mut Session<'_, W>, origin: &str) {
    let url = s.target.url().to_owned();
    let script = Script { method: "POST", ..Script::get(origin, &url, s.mode()) };
    if let Some(probe) = s.run(&script, As::User, "another method").await {
        report(s, Class::DriftMethod, &probe).await;
    }
}
