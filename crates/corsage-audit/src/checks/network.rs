//! What is open beside CORS: names that are not checked, WebSockets, requests that need no preflight.

use crate::answer::Answer;
use crate::candidates::{STRANGE_DOMAIN, STRANGER};
use crate::class::Class;
use crate::origins::{host_of, registrable, who};
use crate::session::{As, Session};
use crate::severity::{Severity, Who};
use crate::target::{Credential, Network};
use crate::wire::{Sent, Wire};

/// A page whose own name is made to point here is of the same origin, if the server answers to any name.
pub(super) async fn host<W: Wire>(s: &mut Session<'_, W>) {
    let url = s.target.url().to_owned();
    let name = format!("rebound.{STRANGE_DOMAIN}");
    let host = match s.target.url.port() {
        Some(port) => format!("{name}:{port}"),
        None => name,
    };
    let private = s.private().await;
    let headers = vec![("Host".to_owned(), host.clone())];
    let Some(answer) = s.plain(As::Stranger, &url, headers, "a name that is not its own").await
    else {
        return;
    };
    if answer.status == 200 && private.is_in(&answer.body, &[]) {
        let evidence = told!("audit-told.host", host = host);
        let count = s.findings.findings.len();
        s.report_fact(Class::HostNotValidated, Severity::Medium, evidence);
        s.show_since(count);
    }
}

/// A handshake, and its answer.
struct Handshake {
    origin: String,
    sent: Sent,
    answer: Answer,
    /// Whether it goes with the user's cookie.
    signed: bool,
    /// Whether what opens is the user's, or for those inside.
    is_private: bool,
}

/// WebSockets have no CORS: the handshake's Origin is all there is.
pub(super) async fn websocket<W: Wire>(s: &mut Session<'_, W>) {
    let Some(path) = s.target.websocket.clone() else { return };
    let Ok(url) = s.target.url.join(&path) else { return };
    for origin in callers(s) {
        let Some(mut seen) = handshake(s, url.as_str(), origin).await else { return };
        if !seen.is_private {
            // Who takes any stranger's and says nothing that is the user's says nothing more to others.
            if seen.answer.status == 101 && seen.origin.ends_with(STRANGER) && !s.is_deep() {
                return;
            }
            continue;
        }
        // Whoever lets another name of the domain in may compare the end alone.
        if who(&seen.origin, &s.target) == Who::Sibling
            && !s.is_deep()
            && let Some(zone) =
                host_of(&seen.origin).and_then(|it| registrable(&it).map(str::to_owned))
            && let Some(ending) =
                handshake(s, url.as_str(), format!("{}://zq{zone}", s.page_scheme())).await
            && ending.is_private
        {
            seen = ending;
        }
        return report_handshake(s, &seen);
    }
}

/// Pages that are not meant to speak to it.
fn callers<W: Wire>(s: &Session<'_, W>) -> Vec<String> {
    let scheme = s.page_scheme();
    let mut origins = vec![format!("{scheme}://{STRANGER}")];
    let seed = s.seeds.first().filter(|seed| registrable(seed) != Some(*seed));
    if let Some(seed) = seed.filter(|_| !s.is_deep()) {
        // Ends as the trusted host and as its domain, and is of it.
        origins.push(format!("{scheme}://zq{seed}"));
        return origins;
    }
    if scheme == "https" && s.is_deep() {
        origins.push(format!("http://{STRANGER}"));
    }
    for zone in &s.seeds.zones {
        origins.push(format!("{scheme}://zq{zone}"));
        origins.push(format!("{scheme}://zq.{zone}"));
    }
    origins
}

async fn handshake<W: Wire>(
    s: &mut Session<'_, W>,
    url: &str,
    origin: String,
) -> Option<Handshake> {
    let headers = vec![
        ("Connection".into(), "Upgrade".into()),
        ("Upgrade".into(), "websocket".into()),
        ("Sec-WebSocket-Version".into(), "13".into()),
        // The handshake's example of RFC 6455: the connection is closed again.
        ("Sec-WebSocket-Key".into(), "dGhlIHNhbXBsZSBub25jZQ==".into()),
        ("Origin".into(), origin.clone()),
    ];
    let bare = Sent::new("GET", url, headers, "a WebSocket of a strange page");
    let mut sent = bare.clone();
    let signed = s.cookie_goes(&origin).await;
    if signed {
        s.sign(&mut sent, As::User);
    }
    let answer = s.send(sent.clone()).await?;
    // Without the user's cookie a stranger would be greeted alike: compared, where there is one. Inside, whatever it says
    // is for those inside.
    let is_private = answer.status == 101
        && match signed {
            true => s
                .send(bare)
                .await
                .is_some_and(|other| other.status != 101 || other.body != answer.body),
            false => s.target.network == Network::Private,
        };
    Some(Handshake { origin, sent, answer, signed, is_private })
}

fn report_handshake<W: Wire>(s: &mut Session<'_, W>, seen: &Handshake) {
    let evidence = match seen.signed {
        true => told!("audit-told.handshake-cookie", origin = seen.origin),
        false => told!("audit-told.handshake-network", origin = seen.origin),
    };
    let severity = who(&seen.origin, &s.target).severity();
    let count = s.findings.findings.len();
    s.report_as(Class::WebSocketOrigin, severity, &seen.origin, evidence);
    s.show_by(count, &seen.sent, &seen.answer);
}

/// JSON that comes as a form could send it.
pub(super) async fn json_as_text<W: Wire>(s: &mut Session<'_, W>) {
    let Some(path) = s.target.json_endpoint.clone() else { return };
    if !s.target.may_send("POST") || !matches!(s.target.credential, Some(Credential::Cookie { .. }))
    {
        return;
    }
    let page = format!("{}://{STRANGER}", s.page_scheme());
    if !s.cookie_goes(&page).await {
        return;
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        let Ok(url) = s.target.url.join(&path) else { return };
        let headers = vec![
            ("Origin".into(), page.clone()),
            ("Content-Type".into(), kind.into()),
            ("Content-Length".into(), "2".into()),
        ];
        let mut sent = Sent::new("POST", url.as_str(), headers, "JSON without a preflight");
        sent.body = Some("{}".into());
        s.sign(&mut sent, As::User);
        let Some(answer) = s.send(sent).await else { return };
        if (200..300).contains(&answer.status) {
            let evidence = told!("audit-told.json-as", kind = kind);
            let count = s.findings.findings.len();
            s.report_as(Class::JsonAsText, Severity::Medium, &page, evidence);
            s.show_since(count);
            return;
        }
        // It is not the type that it minds.
        if matches!(answer.status, 401 | 403) {
            return;
        }
    }
}
