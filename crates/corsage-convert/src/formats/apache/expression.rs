//! Apache's expressions: `<If>`, `expr=`, and texts with `%{…}` in them.

use super::parse::Word;
use crate::NotRead;
use crate::regexes::{Case, Flavour, Matcher, Reach};

/// How deep expressions may be.
const MAX_DEPTH: usize = 32;

#[derive(Clone, Debug)]
pub(super) enum Bool {
    All(Vec<Bool>),
    Any(Vec<Bool>),
    Not(Box<Bool>),
    Constant(bool),
    Compare(Text, Operator, Text),
    Matches {
        text: Text,
        matcher: Matcher,
        negated: bool,
    },
    In(Text, Vec<Text>),
    NotEmpty(Text),
    Empty(Text),
    /// Not empty, not `0`, not `off`, `false`, `no`.
    Truthy(Text),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    NumberEqual,
    NumberNotEqual,
    NumberLess,
    NumberLessOrEqual,
    NumberGreater,
    NumberGreaterOrEqual,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Text(pub(super) Vec<Piece>);

#[derive(Clone, Debug)]
pub(super) enum Piece {
    Literal(String),
    /// A request header; `vary`: it is added to `Vary` when a condition looks at it.
    Header {
        name: String,
        vary: bool,
    },
    Env(String),
    /// A response header.
    Response(String),
    Method,
    Uri,
    Query,
    Status,
    Host,
    Scheme,
    Https,
    /// A group of the expression that matched last.
    Group(usize),
    Lower(Box<Text>),
    Upper(Box<Text>),
    /// `%{NAME}e` of `Header` where there is no such variable.
    EnvOrNull(String),
}

impl Text {
    pub(super) fn of(text: &str) -> Self {
        Self(vec![Piece::Literal(text.to_owned())])
    }
}

/// Reads a condition.
pub(super) fn condition(text: &str, word: &Word) -> Result<Bool, NotRead> {
    let mut reader = Reader { rest: text, word, depth: 0 };
    let condition = reader.any()?;
    reader.space();
    if reader.rest.is_empty() { Ok(condition) } else { Err(word.refused()) }
}

/// Reads a text with `%{…}` in it, as `expr=` takes it.
pub(super) fn text(text: &str, word: &Word) -> Result<Text, NotRead> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("%{") {
            let Some((name, after)) = after.split_once('}') else {
                return Err(word.rejected("unclosed %{"));
            };
            flush(&mut literal, &mut pieces);
            pieces.push(variable(name, word)?);
            rest = after;
        } else if let Some(digit) =
            rest.strip_prefix('$').and_then(|rest| rest.chars().next()?.to_digit(10))
        {
            flush(&mut literal, &mut pieces);
            pieces.push(Piece::Group(usize::try_from(digit).unwrap_or_default()));
            rest = &rest[2..];
        } else {
            literal.push(char);
            rest = &rest[char.len_utf8()..];
        }
    }
    flush(&mut literal, &mut pieces);
    Ok(Text(pieces))
}

fn flush(literal: &mut String, pieces: &mut Vec<Piece>) {
    if !literal.is_empty() {
        pieces.push(Piece::Literal(std::mem::take(literal)));
    }
}

fn variable(name: &str, word: &Word) -> Result<Piece, NotRead> {
    // One inside another.
    if name.contains("%{") {
        return Err(word.refused());
    }
    if let Some((function, argument)) = name.split_once(':') {
        return function_of(function, argument, word);
    }
    Ok(match name.to_ascii_uppercase().as_str() {
        "REQUEST_METHOD" => Piece::Method,
        "REQUEST_URI" => Piece::Uri,
        "QUERY_STRING" => Piece::Query,
        "REQUEST_STATUS" => Piece::Status,
        "REQUEST_SCHEME" => Piece::Scheme,
        "HTTPS" => Piece::Https,
        "HTTP_HOST" | "SERVER_NAME" => Piece::Host,
        "HTTP_REFERER" => header("referer"),
        "HTTP_USER_AGENT" => header("user-agent"),
        "HTTP_COOKIE" => header("cookie"),
        "HTTP_ACCEPT" => header("accept"),
        "HTTP_ORIGIN" => return Err(word.rejected("Variable 'HTTP_ORIGIN' does not exist")),
        _ => return Err(word.refused()),
    })
}

fn header(name: &str) -> Piece {
    Piece::Header { name: name.to_owned(), vary: false }
}

fn function_of(function: &str, argument: &str, word: &Word) -> Result<Piece, NotRead> {
    Ok(match function.to_ascii_lowercase().as_str() {
        "http" | "req" => Piece::Header { name: argument.to_ascii_lowercase(), vary: true },
        "req_novary" => header(&argument.to_ascii_lowercase()),
        "reqenv" | "env" | "note_unused" => Piece::Env(argument.to_owned()),
        "resp" => Piece::Response(argument.to_ascii_lowercase()),
        "tolower" => Piece::Lower(Box::new(Text::of(argument))),
        "toupper" => Piece::Upper(Box::new(Text::of(argument))),
        _ => return Err(word.refused()),
    })
}

struct Reader<'t> {
    rest: &'t str,
    word: &'t Word,
    depth: usize,
}

const OPERATORS: &[(&str, Operator)] = &[
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("-eq", Operator::NumberEqual),
    ("-ne", Operator::NumberNotEqual),
    ("-lt", Operator::NumberLess),
    ("-le", Operator::NumberLessOrEqual),
    ("-gt", Operator::NumberGreater),
    ("-ge", Operator::NumberGreaterOrEqual),
];

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

    fn any(&mut self) -> Result<Bool, NotRead> {
        let mut parts = vec![self.all()?];
        while self.eat("||") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Bool::Any(parts) })
    }

    fn all(&mut self) -> Result<Bool, NotRead> {
        let mut parts = vec![self.one()?];
        while self.eat("&&") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Bool::All(parts) })
    }

    fn one(&mut self) -> Result<Bool, NotRead> {
        if self.depth > MAX_DEPTH {
            return Err(self.word.refused());
        }
        self.depth += 1;
        let read = self.inner();
        self.depth -= 1;
        read
    }

    fn inner(&mut self) -> Result<Bool, NotRead> {
        self.space();
        if self.rest.starts_with('!')
            && !self.rest.starts_with("!=")
            && !self.rest.starts_with("!~")
        {
            self.rest = &self.rest[1..];
            return Ok(Bool::Not(Box::new(self.one()?)));
        }
        if self.eat("(") {
            let inner = self.any()?;
            return if self.eat(")") { Ok(inner) } else { Err(self.word.rejected("missing )")) };
        }
        for (name, value) in [("true", true), ("false", false)] {
            if self.rest.starts_with(name)
                && !self.rest[name.len()..].starts_with(|char: char| char.is_alphanumeric())
            {
                self.rest = &self.rest[name.len()..];
                return Ok(Bool::Constant(value));
            }
        }
        for (name, make) in
            [("-n", Bool::NotEmpty as fn(Text) -> Bool), ("-z", Bool::Empty), ("-T", Bool::Truthy)]
        {
            if let Some(rest) = self.rest.strip_prefix(name)
                && rest.starts_with(char::is_whitespace)
            {
                self.rest = rest;
                return Ok(make(self.operand()?));
            }
        }
        let left = self.operand()?;
        self.space();
        if self.eat("=~") {
            return Ok(Bool::Matches { text: left, matcher: self.regex()?, negated: false });
        }
        if self.eat("!~") {
            return Ok(Bool::Matches { text: left, matcher: self.regex()?, negated: true });
        }
        let listed = ["in", "-in"].iter().any(|name| {
            self.rest.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']))
        });
        if listed {
            self.rest = self.rest.trim_start_matches('-').trim_start_matches("in");
            if !self.eat("{") {
                return Err(self.word.refused());
            }
            let mut items = vec![self.operand()?];
            while self.eat(",") {
                items.push(self.operand()?);
            }
            return if self.eat("}") {
                Ok(Bool::In(left, items))
            } else {
                Err(self.word.rejected("missing }"))
            };
        }
        for (sign, operator) in OPERATORS {
            if self.eat(sign) {
                let right = self.operand()?;
                return Ok(Bool::Compare(left, *operator, right));
            }
        }
        Err(self.word.refused())
    }

    fn operand(&mut self) -> Result<Text, NotRead> {
        self.space();
        let first = self.rest.chars().next();
        match first {
            Some(quote @ ('\'' | '"')) => {
                let body = &self.rest[1..];
                let mut end = None;
                let mut escaped = false;
                for (at, char) in body.char_indices() {
                    match char {
                        _ if escaped => escaped = false,
                        '\\' => escaped = true,
                        char if char == quote => {
                            end = Some(at);
                            break;
                        }
                        _ => {}
                    }
                }
                let Some(end) = end else { return Err(self.word.rejected("unclosed quote")) };
                let inside = &body[..end];
                if inside.contains('\\') {
                    return Err(self.word.refused());
                }
                self.rest = &body[end + 1..];
                text(inside, self.word)
            }
            Some('%') => {
                let Some((name, rest)) =
                    self.rest.strip_prefix("%{").and_then(|rest| rest.split_once('}'))
                else {
                    return Err(self.word.rejected("unclosed %{"));
                };
                self.rest = rest;
                Ok(Text(vec![variable(name, self.word)?]))
            }
            Some('$') => {
                let digit = self.rest[1..].chars().next().and_then(|char| char.to_digit(10));
                let Some(digit) = digit else { return Err(self.word.refused()) };
                self.rest = &self.rest[2..];
                Ok(Text(vec![Piece::Group(usize::try_from(digit).unwrap_or_default())]))
            }
            Some(char) if char.is_ascii_digit() => {
                let end =
                    self.rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(self.rest.len());
                let number = &self.rest[..end];
                self.rest = &self.rest[end..];
                Ok(Text::of(number))
            }
            Some(char) if char.is_ascii_alphabetic() => {
                let end = self.rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_');
                let end = end.unwrap_or(self.rest.len());
                let name = &self.rest[..end];
                self.rest = &self.rest[end..];
                if !self.eat("(") {
                    return Err(self.word.refused());
                }
                let argument = self.operand()?;
                if !self.eat(")") {
                    return Err(self.word.rejected("missing )"));
                }
                match (name.to_ascii_lowercase().as_str(), argument.0.as_slice()) {
                    ("tolower", _) => Ok(Text(vec![Piece::Lower(Box::new(argument))])),
                    ("toupper", _) => Ok(Text(vec![Piece::Upper(Box::new(argument))])),
                    (_, [Piece::Literal(argument)]) => {
                        Ok(Text(vec![function_of(name, argument, self.word)?]))
                    }
                    _ => Err(self.word.refused()),
                }
            }
            _ => Err(self.word.refused()),
        }
    }

    /// `/…/i` or `m#…#i`.
    fn regex(&mut self) -> Result<Matcher, NotRead> {
        self.space();
        let body = self.rest.strip_prefix('m').unwrap_or(self.rest);
        let Some(sign) = body.chars().next().filter(|sign| "/#$%^|?!'\",;:._-".contains(*sign))
        else {
            return Err(self.word.refused());
        };
        if !self.rest.starts_with('m') && sign != '/' {
            return Err(self.word.refused());
        }
        let body = &body[sign.len_utf8()..];
        let mut end = None;
        let mut escaped = false;
        for (at, char) in body.char_indices() {
            match char {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                char if char == sign => {
                    end = Some(at);
                    break;
                }
                _ => {}
            }
        }
        let Some(end) = end else { return Err(self.word.rejected("unclosed expression")) };
        let written = &body[..end];
        let after = &body[end + sign.len_utf8()..];
        let flags = after.find(|char: char| !char.is_ascii_alphabetic()).unwrap_or(after.len());
        let case = match &after[..flags] {
            "" => Case::Sensitive,
            "i" => Case::Insensitive,
            _ => return Err(self.word.refused()),
        };
        self.rest = &after[flags..];
        Matcher::new(written, Flavour::Pcre, Reach::Part, case)
            .map_err(|_| self.word.rejected("regex could not be compiled"))
    }
}

/// A format of `Header`: `%{NAME}e`, `%%`.
pub(super) fn header_format(word: &Word) -> Result<Text, NotRead> {
    if let Some(expression) = word.text.strip_prefix("expr=") {
        return text(expression, word);
    }
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = word.text.as_str();
    while let Some((before, after)) = rest.split_once('%') {
        literal.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            literal.push('%');
            rest = after;
            continue;
        }
        let name = after.strip_prefix('{').and_then(|after| after.split_once('}'));
        let Some((name, after)) =
            name.and_then(|(name, after)| Some((name, after.strip_prefix('e')?)))
        else {
            return Err(word.refused());
        };
        flush(&mut literal, &mut pieces);
        pieces.push(Piece::EnvOrNull(name.to_owned()));
        rest = after;
    }
    literal.push_str(rest);
    flush(&mut literal, &mut pieces);
    Ok(Text(pieces))
}
