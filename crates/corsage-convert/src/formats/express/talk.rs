//! `req`, `res` and `next`, as middleware that people write itself sees them.

use super::exchange::{Exchange, Next};
use super::world::{Application, NEXT, REQUEST, RESPONSE};
use crate::formats::node::{Headers, is_value};
use crate::javascript::{Host, Machine, Stop, Value};
use crate::{Span, Why};

/// Methods of `req` and `res` that have a model.
const METHODS: &[&str] = &[
    "get",
    "header",
    "set",
    "setHeader",
    "append",
    "vary",
    "getHeader",
    "removeHeader",
    "status",
    "sendStatus",
    "send",
    "end",
    "json",
    "writeHead",
    "hasHeader",
];

pub(super) fn has_method(name: &str) -> bool {
    METHODS.contains(&name)
}

impl Application {
    pub(super) fn headers<T>(&self, with: impl FnOnce(&mut Headers) -> T) -> T
    where
        T: Default,
    {
        self.exchange.borrow_mut().as_mut().map_or_else(T::default, |it| with(&mut it.headers))
    }

    fn with<T>(&self, with: impl FnOnce(&mut Exchange) -> T) -> Option<T> {
        self.exchange.borrow_mut().as_mut().map(with)
    }

    pub(super) fn request_method(&self) -> String {
        self.with(|it| it.method.clone()).unwrap_or_default()
    }

    /// `req.headers[name]`.
    pub(super) fn request_header(&self, name: &str) -> Value {
        self.with(|it| it.headers_object.field(name)).unwrap_or(Value::Undefined)
    }

    pub(super) fn set_status(&self, value: &Value) -> Option<()> {
        let Value::Number(status) = value else { return None };
        self.with(|it| it.status = *status as u16)
    }

    /// Ends the response with a status, as `res.statusCode = status; res.end()` does.
    pub(super) fn end_with(&self, machine: &Machine<'_>, status: &Value) -> Result<(), Stop> {
        let number = match status {
            Value::Number(number) => *number,
            Value::Text(text) => text.trim().parse().unwrap_or(0.0),
            Value::Bool(true) => 1.0,
            _ => 0.0,
        };
        if !(100.0..1000.0).contains(&number) {
            return Err(machine.type_error("invalid status code"));
        }
        self.with(|it| {
            it.status = number as u16;
            it.ended = true;
        });
        Ok(())
    }

    pub(super) fn exchange_get(&self, host: Host, name: &str) -> Option<Value> {
        match (host.kind, name) {
            ("request", "headers") => self.with(|it| it.headers_object.clone()),
            ("request", "method") => self.with(|it| Value::text(&it.method)),
            ("request", "path" | "url" | "originalUrl") => self.with(|it| Value::text(&it.path)),
            ("request", "hostname") => self.with(|it| {
                Value::text(it.host.split_once(':').map_or(it.host.as_str(), |(host, _)| host))
            }),
            ("response", "statusCode") => self.with(|it| Value::Number(f64::from(it.status))),
            ("response", "headersSent") => self.with(|it| Value::Bool(it.ended)),
            ("response", "locals") => Some(Value::object([])),
            _ => None,
        }
    }

    pub(super) fn exchange_call(
        &self,
        machine: &mut Machine<'_>,
        host: Host,
        method: Option<&str>,
        arguments: &[Value],
        span: &Span,
    ) -> Result<Value, Stop> {
        let argument = |index: usize| arguments.get(index).cloned().unwrap_or(Value::Undefined);
        match (host.kind, method) {
            ("next", None) => {
                self.with(|it| it.next.get_or_insert(argument(0)).clone());
            }
            ("request", Some("get" | "header")) => {
                let name = argument(0).to_text().to_lowercase();
                let name = if name == "referrer" { "referer".to_owned() } else { name };
                return Ok(self.request_header(&name));
            }
            ("response", Some("get" | "getHeader")) => {
                let name = argument(0).to_text();
                let values = self.headers(|headers| headers.get(&name).map(<[String]>::to_vec));
                return Ok(match values {
                    None => Value::Undefined,
                    Some(values) if values.len() == 1 => Value::text(&values[0]),
                    Some(values) => Value::array(values.iter().map(Value::text).collect()),
                });
            }
            ("response", Some("hasHeader")) => {
                let name = argument(0).to_text();
                return Ok(Value::Bool(self.headers(|headers| headers.get(&name).is_some())));
            }
            ("response", Some(method)) => {
                self.respond(machine, method, arguments, span)?;
                return Ok(Value::Host(RESPONSE));
            }
            _ => {
                let what = method.unwrap_or(host.kind);
                return Err(machine.refused(span, what, Why::NotModelled));
            }
        }
        Ok(Value::Undefined)
    }

    fn respond(
        &self,
        machine: &Machine<'_>,
        method: &str,
        arguments: &[Value],
        span: &Span,
    ) -> Result<(), Stop> {
        let argument = |index: usize| arguments.get(index).cloned().unwrap_or(Value::Undefined);
        if self.with(|it| it.ended) == Some(true) {
            return Err(machine.refused(span, "what is done after the response", Why::NotModelled));
        }
        match method {
            "header" | "set" | "setHeader" => match argument(0) {
                Value::Object(fields) if method != "setHeader" => {
                    let fields = fields.borrow().clone();
                    for (name, value) in fields.iter() {
                        self.set_header(machine, name, value)?;
                    }
                }
                name => {
                    let value = argument(1);
                    if method == "setHeader" && matches!(value, Value::Undefined) {
                        return Err(machine.type_error("invalid value \"undefined\" for header"));
                    }
                    self.set_header(machine, &name.to_text(), &value)?;
                }
            },
            "append" => {
                let name = argument(0).to_text();
                let mut values = self
                    .headers(|headers| headers.get(&name).map(<[String]>::to_vec))
                    .unwrap_or_default();
                match argument(1) {
                    Value::Array(more) => {
                        values.extend(more.borrow().iter().map(|one| one.to_text().to_string()));
                    }
                    one => values.push(one.to_text().to_string()),
                }
                self.headers(|headers| headers.set(&name, values));
            }
            "vary" => {
                let fields = match argument(0) {
                    Value::Array(items) => {
                        items.borrow().iter().map(|one| one.to_text().to_string()).collect()
                    }
                    one => vec![one.to_text().to_string()],
                };
                for field in fields {
                    self.headers(|headers| headers.vary(&field));
                }
            }
            "removeHeader" => {
                let name = argument(0).to_text();
                self.headers(|headers| headers.remove(&name));
            }
            "status" => {
                if self.set_status(&argument(0)).is_none() {
                    return Err(machine.type_error("invalid status code"));
                }
            }
            "sendStatus" => self.end_with(machine, &argument(0))?,
            "writeHead" => {
                if let Value::Object(fields) = argument(arguments.len().saturating_sub(1)) {
                    let fields = fields.borrow().clone();
                    for (name, value) in fields.iter() {
                        self.set_header(machine, name, value)?;
                    }
                }
                if self.set_status(&argument(0)).is_none() {
                    return Err(machine.type_error("invalid status code"));
                }
            }
            "send" | "end" | "json" => {
                self.with(|it| it.ended = true);
            }
            _ => return Err(machine.refused(span, method, Why::NotModelled)),
        }
        Ok(())
    }

    fn set_header(&self, machine: &Machine<'_>, name: &str, value: &Value) -> Result<(), Stop> {
        let values: Vec<String> = match value {
            Value::Array(items) => {
                items.borrow().iter().map(|one| one.to_text().to_string()).collect()
            }
            one => vec![one.to_text().to_string()],
        };
        if !values.iter().all(|value| is_value(value)) {
            return Err(machine.type_error("invalid character in header content"));
        }
        self.headers(|headers| headers.set(name, values));
        Ok(())
    }

    /// Runs a function of the application as middleware.
    pub(super) fn middleware(
        &self,
        machine: &mut Machine<'_>,
        function: &Value,
        error: Option<&Value>,
        span: &Span,
    ) -> Result<Next, Stop> {
        self.with(|it| it.next = None);
        let mut arguments = Vec::new();
        arguments.extend(error.cloned());
        arguments.extend([Value::Host(REQUEST), Value::Host(RESPONSE), Value::Host(NEXT)]);
        let result = machine.call(function, Value::Undefined, arguments, span)?;
        if let Value::Promise(outcome) = &result
            && let Err(error) = &**outcome
        {
            return Ok(Next::Error(error.clone()));
        }
        if self.with(|it| it.ended) == Some(true) {
            return Ok(Next::Ended);
        }
        let next = self.with(|it| it.next.take()).flatten();
        Ok(match next {
            None => Next::Never,
            Some(value) if !value.is_truthy() => Next::On,
            Some(Value::Text(text)) if matches!(&*text, "route" | "router") => Next::Route,
            Some(error) => Next::Error(error),
        })
    }

    /// A middleware that is called with `req`, `res` and a `next` of the caller's own.
    pub(super) fn nested(
        &self,
        machine: &mut Machine<'_>,
        host: Host,
        arguments: &[Value],
        span: &Span,
    ) -> Result<Value, Stop> {
        let options = self.options.borrow()[host.id].clone();
        let then = arguments.get(2).cloned().unwrap_or(Value::Undefined);
        match self.cors(machine, &options, span)? {
            Next::Ended | Next::Never => Ok(Value::Undefined),
            Next::On | Next::Route => machine.call(&then, Value::Undefined, Vec::new(), span),
            Next::Error(error) => machine.call(&then, Value::Undefined, vec![error], span),
        }
    }
}
