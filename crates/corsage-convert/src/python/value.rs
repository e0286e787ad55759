//! Values of a module.

use std::rc::Rc;

use crate::regexes::Case;
use crate::{Refused, Span, Why};

/// How deep values may stand inside each other.
const MAX_DEPTH: usize = 60;

/// A value. Containers are not shared: what is assigned from a name is a copy of it as it is then.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<str>),
    List(Vec<Value>),
    Tuple(Vec<Value>),
    /// A `set` or a `frozenset`, each item once.
    Set(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    Regex(Rc<Pattern>),
    /// A `timedelta`, in seconds.
    Duration(i64),
    /// Something of another module, by its dotted name; what a call of it gives ends with `()`.
    Outside(Rc<str>),
    /// An object that a reader made, by number.
    Made(usize),
    Unknown(Rc<Unknown>),
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) written: Rc<str>,
    pub(crate) case: Case,
    pub(crate) span: Span,
}

/// What could not be told.
#[derive(Clone, Debug)]
pub(crate) struct Unknown {
    pub(crate) span: Span,
    pub(crate) what: String,
    pub(crate) why: Why,
}

impl Unknown {
    pub(crate) fn refused(&self) -> Refused {
        Refused::new(self.span.clone(), self.what.clone(), self.why)
    }
}

impl Value {
    pub(crate) fn text(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().into())
    }

    pub(crate) fn unknown(span: Span, what: impl Into<String>, why: Why) -> Self {
        Self::Unknown(Rc::new(Unknown { span, what: what.into(), why }))
    }

    /// `str(value)`, where it can be told.
    pub(crate) fn to_text(&self) -> Option<Rc<str>> {
        Some(match self {
            Self::None => "None".into(),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::Int(value) => value.to_string().into(),
            Self::Text(text) => text.clone(),
            Self::Float(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
                format!("{value:.1}").into()
            }
            Self::Float(value) => value.to_string().into(),
            _ => return None,
        })
    }

    /// What an iteration gives, where it can be told. A text gives its characters.
    pub(crate) fn items(&self) -> Option<Vec<Self>> {
        Some(match self {
            Self::List(items) | Self::Tuple(items) | Self::Set(items) => items.clone(),
            Self::Text(text) => text.chars().map(|c| Self::text(c.to_string())).collect(),
            Self::Dict(fields) => fields.iter().map(|(key, _)| key.clone()).collect(),
            _ => return None,
        })
    }

    /// The first part that could not be told.
    pub(crate) fn first_unknown(&self) -> Option<&Unknown> {
        match self {
            Self::Unknown(unknown) => Some(unknown),
            Self::List(items) | Self::Tuple(items) | Self::Set(items) => {
                items.iter().find_map(Self::first_unknown)
            }
            Self::Dict(fields) => fields
                .iter()
                .find_map(|(key, value)| key.first_unknown().or_else(|| value.first_unknown())),
            _ => None,
        }
    }

    /// How many parts a value has; `None` where they stand too deep inside each other.
    pub(crate) fn weight(&self) -> Option<usize> {
        self.weight_at(0)
    }

    fn weight_at(&self, depth: usize) -> Option<usize> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut weight = 1;
        match self {
            Self::List(items) | Self::Tuple(items) | Self::Set(items) => {
                for item in items {
                    weight += item.weight_at(depth + 1)?;
                }
            }
            Self::Dict(fields) => {
                for (key, value) in fields {
                    weight += key.weight_at(depth + 1)? + value.weight_at(depth + 1)?;
                }
            }
            _ => {}
        }
        Some(weight)
    }

    /// `==`.
    pub(crate) fn is_equal(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::List(a), Self::List(b)) | (Self::Tuple(a), Self::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_equal(b))
            }
            (Self::Set(a), Self::Set(b)) => {
                a.len() == b.len() && a.iter().all(|a| b.iter().any(|b| a.is_equal(b)))
            }
            (Self::Outside(a), Self::Outside(b)) => a == b,
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            },
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }
}

/// `bool(value)`, where it can be told.
pub(crate) fn truth(value: &Value) -> Option<bool> {
    Some(match value {
        Value::None => false,
        Value::Bool(value) => *value,
        Value::Int(value) => *value != 0,
        Value::Float(value) => *value != 0.0,
        Value::Text(text) => !text.is_empty(),
        Value::List(items) | Value::Tuple(items) | Value::Set(items) => !items.is_empty(),
        Value::Dict(fields) => !fields.is_empty(),
        Value::Duration(seconds) => *seconds != 0,
        Value::Regex(_) | Value::Made(_) => true,
        Value::Outside(_) | Value::Unknown(_) => return None,
    })
}
