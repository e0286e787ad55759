//! One expression, ready to be applied.

use std::ops::Range;
use std::sync::Arc;

use super::{Case, Flavour, Reach};

/// How many characters an expression may have.
///
/// The longest that the public configurations hold have some thousands: lists of hosts joined by `|`.
const MAX_EXPRESSION_BYTES: usize = 256 * 1024;
/// How many steps back one application may take before it is given up.
const MAX_BACKTRACKS: usize = 1_000_000;

/// An expression of one flavour, as one program applies it.
///
/// ```
/// use corsage_convert::regexes::{Case, Flavour, Matcher, Reach};
///
/// let matcher = Matcher::new(r"https://.*\.example\.com", Flavour::Pcre, Reach::Part, Case::Sensitive)
///     .unwrap();
/// // Unanchored: what stands after it is not looked at.
/// assert!(matcher.is_match("https://app.example.com.evil.example"));
/// ```
#[derive(Clone, Debug)]
pub struct Matcher {
    written: Arc<str>,
    flavour: Flavour,
    reach: Reach,
    case: Case,
    engine: Arc<fancy_regex::Regex>,
}

/// What is wrong with an expression, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadExpression {
    /// The bytes of the expression that are at fault.
    pub span: Range<usize>,
    /// What is wrong.
    pub why: BadExpressionWhy,
}

/// The groups of one application: the whole match first. A group that took no part is `None`.
pub type Captured = Vec<Option<String>>;

impl Matcher {
    /// Reads an expression.
    ///
    /// # Errors
    /// What the flavour itself refuses, or what cannot be modelled here.
    pub fn new(
        written: &str,
        flavour: Flavour,
        reach: Reach,
        case: Case,
    ) -> Result<Self, BadExpression> {
        let whole = 0..written.len();
        if written.len() > MAX_EXPRESSION_BYTES {
            return Err(BadExpression { span: whole, why: BadExpressionWhy::TooLarge });
        }
        let flags = match case {
            Case::Sensitive => "",
            Case::Insensitive => "(?i)",
        };
        let text = match reach {
            Reach::Part => format!("{flags}(?:{written})"),
            Reach::Start => format!("{flags}\\A(?:{written})"),
            Reach::Whole => format!("{flags}\\A(?:{written})\\z"),
        };
        let engine = fancy_regex::RegexBuilder::new(&text)
            .backtrack_limit(MAX_BACKTRACKS)
            .build()
            .map_err(|_| BadExpression { span: whole, why: BadExpressionWhy::Syntax })?;
        Ok(Self { written: written.into(), flavour, reach, case, engine: Arc::new(engine) })
    }

    /// Whether the program would find a match in this text.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.engine.is_match(text).unwrap_or(false)
    }

    /// The groups of the first match.
    #[must_use]
    pub fn captures(&self, text: &str) -> Option<Captured> {
        let captures = self.engine.captures(text).ok().flatten()?;
        Some(captures.iter().map(|group| group.map(|group| group.as_str().to_owned())).collect())
    }

    /// The expression as it is written.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Its dialect.
    #[must_use]
    pub fn flavour(&self) -> Flavour {
        self.flavour
    }

    /// How much of a text it has to match.
    #[must_use]
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Whether it looks at case.
    #[must_use]
    pub fn case(&self) -> Case {
        self.case
    }
}

/// Why an expression is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadExpressionWhy {
    /// The flavour itself refuses it.
    Syntax,
    /// The construct has no model here.
    NotModelled,
    /// It is too large.
    TooLarge,
}
