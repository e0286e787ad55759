//! Words of a command line, in whichever dialect it was written.

use corsage_diagnosis::RemarkKind;

use crate::request::Copied;

/// A word, unquoted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// What a shell would have put in: `$NAME`, `$(…)`.
    pub(super) computed: Vec<Computed>,
}

/// A part of a word that only running it would tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Computed {
    /// As it is written.
    pub(super) text: String,
    /// Line and column.
    pub(super) place: String,
}

/// A command without what redirects it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) words: Vec<Word>,
}

impl Word {
    /// The word as a URL; `None` if something in it is computed, which is said in a remark.
    pub(super) fn url(&self, copied: &mut Copied) -> Option<&str> {
        match self.computed.first() {
            None => Some(&self.text),
            Some(computed) => {
                copied.remark(
                    RemarkKind::UrlComputed,
                    &[("text", &computed.text), ("place", &computed.place)],
                );
                None
            }
        }
    }

    /// A part of this word, with what is computed in it.
    pub(super) fn part(&self, text: &str) -> Self {
        let computed = self
            .computed
            .iter()
            .filter(|computed| text.contains(&computed.text))
            .cloned()
            .collect();
        Self { text: text.to_owned(), computed }
    }
}

/// Line and column of a place in a text.
pub(super) fn place(text: &str, at: usize) -> String {
    let before = &text[..at.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{line}:{column}")
}
