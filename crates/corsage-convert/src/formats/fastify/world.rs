//! What a fastify application is to the module that makes it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::exchange::{self, Exchange};
use super::instance::{Handles, Hook, HookKind, Instance, Options, Route, Stage, path_matcher};
use crate::javascript::{Host, Machine, Stop, Value, World};
use crate::{Refused, Rejected, Span, Why};

/// The application itself.
pub(super) const INSTANCE: Host = Host { kind: "instance", id: 0 };

pub(super) struct Application {
    environment: Option<BTreeMap<String, String>>,
    /// The application first, then one for each plugin.
    pub(super) instances: RefCell<Vec<Instance>>,
    /// Plugins that are registered and not loaded yet, in order.
    waiting: RefCell<Vec<Waiting>>,
    pub(super) routes: RefCell<Vec<Route>>,
    pub(super) route_options: RefCell<Vec<Value>>,
    pub(super) callbacks: RefCell<Vec<Option<Vec<Value>>>>,
    pub(super) exchange: RefCell<Option<Exchange>>,
    loading: Cell<bool>,
}

struct Waiting {
    instance: usize,
    plugin: Value,
    options: Value,
    span: Span,
}

/// Plugins that add nothing to CORS and pass every request on.
const NEUTRAL_MODULES: &[&str] = &[
    "@fastify/helmet",
    "@fastify/sensible",
    "@fastify/cookie",
    "@fastify/jwt",
    "@fastify/swagger",
    "@fastify/swagger-ui",
    "@fastify/formbody",
    "@fastify/multipart",
    "@fastify/websocket",
    "@fastify/env",
    "@fastify/session",
    "@fastify/postgres",
    "@fastify/autoload",
    "dotenv",
    "fastify-plugin",
    "pino",
    "path",
    "url",
    "http",
];

const METHODS: &[&str] = &["get", "post", "put", "delete", "patch", "head", "options"];

/// Methods of an instance that say nothing about CORS.
const SETTINGS: &[&str] = &[
    "listen",
    "ready",
    "decorate",
    "decorateRequest",
    "decorateReply",
    "addSchema",
    "after",
    "addContentTypeParser",
    "setValidatorCompiler",
    "setSerializerCompiler",
    "close",
    "inject",
    "withTypeProvider",
];

impl Application {
    pub(super) fn new(environment: Option<BTreeMap<String, String>>) -> Self {
        Self {
            environment,
            instances: RefCell::new(vec![Instance::default()]),
            waiting: RefCell::default(),
            routes: RefCell::default(),
            route_options: RefCell::default(),
            callbacks: RefCell::default(),
            exchange: RefCell::default(),
            loading: Cell::new(false),
        }
    }

    pub(super) fn new_callback(&self) -> usize {
        let mut callbacks = self.callbacks.borrow_mut();
        callbacks.push(None);
        callbacks.len() - 1
    }

    /// Calls a function that takes a callback last, or returns a promise for it.
    pub(super) fn call_back(
        &self,
        machine: &mut Machine<'_>,
        function: &Value,
        this: Value,
        mut arguments: Vec<Value>,
        span: &Span,
    ) -> Result<Option<Vec<Value>>, Stop> {
        let id = self.new_callback();
        arguments.push(Host::numbered("callback", id));
        let result = machine.call(function, this, arguments, span)?;
        if let Some(given) = self.callbacks.borrow_mut()[id].take() {
            return Ok(Some(given));
        }
        let Value::Promise(outcome) = result else { return Ok(None) };
        Ok(Some(match &*outcome {
            Ok(value) => vec![Value::Null, value.clone()],
            Err(error) => vec![error.clone()],
        }))
    }

    /// Loads what is registered, and what that registers in turn.
    pub(super) fn load_plugins(&self, machine: &mut Machine<'_>) -> Result<(), Stop> {
        if self.loading.replace(true) {
            return Ok(());
        }
        let outcome = self.load_all(machine);
        self.loading.set(false);
        outcome
    }

    fn load_all(&self, machine: &mut Machine<'_>) -> Result<(), Stop> {
        loop {
            let mut waiting = std::mem::take(&mut *self.waiting.borrow_mut());
            if waiting.is_empty() {
                return Ok(());
            }
            let next = waiting.remove(0);
            self.load(machine, next)?;
            // What a plugin registers is loaded before what stands after it.
            let mut all = self.waiting.borrow_mut();
            all.append(&mut waiting);
        }
    }

    fn load(&self, machine: &mut Machine<'_>, next: Waiting) -> Result<(), Stop> {
        let Waiting { instance, plugin, options, span } = next;
        let plugin = match plugin {
            Value::Promise(outcome) => outcome.as_ref().clone().unwrap_or(Value::Undefined),
            other => other,
        };
        match &plugin {
            Value::Host(host) if host.kind == "neutral" => Ok(()),
            Value::Host(host) if host.kind == "cors" => {
                let options = if options.is_callable() {
                    let host = Value::Host(Host { kind: "instance", id: instance });
                    machine.call(&options, Value::Undefined, vec![host], &span)?
                } else {
                    options
                };
                self.add_cors(machine, instance, options, &span)
            }
            Value::Function(_) => {
                let child = {
                    let mut instances = self.instances.borrow_mut();
                    let parent = &instances[instance];
                    let own = match options.field("prefix") {
                        Value::Text(prefix) => prefix.to_string(),
                        _ => String::new(),
                    };
                    let child = Instance {
                        prefix: format!("{}{own}", parent.prefix),
                        hooks: parent.hooks.clone(),
                        has_cors: parent.has_cors,
                    };
                    instances.push(child);
                    instances.len() - 1
                };
                let id = self.new_callback();
                let arguments = vec![
                    Value::Host(Host { kind: "instance", id: child }),
                    if options.is_nullish() { Value::object([]) } else { options },
                    Host::numbered("callback", id),
                ];
                match machine.call(&plugin, Value::Undefined, arguments, &span)? {
                    Value::Promise(outcome) => match &*outcome {
                        Ok(_) => Ok(()),
                        Err(error) => Err(Stop::Threw(error.clone())),
                    },
                    _ => Ok(()),
                }
            }
            Value::Host(_) | Value::Builtin(_) => {
                Err(machine.refused(&span, "a plugin of another module", Why::Elsewhere))
            }
            _ => {
                Err(Stop::Rejected(Rejected { span, what: "a plugin that is no function".into() }))
            }
        }
    }

    /// Registers `@fastify/cors`: a hook, and a route for every preflight.
    fn add_cors(
        &self,
        machine: &Machine<'_>,
        instance: usize,
        options: Value,
        span: &Span,
    ) -> Result<(), Stop> {
        let rejected =
            |what: &str| Stop::Rejected(Rejected { span: span.clone(), what: what.into() });
        if std::mem::replace(&mut self.instances.borrow_mut()[instance].has_cors, true) {
            return Err(rejected("@fastify/cors a second time"));
        }
        let delegator = options.field("delegator");
        let stage = match options.field("hook") {
            // Given as undefined, it is not the default.
            Value::Undefined if !has_field(&options, "hook") || delegator.is_truthy() => {
                Stage::OnRequest
            }
            Value::Text(name) if &*name == "preSerialization" => {
                return Err(machine.refused(span, "hook preSerialization", Why::NotModelled));
            }
            other => Stage::from_name(&other.to_text())
                .ok_or_else(|| rejected("invalid hook option provided"))?,
        };
        let options = if options.is_callable() {
            Options::Delegated(options)
        } else if delegator.is_truthy() {
            if !delegator.is_callable() {
                return Err(machine.refused(span, "delegator", Why::NotModelled));
            }
            Options::Delegated(delegator)
        } else {
            Options::Fixed(options)
        };
        let hook = Hook { stage, kind: HookKind::Cors(options), span: span.clone() };
        self.instances.borrow_mut()[instance].hooks.push(hook);
        self.add_route(
            machine,
            instance,
            vec!["OPTIONS".into()],
            "*",
            Value::Undefined,
            Handles::Preflight,
            span,
        )
    }

    #[allow(clippy::too_many_arguments, reason = "a route has so many parts")]
    fn add_route(
        &self,
        machine: &Machine<'_>,
        instance: usize,
        methods: Vec<String>,
        path: &str,
        cors: Value,
        handles: Handles,
        span: &Span,
    ) -> Result<(), Stop> {
        let prefix = self.instances.borrow()[instance].prefix.clone();
        let path = match (prefix.as_str(), path) {
            ("", "*") => "*".to_owned(),
            (prefix, "*") => format!("{prefix}/*"),
            (prefix, "/") if !prefix.is_empty() => prefix.to_owned(),
            (prefix, path) => format!("{prefix}{path}"),
        };
        let Some(matcher) = path_matcher(&path) else {
            return Err(machine.refused(span, format!("path {path}"), Why::NotModelled));
        };
        let taken = self.routes.borrow().iter().any(|other| {
            other.path == path && other.methods.iter().any(|method| methods.contains(method))
        });
        if taken {
            let what = format!("a second route for {path}");
            return Err(Stop::Rejected(Rejected { span: span.clone(), what }));
        }
        self.route_options.borrow_mut().push(cors.clone());
        self.routes.borrow_mut().push(Route { instance, methods, path, matcher, cors, handles });
        Ok(())
    }

    fn instance_method(
        &self,
        machine: &mut Machine<'_>,
        host: Host,
        method: &str,
        arguments: &[Value],
        span: &Span,
    ) -> Result<Value, Stop> {
        let argument = |index: usize| arguments.get(index).cloned().unwrap_or(Value::Undefined);
        match method {
            "register" => {
                self.waiting.borrow_mut().push(Waiting {
                    instance: host.id,
                    plugin: argument(0),
                    options: argument(1),
                    span: span.clone(),
                });
                // `await` waits until it is loaded; without it the difference seldom shows.
                self.load_plugins(machine)?;
            }
            "addHook" => {
                let name = argument(0).to_text();
                let Some(stage) = Stage::from_name(&name) else {
                    return Err(machine.refused(span, format!("hook {name}"), Why::NotModelled));
                };
                if !matches!(argument(1), Value::Function(_)) {
                    return Err(machine.refused(span, "a hook of another module", Why::Elsewhere));
                }
                let kind = HookKind::Function(argument(1));
                let hook = Hook { stage, kind, span: span.clone() };
                self.instances.borrow_mut()[host.id].hooks.push(hook);
            }
            "route" => {
                let options = argument(0);
                let methods = match options.field("method") {
                    Value::Array(items) => {
                        items.borrow().iter().map(|one| one.to_text().to_uppercase()).collect()
                    }
                    one => vec![one.to_text().to_uppercase()],
                };
                let path = match options.field("url") {
                    Value::Undefined => options.field("path"),
                    url => url,
                };
                self.user_route(machine, host.id, methods, &path, &options, span)?;
            }
            "all" => {
                let methods = METHODS.iter().map(|method| method.to_uppercase()).collect();
                self.user_route(machine, host.id, methods, &argument(0), &argument(1), span)?;
            }
            _ if METHODS.contains(&method) => {
                let methods = vec![method.to_uppercase()];
                self.user_route(machine, host.id, methods, &argument(0), &argument(1), span)?;
            }
            _ if SETTINGS.contains(&method) => {}
            _ => return Err(machine.refused(span, method, Why::NotModelled)),
        }
        Ok(Value::Host(host))
    }

    fn user_route(
        &self,
        machine: &Machine<'_>,
        instance: usize,
        methods: Vec<String>,
        path: &Value,
        options: &Value,
        span: &Span,
    ) -> Result<(), Stop> {
        let Value::Text(path) = path else {
            return Err(machine.refused(span, "a path", Why::NotModelled));
        };
        // Hooks of one route alone.
        for name in ["onRequest", "preHandler", "preValidation", "preParsing"] {
            if has_field(options, name) {
                return Err(machine.refused(span, name, Why::NotModelled));
            }
        }
        let cors = options.field("config").field("cors");
        self.add_route(machine, instance, methods, path, cors, Handles::Behind, span)
    }
}

fn has_field(value: &Value, name: &str) -> bool {
    matches!(value, Value::Object(fields) if fields.borrow().get(name).is_some())
}

impl World for Application {
    fn global(&self, name: &str) -> Option<Value> {
        Some(match name {
            "fastify" | "app" | "server" => Value::Host(INSTANCE),
            "cors" | "fastifyCors" => Host::only("cors"),
            "Fastify" => Host::only("fastify-module"),
            "handler" => Host::only("handler"),
            _ => return None,
        })
    }

    fn module(&self, module: &str, name: Option<&str>) -> Option<Value> {
        let module = module.strip_prefix("node:").unwrap_or(module);
        Some(match (module, name) {
            ("fastify", None | Some("default" | "fastify")) => Host::only("fastify-module"),
            ("@fastify/cors", None | Some("default" | "fastifyCors")) => Host::only("cors"),
            _ if NEUTRAL_MODULES.contains(&module) => Host::only("neutral"),
            _ => return None,
        })
    }

    fn get(&self, host: Host, name: &str) -> Option<Value> {
        match (host.kind, name) {
            ("neutral", _) => Some(Host::only("neutral")),
            ("cors", "default" | "fastifyCors") => Some(Value::Host(host)),
            ("fastify-module", "default" | "fastify") => Some(Value::Host(host)),
            ("instance", "log") => Some(Host::only("neutral")),
            _ => self.exchange_get(host, name),
        }
    }

    fn set(&self, host: Host, name: &str, value: Value) -> Option<()> {
        match (host.kind, name, value) {
            ("reply", "statusCode", Value::Number(status)) => {
                self.with(|it| it.status = status as u16)
            }
            ("neutral", ..) => Some(()),
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
            ("fastify-module", None | Some("default" | "fastify")) => Ok(Value::Host(INSTANCE)),
            ("instance", Some(method)) => {
                self.instance_method(machine, host, method, &arguments, span)
            }
            ("neutral", _) => Ok(Host::only("neutral")),
            ("callback", None) => {
                self.callbacks.borrow_mut()[host.id].get_or_insert(arguments);
                Ok(Value::Undefined)
            }
            ("reply", Some(method)) => self.reply_call(machine, method, &arguments, span),
            _ => Err(machine.refused(span, method.unwrap_or(host.kind), Why::NotModelled)),
        }
    }

    fn construct(&self, host: Host, _: Vec<Value>, span: &Span) -> Result<Value, Stop> {
        Err(Stop::Refused(Refused::new(span.clone(), host.kind, Why::NotModelled)))
    }

    fn has_method(&self, name: &str) -> bool {
        exchange::has_method(name)
    }

    fn environment(&self, name: &str) -> Option<Option<String>> {
        self.environment.as_ref().map(|all| all.get(name).cloned())
    }
}
