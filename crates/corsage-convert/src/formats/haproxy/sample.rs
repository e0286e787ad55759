//! Samples: what HAProxy fetches from a request or a response, and formats made of them.

use super::words::Word;
use crate::NotRead;

#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub(super) fetch: Fetch,
    pub(super) converters: Vec<Converter>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fetch {
    /// A request header; not `full`: its values between commas.
    RequestHeader {
        name: String,
        full: bool,
    },
    RequestHeaderCount {
        name: String,
        full: bool,
    },
    ResponseHeader {
        name: String,
        full: bool,
    },
    ResponseHeaderCount {
        name: String,
        full: bool,
    },
    Method,
    Path,
    Url,
    Query,
    Status,
    Variable(String),
    Captured(usize),
    Text(String),
    Bool(bool),
    Int(i64),
}

#[derive(Clone, Debug)]
pub(super) enum Converter {
    Lower,
    Upper,
    Length,
    /// A field between separators, counted from 1.
    Field(usize, char),
}

/// When a rule is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Request,
    Response,
}

impl Fetch {
    /// Requests are gone when responses come; and the other way round.
    pub(super) fn is_there(&self, phase: Phase) -> bool {
        match self {
            Self::RequestHeader { .. }
            | Self::RequestHeaderCount { .. }
            | Self::Path
            | Self::Url
            | Self::Query => phase == Phase::Request,
            Self::ResponseHeader { .. } | Self::ResponseHeaderCount { .. } | Self::Status => {
                phase == Phase::Response
            }
            _ => true,
        }
    }
}

/// How a keyword's suffix says what is compared: `path_beg`.
pub(super) const SUFFIXES: &[&str] = &["beg", "dir", "dom", "end", "len", "reg", "sub"];

/// Reads `fetch(arguments),converter,converter(arguments)`; answers the suffix of the keyword too.
pub(super) fn expression(
    text: &str,
    word: &Word,
) -> Result<(Expression, Option<&'static str>), NotRead> {
    let mut parts = split(text, ',').into_iter();
    let first = parts.next().unwrap_or_default();
    let (keyword, arguments) = call(first, word)?;
    let mut base = keyword;
    let mut suffix = None;
    for candidate in SUFFIXES {
        if let Some(stem) = keyword.strip_suffix(candidate).and_then(|stem| stem.strip_suffix('_'))
        {
            base = stem;
            suffix = Some(*candidate);
        }
    }
    let name = || -> Result<String, NotRead> {
        match arguments.as_slice() {
            [name] => Ok(name.to_ascii_lowercase()),
            _ => Err(word.refused()),
        }
    };
    // What else stands behind sends is not known.
    let response_name = || match name()? {
        name if name == "vary" || name.starts_with("access-control-") => Ok(name),
        _ => Err(word.refused()),
    };
    let fetch = match base {
        "req.hdr" | "hdr" => Fetch::RequestHeader { name: name()?, full: false },
        "req.fhdr" => Fetch::RequestHeader { name: name()?, full: true },
        "req.hdr_cnt" | "hdr_cnt" => Fetch::RequestHeaderCount { name: name()?, full: false },
        "req.fhdr_cnt" => Fetch::RequestHeaderCount { name: name()?, full: true },
        "res.hdr" | "shdr" => Fetch::ResponseHeader { name: response_name()?, full: false },
        "res.fhdr" => Fetch::ResponseHeader { name: response_name()?, full: true },
        "res.hdr_cnt" | "shdr_cnt" => {
            Fetch::ResponseHeaderCount { name: response_name()?, full: false }
        }
        "method" => Fetch::Method,
        "path" => Fetch::Path,
        "url" | "pathq" => Fetch::Url,
        "query" => Fetch::Query,
        "status" => Fetch::Status,
        "var" => match arguments.as_slice() {
            [name] => Fetch::Variable(variable(name, word)?),
            _ => return Err(word.refused()),
        },
        "capture.req.hdr" => match arguments.as_slice() {
            [number] => Fetch::Captured(number.parse().map_err(|_| word.refused())?),
            _ => return Err(word.refused()),
        },
        "str" => Fetch::Text(arguments.join(",")),
        "bool" => match arguments.as_slice() {
            [value] if value == "true" || value == "1" => Fetch::Bool(true),
            [value] if value == "false" || value == "0" => Fetch::Bool(false),
            _ => return Err(word.refused()),
        },
        "always_true" => Fetch::Bool(true),
        "always_false" | "ssl_fc" => Fetch::Bool(false),
        "int" => match arguments.as_slice() {
            [number] => Fetch::Int(number.parse().map_err(|_| word.refused())?),
            _ => return Err(word.refused()),
        },
        _ => return Err(word.refused()),
    };
    if suffix.is_some()
        && !matches!(base, "hdr" | "path" | "url" | "shdr" | "method" | "capture.req.hdr")
    {
        return Err(word.refused());
    }
    let mut converters = Vec::new();
    for part in parts {
        let (name, arguments) = call(part, word)?;
        converters.push(match (name, arguments.as_slice()) {
            ("lower", []) => Converter::Lower,
            ("upper", []) => Converter::Upper,
            ("length", []) => Converter::Length,
            ("field", [number, separator]) if separator.chars().count() == 1 => Converter::Field(
                number.parse().map_err(|_| word.refused())?,
                separator.chars().next().unwrap_or(','),
            ),
            _ => return Err(word.refused()),
        });
    }
    Ok((Expression { fetch, converters }, suffix))
}

/// A variable's name, in one of the scopes that there are.
pub(super) fn variable(name: &str, word: &Word) -> Result<String, NotRead> {
    let scopes = ["proc.", "sess.", "txn.", "req.", "res."];
    let known = scopes.iter().any(|scope| name.len() > scope.len() && name.starts_with(scope));
    if known { Ok(name.to_owned()) } else { Err(word.rejected("invalid variable name")) }
}

/// The parts of a text between separators that stand in no parentheses and no quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut depth, mut quote, mut start) = (0_i32, None, 0);
    let mut parts = Vec::new();
    for (at, char) in text.char_indices() {
        match (char, quote) {
            (char, Some(open)) if char == open => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) if depth > 0 => quote = Some(char),
            ('(', None) => depth += 1,
            (')', None) => depth -= 1,
            (char, None) if char == separator && depth == 0 => {
                parts.push(&text[start..at]);
                start = at + char.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// A keyword and its arguments.
fn call<'t>(text: &'t str, word: &Word) -> Result<(&'t str, Vec<String>), NotRead> {
    let Some((name, rest)) = text.split_once('(') else { return Ok((text, Vec::new())) };
    let Some(inside) = rest.strip_suffix(')') else {
        return Err(word.rejected("missing closing ')'"));
    };
    let arguments = split(inside, ',')
        .into_iter()
        .map(|argument| argument.trim_matches(['\'', '"']).to_owned());
    Ok((name, arguments.collect()))
}

/// A text with `%[expression]` in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Format(pub(super) Vec<Piece>);

#[derive(Clone, Debug)]
pub(super) enum Piece {
    Text(String),
    Sample(Expression),
}

/// Reads a format. A sample that is not there yet, or not any more, is an error that HAProxy finds itself.
pub(super) fn format(word: &Word, phase: Phase) -> Result<Format, NotRead> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = word.text.as_str();
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            text.push('%');
            rest = after;
        } else if let Some(after) = after.strip_prefix('[') {
            let Some(end) = closing(after) else { return Err(word.rejected("missing ']'")) };
            let (expression, suffix) = expression(after[..end].trim(), word)?;
            if suffix.is_some() {
                return Err(word.refused());
            }
            if !expression.fetch.is_there(phase) {
                return Err(word.rejected("sample fetch may not be reliably used here"));
            }
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(Piece::Sample(expression));
            rest = &after[end + 1..];
        } else {
            return Err(word.refused());
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(Format(pieces))
}

fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, char) in text.char_indices() {
        match char {
            '[' => depth += 1,
            ']' if depth == 0 => return Some(at),
            ']' => depth -= 1,
            _ => {}
        }
    }
    None
}
