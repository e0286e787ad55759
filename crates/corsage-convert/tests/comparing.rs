//! Programs compared, and the neutral form learnt from them.

use corsage_convert::compare::{Comparison, Saw, Verdict, compare};
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
