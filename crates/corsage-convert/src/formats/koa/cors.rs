//! The package `@koa/cors`, as it answers.

use std::cell::RefCell;
use std::rc::Rc;

use super::context::CONTEXT;
use super::world::Application;
use crate::Span;
use crate::formats::node::append_vary;
use crate::javascript::{Fields, Machine, Stop, Value, join};

/// The methods where none are given.
const METHODS: &str = "GET,HEAD,PUT,POST,DELETE,PATCH";

impl Application {
    /// The middleware that `cors(options)` makes, at its place in the chain.
    pub(super) fn cors(
        &self,
        machine: &mut Machine<'_>,
        options: &Value,
        at: usize,
        span: &Span,
    ) -> Result<(), Stop> {
        let given = |name: &str| match options {
            Value::Object(fields) => fields.borrow().get(name).cloned(),
            _ => None,
        };
        let or_undefined = |name: &str| given(name).unwrap_or(Value::Undefined);
        let asked_origin = self.request_header("origin");
        self.with(|it| it.headers.vary("Origin"));
        let mut origin = or_undefined("origin");
        if origin.is_callable() {
            origin = self.decided(machine, &origin, span)?;
            if !origin.is_truthy() {
                return self.go_on(machine, at + 1).map(drop);
            }
        } else if !origin.is_truthy() {
            origin = Value::text("*");
        }
        let mut credentials = or_undefined("credentials");
        credentials = if credentials.is_callable() {
            self.decided(machine, &credentials, span)?
        } else {
            Value::Bool(credentials.is_truthy())
        };
        if credentials.is_truthy() && matches!(&origin, Value::Text(text) if &**text == "*") {
            origin = Value::text(&asked_origin);
        }
        let mut lines = vec![("Access-Control-Allow-Origin", origin)];
        if matches!(credentials, Value::Bool(true)) {
            lines.push(("Access-Control-Allow-Credentials", Value::text("true")));
        }
        if self.method() == "OPTIONS" {
            // Anything else is no preflight.
            if self.request_header("access-control-request-method").is_empty() {
                return self.go_on(machine, at + 1).map(drop);
            }
            let age = or_undefined("maxAge");
            if age.is_truthy() {
                lines.push(("Access-Control-Max-Age", Value::Text(age.to_text())));
            }
            if or_undefined("privateNetworkAccess").is_truthy()
                && !self.request_header("access-control-request-private-network").is_empty()
            {
                lines.push(("Access-Control-Allow-Private-Network", Value::text("true")));
            }
            let methods = list(given("allowMethods").unwrap_or_else(|| Value::text(METHODS)));
            if methods.is_truthy() {
                lines.push(("Access-Control-Allow-Methods", methods));
            }
            let mut headers = list(or_undefined("allowHeaders"));
            if !headers.is_truthy() {
                headers = Value::text(self.request_header("access-control-request-headers"));
            }
            if headers.is_truthy() {
                lines.push(("Access-Control-Allow-Headers", headers));
            }
            for (name, value) in &lines {
                self.set_header(machine, name, value)?;
            }
            self.with(|it| it.status = 204);
            return Ok(());
        }
        let exposed = list(or_undefined("exposeHeaders"));
        if exposed.is_truthy() {
            lines.push(("Access-Control-Expose-Headers", exposed));
        }
        for (name, value) in &lines {
            self.set_header(machine, name, value)?;
        }
        let keeps = given("keepHeadersOnError")
            .is_none_or(|value| matches!(value, Value::Undefined) || value.is_truthy());
        match self.go_on(machine, at + 1) {
            Err(Stop::Threw(error)) if keeps => {
                keep_headers(&error, &lines);
                Err(Stop::Threw(error))
            }
            other => other.map(drop),
        }
    }

    /// What a function of the options decides about this request.
    fn decided(
        &self,
        machine: &mut Machine<'_>,
        function: &Value,
        span: &Span,
    ) -> Result<Value, Stop> {
        match machine.call(function, Value::Undefined, vec![Value::Host(CONTEXT)], span)? {
            Value::Promise(outcome) => match &*outcome {
                Ok(value) => Ok(value.clone()),
                Err(error) => Err(Stop::Threw(error.clone())),
            },
            value => Ok(value),
        }
    }
}

/// Lists become one text; all else stays as it is.
fn list(value: Value) -> Value {
    match &value {
        Value::Array(items) => Value::text(join(&items.borrow(), ",")),
        _ => value,
    }
}

/// Gives the error the headers that were set, for whoever answers it.
fn keep_headers(error: &Value, lines: &[(&'static str, Value)]) {
    let Value::Error(failure) = error else { return };
    let mut headers = match failure.fields.borrow().get("headers") {
        Some(Value::Object(fields)) => fields.borrow().clone(),
        _ => Fields::default(),
    };
    let vary = ["vary", "Vary"]
        .into_iter()
        .find_map(|name| headers.get(name).map(Value::to_text))
        .unwrap_or_default();
    for (name, value) in lines {
        headers.set((*name).into(), value.clone());
    }
    headers.set("vary".into(), Value::text(append_vary(&vary, "Origin")));
    let headers = Value::Object(Rc::new(RefCell::new(headers)));
    failure.fields.borrow_mut().set("headers".into(), headers);
}
