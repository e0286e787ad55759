//! The paths that layers are mounted on, as the two generations of express read them.

use crate::regexes::{Case, Flavour, Matcher, Reach};

/// Which line of express runs the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Generation {
    /// path-to-regexp 0.1: expressions are let through.
    Four,
    /// path-to-regexp 8: names, and nothing else.
    Five,
}

/// How much of a path a layer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// All of it: a route.
    Here,
    /// What it begins with: `use`.
    Anywhere,
}

#[derive(Clone, Debug)]
pub(super) enum PathPattern {
    All,
    Written {
        matcher: Matcher,
        ends: Ends,
    },
    /// A regular expression of the application's own.
    Expression {
        matcher: Matcher,
        ends: Ends,
    },
}

impl PathPattern {
    /// A path that is a text. `None`: express refuses it.
    pub(super) fn new(path: &str, ends: Ends, generation: Generation) -> Option<Self> {
        if ends == Ends::Anywhere && (path == "/" || path.is_empty()) {
            return Some(Self::All);
        }
        let written = match generation {
            Generation::Four => four(path, ends),
            Generation::Five => five(path, ends)?,
        };
        let matcher =
            Matcher::new(&written, Flavour::JavaScript, Reach::Part, Case::Insensitive).ok()?;
        Some(Self::Written { matcher, ends })
    }

    /// How many of a path's bytes a layer takes; `None` where it does not fit.
    pub(super) fn taken(&self, path: &str) -> Option<usize> {
        match self {
            Self::All => Some(0),
            Self::Written { matcher, ends } => {
                let (range, _) = matcher.captures_from(path, 0)?;
                Some(if *ends == Ends::Here { 0 } else { range.end })
            }
            Self::Expression { matcher, ends } => {
                let (range, _) = matcher.captures_from(path, 0)?;
                if *ends == Ends::Here {
                    return Some(0);
                }
                // A mounted layer takes what it matched off the path's front, and there only.
                let next = path[range.end..].chars().next();
                (range.start == 0 && matches!(next, None | Some('/'))).then_some(range.end)
            }
        }
    }
}

/// path-to-regexp 0.1: dots and slashes are themselves, `:name` is a segment, `*` is anything, and all else
/// is an expression.
fn four(path: &str, ends: Ends) -> String {
    let mut written = String::from("^");
    let mut rest = path;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match c {
            '/' if after.starts_with('(') && !after.starts_with("(?") => {
                written.push_str("\\/(?:");
                rest = &after[1..];
                continue;
            }
            '/' | '.' => {
                written.push('\\');
                written.push(c);
            }
            '*' => written.push_str("(.*)"),
            ':' => {
                let name =
                    after.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
                if name == 0 {
                    written.push(':');
                } else {
                    written.push_str("([^\\/]+?)");
                    rest = &after[name..];
                    continue;
                }
            }
            _ => written.push(c),
        }
        rest = after;
    }
    written.push_str(if path.ends_with('/') { "?" } else { "\\/?" });
    match ends {
        Ends::Here => written.push('$'),
        Ends::Anywhere if path.ends_with('/') => {}
        Ends::Anywhere => written.push_str("(?=\\/|$)"),
    }
    written
}

/// path-to-regexp 8: `:name` is a segment, `*name` is anything that is not empty, `{…}` may be absent;
/// other signs of expressions are refused.
fn five(path: &str, ends: Ends) -> Option<String> {
    let path = if ends == Ends::Anywhere { path.trim_end_matches('/') } else { path };
    let mut written = String::from("^");
    let mut open = 0usize;
    let mut rest = path.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '(' | ')' | '[' | ']' | '+' | '?' | '!' => return None,
            '{' => {
                open += 1;
                written.push_str("(?:");
            }
            '}' => {
                open = open.checked_sub(1)?;
                written.push_str(")?");
            }
            ':' | '*' => {
                let mut name = 0;
                while rest.peek().is_some_and(|c| c.is_alphanumeric() || *c == '_' || *c == '$') {
                    rest.next();
                    name += 1;
                }
                if name == 0 {
                    return None;
                }
                written.push_str(if c == ':' { "([^\\/]+)" } else { "([\\s\\S]+)" });
            }
            '\\' => written.push_str(&escaped(rest.next()?)),
            c => written.push_str(&escaped(c)),
        }
    }
    if open > 0 {
        return None;
    }
    written.push_str(match ends {
        Ends::Here => "(?:\\/$)?$",
        Ends::Anywhere => "(?:\\/$)?(?=\\/|$)",
    });
    Some(written)
}

fn escaped(c: char) -> String {
    if c.is_ascii_punctuation() { format!("\\{c}") } else { c.to_string() }
}
