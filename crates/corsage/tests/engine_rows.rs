//! Rows of the table of engine differences that recordings of single fetches hardly show.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::time::Duration;

use corsage::browser::{
    Client, CredentialsMode, HeaderList, Message, Mode, PreflightCache, Profile, ReferrerPolicy,
    Request, RequestInit, Step, WireRequest, WireResponse, fetch,
};
use corsage::terms::Origin;

fn response(status: u16, lines: &[(&str, &str)]) -> WireResponse {
    let mut headers = HeaderList::new();
    for (name, value) in lines {
        headers.push_line(name, value);
    }
    WireResponse { status, status_text: Vec::new(), headers }
}

/// What is sent, each message answered by a function of it.
fn sent(
    init: RequestInit,
    profile: Profile,
    cache: &mut PreflightCache,
    answer: impl Fn(&WireRequest) -> WireResponse,
) -> Vec<(Message, WireRequest)> {
    let page = Client::page(Origin::parse("http://127.0.0.1:8080").unwrap());
    let request = Request::new(init, &page, profile).unwrap();
    let mut sent = Vec::new();
    let step: Step = fetch(request, &page, profile, cache, Duration::ZERO);
    step.run(cache, Duration::ZERO, |pending| {
        sent.push((pending.message(), pending.wire().clone()));
        Ok(answer(pending.wire()))
    });
    sent
}

fn put(credentials: CredentialsMode) -> RequestInit {
    RequestInit {
        url: "https://api.example/".into(),
        method: Some(b"PUT".to_vec()),
        credentials: Some(credentials),
        ..RequestInit::default()
    }
}

#[test]
fn firefox_drops_empty_lines_of_the_age() {
    // Joined with the other line it would be no number, and Firefox would remember nothing.
    let lines = [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", "PUT"),
        ("Access-Control-Max-Age", ""),
        ("Access-Control-Max-Age", "60"),
    ];
    let mut cache = PreflightCache::new();
    let mut once = || {
        sent(put(CredentialsMode::Omit), Profile::Firefox, &mut cache, |_| response(200, &lines))
            .len()
    };
    assert_eq!((once(), once()), (2, 1));
}

#[test]
fn a_stored_wildcard_is_judged_by_whoever_stored_it_in_chromium() {
    // By the text a `*` with credentials is a name; a PUT that is listed beside it is stored with it.
    let lines = [
        ("Access-Control-Allow-Origin", "http://127.0.0.1:8080"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "PUT, *"),
        ("Access-Control-Max-Age", "60"),
    ];
    for (profile, messages) in [
        (Profile::Standard, 1),
        (Profile::Chromium, 2),
        (Profile::Firefox, 2),
        (Profile::Webkit, 1),
    ] {
        let mut cache = PreflightCache::new();
        sent(put(CredentialsMode::Include), profile, &mut cache, |_| response(200, &lines));
        let patch = RequestInit { method: Some(b"PATCH".to_vec()), ..put(CredentialsMode::Omit) };
        let after = sent(patch, profile, &mut cache, |_| response(200, &lines));
        assert_eq!(after.len(), messages, "{profile}");
    }
}

#[test]
fn webkit_says_null_again_where_a_post_said_so() {
    for (profile, origin) in [(Profile::Webkit, Some(&b"null"[..])), (Profile::Firefox, None)] {
        let init = RequestInit {
            url: "http://127.0.0.1:8080/a".into(),
            method: Some(b"POST".to_vec()),
            mode: Some(Mode::NoCors),
            referrer_policy: Some(ReferrerPolicy::NoReferrer),
            ..RequestInit::default()
        };
        let sent = sent(init, profile, &mut PreflightCache::new(), |wire| match wire.url.path() {
            "/a" => response(302, &[("Location", "/b")]),
            _ => response(200, &[]),
        });
        assert_eq!(sent[0].1.headers.get(b"origin").as_deref(), Some(&b"null"[..]), "{profile}");
        assert_eq!(sent[1].1.method, b"GET");
        assert_eq!(sent[1].1.headers.get(b"origin").as_deref(), origin, "{profile}");
    }
}
