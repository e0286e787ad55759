//! Statements, run in their order.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::config::{Config, METHODS};
use super::java::{Token, Word, tokens};
use super::paths::Pattern;
use crate::{NotRead, Refused, Rejected, Span, Why};

/// How deep expressions may stand inside each other.
const MAX_DEPTH: usize = 64;

#[derive(Clone)]
enum Value {
    Text(String),
    Number(i64, bool),
    Bool(bool),
    Null,
    /// A list, and whether it may grow.
    List(Rc<RefCell<Vec<(String, Span)>>>, bool),
    Method(String),
    Config(usize),
    /// The map of paths to configurations.
    Source,
    /// The filter, or what registers it.
    Filter,
    Nothing,
}

type Outcome<T> = Result<T, NotRead>;

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    end: usize,
    depth: usize,
    names: HashMap<String, Value>,
    configs: Vec<Config>,
    registered: Vec<(Pattern, usize)>,
    sources: usize,
    filters: usize,
}

/// What a text registers, in the order of the paths.
pub(super) fn registered(text: &str) -> Outcome<Vec<(Pattern, Config)>> {
    let tokens = tokens(text)?;
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        end: text.len(),
        depth: 0,
        names: HashMap::new(),
        configs: Vec::new(),
        registered: Vec::new(),
        sources: 0,
        filters: 0,
    };
    reader.members(false)?;
    let Reader { registered, configs, .. } = reader;
    Ok(registered.into_iter().map(|(pattern, at)| (pattern, configs[at].clone())).collect())
}

impl<'t> Reader<'t> {
    fn peek(&self, ahead: usize) -> Option<&'t Token> {
        self.tokens.get(self.at + ahead)
    }

    fn is(&self, sign: char) -> bool {
        self.peek(0).is_some_and(|token| token.is(sign))
    }

    fn is_name(&self, name: &str) -> bool {
        self.peek(0).and_then(Token::name) == Some(name)
    }

    fn take(&mut self, sign: char) -> bool {
        let is = self.is(sign);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, sign: char) -> Outcome<()> {
        if self.take(sign) { Ok(()) } else { Err(self.unread(Why::Syntax)) }
    }

    /// The word that stands here is not understood.
    fn unread(&self, why: Why) -> NotRead {
        match self.peek(0) {
            Some(token) => NotRead::refused(Refused::new(token.span.clone(), token.shown(), why)),
            None => NotRead::refused(Refused::new(self.end..self.end, "the end", Why::Syntax)),
        }
    }

    fn refused<T>(&self, from: usize, what: impl Into<String>) -> Outcome<T> {
        Err(NotRead::refused(Refused::new(self.span(from), what, Why::NotModelled)))
    }

    fn rejected<T>(&self, from: usize, what: impl Into<String>) -> Outcome<T> {
        Err(NotRead::Rejected(Rejected { span: self.span(from), what: what.into() }))
    }

    /// From one word up to what was read last.
    fn span(&self, from: usize) -> Span {
        let start = self.tokens.get(from).map_or(self.end, |token| token.span.start);
        let last = self.at.saturating_sub(1).max(from);
        start..self.tokens.get(last).map_or(self.end, |token| token.span.end)
    }

    /// Statements, and the classes and methods that hold them, up to the end of what holds these.
    fn members(&mut self, inside: bool) -> Outcome<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.unread(Why::TooLarge));
        }
        loop {
            if self.take(';') {
                continue;
            }
            if self.peek(0).is_none() {
                if inside {
                    return Err(self.unread(Why::Syntax));
                }
                break;
            }
            if inside && self.take('}') {
                break;
            }
            self.member()?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn member(&mut self) -> Outcome<()> {
        if self.is_name("package") || self.is_name("import") {
            while !self.take(';') {
                if self.peek(0).is_none() {
                    return Err(self.unread(Why::Syntax));
                }
                self.at += 1;
            }
            return Ok(());
        }
        self.annotations()?;
        while self.peek(0).and_then(Token::name).is_some_and(|name| MODIFIERS.contains(&name)) {
            self.at += 1;
            self.annotations()?;
        }
        if self.is_name("class") {
            return self.class();
        }
        let start = self.at;
        if self.is_name("return") {
            self.at += 1;
            if !self.is(';') {
                self.expression()?;
            }
            return self.expect(';');
        }
        if self.kind()
            && let Some(name) = self.peek(0).and_then(Token::name)
        {
            let next = self.peek(1);
            if next.is_some_and(|token| token.is('=')) {
                return self.assignment(name);
            }
            if next.is_some_and(|token| token.is('(')) {
                return self.method();
            }
        }
        self.at = start;
        if let Some(name) = self.peek(0).and_then(Token::name)
            && self.peek(1).is_some_and(|token| token.is('='))
            && !self.peek(2).is_some_and(|token| token.is('='))
        {
            return self.assignment(name);
        }
        self.expression()?;
        self.expect(';')
    }

    fn assignment(&mut self, name: &str) -> Outcome<()> {
        self.at += 2;
        let value = self.expression()?;
        self.names.insert(name.to_owned(), value);
        self.expect(';')
    }

    fn annotations(&mut self) -> Outcome<()> {
        while self.is('@') {
            let start = self.at;
            self.at += 1;
            let name = self.peek(0).and_then(Token::name).unwrap_or_default();
            self.at += 1;
            if !ANNOTATIONS.contains(&name) {
                return self.refused(start, format!("@{name}"));
            }
            if self.is('(') {
                let mut open = 0usize;
                loop {
                    let Some(token) = self.peek(0) else { return Err(self.unread(Why::Syntax)) };
                    open += usize::from(token.is('('));
                    open -= usize::from(token.is(')'));
                    self.at += 1;
                    if open == 0 {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn class(&mut self) -> Outcome<()> {
        let start = self.at;
        self.at += 2;
        // What it extends may call its methods in ways of its own.
        if !self.is('{') {
            return self.refused(start, "a class that extends another");
        }
        self.at += 1;
        self.members(true)
    }

    /// A method without parameters; its statements are run where they stand.
    fn method(&mut self) -> Outcome<()> {
        let start = self.at;
        self.at += 2;
        if !self.take(')') || !self.take('{') {
            return self.refused(start, "a method with parameters");
        }
        let outside = self.names.clone();
        self.members(true)?;
        self.names = outside;
        Ok(())
    }

    /// Reads a type where a name follows it.
    fn kind(&mut self) -> bool {
        let start = self.at;
        let first = self.peek(0).and_then(Token::name);
        if first.is_none_or(|name| matches!(name, "new" | "return" | "if" | "for" | "while")) {
            return false;
        }
        self.at += 1;
        while self.is('.') && self.peek(1).and_then(Token::name).is_some() {
            self.at += 2;
        }
        let is_kind = self.type_arguments() && {
            while self.is('[') && self.peek(1).is_some_and(|token| token.is(']')) {
                self.at += 2;
            }
            self.peek(0).and_then(Token::name).is_some()
        };
        if !is_kind {
            self.at = start;
        }
        is_kind
    }

    /// `<…>`, where it is there. `false` where it is not closed.
    fn type_arguments(&mut self) -> bool {
        if !self.is('<') {
            return true;
        }
        let mut open = 0usize;
        while let Some(token) = self.peek(0) {
            let is_part = token.name().is_some()
                || ['<', '>', ',', '.', '?', '[', ']'].iter().any(|&sign| token.is(sign));
            if !is_part {
                return false;
            }
            open += usize::from(token.is('<'));
            open -= usize::from(token.is('>'));
            self.at += 1;
            if open == 0 {
                return true;
            }
        }
        false
    }

    fn expression(&mut self) -> Outcome<Value> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.unread(Why::TooLarge));
        }
        let start = self.at;
        let mut value = self.product()?;
        while self.take('+') {
            let right = self.product()?;
            value = match (value, right) {
                (Value::Text(a), Value::Text(b)) => Value::Text(a + &b),
                (Value::Text(a), Value::Number(b, _)) => Value::Text(format!("{a}{b}")),
                _ => return self.refused(start, "+"),
            };
        }
        self.depth -= 1;
        Ok(value)
    }

    fn product(&mut self) -> Outcome<Value> {
        let start = self.at;
        let mut value = self.postfix()?;
        while self.take('*') {
            let right = self.postfix()?;
            value = match (value, right) {
                (Value::Number(a, x), Value::Number(b, y)) => match a.checked_mul(b) {
                    Some(product) if x || y || i32::try_from(product).is_ok() => {
                        Value::Number(product, x || y)
                    }
                    _ => return self.refused(start, "*"),
                },
                _ => return self.refused(start, "*"),
            };
        }
        Ok(value)
    }

    fn postfix(&mut self) -> Outcome<Value> {
        let start = self.at;
        let mut value = self.primary()?;
        while self.take('.') {
            let Some(name) = self.peek(0).and_then(Token::name) else {
                return Err(self.unread(Why::Syntax));
            };
            self.at += 1;
            if !self.is('(') {
                return self.refused(start, name);
            }
            let arguments = self.arguments('(', ')')?;
            value = self.call(start, value, name, &arguments)?;
        }
        Ok(value)
    }

    fn arguments(&mut self, open: char, close: char) -> Outcome<Vec<(Value, Span)>> {
        self.expect(open)?;
        let mut arguments = Vec::new();
        while !self.take(close) {
            if !arguments.is_empty() {
                self.expect(',')?;
            }
            let start = self.at;
            let value = self.expression()?;
            arguments.push((value, self.span(start)));
        }
        Ok(arguments)
    }

    fn primary(&mut self) -> Outcome<Value> {
        let start = self.at;
        let Some(token) = self.peek(0) else { return Err(self.unread(Why::Syntax)) };
        self.at += 1;
        let name = match &token.word {
            Word::Text(text) => return Ok(Value::Text(text.clone())),
            Word::Number(number, is_long) => return Ok(Value::Number(*number, *is_long)),
            Word::Sign('(') => {
                let value = self.expression()?;
                self.expect(')')?;
                return Ok(value);
            }
            Word::Sign('-') => {
                if let Some(Token { word: Word::Number(number, is_long), .. }) = self.peek(0) {
                    self.at += 1;
                    return Ok(Value::Number(-number, *is_long));
                }
                return self.refused(start, "-");
            }
            Word::Sign(_) => {
                self.at = start;
                return Err(self.unread(Why::NotModelled));
            }
            Word::Name(name) => name.as_str(),
        };
        match name {
            "true" => return Ok(Value::Bool(true)),
            "false" => return Ok(Value::Bool(false)),
            "null" => return Ok(Value::Null),
            "new" => return self.new_object(start),
            "this" if self.take('.') => return self.primary(),
            _ => {}
        }
        if let Some(value) = self.names.get(name) {
            return Ok(value.clone());
        }
        if name == "source" {
            self.one_source(start)?;
            self.names.insert(name.to_owned(), Value::Source);
            return Ok(Value::Source);
        }
        if !self.take('.') {
            return self.refused(start, name);
        }
        let Some(member) = self.peek(0).and_then(Token::name) else {
            return Err(self.unread(Why::Syntax));
        };
        self.at += 1;
        if !self.is('(') {
            return match (name, member) {
                ("Boolean", "TRUE") => Ok(Value::Bool(true)),
                ("Boolean", "FALSE") => Ok(Value::Bool(false)),
                ("CorsConfiguration", "ALL") => Ok(Value::Text("*".to_owned())),
                ("HttpMethod", method) if METHODS.contains(&method) => {
                    Ok(Value::Method(method.to_owned()))
                }
                _ => self.refused(start, format!("{name}.{member}")),
            };
        }
        let arguments = self.arguments('(', ')')?;
        self.static_call(start, name, member, arguments)
    }

    fn static_call(
        &mut self,
        start: usize,
        class: &str,
        method: &str,
        arguments: Vec<(Value, Span)>,
    ) -> Outcome<Value> {
        match (class, method, &arguments[..]) {
            ("Arrays", "asList", _) | ("List" | "ImmutableList" | "Set", "of", _)
                if class != "Set" =>
            {
                // One list, given as an array, is its items.
                if let [(value @ Value::List(..), _)] = &arguments[..]
                    && class == "Arrays"
                {
                    return Ok(value.clone());
                }
                self.list(start, arguments, false)
            }
            ("Collections", "singletonList", [_]) => self.list(start, arguments, false),
            ("Collections", "emptyList", []) => self.list(start, arguments, false),
            ("Boolean", "valueOf", [(Value::Bool(value), _)]) => Ok(Value::Bool(*value)),
            ("Long", "valueOf", [(Value::Number(number, _), _)]) => {
                Ok(Value::Number(*number, true))
            }
            _ => self.refused(start, format!("{class}.{method}")),
        }
    }

    fn list(&self, start: usize, arguments: Vec<(Value, Span)>, grows: bool) -> Outcome<Value> {
        let mut items = Vec::new();
        for (value, span) in arguments {
            match value {
                Value::Text(text) => items.push((text, span)),
                _ => return self.refused(start, "a list of what are no texts"),
            }
        }
        Ok(Value::List(Rc::new(RefCell::new(items)), grows))
    }

    fn new_object(&mut self, start: usize) -> Outcome<Value> {
        let mut class = String::new();
        while let Some(name) = self.peek(0).and_then(Token::name) {
            name.clone_into(&mut class);
            self.at += 1;
            if !self.take('.') {
                break;
            }
        }
        if !self.type_arguments() {
            return Err(self.unread(Why::Syntax));
        }
        if class == "String" && self.take('[') {
            self.expect(']')?;
            let items = self.arguments('{', '}')?;
            return self.list(start, items, false);
        }
        let arguments = self.arguments('(', ')')?;
        if self.is('{') {
            return self.refused(start, class);
        }
        match (class.as_str(), &arguments[..]) {
            ("CorsConfiguration", []) => {
                self.configs.push(Config::default());
                Ok(Value::Config(self.configs.len() - 1))
            }
            ("UrlBasedCorsConfigurationSource", []) => {
                self.one_source(start)?;
                Ok(Value::Source)
            }
            ("CorsFilter", [(Value::Source, _)]) => {
                self.filters += 1;
                if self.filters > 1 {
                    return self.refused(start, "a second filter");
                }
                Ok(Value::Filter)
            }
            ("FilterRegistrationBean", [(Value::Filter, _)]) => Ok(Value::Filter),
            ("ArrayList" | "LinkedList", [] | [(Value::Number(..), _)]) => {
                self.list(start, Vec::new(), true)
            }
            ("ArrayList" | "LinkedList", [(Value::List(items, _), _)]) => {
                Ok(Value::List(Rc::new(RefCell::new(items.borrow().clone())), true))
            }
            _ => self.refused(start, class),
        }
    }

    fn one_source(&mut self, start: usize) -> Outcome<()> {
        self.sources += 1;
        if self.sources > 1 { self.refused(start, "a second source") } else { Ok(()) }
    }

    fn call(
        &mut self,
        start: usize,
        value: Value,
        method: &str,
        arguments: &[(Value, Span)],
    ) -> Outcome<Value> {
        match (value, method, arguments) {
            (Value::Config(at), _, _) => self.configure(start, at, method, arguments),
            (
                Value::Source,
                "registerCorsConfiguration",
                [(Value::Text(path), _), (Value::Config(config), _)],
            ) => {
                let Some(pattern) = Pattern::new(path) else {
                    return self.refused(start, path.as_str());
                };
                match self.registered.iter_mut().find(|(other, _)| other.written() == path) {
                    Some(place) => place.1 = *config,
                    None => self.registered.push((pattern, *config)),
                }
                Ok(Value::Nothing)
            }
            (Value::List(items, true), "add", [(Value::Text(text), span)]) => {
                items.borrow_mut().push((text.clone(), span.clone()));
                Ok(Value::Nothing)
            }
            (Value::Method(name), "name" | "toString", []) => Ok(Value::Text(name)),
            (Value::Filter, "setOrder", _) => Ok(Value::Nothing),
            _ => self.refused(start, method),
        }
    }

    fn configure(
        &mut self,
        start: usize,
        at: usize,
        method: &str,
        arguments: &[(Value, Span)],
    ) -> Outcome<Value> {
        let whole = self.span(start);
        let config = &mut self.configs[at];
        if method == "applyPermitDefaultValues" && arguments.is_empty() {
            config.permit_defaults(&whole);
            return Ok(Value::Config(at));
        }
        let [(value, span)] = arguments else { return self.refused(start, method) };
        let list = match value {
            Value::List(items, _) => Some(Some(items.borrow().clone())),
            Value::Null => Some(None),
            _ => None,
        };
        let texts = |list: Option<Vec<(String, Span)>>| {
            list.map(|items| items.into_iter().map(|(text, _)| text).collect::<Vec<_>>())
        };
        match (method, value, list) {
            ("setAllowedOrigins", _, Some(list)) => config.origins = list,
            ("setAllowedMethods", _, Some(list)) => config.set_methods(texts(list)),
            ("setAllowedHeaders", _, Some(list)) => config.headers = texts(list),
            ("setExposedHeaders", _, Some(list)) => {
                config.exposed = texts(list);
                if config.exposed.iter().flatten().any(|name| name == "*") {
                    return self.rejected(start, method);
                }
            }
            ("addAllowedOrigin", Value::Text(text), _) => {
                config.origins.get_or_insert_default().push((text.clone(), span.clone()));
            }
            ("addAllowedMethod", Value::Text(text) | Value::Method(text), _) => {
                if config.add_method(text).is_none() {
                    return self.rejected(start, method);
                }
            }
            ("addAllowedHeader", Value::Text(text), _) => {
                config.headers.get_or_insert_default().push(text.clone());
            }
            ("addExposedHeader", Value::Text(text), _) => {
                if text == "*" {
                    return self.rejected(start, method);
                }
                config.exposed.get_or_insert_default().push(text.clone());
            }
            ("setAllowCredentials", Value::Bool(value), _) => config.credentials = Some(*value),
            ("setAllowCredentials", Value::Null, _) => config.credentials = None,
            // A number that is no `long` does not compile.
            ("setMaxAge", Value::Number(age, true), _) => config.max_age = Some(*age),
            ("setMaxAge", Value::Null, _) => config.max_age = None,
            _ => return self.refused(start, method),
        }
        Ok(Value::Nothing)
    }
}

const MODIFIERS: &[&str] = &["public", "protected", "private", "static", "final"];

/// What changes nothing about the statements under it.
const ANNOTATIONS: &[&str] = &["Bean", "Configuration", "Component", "Order", "SuppressWarnings"];
