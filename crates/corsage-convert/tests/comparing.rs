//! Programs compared, and the neutral form learnt from them.

use corsage_convert::compare::{Comparison, PageRequest, Saw, Verdict, compare, page};
use corsage_convert::neutral::derive;
use corsage_convert::{Circumstances, Format, Program, Source, read};

fn corsage(text: &str) -> Box<dyn Program> {
    let circumstances = Circumstances::default();
    read(Format::Corsage, &Source { text, name: None, circumstances: &circumstances })
        .unwrap_or_else(|why| panic!("{text}: {why:?}"))
}

fn policy(origins: &str, more: &str) -> Box<dyn Program> {
    corsage(&format!("[[policy]]\nallow_origins = [{origins}]\n{more}\n"))
}

fn witnesses(comparison: &Comparison) -> Vec<&str> {
    let mut origins: Vec<&str> =
        comparison.differences.iter().map(|other| other.witness.origin.as_str()).collect();
    origins.sort_unstable();
    origins.dedup();
    origins
}

const POLICIES: &[(&str, &str)] = &[
    (r#""https://app.example.com""#, ""),
    (r#""https://app.example.com", "https://admin.example.com""#, "allow_credentials = true"),
    (r#""https://*.example.com""#, "allow_methods = [\"PUT\"]\nallow_headers = [\"content-type\"]"),
    (
        r#""https://app-*.example.com", "http://localhost:*""#,
        "expose_headers = [\"etag\"]\nmax_age = 600",
    ),
    (r#""*""#, "allow_methods = [\"*\"]\nallow_headers = [\"*\"]\nexpose_headers = [\"*\"]"),
];

#[test]
fn what_is_compared_with_itself_does_not_differ() {
    for (origins, more) in POLICIES {
        let program = policy(origins, more);
        let comparison = compare(program.as_ref(), program.as_ref());
        assert_eq!(comparison.verdict(), Verdict::Exact);
        assert_eq!(comparison.undecided, None);
    }
}

#[test]
fn the_neutral_form_is_what_the_model_does() {
    for (origins, more) in POLICIES {
        let program = policy(origins, more);
        let neutral = derive(program.as_ref());
        let [only] = neutral.as_slice() else { panic!("{neutral:?}") };
        let comparison = compare(program.as_ref(), only);
        assert_eq!(comparison.verdict(), Verdict::Exact, "{origins} {more}: {comparison:#?}");
    }
}

#[test]
fn every_pair_of_different_policies_differs() {
    for (first_at, first) in POLICIES.iter().enumerate() {
        for (second_at, second) in POLICIES.iter().enumerate() {
            let comparison =
                compare(policy(first.0, first.1).as_ref(), policy(second.0, second.1).as_ref());
            assert_eq!(comparison.verdict() == Verdict::Exact, first_at == second_at);
        }
    }
}

#[test]
fn a_border_that_moved_is_named_by_its_witness() {
    let before = policy(r#""https://app.example.com""#, "");
    let after = policy(r#""https://*.example.com""#, "");
    let comparison = compare(before.as_ref(), after.as_ref());
    assert_eq!(comparison.verdict(), Verdict::Wider);
    assert_eq!(witnesses(&comparison), ["https://a.example.com"]);
    let back = compare(after.as_ref(), before.as_ref());
    assert_eq!(back.verdict(), Verdict::Narrower);
    // No preflight was granted that a browser could remember.
    assert_eq!(back.revocation_latency, None);
}

#[test]
fn what_is_revoked_lives_on_in_caches() {
    let listed = |methods: &str| {
        policy(
            r#""https://app.example.com""#,
            &format!("allow_methods = [{methods}]\nmax_age = 7200"),
        )
    };
    let comparison = compare(listed(r#""PUT", "DELETE""#).as_ref(), listed(r#""PUT""#).as_ref());
    assert_eq!(comparison.revocation_latency, Some(7200));
    let [difference] = comparison.differences.as_slice() else { panic!("{comparison:#?}") };
    assert_eq!(difference.requests, [("DELETE".to_owned(), None)]);
    assert_eq!(difference.second.saw, Saw::Nothing);
    assert_eq!(difference.second.refused.as_deref(), Some("method-not-allowed"));
}

fn nginx(headers: &str, methods: &str) -> Box<dyn Program> {
    let text = format!(
        "server {{ listen 8080; location / {{ add_header Access-Control-Allow-Origin https://app.example.com always; \
         add_header Access-Control-Allow-Methods \"{methods}\" always; add_header Access-Control-Allow-Headers \
         \"{headers}\" always; if ($request_method = OPTIONS) {{ return 204; }} proxy_pass http://127.0.0.1:9000; }} }}"
    );
    let circumstances = Circumstances::default();
    read(Format::Nginx, &Source { text: &text, name: None, circumstances: &circumstances })
        .unwrap_or_else(|why| panic!("{text}: {why:?}"))
}

/// A program that sends fixed texts asks no request about the names in them.
#[test]
fn names_that_only_an_answer_lists_are_compared() {
    let one = nginx("content-type, x-request-id", "PUT, PURGE");
    assert_eq!(compare(one.as_ref(), one.as_ref()).verdict(), Verdict::Exact);
    let header = compare(one.as_ref(), nginx("content-type", "PUT, PURGE").as_ref());
    assert_eq!(header.verdict(), Verdict::Narrower);
    let method = compare(nginx("content-type, x-request-id", "PUT").as_ref(), one.as_ref());
    assert_eq!(method.verdict(), Verdict::Wider);
}

/// Every pair of files that differ in one border differs, with a witness that the browser's half confirms: what it
/// says of the first and of the second program is asked of both again.
#[test]
fn one_border_is_one_difference_and_its_witness_is_confirmed() {
    let pairs = [
        (r#""https://app.example.com""#, r#""https://app.example.org""#),
        (r#""https://app.example.com""#, r#""http://app.example.com""#),
        (r#""https://app.example.com""#, r#""https://app.example.com:8443""#),
        (r#""https://*.example.com""#, r#""https://?.example.com""#),
        (r#""https://*.example.com""#, r#""https://*.example.com", "https://example.com""#),
        (r#""https://app-*.example.com""#, r#""https://ap-*.example.com""#),
        (r#""http://localhost:*""#, r#""http://localhost""#),
    ];
    for (first, second) in pairs {
        let (first, second) = (policy(first, ""), policy(second, ""));
        for (from, to) in [(&first, &second), (&second, &first)] {
            let comparison = compare(from.as_ref(), to.as_ref());
            assert_ne!(comparison.verdict(), Verdict::Exact);
            assert_eq!(comparison.undecided, None);
            for difference in &comparison.differences {
                for (method, header) in &difference.requests {
                    let request = PageRequest {
                        origin: &difference.witness.origin,
                        host: &difference.host,
                        path: &difference.path,
                        method,
                        header: header.as_deref(),
                        with_credentials: difference.with_credentials,
                    };
                    let saw = |program: &dyn Program| {
                        page(program, &difference.scene, &request, &["x-corsage-exposed"])
                            .map(|result| result.saw)
                    };
                    assert_eq!(saw(from.as_ref()), Some(difference.first.saw));
                    assert_eq!(saw(to.as_ref()), Some(difference.second.saw));
                }
            }
        }
    }
}

/// Labels of every kind of host are said in patterns and in expressions alike: nothing is left undecided.
#[test]
fn a_wildcard_and_its_expression_are_the_same() {
    let wildcard = policy(r#""https://*.example.com""#, "");
    let text = "server { listen 8080; location / { if ($http_origin ~ \
                \"^https://([a-z0-9_-]+\\.)*[a-z0-9_-]+\\.example\\.com$\") { add_header \
                Access-Control-Allow-Origin $http_origin always; } add_header Vary Origin always; proxy_pass \
                http://127.0.0.1:9000; } }";
    let circumstances = Circumstances::default();
    let source = Source { text, name: None, circumstances: &circumstances };
    let expression = read(Format::Nginx, &source).unwrap_or_else(|why| panic!("{text}: {why:?}"));
    let comparison = compare(wildcard.as_ref(), expression.as_ref());
    assert_eq!(comparison.undecided, None);
}

/// Expressions that take others down are compared, or it is said that they are too large; in time.
#[test]
fn hostile_expressions_are_bounded() {
    let many: Vec<String> = (0..10_000).map(|number| format!("t{number}")).collect();
    let many = format!("^https://({})\\.example\\.com$", many.join("|"));
    for expression in [
        "^https://((((a+)+)+)+)+\\.example\\.com$",
        "^https://([a-z]{1,200}\\.){1,200}example\\.com$",
        "^https://(a?){500}a{500}\\.example\\.com$",
        &many,
    ] {
        let text = format!(
            "server {{ listen 8080; location / {{ if ($http_origin ~ \"{expression}\") {{ add_header \
             Access-Control-Allow-Origin $http_origin always; }} proxy_pass http://127.0.0.1:9000; }} }}"
        );
        let circumstances = Circumstances::default();
        let source = Source { text: &text, name: None, circumstances: &circumstances };
        let start = std::time::Instant::now();
        if let Ok(program) = read(Format::Nginx, &source) {
            let comparison =
                compare(policy(r#""https://app.example.com""#, "").as_ref(), program.as_ref());
            assert!(comparison.verdict() != Verdict::Exact || comparison.undecided.is_some());
        }
        // Of a build without optimisation, on a machine that does other things too.
        assert!(start.elapsed().as_secs() < 120, "{:?} for {:.60}", start.elapsed(), expression);
    }
}

/// Rules that are chosen by method say nothing of their headers to a GET.
#[test]
fn headers_of_a_method_that_alone_is_listed_are_compared() {
    let bucket = |headers: &str| {
        let text = format!(
            r#"{{"CORSRules": [{{"AllowedOrigins": ["https://app.example.com"], "AllowedMethods": ["PUT"], "AllowedHeaders": [{headers}]}}]}}"#
        );
        let circumstances = Circumstances::default();
        read(Format::S3Json, &Source { text: &text, name: None, circumstances: &circumstances })
            .unwrap_or_else(|why| panic!("{text}: {why:?}"))
    };
    let comparison = compare(bucket("").as_ref(), bucket("\"x-a\"").as_ref());
    assert_eq!(comparison.verdict(), Verdict::Wider, "{comparison:?}");
    let requests = comparison.differences.iter().flat_map(|other| &other.requests);
    let with_header = |(method, name): &(String, Option<String>)| {
        method == "PUT" && name.as_deref() == Some("x-a")
    };
    assert!(requests.into_iter().any(with_header));
    let same = compare(bucket("\"x-a\"").as_ref(), bucket("\"x-a\"").as_ref());
    assert!(same.differences.is_empty());
}
