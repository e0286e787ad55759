//! The words, by code.

use crate::Why;
use crate::compare::{Direction, PageResult, Saw, Scene, Verdict};
use crate::origins::{Holder, LanguageError};

pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Exact => "no page can tell the two apart",
        Verdict::Wider => "wider: pages gain, none loses",
        Verdict::Narrower => "narrower: pages lose, none gains",
        Verdict::Different => "different: some pages gain, some lose",
    }
}

pub(super) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Gains => "gains",
        Direction::Loses => "loses",
    }
}

pub(super) fn holder(holder: Holder) -> &'static str {
    match holder {
        Holder::Anybody => "anybody can register it",
        Holder::AnybodyUnencrypted => "anybody can register it, or sit on its network",
        Holder::NamedSite => "a host of a site that the policies name",
        Holder::Host => "a host that nobody can register",
        Holder::Null => "any sandboxed frame",
        Holder::Application => "an extension or an application",
    }
}

pub(super) fn saw(saw: Saw) -> &'static str {
    match saw {
        Saw::Nothing => "not executed",
        Saw::NothingButRan => "executed, but not readable",
        Saw::Response => "readable",
    }
}

pub(super) fn result(result: &PageResult) -> String {
    match &result.refused {
        Some(code) => format!("{} ({code})", saw(result.saw)),
        None if result.exposed.is_empty() => saw(result.saw).to_owned(),
        None => format!("{}, with {}", saw(result.saw), result.exposed.join(", ")),
    }
}

pub(super) fn scene(scene: Scene) -> Option<&'static str> {
    match scene {
        Scene::Works => None,
        Scene::Fails => Some("when the handler answers 500"),
        Scene::Missing => Some("when nothing is there: 404"),
        Scene::OwnHeaders => Some("when the handler sends CORS headers of its own"),
    }
}

pub(super) fn undecided(error: LanguageError) -> &'static str {
    match error {
        LanguageError::NotRegular => {
            "an expression looks around or back: its origins were tried, not compared as a whole"
        }
        LanguageError::TooLarge => {
            "the patterns together are too large to compare as a whole: their origins were tried"
        }
    }
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
