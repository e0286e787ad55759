//! [aiohttp-cors](https://github.com/aio-libs/aiohttp-cors): rules for each origin, on routes that are added.

mod options;

use self::options::{Rules, rules};
use super::python::{Behaves, Lines, Questions, Spelling, behind_answer, refused, rejected};
use crate::python::{Call, Calls, Value, run};
use crate::{Answered, Asked, Behind, Borders, NotRead, OriginMatcher, Program, Source, Span, Why};

/// Reads an aiohttp application.
///
/// # Errors
/// What is not understood, or what aiohttp-cors refuses when it is set up.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let mut listener = Listener::default();
    run(source.text, source.circumstances.environment.as_ref(), &mut listener)?;
    if let Some(refused) = listener.refused.into_iter().next() {
        return Err(refused);
    }
    let mut placed = Vec::new();
    for added in listener.added {
        let paths = match added.place {
            Place::Everywhere => None,
            Place::Path(path) => Some(vec![path]),
            Place::Named(name) => match source.circumstances.worn.get(&name) {
                Some(paths) => Some(paths.clone()),
                None => {
                    let what = format!("the path of {name}");
                    return Err(refused(&added.span, what, Why::Elsewhere));
                }
            },
        };
        placed.push(Placed { paths, of: added.of, rules: added.rules });
    }
    let defaults = listener.defaults.unwrap_or_default();
    Ok(Box::new(Application { is_set_up: listener.set_up, defaults, placed }))
}

/// What a call of `add` is about.
#[derive(Clone, Debug)]
enum Place {
    /// Every route of the application.
    Everywhere,
    Path(String),
    /// A resource that has a name.
    Named(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Of {
    Resource,
    /// Every route of the resource.
    Routes,
    Route(String),
}

struct Added {
    place: Place,
    of: Of,
    rules: Rules,
    span: Span,
}

#[derive(Default)]
struct Listener {
    set_up: bool,
    defaults: Option<Rules>,
    options: Vec<options::ResourceOptions>,
    added: Vec<Added>,
    refused: Vec<NotRead>,
}

const CORS: &str = "aiohttp_cors.setup()";

impl Listener {
    fn place(&self, name: &str) -> Option<(Place, Of)> {
        if let Some(path) = name.strip_prefix("resource:") {
            return Some((Place::Path(path.to_owned()), Of::Resource));
        }
        if let Some(rest) = name.strip_prefix("route:") {
            let (method, path) = rest.split_once(' ')?;
            return Some((Place::Path(path.to_owned()), Of::Route(method.to_owned())));
        }
        if name == "each-route" {
            return Some((Place::Everywhere, Of::Routes));
        }
        if let Some(inner) = name.strip_prefix("each-route-of:") {
            return Some((self.place(inner)?.0, Of::Routes));
        }
        let (owner, key) = name.strip_suffix(']')?.rsplit_once('[')?;
        owner.ends_with(".router").then(|| (Place::Named(key.to_owned()), Of::Resource))
    }

    fn add(&mut self, call: &Call) -> Option<Value> {
        let entity = call.positional().next()?.value.clone();
        let Value::Outside(name) = &entity else {
            self.refused.push(refused(&call.span, "a route", Why::NotModelled));
            return None;
        };
        let config = call
            .positional()
            .nth(1)
            .or_else(|| call.named().find(|(name, _)| *name == "config").map(|(_, it)| it));
        let rules = match config {
            None => Ok(Rules::default()),
            Some(argument) => rules(&argument.value, &argument.span, &self.options),
        };
        match (self.place(name), rules) {
            (Some((place, of)), Ok(rules)) if call.certain => {
                self.added.push(Added { place, of, rules, span: call.span.clone() });
            }
            (_, Err(refused)) => self.refused.push(refused),
            _ => self.refused.push(refused(&call.span, &**name, Why::NotModelled)),
        }
        Some(entity)
    }
}

impl Calls for Listener {
    fn call(&mut self, call: &Call) -> Option<Value> {
        let text = |index: usize| match call.positional().nth(index).map(|it| &it.value) {
            Some(Value::Text(text)) => Some(text.to_string()),
            _ => None,
        };
        match call.name() {
            "setup" if call.callee.ends_with("aiohttp_cors.setup") || call.callee == "setup" => {
                self.set_up = true;
                if let Some((_, argument)) = call.named().find(|(name, _)| *name == "defaults") {
                    match rules(&argument.value, &argument.span, &self.options) {
                        Ok(rules) => self.defaults = Some(rules),
                        Err(refused) => self.refused.push(refused),
                    }
                }
                Some(Value::Outside(CORS.into()))
            }
            "ResourceOptions" => match options::ResourceOptions::new(call) {
                Ok(options) => {
                    self.options.push(options);
                    Some(Value::Made(self.options.len() - 1))
                }
                Err(refused) => {
                    self.refused.push(refused);
                    None
                }
            },
            "add" if call.callee == format!("{CORS}.add") => self.add(call),
            "add_resource" => Some(Value::Outside(format!("resource:{}", text(0)?).into())),
            "add_route" if call.callee.starts_with("resource:") => {
                let path = call.callee.strip_prefix("resource:")?.strip_suffix(".add_route")?;
                Some(Value::Outside(format!("route:{} {path}", text(0)?).into()))
            }
            "add_route" => Some(Value::Outside(format!("route:{} {}", text(0)?, text(1)?).into())),
            "add_get" | "add_post" | "add_put" | "add_delete" | "add_patch" => {
                let method = call.name().trim_start_matches("add_").to_uppercase();
                Some(Value::Outside(format!("route:{method} {}", text(0)?).into()))
            }
            _ => None,
        }
    }

    fn assign(&mut self, _: &str, _: &Value, _: &Span, _: bool) {}

    fn iterate(&mut self, over: &str) -> Option<Value> {
        if over.ends_with(".router.routes()") {
            return Some(Value::Outside("each-route".into()));
        }
        self.place(over).map(|_| Value::Outside(format!("each-route-of:{over}").into()))
    }

    fn known(&self, _: &str) -> Option<Value> {
        None
    }
}

struct Placed {
    /// `None`: every path of the application.
    paths: Option<Vec<String>>,
    of: Of,
    rules: Rules,
}

struct Application {
    is_set_up: bool,
    defaults: Rules,
    placed: Vec<Placed>,
}

impl Application {
    fn on<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Placed> {
        self.placed.iter().filter(move |one| {
            one.paths.as_ref().is_none_or(|paths| paths.iter().any(|other| other == path))
        })
    }

    /// What a route's own rules, those of its resource, and the defaults say of an origin, in that order.
    fn chain<'a>(&'a self, path: &'a str, method: Option<&'a str>) -> Vec<&'a Rules> {
        let route = self.on(path).find(|one| match (&one.of, method) {
            (Of::Route(own), Some(method)) => own == method,
            (Of::Routes, Some(_)) => true,
            _ => false,
        });
        let resource = self.on(path).find(|one| one.of == Of::Resource);
        // The first route that is added gives its rules to its resource.
        let resource = resource.or_else(|| self.on(path).next());
        let mut chain: Vec<&Rules> = route.into_iter().map(|one| &one.rules).collect();
        chain.extend(resource.map(|one| &one.rules));
        chain.push(&self.defaults);
        chain
    }

    fn preflight(&self, asked: &Asked<'_>, path: &str, allowed: Option<&[String]>) -> Answered {
        let refuses = Answered::by_itself(403);
        let Some(origin) = asked.first("origin") else { return refuses };
        let Some(method) = asked.first("access-control-request-method") else { return refuses };
        let of_resource = self.chain(path, None);
        let allows = options::of_origin(&of_resource, origin)
            .is_some_and(|options| options.allows_method(method));
        let has_route = self.on(path).any(|one| match &one.of {
            Of::Route(own) => own == method,
            Of::Routes => allowed.is_none_or(|all| all.iter().any(|own| own == method)),
            Of::Resource => false,
        });
        if !allows && !has_route {
            return refuses;
        }
        let chain = if has_route { self.chain(path, Some(method)) } else { of_resource };
        let Some(options) = options::of_origin(&chain, origin) else { return refuses };
        let requested = asked.first("access-control-request-headers").unwrap_or_default();
        let mut names: Vec<String> = Vec::new();
        for name in requested.split(',') {
            let name = name.trim_matches([' ', '\t']).to_uppercase();
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        if !options.allows_headers(&names) {
            return refuses;
        }
        let mut lines = Lines::default();
        lines.set("Access-Control-Allow-Origin", origin);
        if options.credentials {
            lines.set("Access-Control-Allow-Credentials", "true");
        }
        if let Some(age) = options.max_age {
            lines.set("Access-Control-Max-Age", age.to_string());
        }
        lines.set("Access-Control-Allow-Methods", method);
        if !names.is_empty() {
            lines.set("Access-Control-Allow-Headers", names.join(","));
        }
        lines.answered(200, false)
    }
}

impl Program for Application {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let behaves = Behaves { head_is_get: false, options: 405, spelling: Spelling::AsWritten };
        let mut came = behind_answer(asked, behind, behaves);
        let path = asked.path_only();
        let is_on = self.is_set_up && self.on(path).next().is_some();
        let has_route = came.reached || came.allowed.is_some();
        if !is_on || !has_route {
            return came.lines.answered(came.status, came.reached);
        }
        if asked.method == "OPTIONS" {
            return self.preflight(asked, path, came.allowed.as_deref());
        }
        if !came.reached || came.status == 0 {
            return came.lines.answered(came.status, came.reached);
        }
        let chain = self.chain(path, Some(asked.method));
        let options = asked
            .first("origin")
            .and_then(|origin| options::of_origin(&chain, origin).map(|options| (origin, options)));
        if let Some((origin, options)) = options {
            // It asserts that no handler has set these, and the connection breaks where one has.
            let own = [
                "Access-Control-Allow-Origin",
                "Access-Control-Allow-Credentials",
                "Access-Control-Expose-Headers",
            ];
            if own.iter().any(|name| came.lines.get(name).is_some()) {
                return Answered { reached: true, ..Answered::by_itself(0) };
            }
            if let Some(exposed) = options.exposed(asked) {
                came.lines.set("Access-Control-Expose-Headers", exposed);
            }
            came.lines.set("Access-Control-Allow-Origin", origin);
            if options.credentials {
                came.lines.set("Access-Control-Allow-Credentials", "true");
            }
        }
        came.lines.answered(came.status, came.reached)
    }

    fn borders(&self) -> Borders {
        let mut questions = Questions::new();
        let all = std::iter::once(&self.defaults).chain(self.placed.iter().map(|one| &one.rules));
        for (origin, options) in all.flat_map(Rules::iter) {
            if origin != "*" {
                questions.origin(OriginMatcher::Exact(origin.clone()), &options.span);
            }
            options.ask(&mut questions);
        }
        for placed in &self.placed {
            questions.paths(placed.paths.iter().flatten().cloned());
            if let Of::Route(method) = &placed.of {
                questions.methods([method]);
            }
        }
        questions.done()
    }
}

/// What aiohttp-cors raises when it is given a value that it does not take.
fn raises(span: &Span, what: &str) -> NotRead {
    rejected(span, what)
}
