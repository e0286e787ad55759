//! `c`: the request and the response as hono's middleware sees them.

use super::world::Application;
use crate::formats::node::{headers_object, is_value};
use crate::javascript::{Host, Machine, Stop, Value};
use crate::{Answered, Asked, Span, Why};

pub(super) const CONTEXT: Host = Host { kind: "context", id: 0 };

pub(super) struct Exchange {
    pub(super) method: String,
    path: String,
    pub(super) headers_object: Value,
    /// Names in lower case, in the order of names: as the platform's `Headers` keeps them.
    headers: Vec<(String, String)>,
    pub(super) status: u16,
    pub(super) reached: bool,
    pub(super) dropped: bool,
    /// Whether some handler has answered.
    pub(super) finalized: bool,
}

impl Exchange {
    pub(super) fn new(asked: &Asked<'_>) -> Self {
        Self {
            method: asked.method.to_owned(),
            path: asked.path_only().to_owned(),
            headers_object: headers_object(asked),
            headers: Vec::new(),
            status: 404,
            reached: false,
            dropped: false,
            finalized: false,
        }
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        let name = name.to_lowercase();
        let value = value.trim_matches([' ', '\t', '\r', '\n']).to_owned();
        match self.headers.binary_search_by(|(other, _)| other.cmp(&name)) {
            Ok(at) => self.headers[at].1 = value,
            Err(at) => self.headers.insert(at, (name, value)),
        }
    }

    pub(super) fn append(&mut self, name: &str, value: &str) {
        let name = name.to_lowercase();
        match self.headers.binary_search_by(|(other, _)| other.cmp(&name)) {
            Ok(at) => {
                self.headers[at].1.push_str(", ");
                self.headers[at].1.push_str(value);
            }
            Err(at) => self.headers.insert(at, (name, value.to_owned())),
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn answered(&self) -> Answered {
        let mut answered =
            Answered { status: self.status, reached: self.reached, ..Answered::default() };
        for (name, value) in &self.headers {
            if name == "vary" {
                answered.vary.push(value.clone());
            } else if name.starts_with("access-control-") {
                answered.add(name.clone(), value.clone());
            }
        }
        answered
    }
}

/// Methods of `c` that have a model.
pub(super) fn has_method(name: &str) -> bool {
    matches!(
        name,
        "header"
            | "set"
            | "append"
            | "get"
            | "delete"
            | "text"
            | "json"
            | "html"
            | "body"
            | "status"
            | "notFound"
            | "newResponse"
    )
}

impl Application {
    pub(super) fn with<T>(&self, with: impl FnOnce(&mut Exchange) -> T) -> Option<T> {
        self.exchange.borrow_mut().as_mut().map(with)
    }

    /// `c.req.header(name)`.
    pub(super) fn request_header(&self, name: &str) -> Value {
        let name = name.to_lowercase();
        self.with(|it| it.headers_object.field(&name)).unwrap_or(Value::Undefined)
    }

    pub(super) fn set_header(
        &self,
        machine: &Machine<'_>,
        name: &str,
        value: &str,
    ) -> Result<(), Stop> {
        if !is_value(value) {
            return Err(machine.type_error("invalid header value"));
        }
        self.with(|it| it.set(name, value));
        Ok(())
    }

    pub(super) fn context_get(&self, host: Host, name: &str) -> Option<Value> {
        let part = |kind| Some(Value::Host(Host { kind, id: 0 }));
        match (host.kind, name) {
            ("context", "req") => part("req"),
            ("context", "res") => part("res"),
            ("res", "headers") => part("res-headers"),
            ("res", "status") => self.with(|it| Value::Number(f64::from(it.status))),
            ("req", "method") => self.with(|it| Value::text(&it.method)),
            ("req", "path" | "url") => self.with(|it| Value::text(&it.path)),
            ("req", "raw") => part("raw"),
            ("raw", "headers") => part("raw-headers"),
            ("raw", "method") => self.with(|it| Value::text(&it.method)),
            _ => None,
        }
    }

    pub(super) fn context_call(
        &self,
        machine: &Machine<'_>,
        host: Host,
        method: &str,
        arguments: &[Value],
        span: &Span,
    ) -> Result<Value, Stop> {
        let argument = |index: usize| arguments.get(index).cloned().unwrap_or(Value::Undefined);
        match (host.kind, method) {
            ("req", "header") if arguments.is_empty() => {
                return Ok(self.with(|it| it.headers_object.clone()).unwrap_or(Value::Undefined));
            }
            ("req", "header") => return Ok(self.request_header(&argument(0).to_text())),
            ("raw-headers", "get") => {
                let value = self.request_header(&argument(0).to_text());
                return Ok(if matches!(value, Value::Undefined) { Value::Null } else { value });
            }
            ("context", "header") => {
                let name = argument(0).to_text();
                match argument(1) {
                    Value::Undefined => {
                        self.with(|it| it.remove(&name));
                    }
                    value if argument(2).field("append").is_truthy() => {
                        self.with(|it| it.append(&name, &value.to_text()));
                    }
                    value => self.set_header(machine, &name, &value.to_text())?,
                }
            }
            ("res-headers", "set") => {
                self.set_header(machine, &argument(0).to_text(), &argument(1).to_text())?;
            }
            ("res-headers", "append") => {
                self.with(|it| it.append(&argument(0).to_text(), &argument(1).to_text()));
            }
            ("res-headers", "delete") => {
                self.with(|it| it.remove(&argument(0).to_text()));
            }
            ("res-headers", "get") => {
                let name = argument(0).to_text();
                let value = self.with(|it| it.get(&name).map(Value::text)).flatten();
                return Ok(value.unwrap_or(Value::Null));
            }
            ("context", "status") => {
                if let Value::Number(status) = argument(0) {
                    self.with(|it| it.status = status as u16);
                }
            }
            ("context", "text" | "json" | "html" | "body" | "newResponse") => {
                let status = match argument(1) {
                    Value::Number(status) => status as u16,
                    Value::Undefined => 200,
                    _ => {
                        return Err(machine.refused(
                            span,
                            "options of a response",
                            Why::NotModelled,
                        ));
                    }
                };
                if let Value::Object(fields) = argument(2) {
                    let fields = fields.borrow().clone();
                    for (name, value) in fields.iter() {
                        self.set_header(machine, name, &value.to_text())?;
                    }
                }
                return Ok(response(status));
            }
            ("context", "notFound") => return Ok(response(404)),
            _ => return Err(machine.refused(span, method, Why::NotModelled)),
        }
        Ok(Value::Undefined)
    }
}

/// A response that a handler may return: its status is all that counts.
pub(super) fn response(status: u16) -> Value {
    Value::Host(Host { kind: "response", id: usize::from(status) })
}
