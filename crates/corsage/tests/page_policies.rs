//! What a page's own policies make of a fetch: upgrades, Content Security Policy, Integrity-Policy, Local
//! Network Access.

#![cfg(feature = "browser")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::time::Duration;

use corsage::browser::{
    AddressSpace, Client, Code, ContentSecurityPolicy, Destination, HeaderList, HstsHost,
    InsecureRequests, LocalNetworkPermission, Mode, PreflightCache, Profile, Request, RequestInit,
    Step, WireFailure, WireResponse, fetch,
};
use corsage::terms::Origin;

fn page(origin: &str) -> Client {
    Client::page(Origin::parse(origin).unwrap())
}

fn init(url: &str) -> RequestInit {
    RequestInit { url: url.into(), ..RequestInit::default() }
}

fn start(init: RequestInit, client: &Client, profile: Profile) -> Step {
    let request = Request::new(init, client, profile).unwrap();
    fetch(request, client, profile, &mut PreflightCache::new(), Duration::ZERO)
}

/// The URL that is sent to, or the code that blocks.
fn outcome(step: &Step) -> String {
    match step {
        Step::Send(pending) => pending.wire().url.to_string(),
        Step::Finish(end) => match &end.outcome {
            Ok(_) => "done".into(),
            Err(error) => error.blamed().code.as_str().into(),
        },
    }
}

#[test]
fn source_lists_allow_what_they_name() {
    // page, policy, target, allowed
    let rows = [
        ("https://app.example", "connect-src 'none'", "https://app.example/x", false),
        ("https://app.example", "connect-src 'self'", "https://app.example/x", true),
        ("https://app.example", "connect-src 'self'", "https://api.example/x", false),
        ("https://app.example", "default-src 'self'", "https://api.example/x", false),
        ("https://app.example", "default-src 'none'; connect-src *", "https://api.example/", true),
        ("https://app.example", "img-src 'none'", "https://api.example/", true),
        ("https://app.example", "connect-src *", "data:text/plain,x", false),
        ("https://app.example", "connect-src data:", "data:text/plain,x", true),
        ("https://app.example", "connect-src https:", "https://api.example:8443/", true),
        ("https://app.example", "connect-src api.example", "https://api.example/", true),
        ("https://app.example", "connect-src api.example", "https://api.example:8443/", false),
        ("https://app.example", "connect-src api.example:*", "https://api.example:8443/", true),
        ("https://app.example", "connect-src http://api.example", "https://api.example/", true),
        ("https://app.example", "connect-src http://api.example:80", "https://api.example/", true),
        ("https://app.example", "connect-src *.example", "https://a.b.example/", true),
        ("https://app.example", "connect-src *.example", "https://example/", false),
        ("https://app.example", "connect-src *.example", "https://badexample/", false),
        ("https://app.example", "connect-src API.example", "https://api.example/", true),
        (
            "https://app.example",
            "connect-src https://api.example/v1/",
            "https://api.example/v1/x",
            true,
        ),
        (
            "https://app.example",
            "connect-src https://api.example/v1/",
            "https://api.example/v2/x",
            false,
        ),
        (
            "https://app.example",
            "connect-src https://api.example/v1",
            "https://api.example/v1/x",
            false,
        ),
        (
            "https://app.example",
            "connect-src https://api.example/%76%31",
            "https://api.example/v1",
            true,
        ),
        ("https://app.example", "connect-src 'unsafe-inline'", "https://app.example/", false),
        ("https://app.example", "connect-src", "https://app.example/", false),
        ("http://app.example", "connect-src 'self'", "https://app.example/", true),
        ("https://app.example:8443", "connect-src 'self'", "https://app.example/", false),
        ("http://localhost:3000", "connect-src http://[::1]:8080", "http://[::1]:8080/", true),
        ("http://localhost:3000", "connect-src http://[::1]", "http://[::1]:8080/", false),
    ];
    for (origin, policy, url, allowed) in rows {
        let mut client = page(origin);
        client.policies.content_security.push(ContentSecurityPolicy::parse(policy));
        let got = outcome(&start(init(url), &client, Profile::Standard));
        assert_eq!(got != "csp-connect-src", allowed, "{origin} with {policy}: {url} gave {got}");
    }
}

#[test]
fn every_policy_must_allow_and_the_violated_one_is_named() {
    let mut client = page("https://app.example");
    client.policies.content_security =
        ["connect-src *", "default-src 'self'"].map(ContentSecurityPolicy::parse).to_vec();
    let Step::Finish(end) = start(init("https://api.example/"), &client, Profile::Standard) else {
        panic!("nothing may be sent")
    };
    let error = end.outcome.unwrap_err();
    assert_eq!(error.blamed().code, Code::CspConnectSrc);
    assert_eq!(error.blamed().seen.as_deref(), Some(&b"default-src 'self'"[..]));
}

#[test]
fn redirects_are_judged_by_host_and_not_by_path() {
    let mut client = page("https://app.example");
    client
        .policies
        .content_security
        .push(ContentSecurityPolicy::parse("connect-src https://api.example/v1/"));
    for (location, blocked) in [("/v2/", false), ("https://other.example/v1/", true)] {
        let step = start(init("https://api.example/v1/"), &client, Profile::Standard);
        let Step::Send(pending) = step else { panic!("a simple request goes out at once") };
        let mut headers = HeaderList::new();
        headers.append("Access-Control-Allow-Origin", "*");
        headers.append("Location", location);
        let response = WireResponse { status: 302, status_text: Vec::new(), headers };
        let next = pending.receive(Ok(response), &mut PreflightCache::new(), Duration::ZERO);
        assert_eq!(outcome(&next) == "csp-connect-src", blocked, "{location}");
    }
}

#[test]
fn urls_are_upgraded_before_anything_looks_at_them() {
    let mut upgrading = page("https://app.example");
    upgrading.policies.insecure_requests = InsecureRequests::Upgraded;
    let mut known = page("http://app.example");
    known.policies.hsts_hosts =
        vec![HstsHost { host: "api.example".into(), include_subdomains: true }];
    let plain = page("http://app.example");
    let rows = [
        (&upgrading, "http://api.example/x", "https://api.example/x"),
        (&upgrading, "http://api.example:8080/x", "https://api.example:8080/x"),
        (&upgrading, "http://localhost:3000/", "http://localhost:3000/"),
        (&known, "http://api.example/", "https://api.example/"),
        (&known, "http://v1.api.example./", "https://v1.api.example./"),
        (&known, "http://xapi.example/", "http://xapi.example/"),
        (&plain, "http://api.example/", "http://api.example/"),
    ];
    for (client, url, sent) in rows {
        assert_eq!(outcome(&start(init(url), client, Profile::Standard)), sent);
    }
}

#[test]
fn pictures_of_a_secure_page_are_upgraded_and_its_fetches_blocked() {
    let client = page("https://app.example");
    let picture = RequestInit {
        mode: Some(Mode::NoCors),
        destination: Destination::Image,
        ..init("http://api.example/a.png")
    };
    let sent = outcome(&start(picture, &client, Profile::Standard));
    assert_eq!(sent, "https://api.example/a.png");
    let blocked = outcome(&start(init("http://api.example/"), &client, Profile::Standard));
    assert_eq!(blocked, "mixed-content");
}

#[test]
fn integrity_policies_want_marked_scripts() {
    let mut client = page("https://app.example");
    client.policies.integrity_blocked = vec![Destination::Script];
    let script = |integrity: &str, mode| RequestInit {
        destination: Destination::Script,
        mode: Some(mode),
        integrity: integrity.into(),
        ..init("https://cdn.example/a.js")
    };
    let outcome = |init| outcome(&start(init, &client, Profile::Standard));
    assert_eq!(outcome(script("", Mode::Cors)), "integrity-policy");
    assert_eq!(outcome(script("sha256-AAAA", Mode::NoCors)), "integrity-policy");
    assert_eq!(outcome(script("sha256-AAAA", Mode::Cors)), "https://cdn.example/a.js");
    assert_eq!(outcome(init("https://cdn.example/a.json")), "https://cdn.example/a.json");
}

#[test]
fn the_local_network_asks_for_permission() {
    let public = |permission| {
        let mut client = page("https://app.example");
        client.address_space = Some(AddressSpace::Public);
        client.policies.local_network = permission;
        client
    };
    let rows = [
        (LocalNetworkPermission::Granted, "http://127.0.0.1:8080/"),
        (LocalNetworkPermission::Denied, "lna-permission-denied"),
        (LocalNetworkPermission::Prompt, "lna-permission-prompt"),
        (LocalNetworkPermission::DisallowedByPolicy, "lna-permissions-policy"),
    ];
    for (permission, wanted) in rows {
        let client = public(permission);
        let step = start(init("http://127.0.0.1:8080/"), &client, Profile::Chromium);
        assert_eq!(outcome(&step), wanted);
        // No other engine asks.
        let step = start(init("http://127.0.0.1:8080/"), &client, Profile::Firefox);
        assert_eq!(outcome(&step), "http://127.0.0.1:8080/");
    }
}

#[test]
fn an_address_that_only_the_connection_shows_is_judged_then() {
    let mut client = page("http://app.example");
    client.address_space = Some(AddressSpace::Public);
    let step = start(init("http://printer.example/"), &client, Profile::Chromium);
    let Step::Send(pending) = step else { panic!("a name shows no address space") };
    assert_eq!(pending.wire().check_connection(AddressSpace::Public), Ok(()));
    let refused = pending.wire().check_connection(AddressSpace::Local).unwrap_err();
    assert_eq!(refused, WireFailure::LocalNetworkInsecureContext);
    let end = pending.receive(Err(refused), &mut PreflightCache::new(), Duration::ZERO);
    assert_eq!(outcome(&end), "lna-insecure-context");
}
