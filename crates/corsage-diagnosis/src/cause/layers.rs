//! What several values of Access-Control-Allow-Origin say about who wrote each.

use corsage_texts::{fill, text};

use super::Evidence;
use crate::account::Found;
use crate::fix::joined;
use crate::observation::Question;

/// The rules that the values come from, in words that end with a blank; nothing if they cannot be told apart.
pub(super) fn described(evidence: &Evidence<'_>, found: &Found) -> String {
    let language = evidence.language;
    let seen = found.response.as_ref();
    let seen = seen.and_then(|response| joined(&response.headers, NAME)).unwrap_or_default();
    let values = items(&seen);
    let [first, second] = values.as_slice() else { return String::new() };
    if first == second {
        return fill(text!(language, "account.layers-same"), &[("value", first)]);
    }
    // What stays when a stranger asks is written for everybody, whoever asks.
    let to_stranger = evidence
        .probed(Question::OtherOrigin)
        .and_then(|response| joined(&response.headers, NAME))
        .unwrap_or_default();
    let stays = |value: &str| value == "*" || items(&to_stranger).contains(&value);
    let (fixed, other) = match (stays(first), stays(second)) {
        (true, false) => (first, second),
        (false, true) => (second, first),
        _ => return String::new(),
    };
    fill(text!(language, "account.layers-two"), &[("fixed", fixed), ("other", other)])
}

const NAME: &str = "access-control-allow-origin";

fn items(value: &str) -> Vec<&str> {
    value.split([',', ' ']).filter(|item| !item.is_empty()).collect()
}
