//! The transcript: every step of a fetch with its inputs and its result.

use super::{Blocker, Code, WireRequest, WireResponse};

/// All that happened, in order.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    pub(crate) events: Vec<Event>,
}

impl Transcript {
    /// Every step, in order.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }
}

/// One step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A request was handed out.
    Sent(Box<WireRequest>),
    /// A response was handed in.
    Received(Box<WireResponse>),
    /// Something that does not block, but that its reader should know.
    Note(Note),
    /// A condition that failed.
    Blocked(Blocker),
}

/// A remark: the fetch goes on, the script may see less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The unified code, of severity "note".
    pub code: Code,
    /// Number of redirects followed before.
    pub hop: usize,
    /// What it speaks of: header names, a cap, a reason.
    pub detail: Vec<Vec<u8>>,
}
