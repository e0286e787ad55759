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
        (Code::Empty, Error, ORIGINS, origins(&[""])),
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
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !produced.contains(code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_sound_draft_has_none() {
    assert_eq!(problems(sound().methods(["PUT"]).headers(["x-a"]).expose(["x-b"])), []);
}
