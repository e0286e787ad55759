//! Every problem that a policy can have: what raises it, how bad it is, and that it says what to do.
#![cfg(feature = "public-suffix-list")]

use std::collections::BTreeSet;
use std::time::Duration;

use corsage::Severity;
use corsage::server::{
    Credentials, PolicyDraft, PolicyProblem, PolicyProblemCode as Code, PrivateNetworkAccess,
    Waiver,
};

fn origins(list: &[&str]) -> PolicyDraft {
    PolicyDraft::new().origins(list)
}

fn sound() -> PolicyDraft {
    origins(&["https://app.example"])
}

fn with_credentials(list: &[&str]) -> PolicyDraft {
    origins(list).credentials(Credentials::Allow)
}

fn max_age(seconds: f64) -> PolicyDraft {
    PolicyDraft { max_age: Some(Duration::from_secs_f64(seconds)), ..sound() }
}

fn problems(draft: PolicyDraft) -> Vec<PolicyProblem> {
    match draft.compile() {
        Ok(policy) => policy.problems().to_vec(),
        Err(errors) => errors.problems().to_vec(),
    }
}

/// Code, level, field, and a draft with that problem.
fn table() -> Vec<(Code, Severity, &'static str, PolicyDraft)> {
    use Severity::{Error, Note, Warning};
    const ORIGINS: &str = "allow_origins";
    const METHODS: &str = "allow_methods";
    const HEADERS: &str = "allow_headers";
    const EXPOSE: &str = "expose_headers";
    let long_host = format!("https://{}.example", "a.".repeat(130));
    let private = PrivateNetworkAccess::AskedFor;
    vec![
        (Code::NoOrigins, Warning, ORIGINS, PolicyDraft::new()),
        (Code::WildcardMixed, Error, ORIGINS, origins(&["*", "https://app.example"])),
        (Code::WildcardMixed, Warning, METHODS, sound().methods(["*", "PUT"])),
        (Code::WildcardMixed, Warning, HEADERS, sound().headers(["*", "x-a"])),
        (Code::WildcardMixed, Warning, EXPOSE, sound().expose(["*", "x-a"])),
        (
            Code::WildcardMixed,
            Error,
            "timing_allow_origins",
            PolicyDraft {
                timing_allow_origins: vec!["*".into(), "https://app.example".into()],
                ..sound()
            },
        ),
        (Code::WildcardWithPredicate, Error, ORIGINS, origins(&["*"]).origins_where(|_| true)),
        (Code::WildcardWithCredentials, Error, ORIGINS, with_credentials(&["*"])),
        (
            Code::WildcardWithCredentials,
            Error,
            EXPOSE,
            with_credentials(&["https://app.example"]).expose(["*"]),
        ),
        (Code::NullWithCredentials, Error, ORIGINS, with_credentials(&["null"])),
        (Code::NullNeedsWaiver, Error, ORIGINS, origins(&["null"])),
        (
            Code::PredicateAdmitsEverybody,
            Error,
            "dynamic_origins",
            with_credentials(&[]).origins_where(|_| true),
        ),
        (Code::Empty, Error, ORIGINS, origins(&[""])),
        (Code::Quoted, Error, ORIGINS, origins(&["\"https://app.example\""])),
        (Code::BadALabel, Error, ORIGINS, origins(&["https://xn--f.example"])),
        (Code::CommaList, Error, ORIGINS, origins(&["https://a.example,https://b.example"])),
        (Code::CommaList, Error, METHODS, sound().methods(["PUT,DELETE"])),
        (Code::CommaList, Error, HEADERS, sound().headers(["x-a, x-b"])),
        (Code::CommaList, Error, EXPOSE, sound().expose(["x-a, x-b"])),
        (Code::Whitespace, Error, ORIGINS, origins(&["https://app.example\r"])),
        (Code::FileScheme, Error, ORIGINS, origins(&["file:///home"])),
        (Code::NotAnOrigin, Error, ORIGINS, origins(&["data:text/html,"])),
        (
            Code::NotAnOrigin,
            Error,
            "timing_allow_origins",
            PolicyDraft { timing_allow_origins: vec!["https://*.example".into()], ..sound() },
        ),
        (Code::IdnNotPunycode, Error, ORIGINS, origins(&["https://bücher.example"])),
        (Code::TrailingSlash, Error, ORIGINS, origins(&["https://app.example/"])),
        (Code::HasPath, Error, ORIGINS, origins(&["https://app.example/shop"])),
        (Code::HasQuery, Error, ORIGINS, origins(&["https://app.example?a"])),
        (Code::HasFragment, Error, ORIGINS, origins(&["https://app.example#a"])),
        (Code::HasUserInformation, Error, ORIGINS, origins(&["https://me@app.example"])),
        (Code::UpperCase, Error, ORIGINS, origins(&["https://App.example"])),
        (Code::MisplacedWildcard, Error, ORIGINS, origins(&["https://app.*.example"])),
        (Code::NoScheme, Error, ORIGINS, origins(&["app.example"])),
        (Code::BadScheme, Error, ORIGINS, origins(&["1https://app.example"])),
        (Code::BadHost, Error, ORIGINS, origins(&["https://app..example"])),
        (Code::BadIp, Error, ORIGINS, origins(&["http://127.1"])),
        (Code::TooLong, Error, ORIGINS, origins(&[&long_host])),
        (Code::BadPort, Error, ORIGINS, origins(&["https://app.example:0"])),
        (Code::DefaultPort, Error, ORIGINS, origins(&["https://app.example:443"])),
        (
            Code::InsecureOriginWithCredentials,
            Error,
            ORIGINS,
            with_credentials(&["http://app.example"]),
        ),
        (Code::PublicSuffix, Warning, ORIGINS, origins(&["https://*.co.uk"])),
        (Code::PublicSuffixWithCredentials, Error, ORIGINS, with_credentials(&["https://*.co.uk"])),
        (
            Code::Duplicate,
            Warning,
            ORIGINS,
            origins(&["https://app.example", "https://app.example"]),
        ),
        (Code::Duplicate, Warning, METHODS, sound().methods(["put", "PUT"])),
        (Code::Duplicate, Warning, HEADERS, sound().headers(["X-A", "x-a"])),
        (
            Code::Duplicate,
            Warning,
            "tolerate",
            sound().tolerate(Waiver::NullOrigin, "a").tolerate(Waiver::NullOrigin, "b"),
        ),
        (
            Code::CoveredByPattern,
            Warning,
            ORIGINS,
            origins(&["https://*.app.example", "https://a.app.example"]),
        ),
        (Code::NotAToken, Error, METHODS, sound().methods(["P UT"])),
        (Code::NotAToken, Error, HEADERS, sound().headers(["x-a:"])),
        (Code::NotAToken, Error, EXPOSE, sound().expose(["x a"])),
        (
            Code::NotAToken,
            Error,
            "vary_also",
            PolicyDraft { vary_also: vec!["*".into()], ..sound() },
        ),
        (
            Code::NotAToken,
            Error,
            "debug_header",
            PolicyDraft { debug_header: Some("x a".into()), ..sound() },
        ),
        (Code::ForbiddenMethod, Error, METHODS, sound().methods(["TRACE"])),
        (Code::LowerCasePatch, Warning, METHODS, sound().methods(["patch"])),
        (Code::LowerCasePatch, Warning, METHODS, sound().methods(["Patch"])),
        (Code::WildcardWithoutAuthorization, Note, HEADERS, sound().headers(["*"])),
        (
            Code::WildcardWithAuthorization,
            Note,
            HEADERS,
            with_credentials(&["https://app.example"]).headers(["*"]),
        ),
        (Code::MethodOverride, Warning, HEADERS, sound().headers(["X-HTTP-Method-Override"])),
        (Code::RequestHeaderInResponseList, Warning, EXPOSE, sound().expose(["Origin"])),
        (Code::OptionsRarelyMeant, Warning, METHODS, sound().methods(["OPTIONS"])),
        (Code::NormalizedMethod, Note, METHODS, sound().methods(["put"])),
        (
            Code::ResponseHeaderInRequestList,
            Error,
            HEADERS,
            sound().headers(["access-control-allow-origin"]),
        ),
        (Code::ForbiddenRequestHeader, Error, HEADERS, sound().headers(["cookie"])),
        (Code::SafelistedRequestHeader, Warning, HEADERS, sound().headers(["Accept"])),
        (Code::ForbiddenResponseHeader, Error, EXPOSE, sound().expose(["set-cookie"])),
        (
            Code::PreflightHeaderInResponseList,
            Error,
            EXPOSE,
            sound().expose(["access-control-max-age"]),
        ),
        (Code::NoUse, Warning, EXPOSE, sound().expose(["access-control-allow-origin"])),
        (Code::SafelistedResponseHeader, Note, EXPOSE, sound().expose(["cache-control"])),
        (Code::OverEveryBrowsersCap, Error, "max_age", max_age(86_401.0)),
        (Code::OverChromiumsCap, Warning, "max_age", max_age(7201.0)),
        (Code::OverWebKitsCap, Note, "max_age", max_age(601.0)),
        (Code::FractionOfASecond, Warning, "max_age", max_age(1.5)),
        (
            Code::PrivateNetworkAccessAbandoned,
            Warning,
            "private_network_access",
            PolicyDraft { private_network_access: private, ..sound() },
        ),
        (
            Code::WildcardWithPrivateNetwork,
            Error,
            ORIGINS,
            PolicyDraft { private_network_access: private, ..origins(&["*"]) },
        ),
        (Code::WaiverWithoutReason, Error, "tolerate", sound().tolerate(Waiver::NullOrigin, " ")),
    ]
}

#[test]
fn each_is_found_at_its_level_in_its_field() {
    for (code, level, field, draft) in table() {
        let found = problems(draft);
        let problem = found
            .iter()
            .find(|problem| problem.code == code && problem.field == field)
            .unwrap_or_else(|| panic!("{code} in {field} is not among {found:?}"));
        assert_eq!(problem.severity, level, "{problem}");
        assert!(!problem.cause.is_empty() && !problem.way_out.is_empty(), "{problem}");
    }
}

#[test]
fn every_code_stands_in_the_table() {
    let mut produced: BTreeSet<Code> = table().into_iter().map(|row| row.0).collect();
    let refused = PolicyDraft::max_age_from_seconds(-1).unwrap_err();
    assert_eq!((refused.severity, refused.value.as_str()), (Severity::Error, "-1"));
    produced.insert(refused.code);
    // Only where no list is compiled in, which is not where this test runs.
    produced.insert(Code::PublicSuffixUnchecked);
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !produced.contains(code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_sound_draft_has_none() {
    assert_eq!(problems(sound().methods(["PUT"]).headers(["x-a"]).expose(["x-b"])), []);
}

fn codes(draft: PolicyDraft) -> Vec<&'static str> {
    problems(draft).iter().map(|problem| problem.code.as_str()).collect()
}

#[test]
fn one_origin_has_all_its_problems_told_and_what_was_meant() {
    for (text, told, meant) in [
        (
            "'HTTPS://me@App.Example:443/shop?a#b'",
            &[
                "quoted",
                "has-fragment",
                "has-query",
                "has-path",
                "has-user-information",
                "upper-case",
                "default-port",
            ][..],
            Some("https://app.example"),
        ),
        ("app.example/", &["no-scheme", "trailing-slash"], Some("https://app.example")),
        ("localhost:3000", &["no-scheme"], Some("http://localhost:3000")),
        (
            "https://Bücher.example/",
            &["trailing-slash", "upper-case", "idn-not-punycode"],
            Some("https://xn--bcher-kva.example"),
        ),
        ("https://*example.com", &["misplaced-wildcard"], Some("https://*.example.com")),
        ("https://*.*.example.com", &["misplaced-wildcard"], Some("https://*.example.com")),
        (" https://app.example\n", &["whitespace"], Some("https://app.example")),
        ("https://xn--f", &["bad-a-label"], None),
        ("https://xn--bcher-kva.example", &[], None),
        ("https://?.preview.example", &[], None),
        ("https://a.?.example", &["has-query"], None),
        ("https://", &["bad-host"], None),
    ] {
        let found = problems(origins(&[text]));
        let codes: Vec<_> = found.iter().map(|problem| problem.code.as_str()).collect();
        assert_eq!(codes, told, "{text}");
        if let Some(meant) = meant {
            for problem in &found {
                assert!(problem.way_out.ends_with(&format!(": {meant:?}")), "{problem}");
            }
            assert!(!codes_have_error(origins(&[meant])), "{meant}");
        }
    }
}

fn codes_have_error(draft: PolicyDraft) -> bool {
    draft.compile().is_err()
}

#[test]
fn what_was_meant_is_judged_too() {
    assert_eq!(
        codes(with_credentials(&["http://app.example/"])),
        ["trailing-slash", "insecure-origin-with-credentials"]
    );
}

#[test]
fn a_predicate_for_everybody_needs_the_waiver_that_the_wildcard_needs() {
    let everybody = || with_credentials(&["https://app.example"]).origins_where(|_| true);
    assert_eq!(codes(everybody()), ["predicate-admits-everybody"]);
    let seeing = with_credentials(&[]).origins_where_request(|_, _| true);
    assert_eq!(codes(seeing), ["predicate-admits-everybody"]);
    let tolerated = everybody().tolerate(Waiver::AnyOriginWithCredentials, "a public sandbox");
    assert!(tolerated.compile().is_ok());
    let own = with_credentials(&[]).origins_where(|origin| origin.host.ends_with(".app.example"));
    assert!(own.compile().is_ok());
    // Nothing that is asked while a policy compiles can bring it down.
    let panicking = with_credentials(&[]).origins_where(|_| panic!("no such table"));
    assert!(panicking.compile().is_ok());
}
