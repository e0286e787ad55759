//! What a hono application is to the module that makes it, and a request's way through it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::context::{self, CONTEXT, Exchange, response};
use super::cors::{Prepared, awaited};
use super::paths::{merged, path_matcher};
use crate::formats::node::{Server, behind_answer};
use crate::javascript::{Host, Machine, Stop, Value, World};
use crate::regexes::Matcher;
use crate::{Answered, Asked, Behind, BehindAnswer, Rejected, Span, Why};

pub(super) struct Application {
    environment: Option<BTreeMap<String, String>>,
    /// The application first, then those that are mounted into it.
    apps: RefCell<Vec<App>>,
    prepared: RefCell<Vec<Rc<Prepared>>>,
    made: Cell<usize>,
    pub(super) exchange: RefCell<Option<Exchange>>,
    /// What takes the request that is on its way.
    chain: RefCell<Vec<(Value, Span)>>,
}

#[derive(Default)]
struct App {
    base: String,
    routes: Vec<Route>,
}

#[derive(Clone)]
struct Route {
    /// `None`: every method.
    method: Option<String>,
    path: String,
    matcher: Matcher,
    handler: Value,
    span: Span,
}

/// Modules that add nothing to CORS and pass every request on.
const NEUTRAL_MODULES: &[&str] = &[
    "hono/logger",
    "hono/pretty-json",
    "hono/secure-headers",
    "hono/etag",
    "hono/request-id",
    "hono/timing",
    "hono/powered-by",
    "@hono/node-server",
    "@hono/swagger-ui",
    "dotenv",
];

const METHODS: &[&str] = &["get", "post", "put", "delete", "patch", "options", "head"];

impl Application {
    pub(super) fn new(environment: Option<BTreeMap<String, String>>) -> Self {
        Self {
            environment,
            apps: RefCell::new(vec![App::default()]),
            prepared: RefCell::default(),
            made: Cell::new(0),
            exchange: RefCell::default(),
            chain: RefCell::default(),
        }
    }

    /// `new Hono()`: the first is the one that listens.
    fn app(&self) -> Value {
        if self.made.replace(self.made.get() + 1) == 0 {
            return Host::only("app");
        }
        let mut apps = self.apps.borrow_mut();
        apps.push(App::default());
        Host::numbered("app", apps.len() - 1)
    }

    fn mount(
        &self,
        machine: &Machine<'_>,
        app: usize,
        method: Option<&str>,
        arguments: Vec<Value>,
        span: &Span,
    ) -> Result<(), Stop> {
        let mut arguments = arguments.into_iter().peekable();
        let paths: Vec<String> = match arguments.peek() {
            Some(Value::Text(path)) => vec![path.to_string()],
            Some(Value::Array(items)) => {
                items.borrow().iter().map(|path| path.to_text().to_string()).collect()
            }
            _ => Vec::new(),
        };
        let paths = if paths.is_empty() {
            vec!["*".to_owned()]
        } else {
            arguments.next();
            paths
        };
        let handlers: Vec<Value> = arguments.collect();
        for path in paths {
            for handler in &handlers {
                let is_modelled = match handler {
                    Value::Function(_) => true,
                    Value::Host(host) => matches!(host.kind, "cors" | "handler" | "neutral"),
                    _ => false,
                };
                if !is_modelled {
                    return Err(machine.refused(
                        span,
                        "middleware of another module",
                        Why::Elsewhere,
                    ));
                }
                self.add(machine, app, method, &path, handler.clone(), span)?;
            }
        }
        Ok(())
    }

    fn add(
        &self,
        machine: &Machine<'_>,
        app: usize,
        method: Option<&str>,
        path: &str,
        handler: Value,
        span: &Span,
    ) -> Result<(), Stop> {
        let base = self.apps.borrow()[app].base.clone();
        let path = merged(&base, path);
        let path = if path == "/*" { "*".to_owned() } else { path };
        let Some(matcher) = path_matcher(&path) else {
            return Err(machine.refused(span, format!("path {path}"), Why::NotModelled));
        };
        let method = method.map(str::to_uppercase);
        let route = Route { method, path, matcher, handler, span: span.clone() };
        self.apps.borrow_mut()[app].routes.push(route);
        Ok(())
    }

    fn app_method(
        &self,
        machine: &mut Machine<'_>,
        host: Host,
        method: &str,
        arguments: Vec<Value>,
        span: &Span,
    ) -> Result<Value, Stop> {
        match method {
            "use" | "all" => self.mount(machine, host.id, None, arguments, span)?,
            "route" => {
                let path = arguments.first().map(Value::to_text).unwrap_or_default();
                let Some(Value::Host(inner)) = arguments
                    .get(1)
                    .filter(|inner| matches!(inner, Value::Host(host) if host.kind == "app"))
                else {
                    return Err(machine.refused(
                        span,
                        "an application of elsewhere",
                        Why::Elsewhere,
                    ));
                };
                let routes = self.apps.borrow()[inner.id].routes.clone();
                for route in routes {
                    let method = route.method.as_deref();
                    let path = merged(&path, &route.path);
                    self.add(machine, host.id, method, &path, route.handler, &route.span)?;
                }
            }
            "basePath" => {
                let path = arguments.first().map(Value::to_text).unwrap_or_default();
                let mut apps = self.apps.borrow_mut();
                let base = merged(&apps[host.id].base, &path);
                // The same routes, from another path on.
                if host.id == 0 && apps.len() == 1 && apps[0].routes.is_empty() {
                    apps[0].base = base;
                } else {
                    return Err(machine.refused(span, method, Why::NotModelled));
                }
            }
            "fire" | "showRoutes" | "fetch" => {}
            _ if METHODS.contains(&method) => {
                self.mount(machine, host.id, Some(method), arguments, span)?;
            }
            _ => return Err(machine.refused(span, method, Why::NotModelled)),
        }
        Ok(Value::Host(host))
    }

    /// The rest of the chain. An error that a part of it throws is answered there, and those before it go on.
    pub(super) fn go_on(&self, machine: &mut Machine<'_>, at: usize) -> Result<(), Stop> {
        match self.part(machine, at) {
            Err(Stop::Threw(_)) => {
                self.with(|it| (it.status, it.finalized) = (500, true));
                Ok(())
            }
            other => other,
        }
    }

    fn part(&self, machine: &mut Machine<'_>, at: usize) -> Result<(), Stop> {
        let next = self.chain.borrow().get(at).cloned();
        let Some((handler, span)) = next else { return self.behind(machine, Found::No) };
        let status = match &handler {
            Value::Host(host) if host.kind == "cors" => {
                let prepared = self.prepared.borrow()[host.id].clone();
                self.cors(machine, &prepared, at, &span)?
            }
            Value::Host(host) if host.kind == "handler" => {
                return self.behind(machine, Found::Yes);
            }
            Value::Function(_) => {
                let arguments = vec![Value::Host(CONTEXT), Host::numbered("next", at + 1)];
                let result = machine.call(&handler, Value::Undefined, arguments, &span)?;
                match awaited(result)? {
                    Value::Host(Host { kind: "response", id }) => Some(id as u16),
                    _ => None,
                }
            }
            _ => return self.go_on(machine, at + 1),
        };
        if let Some(status) = status {
            self.with(|it| (it.status, it.finalized) = (status, true));
        }
        Ok(())
    }

    fn behind(&self, machine: &Machine<'_>, found: Found) -> Result<(), Stop> {
        let Some((asked, behind)) = machine.answering else { return Ok(()) };
        let answer = behind_answer(asked, behind);
        self.with(|it| {
            it.finalized = true;
            match answer {
                BehindAnswer::NoRoute | BehindAnswer::NoMethod { .. } if found == Found::Yes => {
                    (it.status, it.reached) = (200, true);
                }
                BehindAnswer::NoRoute | BehindAnswer::NoMethod { .. } => it.status = 404,
                BehindAnswer::Raises => (it.status, it.reached) = (500, true),
                BehindAnswer::Drops => (it.dropped, it.reached) = (true, true),
                BehindAnswer::Responds(response) => {
                    (it.status, it.reached) = (response.status, true);
                    for (name, value) in &response.cors {
                        it.set(name, value);
                    }
                    if !response.vary.is_empty() {
                        it.set("vary", &response.vary.join(", "));
                    }
                }
            }
        });
        Ok(())
    }
}

/// Whether the module itself has a route for the request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Yes,
    No,
}

impl Server for Application {
    fn serve(
        &self,
        machine: &mut Machine<'_>,
        asked: &Asked<'_>,
        _: &dyn Behind,
    ) -> Result<Answered, Stop> {
        *self.exchange.borrow_mut() = Some(Exchange::new(asked));
        let path = asked.path_only();
        let chain = {
            let apps = self.apps.borrow();
            let takes = |route: &&Route| {
                // HEAD is answered as GET is.
                let method = if asked.method == "HEAD" { "GET" } else { asked.method };
                route.method.as_deref().is_none_or(|one| one == method)
                    && route.matcher.is_match(path)
            };
            apps[0]
                .routes
                .iter()
                .filter(takes)
                .map(|it| (it.handler.clone(), it.span.clone()))
                .collect()
        };
        *self.chain.borrow_mut() = chain;
        self.go_on(machine, 0)?;
        let exchange = self.exchange.borrow_mut().take();
        Ok(exchange.map_or_else(Answered::default, |mut it| {
            if it.dropped {
                return Answered { reached: true, ..Answered::by_itself(0) };
            }
            // Nobody answered, and nobody went on: an error of the application.
            if !it.finalized {
                it.status = 500;
            }
            it.answered()
        }))
    }

    fn values(&self) -> Vec<Value> {
        let mut values: Vec<Value> =
            self.prepared.borrow().iter().map(|it| it.options.clone()).collect();
        let apps = self.apps.borrow();
        values.extend(apps.iter().flat_map(|app| &app.routes).map(|it| it.handler.clone()));
        values
    }

    fn paths(&self) -> Vec<String> {
        let apps = self.apps.borrow();
        apps[0]
            .routes
            .iter()
            .map(|route| route.path.trim_end_matches("/*").to_owned())
            .filter(|path| path.starts_with('/'))
            .collect()
    }

    fn forget(&self) {
        self.apps.borrow_mut().clear();
        self.prepared.borrow_mut().clear();
        self.chain.borrow_mut().clear();
    }
}

impl World for Application {
    fn global(&self, name: &str) -> Option<Value> {
        Some(match name {
            "app" => Host::only("app"),
            "cors" => Host::only("cors-module"),
            "Hono" => Host::only("Hono"),
            "handler" => Host::only("handler"),
            "logger" | "prettyJSON" | "secureHeaders" => Host::only("neutral"),
            _ => return None,
        })
    }

    fn module(&self, module: &str, name: Option<&str>) -> Option<Value> {
        Some(match (module, name) {
            ("hono", None) => Value::object([("Hono", Host::only("Hono"))]),
            ("hono" | "hono/tiny" | "hono/quick", Some("Hono")) => Host::only("Hono"),
            ("hono/cors", None) => Value::object([("cors", Host::only("cors-module"))]),
            ("hono/cors", Some("cors")) => Host::only("cors-module"),
            _ if NEUTRAL_MODULES.contains(&module) => Host::only("neutral"),
            _ => return None,
        })
    }

    fn get(&self, host: Host, name: &str) -> Option<Value> {
        match (host.kind, name) {
            ("neutral", _) => Some(Host::only("neutral")),
            ("app", "fetch") => Some(Host::only("neutral")),
            _ => self.context_get(host, name),
        }
    }

    fn set(&self, host: Host, _: &str, _: Value) -> Option<()> {
        (host.kind == "neutral").then_some(())
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
            ("cors-module", None) => {
                let options = arguments.into_iter().next().unwrap_or(Value::Undefined);
                let prepared = Prepared::new(machine, options)?;
                let mut all = self.prepared.borrow_mut();
                all.push(Rc::new(prepared));
                Ok(Host::numbered("cors", all.len() - 1))
            }
            ("app", Some(method)) => self.app_method(machine, host, method, arguments, span),
            ("neutral", _) => Ok(Host::only("neutral")),
            ("next", None) => self.go_on(machine, host.id).map(|()| Value::Undefined),
            // `cors(options)(c, next)` inside other middleware.
            ("cors", None) => {
                let Some(Value::Host(Host { kind: "next", id })) = arguments.get(1) else {
                    return Err(machine.refused(span, "a chain of its own", Why::NotModelled));
                };
                let prepared = self.prepared.borrow()[host.id].clone();
                let status = self.cors(machine, &prepared, id.saturating_sub(1), span)?;
                Ok(status.map_or(Value::Undefined, response))
            }
            (_, Some(method)) => self.context_call(machine, host, method, &arguments, span),
            _ => Err(machine.refused(span, host.kind, Why::NotModelled)),
        }
    }

    fn construct(&self, host: Host, arguments: Vec<Value>, span: &Span) -> Result<Value, Stop> {
        match host.kind {
            "Hono" if arguments.is_empty() => Ok(self.app()),
            "neutral" => Ok(Host::only("neutral")),
            other => Err(Stop::Rejected(Rejected { span: span.clone(), what: other.into() })),
        }
    }

    fn has_method(&self, name: &str) -> bool {
        context::has_method(name)
    }

    fn environment(&self, name: &str) -> Option<Option<String>> {
        self.environment.as_ref().map(|all| all.get(name).cloned())
    }
}
