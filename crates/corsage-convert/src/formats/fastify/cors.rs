//! The plugin `@fastify/cors`, as it answers.

use super::exchange::REQUEST;
use super::instance::Options;
use super::world::{Application, INSTANCE};
use crate::Span;
use crate::javascript::{Machine, Stop, Value, join};

/// What a hook leads to.
pub(super) enum Next {
    On,
    /// The reply is sent.
    Sent,
    Error,
    /// Nowhere: the request is never answered.
    Never,
}

const METHODS: &str = "GET,HEAD,POST";

/// Where options are known before a request comes, the header `Vary` may be left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Before,
    WithTheRequest,
}

impl Application {
    pub(super) fn cors(
        &self,
        machine: &mut Machine<'_>,
        options: &Options,
        route: &Value,
        span: &Span,
    ) -> Result<Next, Stop> {
        match options {
            Options::Fixed(options) => {
                self.add_headers(machine, options, Known::Before, route, span)
            }
            Options::Delegated(function) => {
                let options = if function.arity() == 2 {
                    let request = vec![Value::Host(REQUEST)];
                    let Some(answer) =
                        self.call_back(machine, function, Value::Undefined, request, span)?
                    else {
                        return Ok(Next::Never);
                    };
                    if answer.first().is_some_and(Value::is_truthy) {
                        return Ok(Next::Error);
                    }
                    answer.get(1).cloned().unwrap_or(Value::Undefined)
                } else {
                    let request = vec![Value::Host(REQUEST)];
                    match machine.call(function, Value::Undefined, request, span)? {
                        Value::Promise(outcome) => match &*outcome {
                            Ok(options) => options.clone(),
                            Err(_) => return Ok(Next::Error),
                        },
                        _ => return Ok(Next::Error),
                    }
                };
                if options.is_nullish() {
                    return Ok(Next::Error);
                }
                self.add_headers(machine, &options, Known::WithTheRequest, route, span)
            }
        }
    }

    fn add_headers(
        &self,
        machine: &mut Machine<'_>,
        options: &Value,
        known: Known,
        route: &Value,
        span: &Span,
    ) -> Result<Next, Stop> {
        if matches!(route, Value::Bool(false)) {
            return Ok(Next::On);
        }
        let field = |of: &Value, name: &str| match of {
            Value::Object(fields) => fields.borrow().get(name).cloned(),
            _ => None,
        };
        let given = |name: &str| field(route, name).or_else(|| field(options, name));
        let or_null = |name: &str| given(name).unwrap_or(Value::Null);
        // A list with a star is the star, unless the route gives it.
        let mut origin = match field(route, "origin") {
            Some(origin) => origin,
            None => match field(options, "origin") {
                Some(Value::Array(items)) if items.borrow().iter().any(is_star) => Value::text("*"),
                Some(origin) => origin,
                None => Value::text("*"),
            },
        };
        let is_fixed = matches!(origin, Value::Text(_) | Value::Bool(false));
        if !is_fixed || known == Known::WithTheRequest {
            self.add_vary("Origin");
        }
        if origin.is_callable() {
            let asked = self.request_header("origin");
            let this = Value::Host(INSTANCE);
            let Some(answer) = self.call_back(machine, &origin, this, vec![asked], span)? else {
                return Ok(Next::Never);
            };
            match answer.first() {
                Some(Value::Null) => {}
                Some(error) if error.is_truthy() => return Ok(Next::Error),
                // What is not `null` ends the matter here, and is no error for the framework.
                _ => return Ok(Next::On),
            }
            origin = answer.get(1).cloned().unwrap_or(Value::Undefined);
        }
        if matches!(origin, Value::Bool(false)) {
            return Ok(Next::On);
        }
        if !origin.is_truthy() {
            return Ok(Next::Error);
        }
        self.set("Access-Control-Allow-Origin", self.allow_origin(&origin));
        if or_null("credentials").is_truthy() {
            self.set("Access-Control-Allow-Credentials", Some(Value::text("true")));
        }
        self.set("Access-Control-Expose-Headers", unless_null(or_null("exposedHeaders")));
        let is_true = |value: Option<Value>| value.is_none_or(|it| matches!(it, Value::Bool(true)));
        let method = self.with(|it| it.method.clone()).unwrap_or_default();
        if method != "OPTIONS" || !is_true(given("preflight")) {
            return Ok(Next::On);
        }
        let has = |name: &str| self.request_header(name).is_truthy();
        if is_true(given("strictPreflight"))
            && !(has("origin") && has("access-control-request-method"))
        {
            self.with(|it| (it.status, it.sent) = (400, true));
            return Ok(Next::Sent);
        }
        self.with(|it| it.preflight_enabled = true);
        let methods = given("methods").unwrap_or_else(|| Value::text(METHODS));
        self.set("Access-Control-Allow-Methods", Some(list(methods)));
        match or_null("allowedHeaders") {
            Value::Null => {
                self.add_vary("Access-Control-Request-Headers");
                let asked = self.request_header("access-control-request-headers");
                self.set(
                    "Access-Control-Allow-Headers",
                    (!matches!(asked, Value::Undefined)).then_some(asked),
                );
            }
            value => self.set("Access-Control-Allow-Headers", Some(list(value))),
        }
        match or_null("maxAge") {
            Value::Null => {}
            age => self.set("Access-Control-Max-Age", Some(Value::Text(age.to_text()))),
        }
        if given("preflightContinue").is_some_and(|value| value.is_truthy()) {
            return Ok(Next::On);
        }
        let status = given("optionsSuccessStatus").unwrap_or(Value::Number(204.0));
        self.set_code(machine, &status)?;
        self.with(|it| it.sent = true);
        Ok(Next::Sent)
    }

    fn set(&self, name: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.with(|it| it.header(name, &value));
        }
    }

    fn add_vary(&self, field: &str) {
        self.with(|it| {
            let present = it.headers.get("Vary").map(|all| all.join(", ")).unwrap_or_default();
            let mut names = present.split(',').map(|name| name.trim_matches([' ', '\t']));
            if names.any(|name| name == "*" || name.eq_ignore_ascii_case(field)) {
                return;
            }
            let new =
                if present.is_empty() { field.to_owned() } else { format!("{present}, {field}") };
            it.header("Vary", &Value::text(new));
        });
    }

    fn allow_origin(&self, origin: &Value) -> Option<Value> {
        if let Value::Array(items) = origin
            && items.borrow().iter().any(is_star)
        {
            return Some(Value::text("*"));
        }
        if matches!(origin, Value::Text(_)) {
            return Some(origin.clone());
        }
        let asked = self.request_header("origin");
        (is_allowed(&asked, origin, 0) && asked.is_truthy()).then_some(asked)
    }
}

fn is_star(value: &Value) -> bool {
    matches!(value, Value::Text(text) if &**text == "*")
}

fn list(value: Value) -> Value {
    match &value {
        Value::Array(items) => Value::text(join(&items.borrow(), ", ")),
        _ => value,
    }
}

fn unless_null(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        other => Some(list(other)),
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
        Value::Regex(regex) => {
            regex.last_index.set(0);
            regex.test(&asked.to_text())
        }
        other => other.is_truthy(),
    }
}
