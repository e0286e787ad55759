//! Disagreements whose cause lies outside our scope: a rule on the answers that were given, never on an
//! id or a port, with the reason.

use corsage::browser::Profile;

use super::case::{Answer, Answers, Case, bytes};
use super::raw::{Malformed, read};

/// Why a case is out of scope, if it is.
pub(crate) fn reason(case: &Case, profile: Profile) -> Option<&'static str> {
    answers(case).find_map(|answer| {
        if answer.close && profile == Profile::Firefox {
            return Some(
                "the server closes without an answer, and Firefox's HTTP layer asks again",
            );
        }
        let malformed = read(&bytes(answer.raw.as_deref()?)).err()?;
        Some(match malformed {
            Malformed::StatusLine => "malformed HTTP: no status line (Firefox has HTTP/0.9)",
            Malformed::NoColon => "malformed HTTP: a line of the head without a colon",
            Malformed::BlankBeforeColon => {
                "malformed HTTP: a blank before a colon (Chromium takes it)"
            }
            Malformed::NulInValue => "malformed HTTP: a NUL in a value",
            Malformed::LengthsDiffer => {
                "malformed HTTP: two lengths that differ (WebKit takes the first)"
            }
        })
    })
}

fn answers(case: &Case) -> impl Iterator<Item = &Answer> {
    let both = case.server.iter().flat_map(|place| [&place.preflight, &place.actual]);
    both.flatten().flat_map(|answers| match answers {
        Answers::One(answer) => std::slice::from_ref(answer),
        Answers::Several(list) => list.as_slice(),
    })
}
