//! The fields of one JSON object: read with their types, every problem noted.

use serde_json::{Map, Value};

/// An object's fields, and what is wrong with them.
pub(crate) struct Fields<'v> {
    object: &'v Map<String, Value>,
    /// Names the object in messages: empty, or `client.`.
    prefix: &'static str,
    pub(crate) problems: Vec<String>,
}

impl<'v> Fields<'v> {
    pub(crate) fn new(object: &'v Map<String, Value>, prefix: &'static str) -> Self {
        Self { object, prefix, problems: Vec::new() }
    }

    pub(crate) fn problem(&mut self, name: &str, problem: &str) {
        self.problems.push(format!("{}{name} {problem}", self.prefix));
    }

    /// A field that is there, and not null.
    pub(crate) fn given(&self, name: &str) -> Option<&'v Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    fn wrong_type(&mut self, name: &str, wanted: &str, value: &Value) {
        self.problem(name, &format!("must be {wanted}, not {}", kind(value)));
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<&'v str> {
        let value = self.given(name)?;
        let text = value.as_str();
        if text.is_none() {
            self.wrong_type(name, "a string", value);
        }
        text
    }

    pub(crate) fn required_text(&mut self, name: &str) -> Option<&'v str> {
        if self.given(name).is_none() {
            self.problem(name, "is missing; it must be a string");
        }
        self.text(name)
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        let value = self.given(name)?;
        let flag = value.as_bool();
        if flag.is_none() {
            self.wrong_type(name, "true or false", value);
        }
        flag
    }

    pub(crate) fn list(&mut self, name: &str) -> Option<&'v [Value]> {
        let value = self.given(name)?;
        let list = value.as_array();
        if list.is_none() {
            self.wrong_type(name, "an array", value);
        }
        list.map(Vec::as_slice)
    }

    pub(crate) fn required_object(&mut self, name: &str) -> Option<&'v Map<String, Value>> {
        match self.given(name) {
            None => {
                self.problem(name, "is missing; it must be an object");
                None
            }
            Some(Value::Object(object)) => Some(object),
            Some(value) => {
                self.wrong_type(name, "an object", value);
                None
            }
        }
    }

    /// One of some names. A field that is absent, null or of another name is `None`, the last noted.
    pub(crate) fn one_of<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = choices.iter().find(|(choice, _)| *choice == text);
        if found.is_none() {
            let names: Vec<String> =
                choices.iter().map(|(choice, _)| format!("{choice:?}")).collect();
            self.problem(name, &format!("is {text:?}; it must be one of {}", names.join(", ")));
        }
        found.map(|(_, value)| *value)
    }
}

pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
