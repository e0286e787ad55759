//! The part of CEL that matchers are written in.

use super::parse::Word;
use crate::NotRead;
use crate::regexes::{Case, Flavour, Matcher, Reach};

/// How deep expressions may be.
const MAX_DEPTH: usize = 32;

#[derive(Clone, Debug)]
pub(super) enum Cel {
    All(Vec<Cel>),
    Any(Vec<Cel>),
    Not(Box<Cel>),
    /// Any of the values of a header.
    Header(String, Vec<String>),
    HeaderRegex(String, Matcher),
    Method(Vec<String>),
    Path(Vec<String>),
    PathRegex(Matcher),
    /// A placeholder's text, and what it is held against.
    Placeholder(String, Compare),
}

#[derive(Clone, Debug)]
pub(super) enum Compare {
    Is(Vec<String>),
    IsNot(String),
    Starts(String),
    Ends(String),
    Contains(String),
    Matches(Matcher),
}

pub(super) fn read(word: &Word) -> Result<Cel, NotRead> {
    let mut reader = Reader { rest: &word.text, word, depth: 0 };
    let cel = reader.any()?;
    reader.space();
    if reader.rest.is_empty() { Ok(cel) } else { Err(word.refused()) }
}

struct Reader<'t> {
    rest: &'t str,
    word: &'t Word,
    depth: usize,
}

impl Reader<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, text: &str) -> bool {
        self.space();
        let Some(rest) = self.rest.strip_prefix(text) else { return false };
        self.rest = rest;
        true
    }

    fn expect(&mut self, text: &str) -> Result<(), NotRead> {
        if self.eat(text) { Ok(()) } else { Err(self.word.refused()) }
    }

    fn any(&mut self) -> Result<Cel, NotRead> {
        let mut parts = vec![self.all()?];
        while self.eat("||") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Cel::Any(parts) })
    }

    fn all(&mut self) -> Result<Cel, NotRead> {
        let mut parts = vec![self.one()?];
        while self.eat("&&") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Cel::All(parts) })
    }

    fn one(&mut self) -> Result<Cel, NotRead> {
        if self.depth > MAX_DEPTH {
            return Err(self.word.refused());
        }
        self.depth += 1;
        let cel = if self.eat("!") {
            Cel::Not(Box::new(self.one()?))
        } else if self.eat("(") {
            let inner = self.any()?;
            self.expect(")")?;
            inner
        } else if self.eat("{") {
            self.placeholder()?
        } else {
            self.call()?
        };
        self.depth -= 1;
        Ok(cel)
    }

    fn placeholder(&mut self) -> Result<Cel, NotRead> {
        let Some((name, rest)) = self.rest.split_once('}') else { return Err(self.word.refused()) };
        self.rest = rest;
        let lower = name.to_ascii_lowercase();
        let name = match lower
            .strip_prefix("header.")
            .or_else(|| lower.strip_prefix("http.request.header."))
        {
            Some(header) => format!("http.request.header.{header}"),
            None => match lower.as_str() {
                "method" | "http.request.method" => "http.request.method".to_owned(),
                "path" | "http.request.uri.path" => "http.request.uri.path".to_owned(),
                _ => return Err(self.word.refused()),
            },
        };
        let compare = if self.eat("==") {
            Compare::Is(vec![self.string()?])
        } else if self.eat("!=") {
            Compare::IsNot(self.string()?)
        } else if self.eat("in") {
            self.expect("[")?;
            Compare::Is(self.strings("]")?)
        } else if self.eat(".startsWith(") {
            let text = self.string()?;
            self.expect(")")?;
            Compare::Starts(text)
        } else if self.eat(".endsWith(") {
            let text = self.string()?;
            self.expect(")")?;
            Compare::Ends(text)
        } else if self.eat(".contains(") {
            let text = self.string()?;
            self.expect(")")?;
            Compare::Contains(text)
        } else if self.eat(".matches(") {
            let text = self.string()?;
            self.expect(")")?;
            Compare::Matches(self.matcher(&text)?)
        } else {
            return Err(self.word.refused());
        };
        Ok(Cel::Placeholder(name, compare))
    }

    fn call(&mut self) -> Result<Cel, NotRead> {
        if self.eat("header_regexp(") {
            let mut arguments = self.strings(")")?;
            let (Some(expression), Some(name)) = (arguments.pop(), arguments.pop()) else {
                return Err(self.word.refused());
            };
            if !arguments.is_empty() {
                return Err(self.word.refused());
            }
            return Ok(Cel::HeaderRegex(name.to_ascii_lowercase(), self.matcher(&expression)?));
        }
        if self.eat("header(") {
            self.expect("{")?;
            let name = self.string()?;
            self.expect(":")?;
            let values = if self.eat("[") { self.strings("]")? } else { vec![self.string()?] };
            self.expect("}")?;
            self.expect(")")?;
            return Ok(Cel::Header(name.to_ascii_lowercase(), values));
        }
        if self.eat("method(") {
            return Ok(Cel::Method(
                self.strings(")")?.iter().map(|text| text.to_ascii_uppercase()).collect(),
            ));
        }
        if self.eat("path_regexp(") {
            let mut arguments = self.strings(")")?;
            let (Some(expression), None) = (arguments.pop(), arguments.pop()) else {
                return Err(self.word.refused());
            };
            return Ok(Cel::PathRegex(self.matcher(&expression)?));
        }
        if self.eat("path(") {
            return Ok(Cel::Path(
                self.strings(")")?.iter().map(|text| text.to_ascii_lowercase()).collect(),
            ));
        }
        Err(self.word.refused())
    }

    fn matcher(&self, text: &str) -> Result<Matcher, NotRead> {
        Matcher::new(text, Flavour::Re2, Reach::Part, Case::Sensitive)
            .map_err(|_| self.word.refused())
    }

    fn strings(&mut self, close: &str) -> Result<Vec<String>, NotRead> {
        let mut texts = vec![self.string()?];
        while self.eat(",") {
            texts.push(self.string()?);
        }
        self.expect(close)?;
        Ok(texts)
    }

    fn string(&mut self) -> Result<String, NotRead> {
        self.space();
        let raw = self.rest.strip_prefix('r');
        let body = raw.unwrap_or(self.rest);
        let quote = body.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        let Some(quote) = quote else { return Err(self.word.refused()) };
        let mut text = String::new();
        let mut chars = body[1..].char_indices();
        while let Some((at, char)) = chars.next() {
            match char {
                char if char == quote => {
                    self.rest = &body[at + 2..];
                    return Ok(text);
                }
                '\\' if raw.is_none() => match chars.next() {
                    Some((_, char @ ('\\' | '"' | '\''))) => text.push(char),
                    _ => return Err(self.word.refused()),
                },
                char => text.push(char),
            }
        }
        Err(self.word.refused())
    }
}
