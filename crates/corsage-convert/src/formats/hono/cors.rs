//! Hono's middleware `cors`, as it answers.

use super::context::CONTEXT;
use super::world::Application;
use crate::Span;
use crate::javascript::{Machine, Stop, Value, join};

/// The methods where none are given.
const METHODS: &str = "GET,HEAD,PUT,POST,DELETE,PATCH,QUERY";

/// What `cors(options)` makes of its options when it is called.
pub(super) struct Prepared {
    pub(super) options: Value,
    origin: Value,
    allow_headers: Option<String>,
    expose_headers: Option<String>,
}

impl Prepared {
    pub(super) fn new(machine: &Machine<'_>, options: Value) -> Result<Self, Stop> {
        let given = |name: &str| match &options {
            Value::Object(fields) => fields.borrow().get(name).cloned(),
            _ => None,
        };
        let list = |name: &str| match given(name) {
            Some(Value::Array(items)) if !items.borrow().is_empty() => {
                Ok(Some(join(&items.borrow(), ",")).filter(|text| !text.is_empty()))
            }
            // A text has a length, and nothing that joins it.
            Some(Value::Text(text)) if !text.is_empty() => {
                Err(machine.type_error("join is not a function"))
            }
            _ => Ok(None),
        };
        Ok(Self {
            origin: given("origin").unwrap_or_else(|| Value::text("*")),
            allow_headers: list("allowHeaders")?,
            expose_headers: list("exposeHeaders")?,
            options,
        })
    }
}

impl Application {
    /// The middleware, at its place in the chain; the status of its own answer where it gives one.
    pub(super) fn cors(
        &self,
        machine: &mut Machine<'_>,
        prepared: &Prepared,
        at: usize,
        span: &Span,
    ) -> Result<Option<u16>, Stop> {
        let given = |name: &str| match &prepared.options {
            Value::Object(fields) => fields.borrow().get(name).cloned(),
            _ => None,
        };
        let asked = match self.request_header("origin") {
            Value::Text(text) => text.to_string(),
            _ => String::new(),
        };
        let allow_origin = self.allow_origin(machine, &prepared.origin, &asked, span)?;
        if allow_origin.is_truthy() {
            self.set_header(machine, "access-control-allow-origin", &allow_origin.to_text())?;
        }
        if given("credentials").is_some_and(|value| value.is_truthy()) {
            self.set_header(machine, "access-control-allow-credentials", "true")?;
        }
        if let Some(headers) = &prepared.expose_headers {
            self.set_header(machine, "access-control-expose-headers", headers)?;
        }
        let varies = !matches!(&prepared.origin, Value::Text(text) if &**text == "*");
        let method = self.with(|it| it.method.clone()).unwrap_or_default();
        if method != "OPTIONS" {
            self.go_on(machine, at + 1)?;
            if varies {
                self.with(|it| it.append("vary", "Origin"));
            }
            return Ok(None);
        }
        if varies {
            self.with(|it| it.append("vary", "Origin"));
        }
        if let Some(age) = given("maxAge").filter(|age| !age.is_nullish()) {
            self.set_header(machine, "access-control-max-age", &age.to_text())?;
        }
        let methods = match given("allowMethods") {
            None => METHODS.to_owned(),
            Some(Value::Array(items)) => join(&items.borrow(), ","),
            Some(function) if function.is_callable() => {
                let arguments = vec![Value::text(&asked), Value::Host(CONTEXT)];
                match awaited(machine.call(&function, Value::Undefined, arguments, span)?)? {
                    Value::Array(items) => join(&items.borrow(), ","),
                    _ => return Err(machine.type_error("join is not a function")),
                }
            }
            Some(_) => String::new(),
        };
        if !methods.is_empty() {
            self.set_header(machine, "access-control-allow-methods", &methods)?;
        }
        let headers = match &prepared.allow_headers {
            Some(headers) => headers.clone(),
            None => match self.request_header("access-control-request-headers") {
                Value::Text(asked) => asked.split(',').map(str::trim).collect::<Vec<_>>().join(","),
                _ => String::new(),
            },
        };
        if !headers.is_empty() {
            self.set_header(machine, "access-control-allow-headers", &headers)?;
            self.with(|it| it.append("vary", "Access-Control-Request-Headers"));
        }
        Ok(Some(204))
    }

    fn allow_origin(
        &self,
        machine: &mut Machine<'_>,
        origin: &Value,
        asked: &str,
        span: &Span,
    ) -> Result<Value, Stop> {
        match origin {
            Value::Text(text) if &**text == "*" || **text == *asked => Ok(origin.clone()),
            Value::Text(_) => Ok(Value::Null),
            Value::Array(items) => {
                let wanted = Value::text(asked);
                let has = items.borrow().iter().any(|item| item.is_same(&wanted));
                Ok(if has { wanted } else { Value::Null })
            }
            function if function.is_callable() => {
                let arguments = vec![Value::text(asked), Value::Host(CONTEXT)];
                awaited(machine.call(function, Value::Undefined, arguments, span)?)
            }
            _ => Err(machine.type_error("includes is not a function")),
        }
    }
}

/// What a value comes to where it is waited for.
pub(super) fn awaited(value: Value) -> Result<Value, Stop> {
    match value {
        Value::Promise(outcome) => match &*outcome {
            Ok(value) => Ok(value.clone()),
            Err(error) => Err(Stop::Threw(error.clone())),
        },
        value => Ok(value),
    }
}
