//! Disagreements whose cause lies outside our scope: a rule on the case, never its id, with the reason.

use corsage::browser::Profile;

use super::case::{Answers, Case};

struct Rule {
    applies: fn(&Case, Profile) -> bool,
    reason: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        applies: |case, _| has_raw_answer(case),
        reason: "the server's bytes are not well-formed HTTP: how much of that an engine reads is its HTTP parser's affair",
    },
    Rule {
        applies: |case, profile| profile == Profile::Firefox && closes_without_answer(case),
        reason: "the server closes without an answer, and Firefox's HTTP layer asks ten times: retries are no part of a fetch",
    },
];

fn closes_without_answer(case: &Case) -> bool {
    case.steps.iter().any(|step| step.url.contains(":17303/"))
}

/// Why a case is out of scope, if it is.
pub(crate) fn reason(case: &Case, profile: Profile) -> Option<&'static str> {
    RULES.iter().find(|rule| (rule.applies)(case, profile)).map(|rule| rule.reason)
}

fn has_raw_answer(case: &Case) -> bool {
    let raw = |answers: &Option<Answers>| match answers {
        None => false,
        Some(Answers::One(answer)) => answer.raw.is_some(),
        Some(Answers::Several(list)) => list.iter().any(|answer| answer.raw.is_some()),
    };
    case.server.iter().any(|place| raw(&place.preflight) || raw(&place.actual))
}
