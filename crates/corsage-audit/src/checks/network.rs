//! What is open beside CORS: names that are not checked, WebSockets, requests that need no preflight.

use std::collections::VecDeque;

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
        let evidence = format!("a request for {host} is answered like one for its own name");
        let count = s.findings.findings.len();
        s.report_fact(Class::HostNotValidated, Severity::Medium, evidence);
        s.show_since(count);
    }
}

/// WebSockets have no CORS: the handshake's Origin is all there is.
pub(super) async fn websocket<W: Wire>(s: &mut Session<'_, W>) {
    let Some(path) = s.target.websocket.clone() else { return };
    let scheme = s.page_scheme();
    let mut origins = vec![format!("{scheme}://{STRANGER}")];
    match s.seeds.first().filter(|_| !s.is_deep()) {
        // Ends as the trusted host and as its domain, and is of it.
        Some(seed) if Some(seed) != registrable(seed) => {
            origins.push(format!("{scheme}://zq{seed}"))
        }
        _ => {}
    }
    if s.is_deep() || origins.len() == 1 {
        if scheme == "https" {
            origins.push(format!("http://{STRANGER}"));
        }
        for zone in &s.seeds.zones {
            origins.push(format!("{scheme}://zq{zone}"));
            origins.push(format!("{scheme}://zq.{zone}"));
        }
    }
    let mut origins = VecDeque::from(origins);
    let mut tried_ending = false;
    while let Some(origin) = origins.pop_front() {
        let Ok(url) = s.target.url.join(&path) else { return };
        let headers = vec![
            ("Connection".into(), "Upgrade".into()),
            ("Upgrade".into(), "websocket".into()),
            ("Sec-WebSocket-Version".into(), "13".into()),
            // The handshake's example of RFC 6455: the connection is closed again.
            ("Sec-WebSocket-Key".into(), "dGhlIHNhbXBsZSBub25jZQ==".into()),
            ("Origin".into(), origin.clone()),
        ];
        let mut sent = Sent::new("GET", url.as_str(), headers, "a WebSocket of a strange page");
        let signed = s.cookie_goes(&origin).await;
        if signed {
            s.sign(&mut sent, As::User);
        }
        let Some(answer) = s.send(sent.clone()).await else { return };
        if answer.status != 101 {
            continue;
        }
        // Without the user's cookie a stranger would be greeted alike: compared, where there is one.
        let mut bare = sent.clone();
        bare.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("cookie"));
        let depends = match signed {
            true => s
                .send(bare)
                .await
                .is_some_and(|other| other.status != 101 || other.body != answer.body),
            // Inside, whatever it says is for those inside.
            false => s.target.network == Network::Private,
        };
        let by = who(&origin, &s.target);
        // Whoever lets another name of the domain in may compare the end alone.
        if depends && by == Who::Sibling && !s.is_deep() && !tried_ending {
            tried_ending = true;
            let zone =
                registrable(host_of(&origin).as_deref().unwrap_or_default()).map(str::to_owned);
            origins.extend(zone.map(|zone| format!("{scheme}://zq{zone}")));
            origins.push_back(origin);
            continue;
        }
        if depends {
            let severity = by.severity();
            let whose = if signed { "with the user's cookie" } else { "by the network alone" };
            let evidence = format!("a handshake of {origin} is taken, {whose}");
            let count = s.findings.findings.len();
            s.report_as(Class::WebSocketOrigin, severity, &origin, evidence);
            s.show_by(count, &sent, &answer);
            return;
        }
        // Who takes any stranger's and says nothing that is the user's says nothing more to others.
        if by == Who::Anyone && origin.ends_with(STRANGER) && origin.starts_with(scheme) {
            return;
        }
    }
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
            let evidence = format!("it takes JSON as {kind}");
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
