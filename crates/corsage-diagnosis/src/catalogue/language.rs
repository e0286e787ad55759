//! Which language the catalogue speaks.

use corsage::browser::Code;

use super::{CauseText, CodeText, Topic, TopicText, Words, en};
use crate::cause::Cause;

/// A language of the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    English,
}

impl Language {
    /// The texts of a code.
    ///
    /// ```
    /// use corsage::browser::Code;
    /// use corsage_diagnosis::Language;
    ///
    /// let text = Language::English.code(Code::MissingAllowOrigin);
    /// assert_eq!(text.title, "the response has no Access-Control-Allow-Origin");
    /// ```
    #[must_use]
    pub fn code(self, code: Code) -> &'static CodeText {
        match self {
            Self::English => en::code(code),
        }
    }

    /// The texts of a cause.
    #[must_use]
    pub fn cause(self, cause: Cause) -> &'static CauseText {
        match self {
            Self::English => en::cause(cause),
        }
    }

    /// The texts of a console line's topic.
    #[must_use]
    pub fn topic(self, topic: Topic) -> &'static TopicText {
        match self {
            Self::English => en::topic(topic),
        }
    }

    /// Headings and phrases.
    #[must_use]
    pub fn words(self) -> &'static Words {
        match self {
            Self::English => &en::WORDS,
        }
    }
}
