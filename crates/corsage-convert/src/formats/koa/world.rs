//! What a koa application is to the module that makes it, and a request's way through it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::context::{self, CONTEXT, Exchange};
use crate::formats::node::{Server, behind_answer};
use crate::javascript::{Host, Machine, Stop, Value, World};
use crate::{Answered, Asked, Behind, BehindAnswer, Refused, Rejected, Span, Why};

pub(super) struct Application {
    environment: Option<BTreeMap<String, String>>,
    middleware: RefCell<Vec<(Value, Span)>>,
    pub(super) options: RefCell<Vec<Value>>,
    pub(super) exchange: RefCell<Option<Exchange>>,
}

/// Modules that add nothing to CORS and pass every request on.
const NEUTRAL_MODULES: &[&str] = &[
    "koa-bodyparser",
    "@koa/bodyparser",
    "koa-body",
    "koa-logger",
    "koa-helmet",
    "@koa/router",
    "koa-router",
    "koa-json",
    "koa-compress",
    "koa-session",
    "dotenv",
    "http",
];

impl Application {
    pub(super) fn new(environment: Option<BTreeMap<String, String>>) -> Self {
        Self {
            environment,
            middleware: RefCell::default(),
            options: RefCell::default(),
            exchange: RefCell::default(),
        }
    }

    fn mount(&self, machine: &Machine<'_>, middleware: Value, span: &Span) -> Result<(), Stop> {
        match &middleware {
            Value::Function(_) => {}
            Value::Host(host) if matches!(host.kind, "cors" | "neutral") => {}
            Value::Host(_) | Value::Builtin(_) => {
                return Err(machine.refused(span, "middleware of another module", Why::Elsewhere));
            }
            other => {
                let what = format!("{} as middleware", other.typeof_name());
                return Err(Stop::Rejected(Rejected { span: span.clone(), what }));
            }
        }
        self.middleware.borrow_mut().push((middleware, span.clone()));
        Ok(())
    }

    /// The rest of the chain, from one middleware on.
    pub(super) fn go_on(&self, machine: &mut Machine<'_>, at: usize) -> Result<Value, Stop> {
        let next = self.middleware.borrow().get(at).cloned();
        let Some((middleware, span)) = next else {
            return self.behind(machine).map(|()| Value::Undefined);
        };
        match &middleware {
            Value::Host(host) if host.kind == "cors" => {
                let options = self.options.borrow()[host.id].clone();
                self.cors(machine, &options, at, &span)?;
                Ok(Value::Undefined)
            }
            Value::Function(_) => {
                let arguments = vec![Value::Host(CONTEXT), Host::numbered("next", at + 1)];
                match machine.call(&middleware, Value::Undefined, arguments, &span)? {
                    Value::Promise(outcome) => match &*outcome {
                        Ok(value) => Ok(value.clone()),
                        Err(error) => Err(Stop::Threw(error.clone())),
                    },
                    value => Ok(value),
                }
            }
            _ => self.go_on(machine, at + 1),
        }
    }

    /// The routes of the application, after everything that the module has mounted.
    fn behind(&self, machine: &Machine<'_>) -> Result<(), Stop> {
        let Some((asked, behind)) = machine.answering else { return Ok(()) };
        let answer = behind_answer(asked, behind);
        let mut exchange = self.exchange.borrow_mut();
        let Some(exchange) = exchange.as_mut() else { return Ok(()) };
        match answer {
            BehindAnswer::NoRoute | BehindAnswer::NoMethod { .. } => {}
            BehindAnswer::Drops => {
                exchange.reached = true;
                exchange.dropped = true;
            }
            BehindAnswer::Raises => {
                exchange.reached = true;
                return Err(Stop::Threw(Value::error("raised")));
            }
            BehindAnswer::Responds(response) => {
                exchange.reached = true;
                exchange.status = response.status;
                exchange.headers.set_behind(&response);
            }
        }
        Ok(())
    }
}

impl Server for Application {
    fn serve(
        &self,
        machine: &mut Machine<'_>,
        asked: &Asked<'_>,
        _: &dyn Behind,
    ) -> Result<Answered, Stop> {
        *self.exchange.borrow_mut() = Some(Exchange::new(asked));
        let outcome = self.go_on(machine, 0);
        let exchange = self.exchange.borrow_mut().take();
        let Some(mut exchange) = exchange else { return Ok(Answered::default()) };
        match outcome {
            Ok(_) => {}
            // Every header goes, and those that the error brings come.
            Err(Stop::Threw(error)) => {
                exchange.headers.clear();
                exchange.status = 500;
                if let Value::Error(error) = &error
                    && let Some(Value::Object(fields)) = error.fields.borrow().get("headers")
                {
                    for (name, value) in fields.borrow().iter() {
                        exchange.headers.set(name, context::header_values(value));
                    }
                }
            }
            Err(other) => return Err(other),
        }
        if exchange.dropped {
            return Ok(Answered { reached: true, ..Answered::by_itself(0) });
        }
        Ok(exchange.headers.answered(exchange.status, exchange.reached))
    }

    fn values(&self) -> Vec<Value> {
        let mut values = self.options.borrow().clone();
        values.extend(self.middleware.borrow().iter().map(|(value, _)| value.clone()));
        values
    }

    fn paths(&self) -> Vec<String> {
        Vec::new()
    }

    fn forget(&self) {
        self.options.borrow_mut().clear();
        self.middleware.borrow_mut().clear();
    }
}

impl World for Application {
    fn global(&self, name: &str) -> Option<Value> {
        Some(match name {
            "app" => Host::only("app"),
            "cors" => Host::only("cors-module"),
            "Koa" => Host::only("Koa"),
            "Router" | "router" | "bodyParser" | "logger" | "helmet" => Host::only("neutral"),
            _ => return None,
        })
    }

    fn module(&self, module: &str, name: Option<&str>) -> Option<Value> {
        Some(match (module, name) {
            ("koa", None | Some("default")) => Host::only("Koa"),
            ("@koa/cors", None | Some("default")) => Host::only("cors-module"),
            _ if NEUTRAL_MODULES.contains(&module) => Host::only("neutral"),
            _ => return None,
        })
    }

    fn get(&self, host: Host, name: &str) -> Option<Value> {
        match (host.kind, name) {
            ("neutral", _) => Some(Host::only("neutral")),
            ("cors-module" | "Koa", "default") => Some(Value::Host(host)),
            _ => self.context_get(host, name),
        }
    }

    fn set(&self, host: Host, name: &str, value: Value) -> Option<()> {
        match host.kind {
            "neutral" | "app" => Some(()),
            _ => self.context_set(host, name, &value),
        }
    }

    fn call(
        &self,
        machine: &mut Machine<'_>,
        host: Host,
        method: Option<&str>,
        arguments: Vec<Value>,
        span: &Span,
    ) -> Result<Value, Stop> {
        match (host.kind, method) {
            ("cors-module", None | Some("default")) => {
                let mut options = self.options.borrow_mut();
                options.push(arguments.into_iter().next().unwrap_or(Value::Undefined));
                Ok(Host::numbered("cors", options.len() - 1))
            }
            ("app", Some("use")) => {
                let middleware = arguments.into_iter().next().unwrap_or(Value::Undefined);
                self.mount(machine, middleware, span)?;
                Ok(Value::Host(host))
            }
            ("app", Some("listen" | "callback" | "on")) | ("neutral", _) => {
                Ok(Host::only("neutral"))
            }
            ("next", None) => self.go_on(machine, host.id),
            ("context", Some(method)) => self.context_call(machine, method, &arguments, span),
            _ => Err(machine.refused(span, method.unwrap_or(host.kind), Why::NotModelled)),
        }
    }

    fn construct(&self, host: Host, _: Vec<Value>, span: &Span) -> Result<Value, Stop> {
        match host.kind {
            "Koa" => Ok(Host::only("app")),
            "neutral" => Ok(Host::only("neutral")),
            other => Err(Stop::Refused(Refused::new(span.clone(), other, Why::NotModelled))),
        }
    }

    fn has_method(&self, name: &str) -> bool {
        context::has_method(name)
    }

    fn environment(&self, name: &str) -> Option<Option<String>> {
        self.environment.as_ref().map(|all| all.get(name).cloned())
    }
}
