//! For machines.

use serde_json::{Value, json};

use crate::compare::{Comparison, Difference, Direction, PageResult};
use crate::origins::LanguageError;

/// A comparison as JSON. Codes are stable.
#[must_use]
pub fn to_json(comparison: &Comparison) -> Value {
    json!({
        "verdict": comparison.verdict().code(),
        "decided_by": match comparison.undecided {
            None => "construction",
            Some(LanguageError::NotRegular) => "matrix: not-regular",
            Some(LanguageError::TooLarge) => "matrix: too-large",
        },
        "revocation_latency_seconds": comparison.revocation_latency,
        "differences": comparison.differences.iter().map(difference).collect::<Vec<_>>(),
    })
}

fn difference(difference: &Difference) -> Value {
    json!({
        "direction": match difference.direction() {
            Direction::Gains => "gains",
            Direction::Loses => "loses",
        },
        "witness": {
            "origin": difference.witness.origin,
            "holder": difference.witness.holder.code(),
        },
        "host": difference.host,
        "path": difference.path,
        "behind": difference.scene.code(),
        "with_credentials": difference.with_credentials,
        "requests": difference.requests.iter().map(|(method, header)| {
            json!({ "method": method, "header": header })
        }).collect::<Vec<_>>(),
        "before": result(&difference.first),
        "after": result(&difference.second),
    })
}

fn result(result: &PageResult) -> Value {
    json!({
        "saw": result.saw.code(),
        "exposed": result.exposed,
        "remembered_seconds": result.remembered,
        "refused": result.refused,
    })
}
