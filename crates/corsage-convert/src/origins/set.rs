//! A set of origins: texts that are listed, and languages.

use std::collections::HashSet;

use super::language::{Language, LanguageError};
use crate::OriginMatcher;

/// A set of origins that a program asks about as one.
#[derive(Clone, Debug, Default)]
pub struct OriginSet {
    /// Listed texts: looked up, whatever their number.
    pub(super) texts: HashSet<String>,
    /// All that is not a listed text, as one language.
    pub(super) language: Option<Language>,
    /// What no automaton could be made of, and is only applied.
    pub(super) applied: Vec<OriginMatcher>,
    /// Why, where there is something of that kind.
    pub(super) undecided: Option<LanguageError>,
}

impl OriginSet {
    /// The union of these matchers.
    pub fn union<'m>(matchers: impl IntoIterator<Item = &'m OriginMatcher>) -> Self {
        let mut set = Self::default();
        let mut expressions = Vec::new();
        let mut regular = Vec::new();
        for matcher in matchers {
            if let Some(text) = matcher.only_text() {
                set.texts.insert(text);
                continue;
            }
            match matcher.expression() {
                Ok(expression) => {
                    expressions.push(expression);
                    regular.push(matcher);
                }
                Err(error) => {
                    set.applied.push(matcher.clone());
                    set.undecided = Some(error);
                }
            }
        }
        if !expressions.is_empty() {
            match Language::of_whole(&expressions.join("|")) {
                Ok(language) => set.language = Some(language),
                Err(error) => {
                    set.applied.extend(regular.into_iter().cloned());
                    set.undecided = Some(error);
                }
            }
        }
        set
    }

    /// Whether an origin is in the set. Listed texts are compared as browsers send them.
    #[must_use]
    pub fn holds(&self, origin: &str) -> bool {
        self.texts.contains(origin)
            || self.language.as_ref().is_some_and(|language| language.holds(origin))
            || self.applied.iter().any(|matcher| matcher.fits(origin))
    }
}
