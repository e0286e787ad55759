//! One request and its reply, and what hooks of the application's own see of them.

use super::world::Application;
use crate::formats::node::{Headers, headers_object};
use crate::javascript::{Host, Machine, Stop, Value};
use crate::{Asked, Span, Why};

pub(super) const REQUEST: Host = Host { kind: "request", id: 0 };
pub(super) const REPLY: Host = Host { kind: "reply", id: 0 };

pub(super) struct Exchange {
    pub(super) method: String,
    path: String,
    pub(super) headers_object: Value,
    pub(super) headers: Headers,
    pub(super) status: u16,
    pub(super) reached: bool,
    pub(super) dropped: bool,
    pub(super) sent: bool,
    pub(super) preflight_enabled: bool,
}

impl Exchange {
    pub(super) fn new(asked: &Asked<'_>) -> Self {
        Self {
            method: asked.method.to_owned(),
            path: asked.path_only().to_owned(),
            headers_object: headers_object(asked),
            headers: Headers::default(),
            status: 200,
            reached: false,
            dropped: false,
            sent: false,
            preflight_enabled: false,
        }
    }

    /// `reply.header`: the name in lower case, nothing for undefined.
    pub(super) fn header(&mut self, name: &str, value: &Value) {
        let values = match value {
            Value::Undefined => vec![String::new()],
            Value::Array(items) => {
                items.borrow().iter().map(|one| one.to_text().to_string()).collect()
            }
            one => vec![one.to_text().to_string()],
        };
        self.headers.set(&name.to_lowercase(), values);
    }
}

/// Methods of requests and replies that have a model.
pub(super) fn has_method(name: &str) -> bool {
    matches!(name, "header" | "headers" | "getHeader" | "removeHeader" | "code" | "status" | "send")
}

impl Application {
    pub(super) fn with<T>(&self, with: impl FnOnce(&mut Exchange) -> T) -> Option<T> {
        self.exchange.borrow_mut().as_mut().map(with)
    }

    pub(super) fn request_header(&self, name: &str) -> Value {
        self.with(|it| it.headers_object.field(name)).unwrap_or(Value::Undefined)
    }

    /// `reply.code(status)`.
    pub(super) fn set_code(&self, machine: &Machine<'_>, status: &Value) -> Result<(), Stop> {
        let number = match status {
            Value::Number(number) => *number,
            Value::Text(text) => text.trim().parse().unwrap_or(0.0),
            _ => 0.0,
        };
        if !(100.0..600.0).contains(&number) {
            return Err(machine.type_error("called reply with an invalid status code"));
        }
        self.with(|it| it.status = number as u16);
        Ok(())
    }

    pub(super) fn exchange_get(&self, host: Host, name: &str) -> Option<Value> {
        match (host.kind, name) {
            ("request", "headers") => self.with(|it| it.headers_object.clone()),
            ("request", "method") => self.with(|it| Value::text(&it.method)),
            ("request", "url") => self.with(|it| Value::text(&it.path)),
            ("request", "raw") => Some(Value::Host(REQUEST)),
            ("reply", "statusCode") => self.with(|it| Value::Number(f64::from(it.status))),
            ("reply", "sent") => self.with(|it| Value::Bool(it.sent)),
            _ => None,
        }
    }

    pub(super) fn reply_call(
        &self,
        machine: &Machine<'_>,
        method: &str,
        arguments: &[Value],
        span: &Span,
    ) -> Result<Value, Stop> {
        let argument = |index: usize| arguments.get(index).cloned().unwrap_or(Value::Undefined);
        match method {
            "header" => {
                self.with(|it| it.header(&argument(0).to_text(), &argument(1)));
            }
            "headers" => {
                if let Value::Object(fields) = argument(0) {
                    let fields = fields.borrow().clone();
                    for (name, value) in fields.iter() {
                        self.with(|it| it.header(name, value));
                    }
                }
            }
            "getHeader" => {
                let name = argument(0).to_text();
                let values = self.with(|it| it.headers.get(&name).map(|all| all.join(", ")));
                return Ok(values.flatten().map_or(Value::Undefined, Value::text));
            }
            "removeHeader" => {
                self.with(|it| it.headers.remove(&argument(0).to_text()));
            }
            "code" | "status" => self.set_code(machine, &argument(0))?,
            "send" => {
                self.with(|it| it.sent = true);
            }
            _ => return Err(machine.refused(span, method, Why::NotModelled)),
        }
        Ok(Value::Host(REPLY))
    }
}
