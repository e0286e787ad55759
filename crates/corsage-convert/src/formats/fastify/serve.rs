//! A request's way: its route, the hooks of that route's instance, its handler.

use super::cors::Next;
use super::exchange::{Exchange, REPLY, REQUEST};
use super::instance::{Handles, HookKind, Instance, Options};
use super::world::Application;
use crate::formats::node::{Server, behind_answer};
use crate::javascript::{Host, Machine, Stop, Value};
use crate::{Answered, Asked, Behind, BehindAnswer};

/// Where a request goes.
enum Goes {
    To {
        instance: usize,
        cors: Value,
        handles: Handles,
    },
    /// To the application's other routes, or to its answer for what has no route.
    Elsewhere,
}

impl Server for Application {
    fn start(&self, machine: &mut Machine<'_>) -> Result<(), Stop> {
        self.load_plugins(machine)
    }

    fn serve(
        &self,
        machine: &mut Machine<'_>,
        asked: &Asked<'_>,
        behind: &dyn Behind,
    ) -> Result<Answered, Stop> {
        self.callbacks.borrow_mut().clear();
        *self.exchange.borrow_mut() = Some(Exchange::new(asked));
        let goes = self.goes(asked);
        let (instance, cors, handles) = match goes {
            Goes::To { instance, cors, handles } => (instance, cors, Some(handles)),
            Goes::Elsewhere => (0, Value::Undefined, None),
        };
        match self.hooks(machine, instance, &cors)? {
            Next::Sent => {}
            Next::Never => {
                self.with(|it| it.dropped = true);
            }
            Next::Error => {
                self.with(|it| it.status = 500);
            }
            Next::On => self.handle(handles.as_ref(), asked, behind),
        }
        let exchange = self.exchange.borrow_mut().take();
        Ok(exchange.map_or_else(Answered::default, |it| {
            if it.dropped {
                Answered { reached: it.reached, ..Answered::by_itself(0) }
            } else {
                it.headers.answered(it.status, it.reached)
            }
        }))
    }

    fn values(&self) -> Vec<Value> {
        let mut values = self.route_options.borrow().clone();
        for hook in self.instances.borrow().iter().flat_map(|instance| &instance.hooks) {
            values.push(match &hook.kind {
                HookKind::Cors(Options::Fixed(value) | Options::Delegated(value))
                | HookKind::Function(value) => value.clone(),
            });
        }
        values
    }

    fn paths(&self) -> Vec<String> {
        let routes = self.routes.borrow();
        routes.iter().map(|route| route.path.clone()).filter(|path| !path.contains('*')).collect()
    }

    fn forget(&self) {
        self.routes.borrow_mut().clear();
        self.route_options.borrow_mut().clear();
        *self.instances.borrow_mut() = vec![Instance::default()];
    }
}

impl Application {
    fn goes(&self, asked: &Asked<'_>) -> Goes {
        let path = asked.path_only();
        let routes = self.routes.borrow();
        // Text before `:name`, that before `*`: the longest path without a wildcard comes first.
        let mut best: Option<(usize, usize)> = None;
        for (at, route) in routes.iter().enumerate() {
            let method = route.methods.iter().any(|one| one == asked.method)
                || asked.method == "HEAD" && route.methods.iter().any(|one| one == "GET");
            if !method || !route.matcher.is_match(path) {
                continue;
            }
            let fixed = route.path.find([':', '*']).unwrap_or(usize::MAX);
            if best.is_none_or(|(_, other)| fixed > other) {
                best = Some((at, fixed));
            }
        }
        match best {
            Some((at, _)) => Goes::To {
                instance: routes[at].instance,
                cors: routes[at].cors.clone(),
                handles: routes[at].handles.clone(),
            },
            None => Goes::Elsewhere,
        }
    }

    fn hooks(
        &self,
        machine: &mut Machine<'_>,
        instance: usize,
        route: &Value,
    ) -> Result<Next, Stop> {
        let mut hooks = self.instances.borrow()[instance].hooks.clone();
        hooks.sort_by_key(|hook| hook.stage);
        for hook in hooks {
            let next = match &hook.kind {
                HookKind::Cors(options) => self.cors(machine, options, route, &hook.span),
                HookKind::Function(function) => self.function(machine, function, &hook.span),
            };
            match next {
                Ok(Next::On) => {}
                Ok(other) => return Ok(other),
                Err(Stop::Threw(_)) => return Ok(Next::Error),
                Err(stop) => return Err(stop),
            }
        }
        Ok(Next::On)
    }

    /// A hook of the application's own.
    fn function(
        &self,
        machine: &mut Machine<'_>,
        function: &Value,
        span: &crate::Span,
    ) -> Result<Next, Stop> {
        let id = self.new_callback();
        let done = Host::numbered("callback", id);
        let arguments = vec![Value::Host(REQUEST), Value::Host(REPLY), done];
        let result = machine.call(function, Value::Undefined, arguments, span)?;
        if self.with(|it| it.sent) == Some(true) {
            return Ok(Next::Sent);
        }
        if let Value::Promise(outcome) = result {
            return Ok(if outcome.is_ok() { Next::On } else { Next::Error });
        }
        Ok(match self.callbacks.borrow_mut()[id].take() {
            None => Next::Never,
            Some(given) if given.first().is_some_and(Value::is_truthy) => Next::Error,
            Some(_) => Next::On,
        })
    }

    fn handle(&self, handles: Option<&Handles>, asked: &Asked<'_>, behind: &dyn Behind) {
        if matches!(handles, Some(Handles::Preflight)) {
            self.with(|it| it.status = if it.preflight_enabled { 200 } else { 404 });
            return;
        }
        let has_route = handles.is_some();
        let answer = behind_answer(asked, behind);
        self.with(|it| match answer {
            BehindAnswer::NoRoute | BehindAnswer::NoMethod { .. } if has_route => {
                (it.status, it.reached) = (200, true);
            }
            BehindAnswer::NoRoute | BehindAnswer::NoMethod { .. } => it.status = 404,
            BehindAnswer::Raises => (it.status, it.reached) = (500, true),
            BehindAnswer::Drops => (it.dropped, it.reached) = (true, true),
            BehindAnswer::Responds(response) => {
                (it.status, it.reached) = (response.status, true);
                for (name, value) in &response.cors {
                    it.header(name, &Value::text(value));
                }
                if !response.vary.is_empty() {
                    it.headers.set("vary", response.vary.clone());
                }
            }
        });
    }
}
