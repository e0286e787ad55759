//! A regular set of ASCII texts, as an automaton.

use std::sync::Arc;

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};

/// How much memory an automaton may take, and as much again while it is made.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// A regular set of ASCII texts.
#[derive(Clone, Debug)]
pub struct Language {
    dfa: Arc<dense::DFA<Vec<u32>>>,
    start: StateID,
}

/// Why there is no automaton.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LanguageError {
    /// The expression looks around or back.
    #[error("the expression is not regular")]
    NotRegular,
    /// The automaton would be too large.
    #[error("the expression's automaton is too large")]
    TooLarge,
}

impl Language {
    /// The texts that this expression, in the syntax of the `regex` crates, matches as a whole.
    ///
    /// # Errors
    /// An automaton that would be too large.
    pub(crate) fn of_whole(expression: &str) -> Result<Self, LanguageError> {
        let dfa = dense::Builder::new()
            .configure(
                dense::Config::new()
                    .start_kind(StartKind::Anchored)
                    .match_kind(MatchKind::All)
                    .accelerate(false)
                    .dfa_size_limit(Some(MAX_BYTES))
                    .determinize_size_limit(Some(MAX_BYTES)),
            )
            .syntax(syntax::Config::new().unicode(false).utf8(false).nest_limit(2000))
            .thompson(
                regex_automata::nfa::thompson::Config::new()
                    .utf8(false)
                    .nfa_size_limit(Some(MAX_BYTES)),
            )
            .build(&format!("\\A(?:{expression})\\z"))
            .map_err(|_| LanguageError::TooLarge)?;
        let start = dfa
            .start_state(&start::Config::new().anchored(Anchored::Yes))
            .map_err(|_| LanguageError::TooLarge)?;
        Ok(Self { dfa: Arc::new(dfa), start })
    }

    /// Whether a text is in the set.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        let mut state = self.start;
        for byte in text.bytes() {
            state = self.step(state, byte);
            if self.dfa.is_dead_state(state) {
                return false;
            }
        }
        self.accepts(state)
    }

    pub(super) fn start(&self) -> StateID {
        self.start
    }

    pub(super) fn step(&self, state: StateID, byte: u8) -> StateID {
        self.dfa.next_state(state, byte)
    }

    /// Whether a text that led to this state is in the set.
    pub(super) fn accepts(&self, state: StateID) -> bool {
        self.dfa.is_match_state(self.dfa.next_eoi_state(state))
    }

    pub(super) fn is_dead(&self, state: StateID) -> bool {
        self.dfa.is_dead_state(state)
    }

    /// Bytes of one class are never told apart.
    pub(super) fn class(&self, byte: u8) -> u8 {
        self.dfa.byte_classes().get(byte)
    }
}
