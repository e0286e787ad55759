//! The response's header lines.

use crate::{Answered, BehindResponse};

/// How a handler's own lines are spelt on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    AsWritten,
    LowerCase,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Lines(Vec<(String, String)>);

impl Lines {
    /// What a handler has set.
    pub(crate) fn of(response: &BehindResponse, spelling: Spelling) -> Self {
        let spelt = |name: &str| match spelling {
            Spelling::AsWritten => name.to_owned(),
            Spelling::LowerCase => name.to_ascii_lowercase(),
        };
        let cors = response.cors.iter().map(|(name, value)| (spelt(name), value.clone()));
        let vary = response.vary.iter().map(|value| (spelt("Vary"), value.clone()));
        Self(cors.chain(vary).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// All lines of a name, joined.
    pub(crate) fn joined(&self, name: &str) -> Vec<String> {
        let all = self.0.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        all.map(|(_, value)| value.clone()).collect()
    }

    /// One line of this name: where the first stood, or at the end.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        let new = (name.to_owned(), value.into());
        match self.0.iter().position(|(other, _)| other.eq_ignore_ascii_case(name)) {
            Some(at) => {
                let mut seen = 0;
                self.0.retain(|(other, _)| {
                    let same = other.eq_ignore_ascii_case(name);
                    seen += usize::from(same);
                    !same || seen == 1
                });
                self.0[at] = new;
            }
            None => self.0.push(new),
        }
    }

    /// A line more.
    pub(crate) fn add(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    pub(crate) fn answered(self, status: u16, reached: bool) -> Answered {
        let mut answered = Answered { status, reached, ..Answered::default() };
        for (name, value) in self.0 {
            if name.eq_ignore_ascii_case("vary") {
                answered.vary.push(value);
            } else {
                answered.cors.push((name, value));
            }
        }
        answered
    }
}
