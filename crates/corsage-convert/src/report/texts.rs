//! The words, by code.

use corsage_texts::{Language, text};

use crate::compare::{Direction, PageResult, Saw, Scene, Verdict};
use crate::origins::{Holder, LanguageError};
use crate::{NotRead, Why};

pub(super) fn verdict(language: Language, verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Exact => text!(language, "convert.verdict.exact"),
        Verdict::Wider => text!(language, "convert.verdict.wider"),
        Verdict::Narrower => text!(language, "convert.verdict.narrower"),
        Verdict::Different => text!(language, "convert.verdict.different"),
    }
}

pub(super) fn group(
    language: Language,
    direction: Direction,
    with_credentials: bool,
) -> &'static str {
    match (direction, with_credentials) {
        (Direction::Gains, true) => text!(language, "convert.group.gains-with-credentials"),
        (Direction::Gains, false) => text!(language, "convert.group.gains-without-credentials"),
        (Direction::Loses, true) => text!(language, "convert.group.loses-with-credentials"),
        (Direction::Loses, false) => text!(language, "convert.group.loses-without-credentials"),
    }
}

/// Who can have an origin, in words.
#[must_use]
pub fn holder(language: Language, holder: Holder) -> &'static str {
    match holder {
        Holder::Anybody => text!(language, "convert.holder.anybody"),
        Holder::AnybodyUnencrypted => text!(language, "convert.holder.anybody-unencrypted"),
        Holder::NamedSite => text!(language, "convert.holder.named-site"),
        Holder::Host => text!(language, "convert.holder.host"),
        Holder::Null => text!(language, "convert.holder.null"),
        Holder::Application => text!(language, "convert.holder.application"),
    }
}

/// What a page got, in words.
#[must_use]
pub fn result(language: Language, result: &PageResult) -> String {
    let saw = match result.saw {
        Saw::Nothing => text!(language, "convert.saw.nothing"),
        Saw::NothingButRan => text!(language, "convert.saw.nothing-but-ran"),
        Saw::Response => text!(language, "convert.saw.response"),
    };
    match &result.refused {
        Some(code) => format!("{saw} ({code})"),
        None if result.exposed.is_empty() => saw.to_owned(),
        None => text!(language, "convert.saw.response-with", names = result.exposed.join(", ")),
    }
}

pub(super) fn scene(language: Language, scene: Scene) -> Option<&'static str> {
    match scene {
        Scene::Works => None,
        Scene::Fails => Some(text!(language, "convert.scene.fails")),
        Scene::Missing => Some(text!(language, "convert.scene.missing")),
        Scene::OwnHeaders => Some(text!(language, "convert.scene.own-headers")),
    }
}

/// Why a comparison does not decide everything, in words.
#[must_use]
pub fn undecided(language: Language, error: LanguageError) -> String {
    let why = match error {
        LanguageError::NotRegular => text!(language, "convert.undecided.not-regular"),
        LanguageError::TooLarge => text!(language, "convert.undecided.too-large"),
    };
    text!(language, "convert.undecided.told", why = why)
}

/// How long what is revoked may live on, in words.
#[must_use]
pub fn revocation(language: Language, seconds: u64) -> String {
    text!(language, "convert.report.revocation", count seconds)
}

/// Why a piece of a file is not read.
#[must_use]
pub fn why(why: Why) -> &'static str {
    match why {
        Why::Syntax => "this is not the format's grammar",
        Why::NotModelled => "this is not understood",
        Why::Computed => "this is computed when the program runs",
        Why::Elsewhere => "this comes from the environment, or from a file that was not given",
        Why::NotRegular => "this expression is not regular",
        Why::TooLarge => "this is too large to be decided",
        Why::NoReader => "nothing here reads this format",
    }
}

/// What a text is not read for, in one line.
#[must_use]
pub fn not_read(error: &NotRead) -> String {
    match error {
        NotRead::Rejected(rejected) => rejected.what.clone(),
        NotRead::Refused(pieces) => {
            let told: Vec<String> =
                pieces.iter().map(|piece| format!("{} ({})", piece.what, why(piece.why))).collect();
            told.join("; ")
        }
    }
}
