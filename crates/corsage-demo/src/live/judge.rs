//! The judgement: predicted beside observed, and where they differ.

use serde::Serialize;

use super::texts::Texts;
use crate::prediction::exchange::Exchange;
use crate::prediction::outcome::{Got, Observation, Prediction, Sent};

/// A scenario that was performed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Judged {
    /// Whose behaviour was predicted.
    pub(crate) profile: &'static str,
    /// Whether every prediction held.
    pub(crate) agree: bool,
    /// Step by step.
    pub(crate) steps: Vec<JudgedStep>,
}

/// One call that was performed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct JudgedStep {
    /// Whether the prediction held.
    pub(crate) agree: bool,
    /// Where it did not.
    pub(crate) differences: Vec<String>,
    /// What the engine said.
    pub(crate) predicted: Prediction,
    /// What the script got.
    pub(crate) happened: Got,
    /// What passed over the wire.
    pub(crate) wire: Vec<Exchange>,
}

/// Judges a run. `wire` is the whole of it; each observation says how far it had come.
pub(crate) fn judge(
    profile: &'static str,
    predictions: Vec<Prediction>,
    observations: Vec<Observation>,
    wire: &[Exchange],
    texts: &Texts,
) -> Judged {
    let mut from = 0;
    let steps: Vec<_> = predictions
        .into_iter()
        .zip(observations)
        .map(|(predicted, observation)| {
            let to = observation.seen.clamp(from, wire.len());
            let wire = wire[from..to].to_vec();
            from = to;
            let happened = observation.got.without_transport();
            let differences = differences(&predicted, &happened, &wire, texts);
            JudgedStep { agree: differences.is_empty(), differences, predicted, happened, wire }
        })
        .collect();
    Judged { profile, agree: !steps.is_empty() && steps.iter().all(|step| step.agree), steps }
}

/// Every facet in which the prediction did not hold.
fn differences(
    predicted: &Prediction,
    happened: &Got,
    wire: &[Exchange],
    texts: &Texts,
) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |facet: &str, predicted: String, happened: String| {
        if predicted != happened {
            let facet = texts.get(facet);
            found.push(texts.fill(
                "differences.line",
                &[("facet", facet), ("predicted", &predicted), ("happened", &happened)],
            ));
        }
    };
    let got = &predicted.got;
    compare("differences.outcome", got.outcome.as_str().into(), happened.outcome.as_str().into());
    compare("differences.status", told(got.status.as_ref()), told(happened.status.as_ref()));
    compare(
        "differences.type",
        told(got.response_type.as_ref()),
        told(happened.response_type.as_ref()),
    );
    compare(
        "differences.redirected",
        told(got.redirected.as_ref()),
        told(happened.redirected.as_ref()),
    );
    compare("differences.headers", joined(&got.headers), joined(&happened.headers));
    compare("differences.body", told(got.body.as_ref()), told(happened.body.as_ref()));
    let sent: Vec<_> = wire.iter().map(Sent::from).collect();
    let methods = |sent: &[Sent]| {
        sent.iter()
            .map(|sent| format!("{} {}", sent.method, sent.path))
            .collect::<Vec<_>>()
            .join(", ")
    };
    compare("differences.wire", methods(&predicted.wire), methods(&sent));
    for (predicted, sent) in predicted.wire.iter().zip(&sent) {
        compare("differences.request", facets(predicted), facets(sent));
    }
    found
}

fn told(value: Option<&impl ToString>) -> String {
    value.map_or_else(|| "–".to_owned(), ToString::to_string)
}

fn joined(headers: &[(String, String)]) -> String {
    headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
}

fn facets(sent: &Sent) -> String {
    let asked = match &sent.asked_method {
        Some(method) => format!(", asks {method} [{}]", told(sent.asked_headers.as_ref())),
        None => String::new(),
    };
    format!(
        "{} {}{}, origin {}{asked}, cookie {:?}, status {}",
        sent.method,
        sent.target_origin,
        sent.path,
        told(sent.origin.as_ref()),
        sent.cookie,
        sent.status,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prediction::outcome::Outcome;

    fn prediction(outcome: Outcome) -> Prediction {
        Prediction {
            got: Got::nothing(outcome),
            wire: Vec::new(),
            blockers: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn a_prediction_that_does_not_hold_is_seen() {
        let texts = Texts::of(corsage_texts::Language::English);
        let judged = |predicted, observed| {
            let observation = Observation { got: Got::nothing(observed), seen: 0 };
            judge("standard", vec![prediction(predicted)], vec![observation], &[], &texts)
        };
        assert!(judged(Outcome::Blocked, Outcome::Blocked).agree);
        let differs = judged(Outcome::Blocked, Outcome::Readable);
        assert!(!differs.agree);
        assert_eq!(differs.steps[0].differences, ["outcome: predicted blocked, happened readable"]);
        assert!(
            !judge("standard", Vec::new(), Vec::new(), &[], &texts).agree,
            "nothing is no proof"
        );
    }

    #[test]
    fn a_request_too_many_is_seen() {
        let exchange = Exchange {
            run: "r".into(),
            method: "OPTIONS".into(),
            target_origin: "http://127.0.0.1:1".into(),
            path: "/a".into(),
            request_headers: Vec::new(),
            status: 204,
            response_headers: Vec::new(),
            reached_api: false,
        };
        let observation = Observation { got: Got::nothing(Outcome::Blocked), seen: 1 };
        let texts = Texts::of(corsage_texts::Language::English);
        let judged = judge(
            "standard",
            vec![prediction(Outcome::Blocked)],
            vec![observation],
            &[exchange],
            &texts,
        );
        assert!(!judged.agree);
    }
}
