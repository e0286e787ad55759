//! What differs between two programs, with a witness for each.

use super::behind::Scene;
use super::page::{PageResult, Saw};
use crate::origins::{LanguageError, Witness};

/// One difference: a page's request that ends differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Whose page.
    pub witness: Witness,
    /// The host that is asked.
    pub host: String,
    /// The path that is asked.
    pub path: String,
    /// What is imagined behind both programs.
    pub scene: Scene,
    /// Whether cookies go with the request.
    pub with_credentials: bool,
    /// The methods and headers for which it is so.
    pub requests: Vec<(String, Option<String>)>,
    /// What the page gets from the first program.
    pub first: PageResult,
    /// What it gets from the second.
    pub second: PageResult,
    /// Whether both programs let the page read what works: only errors, or a handler's own headers, differ.
    pub is_incidental: bool,
}

/// Whether pages gain or lose from the first program to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// They get more.
    Gains,
    /// They get less.
    Loses,
}

impl Difference {
    /// Whether the page gains or loses.
    #[must_use]
    pub fn direction(&self) -> Direction {
        let of = |result: &PageResult| (result.saw, result.exposed.len());
        if of(&self.second) > of(&self.first) { Direction::Gains } else { Direction::Loses }
    }

    /// Whether it is about what a page may read or do, and not only about which headers it sees.
    #[must_use]
    pub fn is_access(&self) -> bool {
        self.first.saw != self.second.saw
    }
}

/// How a second program stands to a first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No page can tell.
    Exact,
    /// Pages gain, and none loses.
    Wider,
    /// Pages lose, and none gains.
    Narrower,
    /// Some gain, some lose.
    Different,
}

impl Verdict {
    /// A stable name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Wider => "wider",
            Self::Narrower => "narrower",
            Self::Different => "different",
        }
    }
}

/// What came of a comparison.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Every difference, the worst holders first.
    pub differences: Vec<Difference>,
    /// How long browsers may go on with what the first program granted and the second does not, in seconds:
    /// the longest that a preflight's answer is remembered.
    pub revocation_latency: Option<u64>,
    /// Why origins may differ beyond what is told, where automata could not decide it.
    pub undecided: Option<LanguageError>,
}

impl Comparison {
    /// How the second program stands to the first.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let has = |direction| self.differences.iter().any(|other| other.direction() == direction);
        match (has(Direction::Gains), has(Direction::Loses)) {
            (false, false) => Verdict::Exact,
            (true, false) => Verdict::Wider,
            (false, true) => Verdict::Narrower,
            (true, true) => Verdict::Different,
        }
    }

    /// Whether some page gains that could not read before: errors that become readable to whom the rest was,
    /// and headers that came twice and come once, are told and do not count.
    #[must_use]
    pub fn admits_more(&self) -> bool {
        self.differences
            .iter()
            .any(|other| other.direction() == Direction::Gains && !other.is_incidental)
    }

    /// Whether some page gains.
    #[must_use]
    pub fn widens(&self) -> bool {
        matches!(self.verdict(), Verdict::Wider | Verdict::Different)
    }
}

/// Whether the second is less than the first: something was revoked.
pub(super) fn is_revoked(first: &PageResult, second: &PageResult) -> bool {
    first.saw == Saw::Response && second.saw < Saw::Response
}
