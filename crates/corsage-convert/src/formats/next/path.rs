//! Patterns of paths, as `path-to-regexp` 6 makes expressions of them.

use crate::regexes::{Case, Flavour, Matcher, Reach};

/// How long a pattern, or the expression of it, may be: as long as Next lets it be.
const MAX_LENGTH: usize = 4096;

/// A pattern of paths.
pub(crate) struct PathPattern {
    matcher: Matcher,
    /// For each group its name, where it has one.
    names: Vec<Option<String>>,
    /// The names that stand for any number of segments, or for none.
    pub(super) repeated: Vec<String>,
    /// A path that fits, where one is easily seen.
    pub(crate) sample: String,
}

/// Why a pattern is not read.
pub(crate) enum Bad {
    /// Next refuses it.
    Rejected,
    /// No model is made of it.
    NotModelled,
}

enum Part {
    Text(char),
    Name(String),
    Pattern(String),
    Modifier(char),
    Open,
    Close,
}

impl PathPattern {
    /// As Next compares paths: without regard to case, and with a slash at the end or without.
    pub(super) fn new(written: &str) -> Result<Self, Bad> {
        Self::compiled(written, r"(?:\/)?$", Case::Insensitive)
    }

    /// As Vercel does: exactly.
    pub(crate) fn strict(written: &str) -> Result<Self, Bad> {
        Self::compiled(written, "$", Case::Sensitive)
    }

    fn compiled(written: &str, end: &str, case: Case) -> Result<Self, Bad> {
        if written.len() > MAX_LENGTH {
            return Err(Bad::Rejected);
        }
        let parts = parts(written)?;
        let mut builder = Builder { parts: &parts, at: 0, built: Built::default() };
        builder.run()?;
        let Built { mut expression, names, repeated, sample, .. } = builder.built;
        expression.insert(0, '^');
        if expression.len() >= MAX_LENGTH {
            return Err(Bad::Rejected);
        }
        expression.push_str(end);
        let matcher = Matcher::new(&expression, Flavour::JavaScript, Reach::Part, case)
            .map_err(|_| Bad::NotModelled)?;
        Ok(Self { matcher, names, repeated, sample })
    }

    /// What the names stand for in a path; `None` where it does not fit.
    pub(crate) fn captures(&self, path: &str) -> Option<Vec<(String, String)>> {
        let groups = self.matcher.captures(path)?;
        let mut named = Vec::new();
        for (name, text) in self.names.iter().zip(groups.into_iter().skip(1)) {
            if let (Some(name), Some(text)) = (name, text) {
                named.push((name.clone(), text));
            }
        }
        Some(named)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().flatten().map(String::as_str)
    }
}

fn parts(written: &str) -> Result<Vec<Part>, Bad> {
    let mut parts = Vec::new();
    let mut chars = written.chars().peekable();
    while let Some(c) = chars.next() {
        parts.push(match c {
            '*' | '+' | '?' => Part::Modifier(c),
            '\\' => Part::Text(chars.next().ok_or(Bad::Rejected)?),
            '{' => Part::Open,
            '}' => Part::Close,
            ':' => {
                let mut name = String::new();
                while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    name.push(c);
                }
                if name.is_empty() {
                    return Err(Bad::Rejected);
                }
                Part::Name(name)
            }
            '(' => {
                let mut pattern = String::new();
                let mut open = 1usize;
                if chars.peek() == Some(&'?') {
                    return Err(Bad::Rejected);
                }
                loop {
                    let c = chars.next().ok_or(Bad::Rejected)?;
                    match c {
                        '\\' => {
                            pattern.push(c);
                            pattern.push(chars.next().ok_or(Bad::Rejected)?);
                            continue;
                        }
                        ')' => {
                            open -= 1;
                            if open == 0 {
                                break;
                            }
                        }
                        '(' => {
                            open += 1;
                            if chars.peek() != Some(&'?') {
                                return Err(Bad::Rejected);
                            }
                        }
                        _ => {}
                    }
                    pattern.push(c);
                }
                if pattern.is_empty() {
                    return Err(Bad::Rejected);
                }
                Part::Pattern(pattern)
            }
            c => Part::Text(c),
        });
    }
    Ok(parts)
}

#[derive(Default)]
struct Built {
    expression: String,
    names: Vec<Option<String>>,
    repeated: Vec<String>,
    sample: String,
    /// What came last: a parameter, after which some text is needed.
    after_parameter: bool,
    /// The text that came last.
    last_text: String,
}

struct Builder<'p> {
    parts: &'p [Part],
    at: usize,
    built: Built,
}

impl Builder<'_> {
    fn name(&mut self) -> Option<String> {
        let Some(Part::Name(name)) = self.parts.get(self.at) else { return None };
        self.at += 1;
        Some(name.clone())
    }

    fn pattern(&mut self) -> Option<String> {
        let Some(Part::Pattern(pattern)) = self.parts.get(self.at) else { return None };
        self.at += 1;
        Some(pattern.clone())
    }

    fn modifier(&mut self) -> Option<char> {
        let Some(Part::Modifier(modifier)) = self.parts.get(self.at) else { return None };
        self.at += 1;
        Some(*modifier)
    }

    fn texts(&mut self) -> String {
        let mut text = String::new();
        while let Some(Part::Text(c)) = self.parts.get(self.at) {
            self.at += 1;
            text.push(*c);
        }
        text
    }

    fn run(&mut self) -> Result<(), Bad> {
        let mut text = String::new();
        while let Some(part) = self.parts.get(self.at) {
            match part {
                Part::Text(c) => {
                    self.at += 1;
                    let is_next =
                        matches!(self.parts.get(self.at), Some(Part::Name(_) | Part::Pattern(_)));
                    // The slash or the dot before a parameter belongs to it.
                    if is_next && matches!(c, '/' | '.') {
                        self.text(&text);
                        text.clear();
                        self.parameter(&c.to_string())?;
                    } else {
                        text.push(*c);
                    }
                }
                Part::Name(_) | Part::Pattern(_) => {
                    self.text(&text);
                    text.clear();
                    self.parameter("")?;
                }
                Part::Open => {
                    self.text(&text);
                    text.clear();
                    self.at += 1;
                    self.group()?;
                }
                Part::Close | Part::Modifier(_) => return Err(Bad::Rejected),
            }
        }
        self.text(&text);
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.built.expression.push_str(&escaped(text));
        self.built.sample.push_str(text);
        self.built.after_parameter = false;
        text.clone_into(&mut self.built.last_text);
    }

    fn parameter(&mut self, prefix: &str) -> Result<(), Bad> {
        let name = self.name();
        let pattern = match self.pattern() {
            Some(pattern) => pattern,
            None => self.safe_pattern(prefix)?,
        };
        let modifier = self.modifier();
        self.key(name, prefix, "", &pattern, modifier)
    }

    /// `{prefix:name(pattern)suffix}` with its modifier.
    fn group(&mut self) -> Result<(), Bad> {
        let prefix = self.texts();
        let name = self.name();
        let pattern = match (self.pattern(), &name) {
            (Some(pattern), _) => pattern,
            (None, Some(_)) => self.safe_pattern(&prefix)?,
            (None, None) => String::new(),
        };
        let suffix = self.texts();
        if !matches!(self.parts.get(self.at), Some(Part::Close)) {
            return Err(Bad::Rejected);
        }
        self.at += 1;
        let modifier = self.modifier();
        if pattern.is_empty() {
            let whole = escaped(&prefix) + &escaped(&suffix);
            self.built.expression.extend(["(?:", &whole, ")"]);
            self.built.expression.extend(modifier);
            self.built.after_parameter = true;
            return Ok(());
        }
        self.key(name, &prefix, &suffix, &pattern, modifier)
    }

    /// What a parameter without a pattern of its own stands for.
    fn safe_pattern(&self, prefix: &str) -> Result<String, Bad> {
        let before = match prefix {
            "" if self.built.after_parameter => return Err(Bad::NotModelled),
            "" => self.built.last_text.as_str(),
            prefix => prefix,
        };
        if before.is_empty() || before.contains('/') {
            return Ok(r"[^\/]+?".to_owned());
        }
        Ok(format!(r"(?:(?!{})[^\/])+?", escaped(before)))
    }

    fn key(
        &mut self,
        name: Option<String>,
        prefix: &str,
        suffix: &str,
        pattern: &str,
        modifier: Option<char>,
    ) -> Result<(), Bad> {
        let (before, after) = (escaped(prefix), escaped(suffix));
        let is_bare = prefix.is_empty() && suffix.is_empty();
        let written = match modifier {
            Some('*' | '+') if is_bare => return Err(Bad::Rejected),
            Some(modifier @ ('*' | '+')) => {
                let optional = if modifier == '*' { "?" } else { "" };
                format!(
                    "(?:{before}((?:{pattern})(?:{after}{before}(?:{pattern}))*){after}){optional}"
                )
            }
            modifier => {
                let modifier = modifier.map(String::from).unwrap_or_default();
                if is_bare {
                    format!("({pattern}){modifier}")
                } else {
                    format!("(?:{before}({pattern}){after}){modifier}")
                }
            }
        };
        if modifier.is_some() {
            self.built.repeated.extend(name.clone());
        }
        self.built.expression.push_str(&written);
        self.built.sample.push_str(prefix);
        // A pattern of letters alone is its own sample.
        let first = pattern.split('|').next().unwrap_or_default();
        let is_word = !first.is_empty() && first.bytes().all(|b| b.is_ascii_alphanumeric());
        self.built.sample.push_str(if is_word { first } else { "x" });
        self.built.sample.push_str(suffix);
        self.built.names.push(name);
        self.built.after_parameter = true;
        Ok(())
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if ".+*?=^!:${}()[]|/\\".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::PathPattern;

    #[test]
    fn parameters_and_groups() {
        let fits = |pattern: &str, path: &str| {
            PathPattern::new(pattern).ok().is_some_and(|it| it.captures(path).is_some())
        };
        assert!(fits("/api/:path*", "/api"));
        assert!(fits("/api/:path*", "/API/items/1"));
        assert!(!fits("/api/:path+", "/api"));
        assert!(!fits("/api/:path", "/api/v1/items"));
        assert!(fits("/(.*)", "/api/items"));
        assert!(fits("/:path*", "/"));
        assert!(fits("/api/(items|own)", "/api/own"));
        assert!(!fits("/api/(items|own)", "/api/err"));
        assert!(fits("/api/:id(\\d{1,})", "/api/12"));
        assert!(fits("/((?!public).*)", "/api"));
        assert!(!fits("/((?!public).*)", "/public/x"));
        assert!(fits("/x{/:tail}?", "/x"));
        assert!(PathPattern::new("/a(").is_err());
        assert!(PathPattern::new("/a((b))").is_err());
    }
}
