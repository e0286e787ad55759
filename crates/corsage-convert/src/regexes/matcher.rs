//! One expression, ready to be applied.

use std::ops::Range;
use std::sync::Arc;

use regex_automata::meta;
use regex_automata::util::syntax;

use super::ast::Node;
use super::emit::{Alphabet, emit, portable};
use super::{Case, Flavour, Reach, lua, parse};
use crate::Why;

/// How many bytes an expression may have: the longest that public configurations hold have some thousands.
const MAX_EXPRESSION_BYTES: usize = 1024 * 1024;
/// How much memory one compiled expression may take.
const MAX_COMPILED_BYTES: usize = 32 * 1024 * 1024;
/// How many steps back one application may take before it is given up.
const MAX_BACKTRACKS: usize = 200_000;

/// An expression of one flavour, as one program applies it.
///
/// ```
/// use corsage_convert::regexes::{Case, Flavour, Matcher, Reach};
///
/// let matcher = Matcher::new(r"https://.*\.example\.com", Flavour::Pcre, Reach::Part, Case::Sensitive)
///     .unwrap();
/// // Unanchored: what stands after it is not looked at.
/// assert!(matcher.is_match("https://app.example.com.evil.example"));
///
/// // A program that runs RE2 refuses this when it loads it; PCRE would not.
/// let refused = Matcher::new("(?!evil)", Flavour::Re2, Reach::Part, Case::Sensitive).unwrap_err();
/// assert_eq!(refused.span, 0..3);
/// ```
#[derive(Clone, Debug)]
pub struct Matcher {
    written: Arc<str>,
    flavour: Flavour,
    reach: Reach,
    case: Case,
    tree: Arc<Node>,
    engine: Engine,
}

#[derive(Clone, Debug)]
enum Engine {
    /// In time linear in the text.
    Linear(Arc<meta::Regex>),
    /// For what needs to look around or back.
    Backtracking(Arc<fancy_regex::Regex>),
}

/// What is wrong with an expression, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadExpression {
    /// The bytes of the expression that are at fault.
    pub span: Range<usize>,
    /// What is wrong.
    pub why: BadExpressionWhy,
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

impl From<BadExpressionWhy> for Why {
    fn from(why: BadExpressionWhy) -> Self {
        match why {
            BadExpressionWhy::Syntax => Self::Syntax,
            BadExpressionWhy::NotModelled => Self::NotModelled,
            BadExpressionWhy::TooLarge => Self::TooLarge,
        }
    }
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
        let too_large = BadExpression { span: whole, why: BadExpressionWhy::TooLarge };
        if written.len() > MAX_EXPRESSION_BYTES {
            return Err(too_large);
        }
        let tree = match flavour {
            Flavour::Lua => lua::parse(written)?,
            _ => parse::parse(written, flavour)?,
        };
        let mut inner = String::new();
        emit(&tree, Alphabet::Unicode, &mut inner);
        let text = match (reach, case) {
            (Reach::Part, Case::Sensitive) => inner,
            (Reach::Part, Case::Insensitive) => format!("(?i:{inner})"),
            (Reach::Start, Case::Sensitive) => format!("\\A(?:{inner})"),
            (Reach::Start, Case::Insensitive) => format!("\\A(?i:{inner})"),
            (Reach::Whole, Case::Sensitive) => format!("\\A(?:{inner})\\z"),
            (Reach::Whole, Case::Insensitive) => format!("\\A(?i:{inner})\\z"),
        };
        let engine = if tree.is_regular() {
            let regex = meta::Regex::builder()
                .configure(meta::Config::new().nfa_size_limit(Some(MAX_COMPILED_BYTES)))
                .syntax(syntax::Config::new().nest_limit(2000))
                .build(&text)
                .map_err(|_| too_large)?;
            Engine::Linear(Arc::new(regex))
        } else {
            let regex = fancy_regex::RegexBuilder::new(&text)
                .backtrack_limit(MAX_BACKTRACKS)
                .delegate_size_limit(MAX_COMPILED_BYTES)
                .build()
                .map_err(|_| BadExpression { why: BadExpressionWhy::NotModelled, ..too_large })?;
            Engine::Backtracking(Arc::new(regex))
        };
        Ok(Self { written: written.into(), flavour, reach, case, tree: Arc::new(tree), engine })
    }

    /// Whether the program would find a match in this text.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        match &self.engine {
            Engine::Linear(regex) => regex.is_match(text),
            Engine::Backtracking(regex) => regex.is_match(text).unwrap_or(false),
        }
    }

    /// The groups of the first match.
    #[must_use]
    pub fn captures(&self, text: &str) -> Option<Captured> {
        match &self.engine {
            Engine::Linear(regex) => {
                let mut captures = regex.create_captures();
                regex.captures(text, &mut captures);
                captures.is_match().then(|| {
                    captures.iter().map(|span| span.map(|span| text[span].to_owned())).collect()
                })
            }
            Engine::Backtracking(regex) => {
                let captures = regex.captures(text).ok().flatten()?;
                Some(
                    captures
                        .iter()
                        .map(|found| found.map(|found| found.as_str().to_owned()))
                        .collect(),
                )
            }
        }
    }

    /// Where the first match lies.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Range<usize>> {
        match &self.engine {
            Engine::Linear(regex) => regex.find(text).map(|found| found.range()),
            Engine::Backtracking(regex) => {
                regex.find(text).ok().flatten().map(|found| found.range())
            }
        }
    }

    /// The place and the groups of the first match that begins at this byte or later. What stands before
    /// it is seen by anchors and by what looks behind.
    #[must_use]
    pub fn captures_from(&self, text: &str, from: usize) -> Option<(Range<usize>, Captured)> {
        match &self.engine {
            Engine::Linear(regex) => {
                let mut captures = regex.create_captures();
                let input = regex_automata::Input::new(text).range(from..);
                regex.search_captures(&input, &mut captures);
                let whole = captures.get_match()?.range();
                let groups = captures.iter().map(|span| span.map(|span| text[span].to_owned()));
                Some((whole, groups.collect()))
            }
            Engine::Backtracking(regex) => {
                let captures = regex.captures_from_pos(text, from).ok().flatten()?;
                let whole = captures.get(0)?.range();
                let groups = captures.iter().map(|found| found.map(|it| it.as_str().to_owned()));
                Some((whole, groups.collect()))
            }
        }
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

    /// Whether a finite automaton decides it. What looks around or back is applied, not compared.
    #[must_use]
    pub fn is_regular(&self) -> bool {
        self.tree.is_regular()
    }

    /// The expression in a syntax that every flavour reads, as one that matches whole origins of browsers: in
    /// lower case where case does not count. Nothing where it is not regular.
    #[must_use]
    pub fn portable(&self) -> Option<String> {
        let inner = portable(&self.tree, self.case == Case::Insensitive)?;
        let (mut inner, mut before, mut after) = (inner.as_str(), "", "");
        let is_either = matches!(*self.tree, Node::Either(_));
        if self.reach == Reach::Part && !is_either {
            match inner.strip_prefix('^') {
                Some(rest) => inner = rest,
                None => before = ".*",
            }
        }
        if self.reach != Reach::Whole && !is_either {
            match inner.strip_suffix('$') {
                Some(rest) if !rest.ends_with('\\') => inner = rest,
                _ => after = ".*",
            }
        }
        if is_either && self.reach != Reach::Whole {
            (before, after) = (if self.reach == Reach::Part { ".*" } else { "" }, ".*");
        }
        Some(format!("{before}{inner}{after}"))
    }

    /// The expression over the ASCII that origins are made of, in the syntax of the `regex` crates, as an
    /// expression that matches whole texts. Nothing where it is not regular.
    #[must_use]
    pub(crate) fn whole_ascii(&self) -> Option<String> {
        if !self.tree.is_regular() {
            return None;
        }
        let mut inner = String::new();
        emit(&self.tree, Alphabet::Ascii, &mut inner);
        if self.case == Case::Insensitive {
            inner = format!("(?i:{inner})");
        }
        Some(match self.reach {
            Reach::Part => format!("[\\x00-\\x7F]*(?:{inner})[\\x00-\\x7F]*"),
            Reach::Start => format!("(?:{inner})[\\x00-\\x7F]*"),
            Reach::Whole => format!("(?:{inner})"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(written: &str, flavour: Flavour, text: &str) -> bool {
        Matcher::new(written, flavour, Reach::Part, Case::Sensitive)
            .unwrap_or_else(|bad| panic!("{written}: {bad:?}"))
            .is_match(text)
    }

    fn why(written: &str, flavour: Flavour) -> BadExpressionWhy {
        Matcher::new(written, flavour, Reach::Part, Case::Sensitive).expect_err(written).why
    }

    #[test]
    fn flavours_differ_where_they_differ() {
        use Flavour::{JavaScript, Lua, Pcre, Python, Re2};
        assert_eq!(why("*.example.com", Pcre), BadExpressionWhy::Syntax);
        assert_eq!(why("(?!evil)", Re2), BadExpressionWhy::Syntax);
        assert_eq!(why("a**", Python), BadExpressionWhy::Syntax);
        assert_eq!(why("(", JavaScript), BadExpressionWhy::Syntax);
        assert_eq!(why("a)", Pcre), BadExpressionWhy::Syntax);
        assert_eq!(why(r"\p{L}", Pcre), BadExpressionWhy::NotModelled);
        assert!(finds(
            r"^https:\/\/(?!evil)[a-z]+\.example\.com$",
            Pcre,
            "https://app.example.com"
        ));
        assert!(!finds(
            r"^https:\/\/(?!evil)[a-z]+\.example\.com$",
            Pcre,
            "https://evil.example.com"
        ));
        assert!(finds(r"^(?<scheme>https?):", JavaScript, "http://a"));
        assert!(finds(r"\Ahttps://[\w.-]+\Z", Python, "https://a_b.example.com"));
        assert!(finds(r"[[:alpha:]]+[]x]", Pcre, "abc]"));
        assert!(finds(r"a{,2}", JavaScript, "a{,2}"));
        assert!(!finds(r"^a{,2}$", Python, "a{,2}"));
        assert!(finds(r"^a{,2}$", Python, "aa"));
        assert!(finds("^https://[%w-]+%.example%.com$", Lua, "https://a-b.example.com"));
        assert!(!finds("^https://[%w-]+%.example%.com$", Lua, "https://a.b.example.com"));
        assert!(finds(r"^(a|b)\1$", Pcre, "bb"));
        assert!(finds("(?i)^HTTPS://A|B$", Re2, "https://a"));
    }

    #[test]
    fn hostile_expressions_are_bounded() {
        let nested = "(".repeat(100_000);
        assert_eq!(why(&nested, Flavour::Pcre), BadExpressionWhy::TooLarge);
        let repeated = "((((a{1000}){1000}){1000}){1000})";
        assert_eq!(why(repeated, Flavour::Pcre), BadExpressionWhy::TooLarge);
        let backtracking =
            Matcher::new(r"^(?=(a+)+$)b", Flavour::Pcre, Reach::Part, Case::Sensitive).unwrap();
        assert!(!backtracking.is_match(&"a".repeat(40)));
        let alternatives: Vec<String> =
            (0..10_000).map(|number| format!("https://host{number}\\.example\\.com")).collect();
        let many =
            Matcher::new(&alternatives.join("|"), Flavour::Pcre, Reach::Part, Case::Sensitive);
        assert!(many.is_ok_and(|many| many.is_match("https://host9999.example.com")));
    }

    #[test]
    fn groups_keep_their_numbers() {
        let matcher = Matcher::new(
            r"^https://(?:(\w+)\.)?(example\.(com|org))$",
            Flavour::Pcre,
            Reach::Part,
            Case::Sensitive,
        )
        .unwrap();
        let groups = matcher.captures("https://example.org").unwrap();
        let group = |text: &str| Some(text.to_owned());
        assert_eq!(
            groups,
            [group("https://example.org"), None, group("example.org"), group("org")]
        );
    }
}
