//! [Flask-CORS](https://github.com/corydolphin/flask-cors): the extension and the decorator.

mod options;
mod resources;

use self::options::Resolved;
use self::resources::Resource;
use super::python::{
    Behaves, Lines, Options, Questions, Spelling, behind_answer, paths_of, refused,
};
use crate::python::{Call, Calls, Value, run};
use crate::{Answered, Asked, Behind, Borders, NotRead, Program, Source, Span, Why};

/// Reads a Flask application.
///
/// # Errors
/// What is not understood, or what Flask-CORS refuses when it is set up.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let mut listener = Listener::default();
    let names = run(source.text, source.circumstances.environment.as_ref(), &mut listener)?;
    if let Some(refused) = listener.refused.into_iter().next() {
        return Err(refused);
    }
    let config = Options::of_values(listener.config, 0..0);
    let mut extensions = Vec::new();
    for (constructed, initialised) in &listener.extensions {
        extensions.push(resources::resources(&config, constructed, initialised.as_ref())?);
    }
    let mut decorated = Vec::new();
    for (call, paths) in &listener.decorated {
        let options = Options::of_call(call, &[], &[])?;
        let resolved = Resolved::new(&config, &[&options])?;
        decorated.push(Decorated { paths: paths.clone(), resolved });
    }
    // A decorator under a name is worn where the circumstances say.
    for (name, (value, span)) in &names {
        let Value::Made(at) = value else { continue };
        let Some(call) = listener.made.get(*at) else { continue };
        match source.circumstances.worn.get(name) {
            Some(paths) => {
                let options = Options::of_call(call, &[], &[])?;
                let resolved = Resolved::new(&config, &[&options])?;
                decorated.push(Decorated { paths: paths.clone(), resolved });
            }
            None if listener.placed.contains(at) => {}
            None => {
                return Err(refused(span, "a decorator whose routes are not here", Why::Elsewhere));
            }
        }
    }
    Ok(Box::new(Application { extensions, decorated }))
}

#[derive(Default)]
struct Listener {
    /// `app.config`, under the options' names.
    config: Vec<(String, Value, Span)>,
    /// Each extension: what it was made with, and what `init_app` was given.
    extensions: Vec<(Call, Option<Call>)>,
    /// `cross_origin(…)`, by number.
    made: Vec<Call>,
    /// Those of them that stand on a function.
    placed: Vec<usize>,
    decorated: Vec<(Call, Vec<String>)>,
    refused: Vec<NotRead>,
}

fn is_blueprint(call: &Call) -> bool {
    call.positional().next().is_some_and(
        |first| matches!(&first.value, Value::Outside(name) if name.ends_with("Blueprint()")),
    )
}

impl Listener {
    fn setting(&mut self, name: &str, value: &Value, span: &Span, certain: bool) {
        if !certain {
            let what = format!("{name} under a condition");
            self.refused.push(refused(span, what, Why::Computed));
        }
        if let Some(option) = name.strip_prefix("CORS_") {
            self.config.push((option.to_lowercase(), value.clone(), span.clone()));
        }
    }
}

impl Calls for Listener {
    fn call(&mut self, call: &Call) -> Option<Value> {
        match call.name() {
            "CORS" => {
                if is_blueprint(call) {
                    self.refused.push(refused(&call.span, "a blueprint", Why::NotModelled));
                }
                let has_app = call.positional().next().is_some();
                let options = without_app(call);
                let made =
                    Value::Outside(format!("cors-extension-{}", self.extensions.len()).into());
                if has_app || call.named().any(|(name, _)| name == "app") {
                    self.extensions.push((options, None));
                } else {
                    // Nothing happens before `init_app`.
                    self.extensions.push((options.clone(), None));
                    let at = self.extensions.len() - 1;
                    self.extensions[at].1 = Some(Call { callee: "waiting".into(), ..options });
                }
                Some(made)
            }
            "init_app" => {
                let owner = call.callee.strip_suffix(".init_app")?;
                let at: usize = owner.strip_prefix("cors-extension-")?.parse().ok()?;
                let options = without_app(call);
                let extension = self.extensions.get_mut(at)?;
                extension.1 = Some(options);
                Some(Value::None)
            }
            "cross_origin" => {
                self.made.push(call.clone());
                Some(Value::Made(self.made.len() - 1))
            }
            // `app.config.update(CORS_ORIGINS=…)`.
            "update" | "from_mapping" if call.callee.contains(".config.") => {
                for argument in &call.arguments {
                    match (&argument.name, &argument.value) {
                        (Some(name), value) => {
                            self.setting(name, value, &argument.span, call.certain);
                        }
                        (None, Value::Dict(fields)) => {
                            for (key, value) in fields {
                                let name = super::python::py_text(key);
                                self.setting(&name, value, &argument.span, call.certain);
                            }
                        }
                        _ => {}
                    }
                }
                Some(Value::None)
            }
            _ => None,
        }
    }

    fn assign(&mut self, target: &str, value: &Value, span: &Span, certain: bool) {
        let name = target.rsplit_once('[').and_then(|(owner, name)| {
            owner.ends_with(".config").then(|| name.trim_end_matches(']'))
        });
        if let Some(name) = name.filter(|name| name.starts_with("CORS_")) {
            self.setting(name, value, span, certain);
        }
    }

    fn iterate(&mut self, _: &str) -> Option<Value> {
        None
    }

    fn known(&self, _: &str) -> Option<Value> {
        None
    }

    fn decorated(&mut self, decorators: &[Call]) {
        let is_route = |call: &Call| {
            matches!(call.name(), "route" | "get" | "post" | "put" | "delete" | "patch")
        };
        let paths: Vec<String> = decorators
            .iter()
            .filter(|call| is_route(call))
            .filter_map(|call| match call.positional().next().map(|first| &first.value) {
                Some(Value::Text(path)) => Some(path.to_string()),
                _ => None,
            })
            .collect();
        for call in decorators.iter().filter(|call| call.name() == "cross_origin") {
            if let Some(at) = self.made.iter().position(|other| other.span == call.span) {
                self.placed.push(at);
            }
            if paths.is_empty() || paths.iter().any(|path| path.contains('<')) {
                self.refused.push(refused(
                    &call.span,
                    "the route of a decorator",
                    Why::NotModelled,
                ));
            } else {
                self.decorated.push((call.clone(), paths.clone()));
            }
        }
    }
}

/// A call's options: the application is none of them.
fn without_app(call: &Call) -> Call {
    let mut first = true;
    let mut arguments = call.arguments.clone();
    arguments.retain(|argument| match &argument.name {
        None => !std::mem::replace(&mut first, false),
        Some(name) => name != "app",
    });
    Call { arguments, ..call.clone() }
}

struct Decorated {
    paths: Vec<String>,
    resolved: Resolved,
}

struct Application {
    /// The resources of each extension, in the order in which they are tried.
    extensions: Vec<Vec<Resource>>,
    decorated: Vec<Decorated>,
}

impl Application {
    fn decorator(&self, path: &str) -> Option<&Resolved> {
        let worn = self.decorated.iter().find(|one| one.paths.iter().any(|other| other == path));
        worn.map(|one| &one.resolved)
    }
}

impl Program for Application {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let behaves = Behaves { head_is_get: true, options: 200, spelling: Spelling::AsWritten };
        let mut came = behind_answer(asked, behind, behaves);
        if came.status == 0 {
            return came.lines.answered(0, came.reached);
        }
        let path = asked.path_only();
        let mut evaluated = false;
        if let Some(options) = self.decorator(path)
            && !came.raised
            && (came.reached || asked.method == "OPTIONS" && options.automatic_options)
        {
            options.add_to(asked, &mut came.lines);
            evaluated = true;
        }
        // What is registered last runs first; but it wraps what handles missing routes around those before it.
        let is_error = !came.reached && came.status >= 400;
        let mut extensions: Vec<&Vec<Resource>> = self.extensions.iter().collect();
        if !is_error {
            extensions.reverse();
        }
        for resources in extensions {
            if evaluated
                || came.lines.get("Access-Control-Allow-Origin").is_some_and(|it| !it.is_empty())
            {
                break;
            }
            if let Some(resource) = resources.iter().find(|resource| resource.fits(path)) {
                resource.options.add_to(asked, &mut came.lines);
            }
        }
        came.lines.answered(came.status, came.reached)
    }

    fn borders(&self) -> Borders {
        let mut questions = Questions::new();
        for resource in self.extensions.iter().flatten() {
            resource.options.ask(&mut questions);
            questions.paths(paths_of(&resource.written));
        }
        for one in &self.decorated {
            one.resolved.ask(&mut questions);
            questions.paths(one.paths.clone());
        }
        questions.done()
    }
}

/// Lines of one response.
type Response = Lines;
