//! Data that comes as a script: CORS does not guard what a page runs.

use std::time::Duration;

use corsage::browser::load::{Content, Document, Load, LoadStep, Use, load};
use corsage::browser::{Client, HeaderList, Profile};
use corsage::terms::Origin;

use crate::answer::Answer;
use crate::candidates::STRANGER;
use crate::class::Class;
use crate::origins::who;
use crate::page::wire;
use crate::session::{As, Session};
use crate::wire::{Sent, Wire};

/// The function that a page would define.
const CALLBACK: &str = "corsagewitness";
/// Parameters that have been seen to name it.
const PARAMETERS: [&str; 4] = ["callback", "jsonp", "cb", "jsoncallback"];

pub(super) async fn jsonp<W: Wire>(s: &mut Session<'_, W>) {
    let mut url = s.target.url.clone();
    for name in PARAMETERS {
        url.query_pairs_mut().append_pair(name, CALLBACK);
    }
    let page = format!("{}://{STRANGER}", s.page_scheme());
    let Some(headers) = request_of_script(&page, url.as_str()) else { return };
    let mut sent = Sent::new("GET", url.as_str(), headers, "the data as a script");
    if s.target.has_cookie() && s.cookie_goes(&page).await {
        s.sign(&mut sent, As::User);
    }
    let Some(answer) = s.send(sent.clone()).await else { return };
    let private = s.private().await;
    if calls_back(&answer.body)
        && private.is_in(&answer.body, &[])
        && runs(&page, url.as_str(), &answer)
    {
        let evidence = told!("audit-told.called-back", callback = CALLBACK);
        let count = s.findings.findings.len();
        let severity = who(&page, &s.target).severity();
        s.report_as(Class::Jsonp, severity, &page, evidence);
        s.show_by(count, &sent, &answer);
    }
}

/// Whether it begins with a call of the page's function; some put a comment before it, or ask first whether there is one.
fn calls_back(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&body[..body.len().min(200)]);
    let mut code = text.trim_start();
    while let Some(comment) = code.strip_prefix("/*") {
        let Some((_, rest)) = comment.split_once("*/") else { return false };
        code = rest.trim_start();
    }
    let code = code.trim_start_matches([';', ' ']);
    let code = code.strip_prefix("typeof ").unwrap_or(code);
    code.strip_prefix(CALLBACK).is_some_and(|rest| rest.contains('('))
}

fn begin(page: &str, url: &str) -> Option<LoadStep> {
    let client = Client::page(Origin::parse(page).ok()?);
    let mut document = Document::new();
    load(Load::script(url), &client, Profile::Chromium, &mut document, Duration::ZERO).ok()
}

fn request_of_script(page: &str, url: &str) -> Option<Vec<(String, String)>> {
    match begin(page, url)? {
        LoadStep::Request(pending) => Some(crate::page::lines(pending.wire())),
        LoadStep::Finish(_) => None,
    }
}

/// Whether a browser runs it as a script, whatever type it declares.
fn runs(page: &str, url: &str, answer: &Answer) -> bool {
    let Some(LoadStep::Request(pending)) = begin(page, url) else { return false };
    let response = wire(answer);
    let content = Content::observed(&HeaderList::clone(&response.headers), &answer.body);
    match pending.receive(Ok(response), &content, &mut Document::new(), Duration::ZERO) {
        LoadStep::Finish(loaded) => loaded.sight.used == Use::Used,
        LoadStep::Request(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_from_texts() {
        for body in [
            "corsagewitness({\"a\":1})",
            "/**/corsagewitness({})",
            "/**/ typeof corsagewitness === 'function' && corsagewitness({});",
            ";corsagewitness && corsagewitness({})",
        ] {
            assert!(calls_back(body.as_bytes()), "{body}");
        }
        for body in ["{\"callback\":\"corsagewitness\"}", "<p>corsagewitness(", "[]"] {
            assert!(!calls_back(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn a_browser_runs_what_it_is_not_forbidden_to() {
        let (page, url) = ("https://evil.example", "https://api.example.com/me");
        let answer = Answer::new(200).with_body("corsagewitness({\"a\":1})");
        let json = answer.clone().with("Content-Type", "application/json");
        assert!(runs(page, url, &json));
        let script = answer.with("Content-Type", "text/javascript");
        let nosniff = |answer: Answer| answer.with("X-Content-Type-Options", "nosniff");
        assert!(runs(page, url, &nosniff(script.clone())));
        assert!(!runs(page, url, &nosniff(json)));
        assert!(!runs(page, url, &script.with("Cross-Origin-Resource-Policy", "same-origin")));
    }
}
