//! What Corsage leaves out on purpose. A case is skipped for what it asks, never for its id.

use super::case::Case;

type Condition = fn(&Case) -> bool;

/// The reasons, each with its condition.
const REASONS: &[(&str, Condition)] = &[
    // A pattern says the same and cannot be left unanchored or unescaped.
    ("regular expressions", |case| !case.policy.origin_regex.is_empty()),
    // Browsers have abandoned the draft; Local Network Access, its successor, has no header.
    ("private network access", |case| {
        matches!(case.expect.headers.get("access-control-allow-private-network"), Some(Some(_)))
    }),
];

pub(super) fn reason(case: &Case) -> Option<&'static str> {
    REASONS.iter().find(|(_, applies)| applies(case)).map(|(reason, _)| *reason)
}
