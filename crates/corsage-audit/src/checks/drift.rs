//! The same data by another request: another spelling of the path, another method, an origin told elsewhere.
//!
//! All odd things are asked for at once. A server that refuses that has none of these faults; one that does not is
//! asked for each by itself, as a browser would.

use corsage::browser::Step;
use url::Url;

use super::places;
use crate::candidates::STRANGER;
use crate::class::Class;
use crate::origins::CODE_HOSTS;
use crate::page::{Script, lines, reads};
use crate::session::{As, Probe, Session};
use crate::severity::Severity;
use crate::wire::{Sender, Sent, Wire};

/// Names under which servers have been seen to take an origin from the query.
const QUERY: [&str; 3] = ["origin", "Origin", "cors_origin"];
/// And from headers.
const HEADERS: [&str; 2] = ["X-Forwarded-Host", "X-Origin"];

pub(super) async fn check<W: Wire>(s: &mut Session<'_, W>) {
    // Where anybody has a page is as good as a stranger's, and tells of one more list.
    let odd = match s.page_scheme() {
        "https" if !s.is_deep() => format!("https://{}", CODE_HOSTS[0]),
        scheme => format!("{scheme}://{STRANGER}"),
    };
    let seen = all_at_once(s, &odd).await;
    if seen == Some(Seen::Granted) || s.is_deep() {
        one_by_one(s).await;
    }
    if seen != Some(Seen::Refused) {
        if s.target.may_send("POST") && seen == Some(Seen::Unknown) {
            method(s, "POST").await;
        }
        places::code_hosts(s, s.page_scheme(), &CODE_HOSTS[..1]).await;
    }
    for named in s.target.may_send.clone() {
        if !matches!(&*named, "GET" | "HEAD" | "OPTIONS" | "POST") {
            method(s, &named).await;
        }
    }
}

/// From the oddest request to one that is nearly usual, until the server knows what is asked.
async fn all_at_once<W: Wire>(s: &mut Session<'_, W>, origin: &str) -> Option<Seen> {
    let path = s.target.url.path().to_owned();
    let spellings = all_spellings(&path);
    let method = if s.target.may_send("POST") { "POST" } else { "GET" };
    let mut tries = vec![(method, spellings.clone())];
    if method == "POST" {
        tries.push(("GET", spellings));
    }
    // Few servers know all of these spellings; many take capitals and a slash at the end for nothing.
    tries.push(("GET", format!("{}/", path.to_ascii_uppercase())));
    tries.push(("GET", path));
    let mut seen = None;
    for (method, path) in tries {
        seen = everything_odd(s, origin, method, &path).await;
        if seen != Some(Seen::Unknown) {
            return seen;
        }
    }
    seen
}

/// What a stranger who asks so sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Granted,
    Refused,
    /// The server knows no such path, or no such method.
    Unknown,
}

/// Whether this page is let in where everything is odd at once. No browser sends this.
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
    let mut sent = Sent::new(method, &url, lines(pending.wire()), "everything odd at once");
    sent.sender = Sender::Nobody;
    // A page has to ask for these; where it may not, they tell nothing.
    if s.strange_preflight.is_some() {
        for name in HEADERS {
            sent.headers.push((name.into(), header_value(name, origin)));
        }
    }
    s.sign(&mut sent, As::User);
    let answer = s.send(sent).await?;
    // Strangers may be turned away by a status of their own.
    let refusal = s.answers.last().map(|(_, answer)| answer.status);
    Some(match answer.status {
        _ if reads(&script, &answer).is_something() => Seen::Granted,
        status if status < 300 || Some(status) == refusal => Seen::Refused,
        _ => Seen::Unknown,
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

/// One oddity: the class that it is, the address, the script's own headers, and the path that the page shows.
struct Odd {
    class: Class,
    url: Url,
    headers: Vec<(&'static str, String)>,
    page: Option<String>,
}

impl Odd {
    fn at(class: Class, url: Url) -> Self {
        Self { class, url, headers: Vec::new(), page: None }
    }
}

/// Each kind of oddity, and within the kind that explains what was seen each by itself.
async fn one_by_one<W: Wire>(s: &mut Session<'_, W>) {
    let origin = format!("{}://{STRANGER}", s.page_scheme());
    let url = s.target.url.clone();
    let page = Some(page_path(s));
    let referer = Odd { page, ..Odd::at(Class::AltInputReferer, url.clone()) };
    if tried(s, &origin, referer).await && !s.is_deep() {
        return;
    }
    if s.strange_preflight.is_some() {
        for name in HEADERS {
            let headers = vec![(name, header_value(name, &origin))];
            let odd = Odd { headers, ..Odd::at(Class::AltInputHeader, url.clone()) };
            if tried(s, &origin, odd).await && !s.is_deep() {
                return;
            }
        }
    }
    if s.target.may_send("POST") && method(s, "POST").await && !s.is_deep() {
        return;
    }
    let queries: Vec<Url> = QUERY.iter().map(|name| with_query(&url, &[name], &origin)).collect();
    let all = with_query(&url, &QUERY, &origin);
    if first_of(s, Class::AltInputQuery, &origin, all, queries).await && !s.is_deep() {
        return;
    }
    let spelled = |path: &str| {
        let mut url = url.clone();
        url.set_path(path);
        url
    };
    let each = spellings(url.path()).iter().map(|it| spelled(it)).collect();
    let all = spelled(&all_spellings(url.path()));
    first_of(s, Class::DriftPath, &origin, all, each).await;
}

fn with_query(url: &Url, names: &[&str], origin: &str) -> Url {
    let mut url = url.clone();
    for name in names {
        url.query_pairs_mut().append_pair(name, origin);
    }
    url
}

/// Reports the first of them that lets a stranger in. All at once are asked before, unless no server might know that.
async fn first_of<W: Wire>(
    s: &mut Session<'_, W>,
    class: Class,
    origin: &str,
    all: Url,
    each: Vec<Url>,
) -> bool {
    let whole = all.to_string();
    let script = Script::get(origin, &whole, s.mode());
    let Some(probe) = s.run(&script, As::User, "the same data by another request").await else {
        return false;
    };
    if probe.answer.status < 300 && !s.is_granted(&probe) && !s.is_deep() {
        return false;
    }
    for url in each {
        if tried(s, origin, Odd::at(class, url)).await {
            return true;
        }
    }
    false
}

/// Asks as a page would; reports if it reads what is not for it.
async fn tried<W: Wire>(s: &mut Session<'_, W>, origin: &str, odd: Odd) -> bool {
    let Odd { class, url, headers, page } = odd;
    let url = url.as_str();
    let script =
        Script { headers, shows_path: page.as_deref(), ..Script::get(origin, url, s.mode()) };
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

/// Another method: POST needs no preflight either, the others have to be granted one.
async fn method<W: Wire>(s: &mut Session<'_, W>, method: &str) -> bool {
    let (origin, url) = (format!("{}://{STRANGER}", s.page_scheme()), s.target.url().to_owned());
    let script = Script { method, ..Script::get(&origin, &url, s.mode()) };
    match s.run(&script, As::User, "another method").await {
        Some(probe) => report(s, Class::DriftMethod, &probe).await,
        None => false,
    }
}
