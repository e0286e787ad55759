//! What the catalogue says of codes and causes.

use corsage::browser::Code;
use corsage_texts::Language;

use crate::Cause;

/// The texts of one code. Places: `{wanted}`, `{seen}`, `{subject}`, `{origin}`.
///
/// ```
/// use corsage::browser::Code;
/// use corsage_diagnosis::{CodeText, Language};
///
/// let text = CodeText::of(Code::MissingAllowOrigin, Language::English);
/// assert_eq!(text.title, "the response has no Access-Control-Allow-Origin");
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CodeText {
    /// One line: what is wrong. Lower case, no full stop.
    pub title: &'static str,
    /// What is written beside the caret under the offending bytes.
    pub label: &'static str,
    /// Why it is so.
    pub cause: &'static str,
    /// What the server's owner can do; empty if nothing.
    pub server: &'static str,
    /// What the page's author can do; empty if nothing.
    pub page: &'static str,
    /// When the code misleads; empty if never.
    pub false_alarm: &'static str,
}

impl CodeText {
    /// The texts of this code in a language. A test holds that every code has some.
    #[must_use]
    pub fn of(code: Code, language: Language) -> Self {
        let say = |part| find(language, "codes", code.as_str(), part);
        Self {
            title: say("title"),
            label: say("label"),
            cause: say("cause"),
            server: say("server"),
            page: say("page"),
            false_alarm: say("false-alarm"),
        }
    }
}

/// The texts of one cause. Places: `{status}`, `{url}`, `{location}`, `{origin}`, `{seen}`,
/// `{subject}`, `{names}`, `{server}`, `{seconds}`, `{method}`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CauseText {
    /// One line: what really happened.
    pub title: &'static str,
    /// How that comes about.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
}

impl CauseText {
    /// The texts of this cause in a language. A test holds that every cause has some.
    #[must_use]
    pub fn of(cause: Cause, language: Language) -> Self {
        let say = |part| find(language, "causes", cause.as_str(), part);
        Self { title: say("title"), why: say("why"), fix: say("fix") }
    }
}

/// Empty where there is nothing to say.
pub(crate) fn find(language: Language, section: &str, name: &str, part: &str) -> &'static str {
    language.find(&format!("{section}.{name}.{part}")).unwrap_or_default()
}
