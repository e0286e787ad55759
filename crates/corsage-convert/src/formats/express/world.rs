//! What an express or NestJS application is to the module that makes it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::exchange::Exchange;
use super::paths::{Ends, Generation, PathPattern};
use crate::javascript::{Host, Machine, Stop, Value, World, unmodelled};
use crate::regexes::{Case, Flavour, Matcher, Reach};
use crate::{Rejected, Span, Why};

pub(super) const REQUEST: Host = Host { kind: "request", id: 0 };
pub(super) const RESPONSE: Host = Host { kind: "response", id: 0 };
pub(super) const NEXT: Host = Host { kind: "next", id: 0 };

/// Which framework the module is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framework {
    Express(Generation),
    Nestjs,
}

/// A middleware or a route, where it is mounted.
pub(super) struct Layer {
    pub(super) paths: Vec<PathPattern>,
    /// The methods of a route; `None` for what `use` mounts.
    pub(super) methods: Option<Vec<String>>,
    pub(super) handlers: Vec<Value>,
    pub(super) span: Span,
}

/// The application: what the module has made of it, and the request that is on its way.
pub(super) struct Application {
    pub(super) framework: Framework,
    environment: Option<BTreeMap<String, String>>,
    /// The application is the first, routers follow.
    pub(super) routers: RefCell<Vec<Vec<Layer>>>,
    /// `app.route(path)`: where the methods that follow are mounted.
    routes: RefCell<Vec<(usize, Vec<Value>)>>,
    /// The options of each `cors(options)`.
    pub(super) options: RefCell<Vec<Value>>,
    /// What callbacks were called with.
    callbacks: RefCell<Vec<Option<Vec<Value>>>>,
    pub(super) exchange: RefCell<Option<Exchange>>,
    /// Every path as it is written.
    pub(super) written_paths: RefCell<Vec<String>>,
    made: Cell<usize>,
    /// Whether the application's last layer stays its last.
    has_last_layer: Cell<bool>,
}

/// Modules that add nothing to CORS and pass every request on.
const NEUTRAL_MODULES: &[&str] = &[
    "helmet",
    "morgan",
    "cookie-parser",
    "body-parser",
    "compression",
    "express-session",
    "dotenv",
    "reflect-metadata",
    "express-async-errors",
];

/// Methods that mount a route.
const METHODS: &[&str] = &["get", "post", "put", "delete", "patch", "options", "head", "all"];

/// Methods of the application that say nothing about CORS.
const SETTINGS: &[&str] = &[
    "set",
    "enable",
    "disable",
    "engine",
    "listen",
    "useGlobalPipes",
    "useGlobalFilters",
    "useGlobalInterceptors",
    "useGlobalGuards",
    "setGlobalPrefix",
    "enableShutdownHooks",
    "useLogger",
    "enableVersioning",
    "setViewEngine",
    "useStaticAssets",
    "setBaseViewsDir",
    "init",
    "useBodyParser",
];

impl Application {
    pub(super) fn new(framework: Framework, environment: Option<BTreeMap<String, String>>) -> Self {
        Self {
            framework,
            environment,
            routers: RefCell::new(vec![Vec::new()]),
            routes: RefCell::default(),
            options: RefCell::default(),
            callbacks: RefCell::default(),
            exchange: RefCell::default(),
            written_paths: RefCell::default(),
            made: Cell::new(0),
            has_last_layer: Cell::new(false),
        }
    }

    fn generation(&self) -> Generation {
        match self.framework {
            Framework::Express(generation) => generation,
            Framework::Nestjs => Generation::Five,
        }
    }

    /// `express()` and `express.Router()`: the first application is the one that listens.
    fn router(&self, kind: &'static str) -> Value {
        if kind == "app" && self.made.replace(self.made.get() + 1) == 0 {
            return Host::only("app");
        }
        let mut routers = self.routers.borrow_mut();
        routers.push(Vec::new());
        Host::numbered("router", routers.len() - 1)
    }

    pub(super) fn enable_cors(&self, options: Value) -> Value {
        let mut all = self.options.borrow_mut();
        all.push(options);
        Host::numbered("cors", all.len() - 1)
    }

    /// `use`, `get` and so on.
    fn mount(
        &self,
        machine: &Machine<'_>,
        router: usize,
        method: Option<&str>,
        arguments: Vec<Value>,
        span: &Span,
    ) -> Result<(), Stop> {
        let mut arguments = arguments.into_iter().peekable();
        let mut paths = Vec::new();
        let first_is_path = match arguments.peek() {
            Some(Value::Text(_) | Value::Regex(_)) => true,
            Some(Value::Array(items)) => {
                matches!(items.borrow().first(), Some(Value::Text(_) | Value::Regex(_)))
            }
            _ => method.is_some(),
        };
        if first_is_path {
            match arguments.next() {
                Some(Value::Array(items)) => paths.extend(items.borrow().iter().cloned()),
                Some(path) => paths.push(path),
                None => {}
            }
        }
        self.mount_at(machine, router, method, &paths, arguments.collect(), span)
    }

    fn mount_at(
        &self,
        machine: &Machine<'_>,
        router: usize,
        method: Option<&str>,
        paths: &[Value],
        arguments: Vec<Value>,
        span: &Span,
    ) -> Result<(), Stop> {
        let ends = if method.is_some() { Ends::Here } else { Ends::Anywhere };
        let mut patterns = Vec::new();
        for path in paths {
            patterns.push(self.path(machine, path, ends, span)?);
        }
        if patterns.is_empty() {
            patterns.push(PathPattern::All);
        }
        let mut handlers = Vec::new();
        for argument in arguments {
            flatten(argument, &mut handlers, 0);
        }
        for handler in &handlers {
            match handler {
                Value::Function(_) => {}
                Value::Host(host)
                    if matches!(host.kind, "cors" | "handler" | "neutral" | "router" | "app") => {}
                Value::Host(_) | Value::Builtin(_) => {
                    return Err(machine.refused(
                        span,
                        "middleware of another module",
                        Why::Elsewhere,
                    ));
                }
                other => {
                    return Err(Stop::Rejected(Rejected {
                        span: span.clone(),
                        what: format!("{} as a handler", other.typeof_name()),
                    }));
                }
            }
        }
        if handlers.is_empty() {
            return Err(Stop::Rejected(Rejected { span: span.clone(), what: "no handler".into() }));
        }
        let layer = Layer {
            paths: patterns,
            methods: method.map(|method| vec![method.to_ascii_uppercase()]),
            handlers,
            span: span.clone(),
        };
        let mut routers = self.routers.borrow_mut();
        let layers = &mut routers[router];
        // What NestJS was created with is mounted when it starts, after everything else.
        let end = layers.len() - usize::from(router == 0 && self.has_last_layer.get());
        layers.insert(end, layer);
        Ok(())
    }

    fn path(
        &self,
        machine: &Machine<'_>,
        path: &Value,
        ends: Ends,
        span: &Span,
    ) -> Result<PathPattern, Stop> {
        match path {
            Value::Text(text) => {
                self.written_paths.borrow_mut().push(text.to_string());
                PathPattern::new(text, ends, self.generation()).ok_or_else(|| {
                    Stop::Rejected(Rejected { span: span.clone(), what: format!("path {text}") })
                })
            }
            Value::Regex(regex) => {
                let case =
                    if regex.flags.contains('i') { Case::Insensitive } else { Case::Sensitive };
                let matcher = Matcher::new(&regex.pattern, Flavour::JavaScript, Reach::Part, case);
                match matcher {
                    Ok(matcher) => Ok(PathPattern::Expression { matcher, ends }),
                    Err(_) => Err(machine.refused(span, &*path.to_text(), Why::NotRegular)),
                }
            }
            _ => Err(machine.refused(span, "a path", Why::NotModelled)),
        }
    }

    /// Calls a function whose last argument is a callback; what that was called with, if it was.
    pub(super) fn call_back(
        &self,
        machine: &mut Machine<'_>,
        function: &Value,
        mut arguments: Vec<Value>,
        span: &Span,
    ) -> Result<Option<Vec<Value>>, Stop> {
        let id = {
            let mut callbacks = self.callbacks.borrow_mut();
            callbacks.push(None);
            callbacks.len() - 1
        };
        arguments.push(Host::numbered("callback", id));
        machine.call(function, Value::Undefined, arguments, span)?;
        Ok(self.callbacks.borrow_mut()[id].take())
    }

    pub(super) fn forget_calls(&self) {
        self.callbacks.borrow_mut().clear();
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
            "use" => self.mount(machine, host.id, None, arguments, span)?,
            "enableCors" => {
                let options = arguments.into_iter().next().unwrap_or(Value::Undefined);
                let cors = self.enable_cors(options);
                self.mount_at(machine, host.id, None, &[], vec![cors], span)?;
            }
            "route" => {
                let mut routes = self.routes.borrow_mut();
                routes.push((host.id, arguments));
                return Ok(Host::numbered("route", routes.len() - 1));
            }
            "get" if arguments.len() == 1 && matches!(arguments[0], Value::Text(_)) => {
                return Err(machine.refused(span, "a setting of the application", Why::Computed));
            }
            // Nest's own: something of a module that has no model.
            "get" if self.framework == Framework::Nestjs && arguments.len() == 1 => {
                return Ok(Value::Host(unmodelled()));
            }
            _ if METHODS.contains(&method) => {
                self.mount(machine, host.id, Some(method), arguments, span)?;
            }
            _ if SETTINGS.contains(&method) => {}
            _ => return Err(machine.refused(span, method, Why::NotModelled)),
        }
        Ok(Value::Host(host))
    }

    fn nest_create(
        &self,
        machine: &mut Machine<'_>,
        arguments: &[Value],
        span: &Span,
    ) -> Result<Value, Stop> {
        if arguments.iter().skip(1).any(|argument| matches!(argument, Value::Host(_))) {
            return Err(machine.refused(span, "another adapter", Why::NotModelled));
        }
        let cors = arguments.get(1).map_or(Value::Undefined, |options| options.field("cors"));
        if cors.is_truthy() {
            let is_options =
                matches!(cors, Value::Object(_) | Value::Array(_) | Value::Function(_));
            let options = if is_options { cors } else { Value::Undefined };
            let middleware = self.enable_cors(options);
            self.mount_at(machine, 0, None, &[], vec![middleware], span)?;
            self.has_last_layer.set(true);
        }
        Ok(Host::only("app"))
    }
}

/// Lists of handlers are taken apart, however deep.
fn flatten(value: Value, into: &mut Vec<Value>, depth: usize) {
    match value {
        Value::Array(items) if depth < 20 => {
            items.borrow().iter().for_each(|item| flatten(item.clone(), into, depth + 1));
        }
        other => into.push(other),
    }
}

impl World for Application {
    fn global(&self, name: &str) -> Option<Value> {
        let express = matches!(self.framework, Framework::Express(_));
        Some(match name {
            "app" | "server" if express => Host::only("app"),
            "express" if express => Host::only("express"),
            "cors" if express => Host::only("cors-module"),
            "handler" => Host::only("handler"),
            "NestFactory" if !express => Host::only("NestFactory"),
            "AppModule" if !express => Host::only("neutral"),
            "helmet" | "morgan" | "cookieParser" | "bodyParser" | "compression" => {
                Host::only("neutral")
            }
            _ => return None,
        })
    }

    fn module(&self, module: &str, name: Option<&str>) -> Option<Value> {
        let module = module.strip_prefix("node:").unwrap_or(module);
        Some(match (module, name) {
            ("express", None | Some("default")) => Host::only("express"),
            ("express", Some("Router")) => Host::only("Router"),
            ("express", Some("json" | "urlencoded" | "text" | "raw" | "static")) => {
                Host::only("neutral")
            }
            ("cors", None | Some("default")) => Host::only("cors-module"),
            ("@nestjs/core", None) => Value::object([("NestFactory", Host::only("NestFactory"))]),
            ("@nestjs/core", Some("NestFactory")) => Host::only("NestFactory"),
            ("http" | "https" | "path" | "fs", _) => Host::only("neutral"),
            // What Nest is assembled from: modules, pipes, documentation.
            _ if self.framework == Framework::Nestjs && module.starts_with("@nestjs/") => {
                Host::only("neutral")
            }
            _ if self.framework == Framework::Nestjs && name == Some("AppModule") => {
                Host::only("neutral")
            }
            _ if NEUTRAL_MODULES.contains(&module) => Host::only("neutral"),
            _ => return None,
        })
    }

    fn get(&self, host: Host, name: &str) -> Option<Value> {
        match host.kind {
            "express" => Some(match name {
                "Router" => Host::only("Router"),
                "default" => Host::only("express"),
                _ => Host::only("neutral"),
            }),
            "cors-module" if name == "default" => Some(Host::only("cors-module")),
            "neutral" => Some(Host::only("neutral")),
            _ => self.exchange_get(host, name),
        }
    }

    fn set(&self, host: Host, name: &str, value: Value) -> Option<()> {
        match (host.kind, name) {
            ("response", "statusCode") => self.set_status(&value),
            ("neutral", _) => Some(()),
            _ => None,
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
            ("express", None | Some("default")) => Ok(self.router("app")),
            ("express", Some("Router")) | ("Router", None) => Ok(self.router("router")),
            ("express", Some(_)) => Ok(Host::only("neutral")),
            ("cors-module", None | Some("default")) => {
                Ok(self.enable_cors(arguments.into_iter().next().unwrap_or(Value::Undefined)))
            }
            ("app" | "router", Some(method)) => {
                self.app_method(machine, host, method, arguments, span)
            }
            ("route", Some(method)) if METHODS.contains(&method) => {
                let (router, paths) = self.routes.borrow()[host.id].clone();
                self.mount_at(machine, router, Some(method), &paths, arguments, span)?;
                Ok(Value::Host(host))
            }
            ("NestFactory", Some("create")) => self.nest_create(machine, &arguments, span),
            ("neutral", _) => Ok(Host::only("neutral")),
            ("callback", None) => {
                let mut callbacks = self.callbacks.borrow_mut();
                // The first call decides.
                callbacks[host.id].get_or_insert(arguments);
                Ok(Value::Undefined)
            }
            // A middleware that is called by another: `cors(options)(req, res, next)`.
            ("cors", None) => self.nested(machine, host, &arguments, span),
            ("request" | "response" | "next", _) => {
                self.exchange_call(machine, host, method, &arguments, span)
            }
            _ => Err(machine.refused(span, method.unwrap_or(host.kind), Why::NotModelled)),
        }
    }

    fn construct(&self, host: Host, _: Vec<Value>, span: &Span) -> Result<Value, Stop> {
        match host.kind {
            "Router" => Ok(self.router("router")),
            "neutral" => Ok(Host::only("neutral")),
            other => Err(Stop::Refused(crate::Refused::new(span.clone(), other, Why::NotModelled))),
        }
    }

    fn has_method(&self, name: &str) -> bool {
        super::talk::has_method(name)
    }

    fn environment(&self, name: &str) -> Option<Option<String>> {
        self.environment.as_ref().map(|all| all.get(name).cloned())
    }
}
