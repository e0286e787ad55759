//! Options of a call: by name, each with its place.

use crate::python::{Call, Value};
use crate::{NotRead, Refused, Rejected, Span, Why};

/// The arguments of a call, under the names of its parameters.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    given: Vec<(String, Value, Span)>,
    pub(crate) span: Span,
}

impl Options {
    /// Takes a call's arguments. Those by place are named by `order`.
    ///
    /// # Errors
    /// A name that the program does not know, which it refuses; a value that cannot be told.
    pub(crate) fn of_call(call: &Call, order: &[&str], known: &[&str]) -> Result<Self, NotRead> {
        let mut given: Vec<(String, Value, Span)> = Vec::new();
        let mut refused = Vec::new();
        if !call.certain {
            let what = format!("{} under a condition", call.name());
            return Err(NotRead::refused(Refused::new(call.span.clone(), what, Why::Computed)));
        }
        for (at, argument) in call.positional().enumerate() {
            match order.get(at) {
                Some(name) => {
                    given.push(((*name).to_owned(), argument.value.clone(), argument.span.clone()));
                }
                None => return Err(rejected(&argument.span, "an argument too many")),
            }
        }
        for (name, argument) in call.named() {
            if name == "**" {
                refused.extend(argument.value.first_unknown().map(|it| it.refused()));
                continue;
            }
            if !known.is_empty() && !known.contains(&name) {
                return Err(rejected(&argument.span, name));
            }
            given.push((name.to_owned(), argument.value.clone(), argument.span.clone()));
        }
        for (_, value, span) in &given {
            match value {
                Value::Outside(name) => {
                    refused.push(Refused::new(span.clone(), &**name, Why::Elsewhere));
                }
                other => refused.extend(other.first_unknown().map(|it| it.refused())),
            }
        }
        if refused.is_empty() {
            Ok(Self { given, span: call.span.clone() })
        } else {
            Err(NotRead::Refused(refused))
        }
    }

    pub(crate) fn of_values(given: Vec<(String, Value, Span)>, span: Span) -> Self {
        Self { given, span }
    }

    /// The value of an option. Given twice, the last counts.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.given.iter().rev().find(|(other, ..)| other == name).map(|(_, value, _)| value)
    }

    pub(crate) fn place(&self, name: &str) -> Span {
        let found = self.given.iter().rev().find(|(other, ..)| other == name);
        found.map_or_else(|| self.span.clone(), |(.., span)| span.clone())
    }

    pub(crate) fn set(&mut self, name: &str, value: Value, span: Span) {
        self.given.push((name.to_owned(), value, span));
    }

    /// `bool(option)`.
    pub(crate) fn truth(&self, name: &str, otherwise: bool) -> bool {
        self.get(name).map_or(otherwise, |value| crate::python::truth(value).unwrap_or(true))
    }

    /// The items of an option as texts; a text is taken for its characters, as the language does.
    ///
    /// # Errors
    /// What has no items, or items that are no texts: the program refuses them.
    pub(crate) fn texts(&self, name: &str, otherwise: &[&str]) -> Result<Vec<String>, NotRead> {
        match self.get(name) {
            None => Ok(otherwise.iter().map(|&text| text.to_owned()).collect()),
            Some(value) => texts(value).ok_or_else(|| rejected(&self.place(name), name)),
        }
    }
}

/// The items of a value, all of them texts.
pub(crate) fn texts(value: &Value) -> Option<Vec<String>> {
    value
        .items()?
        .into_iter()
        .map(|item| match item {
            Value::Text(text) => Some(text.to_string()),
            _ => None,
        })
        .collect()
}

/// `str(value)`, and the words of the source where that cannot be told.
pub(crate) fn py_text(value: &Value) -> String {
    value.to_text().map(|text| text.to_string()).unwrap_or_default()
}

pub(crate) fn rejected(span: &Span, what: impl Into<String>) -> NotRead {
    NotRead::Rejected(Rejected { span: span.clone(), what: what.into() })
}

pub(crate) fn refused(span: &Span, what: impl Into<String>, why: Why) -> NotRead {
    NotRead::refused(Refused::new(span.clone(), what, why))
}
