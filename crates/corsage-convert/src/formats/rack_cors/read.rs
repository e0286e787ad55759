//! From the words to blocks of `allow`.

use std::collections::HashMap;

use super::lex::{Token, Word, tokens};
use super::{Allow, Headers, Origin, Resource, paths};
use crate::regexes::{Case, Flavour, Matcher, Reach, escaped};
use crate::{NotRead, Refused, Rejected, Span, Why};

/// How deep lists may stand inside each other.
const MAX_DEPTH: usize = 32;

#[derive(Clone, Debug)]
enum Value {
    Text(String),
    Symbol(String),
    Number(String),
    Boolean(bool),
    Nil,
    Expression(String, String),
    List(Vec<(Value, Span)>),
}

type Outcome<T> = Result<T, NotRead>;

/// The blocks of the middleware in a text.
pub(super) fn allowed(text: &str) -> Outcome<Vec<Allow>> {
    let tokens = tokens(text);
    let mut reader = Reader { tokens: &tokens, at: 0, end: text.len(), names: HashMap::new() };
    let mut found = Vec::new();
    let mut is_there = false;
    while let Some(token) = reader.peek() {
        match &token.word {
            Word::Name(name) if name.trim_start_matches("::") == "Rack::Cors" => {
                reader.at += 1;
                if reader.opens_block() {
                    is_there = true;
                    reader.block(&mut found)?;
                }
            }
            Word::Text(name) if name == "Rack::Cors" => {
                reader.at += 1;
                if reader.opens_block() {
                    is_there = true;
                    reader.block(&mut found)?;
                }
            }
            Word::Name(name) => {
                let name = name.clone();
                reader.assignment(&name);
            }
            _ => reader.at += 1,
        }
    }
    if !is_there {
        return Err(NotRead::refused(Refused::new(
            0..text.len(),
            "no Rack::Cors",
            Why::NotModelled,
        )));
    }
    Ok(found)
}

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    end: usize,
    /// What names stand for that were given a literal.
    names: HashMap<String, (Value, Span)>,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    fn word(&self) -> Option<&'t Word> {
        self.peek().map(|token| &token.word)
    }

    fn is(&self, sign: char) -> bool {
        self.word() == Some(&Word::Sign(sign))
    }

    fn take(&mut self, sign: char) -> bool {
        let is = self.is(sign);
        self.at += usize::from(is);
        is
    }

    fn lines(&mut self) {
        while matches!(self.word(), Some(Word::NewLine | Word::Sign(';'))) {
            self.at += 1;
        }
    }

    fn unread<T>(&self, why: Why) -> Outcome<T> {
        let span = self.peek().map_or(self.end..self.end, |token| token.span.clone());
        let what = match self.word() {
            Some(Word::Name(name) | Word::Text(name) | Word::Symbol(name) | Word::Key(name)) => {
                name.clone()
            }
            Some(Word::Sign(sign)) => sign.to_string(),
            Some(Word::Filled) => "#{…}".to_owned(),
            Some(Word::Number(number)) => number.clone(),
            Some(Word::Expression(text, _)) => text.clone(),
            Some(Word::Words(words)) => words.join(" "),
            Some(Word::NewLine) => "the end of the line".to_owned(),
            None => "the end".to_owned(),
        };
        Err(NotRead::refused(Refused::new(span, what, why)))
    }

    /// `NAME = literal`: kept where it is one.
    fn assignment(&mut self, name: &str) {
        self.at += 1;
        let is_assigned = self.is('=')
            && !matches!(
                self.tokens.get(self.at + 1).map(|token| &token.word),
                Some(Word::Sign('=' | '~' | '>'))
            );
        if !is_assigned {
            return;
        }
        self.at += 1;
        let start = self.at;
        match self.value(0) {
            Ok(value) if matches!(self.word(), None | Some(Word::NewLine | Word::Sign(';'))) => {
                self.names.insert(name.to_owned(), value);
            }
            _ => {
                self.names.remove(name);
                self.at = start;
            }
        }
    }

    /// Skips what is handed to the middleware, up to its block.
    fn opens_block(&mut self) -> bool {
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(word) = self.word() {
            match word {
                Word::Name(name) if name == "do" => {
                    self.at += 1;
                    self.parameters();
                    return true;
                }
                Word::Sign('{')
                    if depth == 0 && !matches!(self.tokens[self.at - 1].word, Word::Sign(',')) =>
                {
                    self.at += 1;
                    self.parameters();
                    return true;
                }
                Word::Sign('(' | '[' | '{') => depth += 1,
                Word::Sign(')' | ']' | '}') if depth == 0 => {}
                Word::Sign(')' | ']' | '}') => depth -= 1,
                Word::NewLine
                    if depth == 0 && !matches!(self.tokens[self.at - 1].word, Word::Sign(',')) =>
                {
                    break;
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at = start;
        false
    }

    /// `|name|`
    fn parameters(&mut self) {
        if self.take('|') {
            while self.peek().is_some() && !self.take('|') {
                self.at += 1;
            }
        }
    }

    fn ends_block(&mut self) -> bool {
        let is_end = matches!(self.word(), Some(Word::Name(name)) if name == "end") || self.is('}');
        self.at += usize::from(is_end);
        is_end
    }

    /// The call at this place, without what it is called on.
    fn call(&mut self) -> Outcome<&'t str> {
        let Some(Word::Name(first)) = self.word() else { return self.unread(Why::NotModelled) };
        self.at += 1;
        if self.take('.') {
            let Some(Word::Name(second)) = self.word() else {
                return self.unread(Why::NotModelled);
            };
            self.at += 1;
            return Ok(second);
        }
        Ok(first)
    }

    fn block(&mut self, found: &mut Vec<Allow>) -> Outcome<()> {
        loop {
            self.lines();
            if self.ends_block() {
                return Ok(());
            }
            let start = self.at;
            match self.call()? {
                "allow" => {
                    let opens = matches!(self.word(), Some(Word::Name(name)) if name == "do")
                        || self.is('{');
                    if !opens {
                        return self.unread(Why::NotModelled);
                    }
                    self.at += 1;
                    self.parameters();
                    let mut allow = Allow::default();
                    self.allow(&mut allow)?;
                    found.push(allow);
                }
                name if self.is('=') => {
                    let name = name.to_owned();
                    self.at -= 1;
                    self.assignment(&name);
                }
                _ => {
                    self.at = start;
                    return self.unread(Why::NotModelled);
                }
            }
        }
    }

    fn allow(&mut self, allow: &mut Allow) -> Outcome<()> {
        loop {
            self.lines();
            if self.ends_block() {
                return Ok(());
            }
            let start = self.at;
            match self.call()? {
                "origins" => {
                    let (arguments, options) = self.arguments()?;
                    if let Some((_, (_, span))) = options.first() {
                        let span = span.clone();
                        return Err(NotRead::refused(Refused::new(
                            span,
                            "origins",
                            Why::NotModelled,
                        )));
                    }
                    // Another call takes the place of the first; a star stays.
                    allow.origins.retain(|(origin, _)| matches!(origin, Origin::Any));
                    for (value, span) in flattened(arguments) {
                        allow.origins.extend(origin(value, &span)?);
                    }
                }
                "resource" => {
                    let is_public =
                        allow.origins.iter().any(|(origin, _)| matches!(origin, Origin::Any));
                    let (arguments, options) = self.arguments()?;
                    allow.resources.push(resource(is_public, arguments, options)?);
                }
                _ => {
                    self.at = start;
                    return self.unread(Why::NotModelled);
                }
            }
        }
    }

    /// The arguments of a call, and the options after them.
    #[expect(clippy::type_complexity, reason = "two lists, told apart at once")]
    fn arguments(&mut self) -> Outcome<(Vec<(Value, Span)>, Vec<(String, (Value, Span))>)> {
        let has_brackets = self.take('(');
        let (mut arguments, mut options) = (Vec::new(), Vec::new());
        loop {
            if has_brackets {
                self.lines();
                if self.take(')') {
                    break;
                }
            }
            let is_braced = self.take('{');
            loop {
                if is_braced {
                    self.lines();
                    if self.take('}') {
                        break;
                    }
                }
                match self.option()? {
                    Some(option) => options.push(option),
                    None if is_braced => return self.unread(Why::NotModelled),
                    None => {
                        let value = self.value(0)?;
                        arguments.push(value);
                    }
                }
                if !is_braced {
                    break;
                }
                self.lines();
                let _ = self.take(',');
            }
            if !self.take(',') {
                if has_brackets {
                    self.lines();
                    if !self.take(')') {
                        return self.unread(Why::NotModelled);
                    }
                }
                break;
            }
            self.lines();
        }
        match self.word() {
            None | Some(Word::NewLine | Word::Sign(';' | '}')) => Ok((arguments, options)),
            Some(Word::Name(name)) if name == "end" => Ok((arguments, options)),
            // A condition behind it, or a block.
            _ => self.unread(Why::NotModelled),
        }
    }

    /// `key: value`, `:key => value`.
    fn option(&mut self) -> Outcome<Option<(String, (Value, Span))>> {
        let key = match self.word() {
            Some(Word::Key(key)) => {
                self.at += 1;
                key.clone()
            }
            Some(Word::Symbol(key)) if self.is_arrow(self.at + 1) => {
                self.at += 3;
                key.clone()
            }
            _ => return Ok(None),
        };
        self.lines();
        Ok(Some((key, self.value(0)?)))
    }

    fn is_arrow(&self, at: usize) -> bool {
        let sign = |at: usize, sign| {
            self.tokens.get(at).map(|token| &token.word) == Some(&Word::Sign(sign))
        };
        sign(at, '=') && sign(at + 1, '>')
    }

    fn value(&mut self, depth: usize) -> Outcome<(Value, Span)> {
        if depth > MAX_DEPTH {
            return self.unread(Why::TooLarge);
        }
        let Some(token) = self.peek() else { return self.unread(Why::Syntax) };
        let start = token.span.start;
        let value = match &token.word {
            Word::Text(text) => Value::Text(text.clone()),
            Word::Symbol(name) => Value::Symbol(name.clone()),
            Word::Number(number) => Value::Number(number.clone()),
            Word::Expression(text, flags) => Value::Expression(text.clone(), flags.clone()),
            Word::Words(words) => Value::List(
                words.iter().map(|word| (Value::Text(word.clone()), token.span.clone())).collect(),
            ),
            Word::Sign('[') => {
                self.at += 1;
                let mut items = Vec::new();
                loop {
                    self.lines();
                    if self.is(']') {
                        break;
                    }
                    items.push(self.value(depth + 1)?);
                    self.lines();
                    if !self.take(',') && !self.is(']') {
                        return self.unread(Why::NotModelled);
                    }
                }
                Value::List(items)
            }
            Word::Sign('*') => {
                self.at += 1;
                return self.value(depth + 1);
            }
            Word::Filled => return self.unread(Why::Computed),
            Word::Name(name) => match name.as_str() {
                "true" => Value::Boolean(true),
                "false" => Value::Boolean(false),
                "nil" => Value::Nil,
                "proc" | "lambda" | "Proc" => return self.unread(Why::Computed),
                name => match self.names.get(name) {
                    Some((value, _)) => value.clone(),
                    None => return self.unread(Why::Elsewhere),
                },
            },
            _ => return self.unread(Why::NotModelled),
        };
        self.at += 1;
        while self.is('.') {
            // What changes nothing; all else is computed.
            match self.tokens.get(self.at + 1).map(|token| &token.word) {
                Some(Word::Name(name))
                    if matches!(name.as_str(), "freeze" | "to_s" | "to_a" | "compact") =>
                {
                    self.at += 2;
                }
                _ => {
                    self.at += 1;
                    return self.unread(Why::Computed);
                }
            }
        }
        let end = self.tokens[self.at - 1].span.end;
        match self.word() {
            Some(Word::Sign('+' | '-' | '/' | '|' | '&' | '?' | '<' | '[' | '(')) => {
                self.unread(Why::Computed)
            }
            _ => Ok((value, start..end)),
        }
    }
}

fn flattened(values: Vec<(Value, Span)>) -> Vec<(Value, Span)> {
    let mut flat = Vec::new();
    for (value, span) in values {
        match value {
            Value::List(items) => flat.extend(flattened(items)),
            value => flat.push((value, span)),
        }
    }
    flat
}

fn refused<T>(span: &Span, what: impl Into<String>, why: Why) -> Outcome<T> {
    Err(NotRead::refused(Refused::new(span.clone(), what, why)))
}

/// One origin; none for a text that is empty.
fn origin(value: Value, span: &Span) -> Outcome<Option<(Origin, Span)>> {
    let origin = match value {
        Value::Text(text) if text.is_empty() => return Ok(None),
        Value::Text(text) if text == "*" => Origin::Any,
        Value::Text(text)
            if text.starts_with("http://") || text.starts_with("https://") || text == "file://" =>
        {
            Origin::Exact(text)
        }
        Value::Text(text) => {
            let expression = format!(r"^[a-z][a-z0-9.+-]*:\/\/{}$", escaped(&text));
            let matcher = Matcher::new(&expression, Flavour::Pcre, Reach::Part, Case::Sensitive);
            match matcher {
                Ok(matcher) => Origin::Expression(matcher),
                Err(_) => return refused(span, text, Why::TooLarge),
            }
        }
        Value::Expression(text, flags) => Origin::Expression(expression(&text, &flags, span)?),
        _ => return refused(span, "origins", Why::NotModelled),
    };
    Ok(Some((origin, span.clone())))
}

fn expression(text: &str, flags: &str, span: &Span) -> Outcome<Matcher> {
    if text.contains("#{") {
        return refused(span, text, Why::Computed);
    }
    // `\h` is something else in PCRE.
    if text.contains("\\h")
        || text.contains("\\H")
        || flags.bytes().any(|flag| !b"io".contains(&flag))
    {
        return refused(span, text, Why::NotModelled);
    }
    let case = if flags.contains('i') { Case::Insensitive } else { Case::Sensitive };
    Matcher::new(text, Flavour::Pcre, Reach::Part, case)
        .or_else(|_| refused(span, text, Why::NotRegular))
}

fn resource(
    is_public: bool,
    arguments: Vec<(Value, Span)>,
    options: Vec<(String, (Value, Span))>,
) -> Outcome<Resource> {
    let mut arguments = arguments.into_iter();
    let (path, span) = match arguments.next() {
        Some((Value::Text(text), span)) => (paths::pattern(&text), span),
        Some((Value::Expression(text, flags), span)) if flags.is_empty() => {
            (paths::expressed(&text), span)
        }
        Some((_, span)) => return refused(&span, "resource", Why::NotModelled),
        None => return refused(&(0..0), "resource", Why::Syntax),
    };
    let Some((path, sample)) = path else { return refused(&span, "resource", Why::NotRegular) };
    let mut made = Resource {
        path,
        sample,
        is_public,
        methods: vec!["GET".to_owned()],
        headers: Headers::These(Vec::new()),
        expose: Vec::new(),
        credentials: false,
        max_age: "7200".to_owned(),
        vary: vec!["Origin".to_owned()],
    };
    for (key, (value, span)) in options {
        match (key.as_str(), value) {
            ("headers", Value::Symbol(name)) if name == "any" => made.headers = Headers::Any,
            ("headers", Value::Nil) => {}
            ("headers", value) => {
                let names = texts(value, &span)?;
                made.headers =
                    Headers::These(names.into_iter().map(|name| name.to_lowercase()).collect());
            }
            ("methods", Value::Symbol(name)) if name == "any" => {
                made.methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
                    .map(str::to_owned)
                    .to_vec();
            }
            ("methods", Value::Nil) => {}
            ("methods", value) => {
                let names = texts(value, &span)?;
                made.methods = names.into_iter().map(|name| name.to_uppercase()).collect();
            }
            ("expose", Value::Nil | Value::Boolean(false)) => {}
            ("expose", value) => made.expose = texts(value, &span)?,
            ("credentials", Value::Boolean(true)) if is_public => {
                let what = "credentials for every origin".to_owned();
                return Err(NotRead::Rejected(Rejected { span, what }));
            }
            ("credentials", value) => made.credentials = matches!(value, Value::Boolean(true)),
            ("max_age", Value::Number(age)) => made.max_age = age,
            ("max_age", Value::Nil) => {}
            ("vary", value) => made.vary = texts(value, &span)?,
            (key, _) => return refused(&span, key, Why::NotModelled),
        }
    }
    Ok(made)
}

/// Texts and symbols, one or a list.
fn texts(value: Value, span: &Span) -> Outcome<Vec<String>> {
    flattened(vec![(value, span.clone())])
        .into_iter()
        .map(|(value, span)| match value {
            Value::Text(text) | Value::Symbol(text) => Ok(text),
            _ => refused(&span, "a list", Why::NotModelled),
        })
        .collect()
}
