//! `ctx`: the request and the response as koa's middleware sees them.

use super::world::Application;
use crate::formats::node::{Headers, headers_object, is_value};
use crate::javascript::{Host, Machine, Stop, Value};
use crate::{Asked, Span, Why};

pub(super) const CONTEXT: Host = Host { kind: "context", id: 0 };

pub(super) struct Exchange {
    method: String,
    path: String,
    headers_object: Value,
    pub(super) headers: Headers,
    pub(super) status: u16,
    pub(super) reached: bool,
    pub(super) dropped: bool,
}

impl Exchange {
    pub(super) fn new(asked: &Asked<'_>) -> Self {
        Self {
            method: asked.method.to_owned(),
            path: asked.path_only().to_owned(),
            headers_object: headers_object(asked),
            headers: Headers::default(),
            status: 404,
            reached: false,
            dropped: false,
        }
    }
}

/// Methods of `ctx` that have a model.
pub(super) fn has_method(name: &str) -> bool {
    matches!(name, "get" | "set" | "append" | "vary" | "remove")
}

/// The values that `ctx.set` makes of a value.
pub(super) fn header_values(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.borrow().iter().map(|one| one.to_text().to_string()).collect(),
        one => vec![one.to_text().to_string()],
    }
}

impl Application {
    pub(super) fn with<T>(&self, with: impl FnOnce(&mut Exchange) -> T) -> Option<T> {
        self.exchange.borrow_mut().as_mut().map(with)
    }

    pub(super) fn method(&self) -> String {
        self.with(|it| it.method.clone()).unwrap_or_default()
    }

    /// `ctx.get(name)`: empty where there is no such header.
    pub(super) fn request_header(&self, name: &str) -> String {
        let name = name.to_lowercase();
        let name = if name == "referrer" { "referer" } else { &name };
        match self.with(|it| it.headers_object.field(name)) {
            Some(Value::Text(text)) => text.to_string(),
            _ => String::new(),
        }
    }

    pub(super) fn set_header(
        &self,
        machine: &Machine<'_>,
        name: &str,
        value: &Value,
    ) -> Result<(), Stop> {
        let values = header_values(value);
        if !values.iter().all(|value| is_value(value)) {
            return Err(machine.type_error("invalid character in header content"));
        }
        self.with(|it| it.headers.set(name, values));
        Ok(())
    }

    pub(super) fn context_get(&self, host: Host, name: &str) -> Option<Value> {
        match (host.kind, name) {
            ("context", "request" | "response" | "req") => Some(Value::Host(CONTEXT)),
            ("context", "headers" | "header") => self.with(|it| it.headers_object.clone()),
            ("context", "method") => self.with(|it| Value::text(&it.method)),
            ("context", "path" | "url") => self.with(|it| Value::text(&it.path)),
            ("context", "status") => self.with(|it| Value::Number(f64::from(it.status))),
            ("context", "origin") => None,
            ("context", "state") => Some(Value::object([])),
            _ => None,
        }
    }

    pub(super) fn context_set(&self, host: Host, name: &str, value: &Value) -> Option<()> {
        match (host.kind, name, value) {
            ("context", "status", Value::Number(status)) => {
                self.with(|it| it.status = *status as u16)
            }
            ("context", "body", value) => self.with(|it| {
                if it.status == 404 {
                    it.status = if value.is_nullish() { 204 } else { 200 };
                }
            }),
            _ => None,
        }
    }

    pub(super) fn context_call(
        &self,
        machine: &Machine<'_>,
        method: &str,
        arguments: &[Value],
        span: &Span,
    ) -> Result<Value, Stop> {
        let argument = |index: usize| arguments.get(index).cloned().unwrap_or(Value::Undefined);
        match method {
            "get" => return Ok(Value::text(self.request_header(&argument(0).to_text()))),
            "set" => match argument(0) {
                Value::Object(fields) => {
                    let fields = fields.borrow().clone();
                    for (name, value) in fields.iter() {
                        self.set_header(machine, name, value)?;
                    }
                }
                name => self.set_header(machine, &name.to_text(), &argument(1))?,
            },
            "append" => {
                let name = argument(0).to_text();
                self.with(|it| {
                    let mut values =
                        it.headers.get(&name).map(<[String]>::to_vec).unwrap_or_default();
                    values.extend(header_values(&argument(1)));
                    it.headers.set(&name, values);
                });
            }
            "vary" => {
                for field in header_values(&argument(0)) {
                    self.with(|it| it.headers.vary(&field));
                }
            }
            "remove" => {
                self.with(|it| it.headers.remove(&argument(0).to_text()));
            }
            _ => return Err(machine.refused(span, method, Why::NotModelled)),
        }
        Ok(Value::Undefined)
    }
}
