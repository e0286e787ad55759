//! The two halves test each other: what a policy grants the browser accepts, what it refuses the
//! browser blocks, for random policies and requests, in all four profiles.

#![cfg(all(feature = "browser", feature = "server"))]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use corsage::browser::{
    Client, CredentialsMode, PreflightCache, Profile, Request, RequestInit, ResponseType,
};
use corsage::exchange::{Exchanged, Execution, exchange};
use corsage::server::OutcomeKind;
use corsage::server::{Credentials, Policy, PolicyDraft, Waiver};
use corsage::terms::Origin;
use proptest::prelude::*;

const PAGES: [&str; 6] = [
    "https://app.example",
    "https://www.app.example",
    "https://app.example:8443",
    "http://app.example",
    "http://localhost:3000",
    "https://evil.example",
];
const ORIGIN_RULES: [&str; 7] = [
    "*",
    "https://app.example",
    "https://*.app.example",
    "https://app.example:*",
    "http://app.example",
    "http://localhost:3000",
    "https://other.example",
];
const METHODS: [&str; 9] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "patch", "OPTIONS", "X-Custom"];
const HEADERS: [(&str, &str); 9] = [
    ("Authorization", "Bearer x"),
    ("X-Api-Key", "1"),
    ("x-a", "1"),
    ("X-A", "2"),
    ("Content-Type", "application/json"),
    ("Content-Type", "text/plain"),
    ("Accept", "text/html"),
    ("Range", "bytes=0-5"),
    ("Last-Event-ID", "7"),
];
const ALLOWED_HEADERS: [&str; 7] =
    ["*", "authorization", "X-API-KEY", "X-A", "content-type", "last-event-id", "x-unused"];

#[derive(Clone, Debug)]
struct Case {
    origins: Vec<&'static str>,
    allow_methods: Vec<&'static str>,
    allow_headers: Vec<&'static str>,
    policy_credentials: bool,
    page: &'static str,
    method: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    credentials: CredentialsMode,
    use_cors_preflight: bool,
    profile: Profile,
}

fn some<T: Clone + std::fmt::Debug + 'static>(
    from: &'static [T],
    most: usize,
) -> impl Strategy<Value = Vec<T>> {
    prop::collection::vec(prop::sample::select(from), 0..=most)
}

fn cases() -> impl Strategy<Value = Case> {
    let policy = (
        prop::collection::vec(prop::sample::select(&ORIGIN_RULES[..]), 1..4),
        prop_oneof![some(&METHODS, 4), Just(vec!["*"])],
        some(&ALLOWED_HEADERS, 4),
        any::<bool>(),
    );
    let request = (
        prop::sample::select(&PAGES[..]),
        prop::sample::select(&METHODS[..]),
        some(&HEADERS, 4),
        prop::sample::select(vec![
            CredentialsMode::Omit,
            CredentialsMode::SameOrigin,
            CredentialsMode::Include,
        ]),
        any::<bool>(),
        prop::sample::select(Profile::ALL.to_vec()),
    );
    (policy, request).prop_map(|(policy, request)| Case {
        origins: policy.0,
        allow_methods: policy.1,
        allow_headers: policy.2,
        policy_credentials: policy.3,
        page: request.0,
        method: request.1,
        headers: request.2,
        credentials: request.3,
        use_cors_preflight: request.4,
        profile: request.5,
    })
}

/// Every danger is waived: refusing to compile would only make the cases fewer.
fn policy(case: &Case) -> Option<Policy> {
    let credentials = if case.policy_credentials { Credentials::Allow } else { Credentials::Omit };
    let mut draft = PolicyDraft::new()
        .origins(&case.origins)
        .methods(case.allow_methods.iter().copied())
        .headers(case.allow_headers.iter().copied())
        .credentials(credentials);
    for waiver in Waiver::ALL {
        draft = draft.tolerate(*waiver, "a test of all policies");
    }
    draft.compile().ok()
}

/// A hole in the text: without `Access-Control-Allow-Methods` a preflight that an upload listener
/// forced counts as listing the request's own method. See docs/deviations.md#upload-listener-method.
fn slips_through_upload_listener(case: &Case) -> bool {
    case.use_cors_preflight && case.allow_methods.is_empty()
}

/// Engines let a `*` that they have cached cover `Authorization`, and then no server is asked. See
/// docs/deviations.md#cached-wildcard-authorization.
fn slips_through_cached_wildcard(first: &Case, second: &Case) -> bool {
    second.profile != Profile::Standard
        && first.allow_headers.contains(&"*")
        && second.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"))
}

fn perform(case: &Case, policy: &Policy, cache: &mut PreflightCache) -> Exchanged {
    let page = Client::page(Origin::parse(case.page).expect("an origin"));
    let headers = case.headers.iter();
    let init = RequestInit {
        url: "https://api.example/items".into(),
        method: Some(case.method.as_bytes().to_vec()),
        headers: headers.map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        credentials: Some(case.credentials),
        use_cors_preflight: case.use_cors_preflight,
        ..RequestInit::default()
    };
    let request = Request::new(init, &page, case.profile).expect("a valid request");
    exchange(request, &page, case.profile, policy, cache, Duration::ZERO)
}

fn check(case: &Case, policy: &Policy) -> Result<Exchanged, TestCaseError> {
    let end = perform(case, policy, &mut PreflightCache::new());
    let credentials_fit = case.credentials != CredentialsMode::Include || case.policy_credentials;
    let granted = end.verdicts.iter().all(|verdict| verdict.passes()) && credentials_fit;
    match &end.finished.outcome {
        Ok(response) => {
            prop_assert!(granted, "blocked by the policy, read by the page: {:?}", end.verdicts);
            prop_assert_eq!(response.response_type(), ResponseType::Cors);
            prop_assert_eq!(end.execution, Execution::Executed);
        }
        Err(error) => {
            prop_assert!(
                !granted,
                "granted by the policy, blocked by {}: {:?}",
                case.profile.as_str(),
                error.blockers()
            );
            prop_assert!(!error.blockers().is_empty());
            prop_assert!(error.blockers().contains(error.blamed()));
        }
    }
    // A refused preflight protects: nothing is executed after it.
    if end.verdicts.first() == Some(&OutcomeKind::RefusePreflight) {
        prop_assert_eq!(end.execution, Execution::NotExecuted);
        prop_assert_eq!(end.verdicts.len(), 1);
    }
    Ok(end)
}

static COMPILED: AtomicUsize = AtomicUsize::new(0);
static READ: AtomicUsize = AtomicUsize::new(0);
static BLOCKED: AtomicUsize = AtomicUsize::new(0);

proptest! {
    #![proptest_config(ProptestConfig { cases: 6000, ..ProptestConfig::default() })]

    fn granted_is_accepted_and_refused_is_blocked_cases(case in cases()) {
        prop_assume!(!slips_through_upload_listener(&case));
        if let Some(policy) = policy(&case) {
            COMPILED.fetch_add(1, Ordering::Relaxed);
            let end = check(&case, &policy)?;
            let count = if end.finished.outcome.is_ok() { &READ } else { &BLOCKED };
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_cached_preflight_grants_no_more_than_a_fresh_one(case in cases(), second in cases()) {
        let Some(policy) = policy(&case) else { return Ok(()) };
        let second = Case { profile: case.profile, page: case.page, ..second };
        prop_assume!(!slips_through_upload_listener(&case));
        prop_assume!(!slips_through_cached_wildcard(&case, &second));
        let second = Case {
            use_cors_preflight: second.use_cors_preflight && !case.allow_methods.is_empty(),
            ..second
        };
        let mut cache = PreflightCache::new();
        perform(&case, &policy, &mut cache);
        let cached = perform(&second, &policy, &mut cache).finished.outcome.is_ok();
        let fresh = perform(&second, &policy, &mut PreflightCache::new()).finished.outcome.is_ok();
        prop_assert_eq!(cached, fresh);
    }
}

/// The property, and that it was not true for want of cases.
#[test]
fn granted_is_accepted_and_refused_is_blocked() {
    granted_is_accepted_and_refused_is_blocked_cases();
    let [compiled, read, blocked] =
        [&COMPILED, &READ, &BLOCKED].map(|count| count.load(Ordering::Relaxed));
    assert!(compiled > 2000, "only {compiled} policies compiled");
    assert!(read > 300 && blocked > 300, "{read} read, {blocked} blocked");
}

/// What the policy refuses is not executed, though no preflight asked first.
#[test]
fn a_refused_write_is_not_executed() {
    use corsage::server::DisallowedWrites;
    let draft = PolicyDraft::new().origins(["https://app.example", "https://b.example"]);
    for (writes, execution) in [
        (DisallowedWrites::Execute, Execution::Executed),
        (DisallowedWrites::Refuse, Execution::NotExecuted),
    ] {
        let policy = draft.clone().disallowed_writes(writes).compile().expect("sound");
        let page = Client::page(Origin::parse("https://evil.example").expect("an origin"));
        let init = RequestInit {
            url: "https://api.example/items".into(),
            method: Some(b"POST".to_vec()),
            ..RequestInit::default()
        };
        let request = Request::new(init, &page, Profile::Standard).expect("a request");
        let mut cache = PreflightCache::new();
        let end = exchange(request, &page, Profile::Standard, &policy, &mut cache, Duration::ZERO);
        assert_eq!(end.execution, execution);
        assert_eq!(end.verdicts, [OutcomeKind::Withhold]);
        assert!(end.finished.outcome.is_err());
    }
}
