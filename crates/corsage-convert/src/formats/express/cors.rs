//! The package `cors`, as it answers.

use super::exchange::Next;
use super::world::Application;
use crate::Span;
use crate::formats::node::is_value;
use crate::javascript::{Machine, Stop, Value, join};

/// The methods where none are given.
const METHODS: &str = "GET,HEAD,PUT,PATCH,POST,DELETE";

impl Application {
    /// The middleware that `cors(options)` makes.
    pub(super) fn cors(
        &self,
        machine: &mut Machine<'_>,
        options: &Value,
        span: &Span,
    ) -> Result<Next, Stop> {
        let options = if options.is_callable() {
            let request = Value::Host(super::world::REQUEST);
            match self.call_back(machine, options, vec![request], span)? {
                Some(answer) => {
                    let error = answer.first().cloned().unwrap_or(Value::Undefined);
                    if error.is_truthy() {
                        return Ok(Next::Error(error));
                    }
                    answer.get(1).cloned().unwrap_or(Value::Undefined)
                }
                None => return Ok(Next::Never),
            }
        } else {
            options.clone()
        };
        let given = |name: &str| match &options {
            Value::Object(fields) => fields.borrow().get(name).cloned(),
            _ => None,
        };
        let origin = given("origin").unwrap_or_else(|| Value::text("*"));
        let origin = if origin.is_callable() {
            let asked = self.request_header("origin");
            match self.call_back(machine, &origin, vec![asked], span)? {
                Some(answer) => {
                    let error = answer.first().cloned().unwrap_or(Value::Undefined);
                    let origin = answer.get(1).cloned().unwrap_or(Value::Undefined);
                    if error.is_truthy() {
                        return Ok(Next::Error(error));
                    }
                    if !origin.is_truthy() {
                        return Ok(Next::On);
                    }
                    origin
                }
                None => return Ok(Next::Never),
            }
        } else {
            origin
        };
        if !origin.is_truthy() {
            return Ok(Next::On);
        }
        let mut lines = self.origin_lines(&origin);
        if matches!(given("credentials"), Some(Value::Bool(true))) {
            lines.push(Line::Header("Access-Control-Allow-Credentials", "true".to_owned()));
        }
        if self.request_method() != "OPTIONS" {
            lines.extend(exposed(given("exposedHeaders")));
            return self.apply(machine, lines).map(|()| Next::On);
        }
        match given("methods") {
            None => lines.push(methods(METHODS.to_owned())),
            Some(Value::Undefined | Value::Null) => {
                return Err(
                    machine.type_error("cannot read properties of undefined (reading 'join')")
                );
            }
            // An empty text sets nothing.
            Some(value) => {
                let text = if value.is_truthy() { list(&value) } else { String::new() };
                if !text.is_empty() {
                    lines.push(methods(text));
                }
            }
        }
        lines.extend(self.allowed_headers(given("allowedHeaders"), given("headers")));
        if let Some(age) = given("maxAge")
            && (matches!(age, Value::Number(_)) || age.is_truthy())
        {
            let age = age.to_text().to_string();
            if !age.is_empty() {
                lines.push(Line::Header("Access-Control-Max-Age", age));
            }
        }
        lines.extend(exposed(given("exposedHeaders")));
        self.apply(machine, lines)?;
        if given("preflightContinue").is_some_and(|value| value.is_truthy()) {
            return Ok(Next::On);
        }
        let status = given("optionsSuccessStatus").unwrap_or(Value::Number(204.0));
        self.end_with(machine, &status)?;
        Ok(Next::Ended)
    }

    fn origin_lines(&self, origin: &Value) -> Vec<Line> {
        const NAME: &str = "Access-Control-Allow-Origin";
        if let Value::Text(text) = origin {
            let line = Line::Header(NAME, text.to_string());
            return if &**text == "*" { vec![line] } else { vec![line, Line::Vary("Origin")] };
        }
        let asked = self.request_header("origin");
        let mut lines = Vec::new();
        if is_allowed(&asked, origin, 0) && asked.is_truthy() {
            lines.push(Line::Header(NAME, asked.to_text().to_string()));
        }
        lines.push(Line::Vary("Origin"));
        lines
    }

    fn allowed_headers(&self, allowed: Option<Value>, old_name: Option<Value>) -> Vec<Line> {
        const NAME: &str = "Access-Control-Allow-Headers";
        let value = [allowed, old_name].into_iter().flatten().find(Value::is_truthy);
        let Some(value) = value else {
            let asked = self.request_header("access-control-request-headers");
            let mut lines = vec![Line::Vary("Access-Control-Request-Headers")];
            if asked.is_truthy() {
                lines.push(Line::Header(NAME, asked.to_text().to_string()));
            }
            return lines;
        };
        match value {
            Value::Text(_) | Value::Array(_) => {
                let text = list(&value);
                if text.is_empty() { Vec::new() } else { vec![Line::Header(NAME, text)] }
            }
            _ => Vec::new(),
        }
    }

    fn apply(&self, machine: &Machine<'_>, lines: Vec<Line>) -> Result<(), Stop> {
        for line in lines {
            match line {
                Line::Vary(field) => self.headers(|headers| headers.vary(field)),
                Line::Header(name, value) if is_value(&value) => {
                    self.headers(|headers| headers.set_one(name, value));
                }
                Line::Header(..) => {
                    return Err(machine.type_error("invalid character in header content"));
                }
            }
        }
        Ok(())
    }
}

enum Line {
    Header(&'static str, String),
    Vary(&'static str),
}

fn methods(text: String) -> Line {
    Line::Header("Access-Control-Allow-Methods", text)
}

fn exposed(value: Option<Value>) -> Option<Line> {
    let value = value?;
    let text = match value {
        Value::Text(_) | Value::Array(_) => list(&value),
        _ => return None,
    };
    (!text.is_empty()).then_some(Line::Header("Access-Control-Expose-Headers", text))
}

/// A list in one text: its items joined by commas, or the text that it is.
fn list(value: &Value) -> String {
    match value {
        Value::Array(items) => join(&items.borrow(), ","),
        other => other.to_text().to_string(),
    }
}

/// How deep lists of origins may stand inside each other: one may hold itself.
const MAX_DEPTH: usize = 60;

fn is_allowed(asked: &Value, allowed: &Value, depth: usize) -> bool {
    match allowed {
        Value::Array(items) => {
            depth < MAX_DEPTH
                && items.borrow().iter().any(|item| is_allowed(asked, item, depth + 1))
        }
        Value::Text(_) => asked.is_same(allowed),
        Value::Regex(regex) => regex.test(&asked.to_text()),
        other => other.is_truthy(),
    }
}
