//! A request's way through the layers.

use super::exchange::{Exchange, Next};
use super::world::{Application, Framework};
use crate::formats::node::{Server, behind_answer};
use crate::javascript::{Machine, Stop, Value};
use crate::{Answered, Asked, Behind, BehindAnswer};

/// How deep routers may stand inside each other.
const MAX_ROUTERS: usize = 20;

impl Server for Application {
    fn values(&self) -> Vec<Value> {
        let mut values = self.options.borrow().clone();
        let routers = self.routers.borrow();
        values.extend(routers.iter().flatten().flat_map(|layer| layer.handlers.iter().cloned()));
        values
    }

    fn paths(&self) -> Vec<String> {
        self.written_paths.borrow().clone()
    }

    fn forget(&self) {
        self.options.borrow_mut().clear();
        self.routers.borrow_mut().clear();
        self.forget_calls();
    }

    fn serve(
        &self,
        machine: &mut Machine<'_>,
        asked: &Asked<'_>,
        behind: &dyn Behind,
    ) -> Result<Answered, Stop> {
        self.forget_calls();
        *self.exchange.borrow_mut() = Some(Exchange::new(asked));
        let mut allowed = false;
        let path = asked.path_only();
        let next = self.router_handles(machine, 0, path, None, asked, behind, &mut allowed, 0)?;
        match next {
            Next::Ended => {}
            Next::Never => self.finish(|it| it.dropped = true),
            Next::Error(_) => self.finish(fail),
            Next::On | Next::Route => self.behind(asked, behind, allowed),
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
}

impl Application {
    pub(super) fn finish(&self, with: impl FnOnce(&mut Exchange)) {
        if let Some(exchange) = self.exchange.borrow_mut().as_mut() {
            with(exchange);
        }
    }

    /// The application's own routes, after everything that the module has mounted.
    fn behind(&self, asked: &Asked<'_>, behind: &dyn Behind, allowed: bool) {
        let answer = behind_answer(asked, behind);
        self.finish(|it| match answer {
            BehindAnswer::NoMethod { .. } | BehindAnswer::NoRoute => {
                let has_route = allowed || matches!(answer, BehindAnswer::NoMethod { .. });
                let answers_options = matches!(self.framework, Framework::Express(_));
                let is_options = asked.method == "OPTIONS" && answers_options && has_route;
                it.status = if is_options { 200 } else { 404 };
            }
            other => settle(it, other),
        });
    }

    /// `handler`: the route exists, whatever stands behind says of its path.
    fn handler(&self, asked: &Asked<'_>, behind: &dyn Behind) {
        let answer = behind_answer(asked, behind);
        self.finish(|it| {
            it.ended = true;
            settle(it, answer);
        });
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "one step of a recursion, with what it hands down"
    )]
    fn router_handles(
        &self,
        machine: &mut Machine<'_>,
        router: usize,
        path: &str,
        error: Option<Value>,
        asked: &Asked<'_>,
        behind: &dyn Behind,
        allowed: &mut bool,
        depth: usize,
    ) -> Result<Next, Stop> {
        let mut error = error;
        let count = self.routers.borrow()[router].len();
        for at in 0..count {
            let (taken, methods, handlers, span) = {
                let routers = self.routers.borrow();
                let layer = &routers[router][at];
                let path = if path.is_empty() { "/" } else { path };
                let Some(taken) = layer.paths.iter().find_map(|one| one.taken(path)) else {
                    continue;
                };
                (taken, layer.methods.clone(), layer.handlers.clone(), layer.span.clone())
            };
            if let Some(methods) = &methods {
                let has = |method: &str| methods.iter().any(|one| one == method || one == "ALL");
                let handles = has(asked.method) || asked.method == "HEAD" && has("GET");
                if error.is_some() || !handles {
                    *allowed |= error.is_none();
                    continue;
                }
            }
            for handler in handlers {
                let next = match &handler {
                    Value::Host(host) if host.kind == "neutral" => Next::On,
                    Value::Host(host) if host.kind == "handler" && error.is_none() => {
                        self.handler(asked, behind);
                        Next::Ended
                    }
                    Value::Host(host) if host.kind == "cors" && error.is_none() => {
                        let options = self.options.borrow()[host.id].clone();
                        caught(self.cors(machine, &options, &span))?
                    }
                    Value::Host(host) if matches!(host.kind, "router" | "app") => {
                        if depth == MAX_ROUTERS {
                            return Err(machine.refused(
                                &span,
                                "deep routers",
                                crate::Why::TooLarge,
                            ));
                        }
                        let rest = path.get(taken..).unwrap_or_default();
                        let mut inner = false;
                        let next = self.router_handles(
                            machine,
                            host.id,
                            rest,
                            error.take(),
                            asked,
                            behind,
                            &mut inner,
                            depth + 1,
                        )?;
                        // A router answers OPTIONS for its own routes before others are asked.
                        if inner
                            && asked.method == "OPTIONS"
                            && matches!(next, Next::On | Next::Route)
                        {
                            self.finish(|it| {
                                it.status = 200;
                                it.ended = true;
                            });
                            Next::Ended
                        } else {
                            next
                        }
                    }
                    Value::Function(_) => {
                        let takes_errors = handler.arity() == 4;
                        if takes_errors != error.is_some() {
                            continue;
                        }
                        let given = error.take();
                        caught(self.middleware(machine, &handler, given.as_ref(), &span))?
                    }
                    _ => continue,
                };
                match next {
                    Next::On => {}
                    Next::Route => break,
                    Next::Error(new) => error = Some(new),
                    Next::Ended | Next::Never => return Ok(next),
                }
                if error.is_some() && methods.is_some() {
                    break;
                }
            }
        }
        Ok(error.map_or(Next::On, Next::Error))
    }
}

/// What a layer throws goes to those that handle errors.
fn caught(next: Result<Next, Stop>) -> Result<Next, Stop> {
    match next {
        Err(Stop::Threw(error)) => Ok(Next::Error(error)),
        other => other,
    }
}

/// An error that nobody handles.
fn fail(exchange: &mut Exchange) {
    exchange.status = 500;
}

fn settle(exchange: &mut Exchange, answer: BehindAnswer) {
    exchange.reached = true;
    match answer {
        BehindAnswer::Responds(response) => {
            exchange.status = response.status;
            exchange.headers.set_behind(&response);
        }
        BehindAnswer::Raises => fail(exchange),
        BehindAnswer::Drops => exchange.dropped = true,
        BehindAnswer::NoRoute | BehindAnswer::NoMethod { .. } => exchange.status = 200,
    }
}
