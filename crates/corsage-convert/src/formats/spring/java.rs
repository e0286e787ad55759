//! The words of Java.

use crate::{NotRead, Refused, Span, Why};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    Name(String),
    Text(String),
    /// A number, and whether it is a `long`.
    Number(i64, bool),
    Sign(char),
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) word: Word,
    pub(super) span: Span,
}

impl Token {
    pub(super) fn is(&self, sign: char) -> bool {
        self.word == Word::Sign(sign)
    }

    pub(super) fn name(&self) -> Option<&str> {
        match &self.word {
            Word::Name(name) => Some(name),
            _ => None,
        }
    }

    /// As it is written, as far as a message needs it.
    pub(super) fn shown(&self) -> String {
        match &self.word {
            Word::Name(name) => name.clone(),
            Word::Text(text) => format!("{text:?}"),
            Word::Number(number, _) => number.to_string(),
            Word::Sign(sign) => sign.to_string(),
        }
    }
}

/// A text in its words, comments left out.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, NotRead> {
    let bad = |span: Span, why| {
        let what = text.get(span.clone()).unwrap_or_default().chars().take(40).collect::<String>();
        NotRead::refused(Refused::new(span, what, why))
    };
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let start = at;
        let rest = &text[at..];
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        if rest.starts_with("/*") {
            let end = rest.find("*/").ok_or_else(|| bad(start..text.len(), Why::Syntax))?;
            at += end + 2;
            continue;
        }
        let word = if c.is_alphabetic() || c == '_' || c == '$' {
            let length = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')
                .unwrap_or(rest.len());
            at += length;
            Word::Name(rest[..length].to_owned())
        } else if c.is_ascii_digit() {
            let length =
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            at += length;
            let digits = rest[..length].replace('_', "");
            let number = digits.trim_end_matches(['l', 'L']);
            // A number that begins with a zero is octal, or hexadecimal.
            let decimal = (number == "0" || !number.starts_with('0'))
                .then(|| number.parse().ok())
                .flatten()
                .ok_or_else(|| bad(start..at, Why::NotModelled))?;
            Word::Number(decimal, digits.len() > number.len())
        } else if c == '"' {
            let (value, length) =
                literal(rest).ok_or_else(|| bad(start..text.len(), Why::Syntax))?;
            at += length;
            Word::Text(value)
        } else {
            at += c.len_utf8();
            Word::Sign(c)
        };
        tokens.push(Token { word, span: start..at });
    }
    Ok(tokens)
}

/// The value of a literal at the beginning of a text, and how long it is written.
fn literal(rest: &str) -> Option<(String, usize)> {
    if rest.starts_with("\"\"\"") {
        return None;
    }
    let mut value = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, at + 1)),
            '\n' => return None,
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                c @ ('"' | '\\' | '\'') => value.push(c),
                _ => return None,
            },
            c => value.push(c),
        }
    }
    None
}
