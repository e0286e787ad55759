//! [Starlette's `CORSMiddleware`](https://github.com/encode/starlette), which is FastAPI's too.

mod middleware;

use self::middleware::{Built, Outcome};
use super::python::{Behaves, Options, Questions, Spelling, behind_answer, refused};
use crate::python::{Call, Calls, Value, run};
use crate::{Answered, Asked, Behind, Borders, NotRead, Program, Source, Span, Why};

/// Reads a Starlette application.
///
/// # Errors
/// What is not understood, or what Starlette refuses when it starts.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    read_for(source, Framework::Starlette)
}

/// Reads a FastAPI application.
///
/// # Errors
/// What is not understood, or what FastAPI refuses when it starts.
pub fn read_fastapi(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    read_for(source, Framework::Fastapi)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Framework {
    Starlette,
    Fastapi,
}

/// The parameters of the middleware.
const PARAMETERS: &[&str] = &[
    "allow_origins",
    "allow_methods",
    "allow_headers",
    "allow_credentials",
    "allow_origin_regex",
    "allow_private_network",
    "expose_headers",
    "max_age",
];

fn read_for(source: &Source<'_>, framework: Framework) -> Result<Box<dyn Program>, NotRead> {
    let mut listener = Listener::default();
    run(source.text, source.circumstances.environment.as_ref(), &mut listener)?;
    let mut built = Vec::new();
    for call in listener.found {
        let options = Options::of_call(&call, PARAMETERS, PARAMETERS)?;
        built.push(Built::new(&options)?);
    }
    Ok(Box::new(Application { framework, built }))
}

/// The middleware that a module adds, the outermost first.
#[derive(Default)]
struct Listener {
    found: Vec<Call>,
}

impl Calls for Listener {
    fn call(&mut self, call: &Call) -> Option<Value> {
        let is_cors = |value: &Value| matches!(value, Value::Outside(name) if name.rsplit('.').next() == Some("CORSMiddleware"));
        let first = call.arguments.first().filter(|first| first.name.is_none());
        match call.name() {
            "add_middleware" if first.is_some_and(|it| is_cors(&it.value)) => {
                let arguments = call.arguments[1..].to_vec();
                // The last that is added is the first that is asked.
                self.found.insert(0, Call { arguments, ..call.clone() });
                Some(Value::None)
            }
            // `Middleware(CORSMiddleware, …)`, in the order of the list.
            "Middleware" if first.is_some_and(|it| is_cors(&it.value)) => {
                let arguments = call.arguments[1..].to_vec();
                self.found.push(Call { arguments, ..call.clone() });
                None
            }
            // `app = CORSMiddleware(app, …)`.
            "CORSMiddleware" => {
                let mut arguments = call.arguments.clone();
                match arguments.iter().position(|it| it.name.as_deref() == Some("app")) {
                    Some(at) => drop(arguments.remove(at)),
                    None if first.is_some() => drop(arguments.remove(0)),
                    None => {}
                }
                self.found.insert(0, Call { arguments, ..call.clone() });
                None
            }
            _ => None,
        }
    }

    fn assign(&mut self, _: &str, _: &Value, _: &Span, _: bool) {}

    fn iterate(&mut self, _: &str) -> Option<Value> {
        None
    }

    fn known(&self, _: &str) -> Option<Value> {
        None
    }
}

struct Application {
    framework: Framework,
    built: Vec<Built>,
}

impl Program for Application {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let mut passed = Vec::new();
        for middleware in &self.built {
            if let Outcome::Preflight { status, lines } = middleware.preflight(asked) {
                let mut lines = lines;
                for outer in passed.iter().rev() {
                    let outer: &&Built = outer;
                    outer.add_to(asked, &mut lines);
                }
                return lines.answered(status, false);
            }
            passed.push(middleware);
        }
        let behaves = Behaves {
            head_is_get: self.framework == Framework::Starlette,
            options: 405,
            spelling: Spelling::LowerCase,
        };
        let mut came = behind_answer(asked, behind, behaves);
        // An error goes past every middleware, to one that stands further out.
        if !came.raised && came.status != 0 {
            for middleware in passed.iter().rev() {
                middleware.add_to(asked, &mut came.lines);
            }
        }
        came.lines.answered(came.status, came.reached)
    }

    fn borders(&self) -> Borders {
        let mut questions = Questions::new();
        self.built.iter().for_each(|middleware| middleware.ask(&mut questions));
        questions.done()
    }
}

/// What is refused where a value is of no use.
fn of_no_use(span: &Span, what: &str) -> NotRead {
    refused(span, what, Why::NotModelled)
}
