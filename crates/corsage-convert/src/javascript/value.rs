//! Values of a running module.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::scope::Scope;
use super::tree::{Binding, Function};
use crate::Span;
use crate::regexes::{Case, Flavour, Matcher, Reach};

#[derive(Clone)]
pub(crate) enum Value {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    Regex(Rc<Regex>),
    Array(Rc<RefCell<Vec<Value>>>),
    Object(Rc<RefCell<Fields>>),
    Set(Rc<RefCell<Vec<Value>>>),
    Function(Rc<Closure>),
    /// An error object.
    Error(Rc<Failure>),
    /// What an asynchronous function came to: a value, or what it threw.
    Promise(Rc<Result<Value, Value>>),
    /// Something of the program around the module; see [`super::World`].
    Host(Host),
    /// A function of the language itself.
    Builtin(&'static str),
}

/// Something that the program around the module gives it: its kind, and which one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Host {
    pub(crate) kind: &'static str,
    pub(crate) id: usize,
}

/// What stands for a module that has no model.
pub(crate) fn unmodelled() -> Host {
    Host { kind: "a module that has no model", id: 0 }
}

impl Host {
    pub(crate) fn only(kind: &'static str) -> Value {
        Value::Host(Self { kind, id: 0 })
    }

    pub(crate) fn numbered(kind: &'static str, id: usize) -> Value {
        Value::Host(Self { kind, id })
    }
}

/// An error: its message, and what was given to it since.
pub(crate) struct Failure {
    pub(crate) message: Rc<str>,
    pub(crate) fields: RefCell<Fields>,
}

pub(crate) struct Closure {
    pub(crate) function: Rc<Function>,
    pub(crate) scope: Rc<Scope>,
    pub(crate) this: Value,
}

/// The fields of an object, in the order in which they were made.
#[derive(Clone, Default)]
pub(crate) struct Fields(Vec<(Rc<str>, Value)>);

impl Fields {
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(other, _)| &**other == name).map(|(_, value)| value)
    }

    pub(crate) fn set(&mut self, name: Rc<str>, value: Value) {
        match self.0.iter_mut().find(|(other, _)| *other == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Rc<str>, Value)> {
        self.0.iter()
    }
}

/// A regular expression with its memory.
pub(crate) struct Regex {
    pub(crate) span: Span,
    pub(crate) matcher: Matcher,
    pub(crate) pattern: Rc<str>,
    pub(crate) flags: Rc<str>,
    pub(crate) last_index: Cell<usize>,
}

impl Regex {
    /// Compiles a pattern with its flags. `None` where the language refuses it, or nothing here reads it.
    pub(crate) fn new(span: Span, pattern: &str, flags: &str) -> Option<Self> {
        let mut inline = String::new();
        let mut case = Case::Sensitive;
        for flag in flags.chars() {
            match flag {
                'i' => case = Case::Insensitive,
                'm' | 's' => inline.push(flag),
                'g' | 'y' | 'd' | 'u' => {}
                _ => return None,
            }
        }
        let written =
            if inline.is_empty() { pattern.to_owned() } else { format!("(?{inline}:{pattern})") };
        let matcher = Matcher::new(&written, Flavour::JavaScript, Reach::Part, case).ok()?;
        Some(Self {
            span,
            matcher,
            pattern: pattern.into(),
            flags: flags.into(),
            last_index: Cell::new(0),
        })
    }

    /// `test` and `exec`: with the flags `g` or `y`, from where the last match ended.
    pub(crate) fn exec(&self, text: &str) -> Option<crate::regexes::Captured> {
        let remembers = self.flags.contains(['g', 'y']);
        let from = if remembers { self.last_index.get() } else { 0 };
        let found = (from <= text.len() && text.is_char_boundary(from))
            .then(|| self.matcher.captures_from(text, from))
            .flatten()
            .filter(|(range, _)| !self.flags.contains('y') || range.start == from);
        if remembers {
            self.last_index.set(found.as_ref().map_or(0, |(range, _)| range.end));
        }
        found.map(|(_, captured)| captured)
    }

    pub(crate) fn test(&self, text: &str) -> bool {
        self.exec(text).is_some()
    }
}

impl Value {
    pub(crate) fn text(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().into())
    }

    pub(crate) fn error(message: impl AsRef<str>) -> Self {
        let message = message.as_ref().into();
        Self::Error(Rc::new(Failure { message, fields: RefCell::default() }))
    }

    pub(crate) fn array(items: Vec<Self>) -> Self {
        Self::Array(Rc::new(RefCell::new(items)))
    }

    pub(crate) fn object(fields: impl IntoIterator<Item = (&'static str, Self)>) -> Self {
        let mut all = Fields::default();
        for (name, value) in fields {
            all.set(name.into(), value);
        }
        Self::Object(Rc::new(RefCell::new(all)))
    }

    pub(crate) fn is_truthy(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(value) => *value != 0.0 && !value.is_nan(),
            Self::Text(text) => !text.is_empty(),
            _ => true,
        }
    }

    pub(crate) fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    pub(crate) fn is_callable(&self) -> bool {
        matches!(self, Self::Function(_) | Self::Builtin(_))
    }

    /// How many arguments a function declares, as `length` counts them.
    pub(crate) fn arity(&self) -> usize {
        let Self::Function(closure) = self else { return 0 };
        let parameters = &closure.function.parameters;
        parameters.iter().take_while(|one| !matches!(one, Binding::Default(..))).count()
    }

    /// A field of an object; undefined where there is none, or where this is no object.
    pub(crate) fn field(&self, name: &str) -> Self {
        match self {
            Self::Object(fields) => fields.borrow().get(name).cloned().unwrap_or(Self::Undefined),
            _ => Self::Undefined,
        }
    }

    pub(crate) fn typeof_name(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::Function(_) | Self::Builtin(_) => "function",
            _ => "object",
        }
    }

    /// `===`.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Undefined, Self::Undefined) | (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Regex(a), Self::Regex(b)) => Rc::ptr_eq(a, b),
            (Self::Array(a), Self::Array(b)) | (Self::Set(a), Self::Set(b)) => Rc::ptr_eq(a, b),
            (Self::Object(a), Self::Object(b)) => Rc::ptr_eq(a, b),
            (Self::Function(a), Self::Function(b)) => Rc::ptr_eq(a, b),
            (Self::Host(a), Self::Host(b)) => a == b,
            (Self::Error(a), Self::Error(b)) => Rc::ptr_eq(a, b),
            (Self::Builtin(a), Self::Builtin(b)) => a == b,
            _ => false,
        }
    }

    /// `String(value)`, as far as configurations come to it.
    pub(crate) fn to_text(&self) -> Rc<str> {
        self.text_at(0)
    }

    fn text_at(&self, depth: usize) -> Rc<str> {
        if depth > MAX_DEPTH {
            return "".into();
        }
        match self {
            Self::Undefined => "undefined".into(),
            Self::Null => "null".into(),
            Self::Bool(value) => if *value { "true" } else { "false" }.into(),
            Self::Number(value) => number_text(*value).into(),
            Self::Text(text) => text.clone(),
            Self::Regex(regex) => format!("/{}/{}", regex.pattern, regex.flags).into(),
            Self::Array(items) => join_at(&items.borrow(), ",", depth + 1).into(),
            Self::Error(error) => format!("Error: {}", error.message).into(),
            _ => "[object Object]".into(),
        }
    }
}

/// `Array.prototype.join`: nothing for undefined and null.
pub(crate) fn join(items: &[Value], separator: &str) -> String {
    join_at(items, separator, 0)
}

/// How deep lists may stand inside each other where they are written as a text: one may hold itself.
const MAX_DEPTH: usize = 60;

fn join_at(items: &[Value], separator: &str, depth: usize) -> String {
    let texts: Vec<Rc<str>> = items
        .iter()
        .map(|item| if item.is_nullish() { "".into() } else { item.text_at(depth) })
        .collect();
    texts.join(separator)
}

/// A number as `String` writes it.
pub(crate) fn number_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    if (1e-6..1e21).contains(&size) {
        return format!("{value}");
    }
    let written = format!("{value:e}");
    match written.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => written,
    }
}
