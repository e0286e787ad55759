//! [Litestar's `CORSConfig`](https://github.com/litestar-org/litestar).

use super::python::{
    Behaves, Lines, Options, Questions, Spelling, behind_answer, refused, rejected,
};
use crate::python::{Call, Calls, Value, run};
use crate::regexes::{BadExpressionWhy, Case, Flavour, Matcher, Reach};
use crate::{Answered, Asked, Behind, Borders, NotRead, OriginMatcher, Program, Source, Span};

const PARAMETERS: &[&str] = &[
    "allow_origins",
    "allow_methods",
    "allow_headers",
    "allow_credentials",
    "allow_origin_regex",
    "expose_headers",
    "max_age",
];
const SAFELISTED: &[&str] = &["Accept", "Accept-Language", "Content-Language", "Content-Type"];
const ALL_METHODS: &[&str] = &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// Reads a Litestar application.
///
/// # Errors
/// What is not understood, or what Litestar refuses when it starts.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let mut listener = Listener::default();
    run(source.text, source.circumstances.environment.as_ref(), &mut listener)?;
    let config = match listener.found.len() {
        0 => None,
        1 => Some(Config::new(&Options::of_call(&listener.found[0], PARAMETERS, PARAMETERS)?)?),
        // Which of them the application is given is not looked at.
        _ => {
            let what = "a second CORSConfig";
            return Err(refused(&listener.found[1].span, what, crate::Why::NotModelled));
        }
    };
    Ok(Box::new(Application { config }))
}

#[derive(Default)]
struct Listener {
    found: Vec<Call>,
}

impl Calls for Listener {
    fn call(&mut self, call: &Call) -> Option<Value> {
        if call.name() == "CORSConfig" {
            self.found.push(call.clone());
        }
        None
    }

    fn assign(&mut self, _: &str, _: &Value, _: &Span, _: bool) {}

    fn iterate(&mut self, _: &str) -> Option<Value> {
        None
    }

    fn known(&self, _: &str) -> Option<Value> {
        None
    }
}

struct Config {
    origins: Vec<String>,
    origins_span: Span,
    all_origins: bool,
    matcher: Matcher,
    matcher_span: Span,
    methods: Vec<String>,
    all_methods: bool,
    headers: Vec<String>,
    all_headers: bool,
    credentials: bool,
    expose: Vec<String>,
    max_age: String,
}

impl Config {
    fn new(options: &Options) -> Result<Self, NotRead> {
        let origins = options.texts("allow_origins", &["*"])?;
        let methods = options.texts("allow_methods", &["*"])?;
        let headers: Vec<String> = options
            .texts("allow_headers", &["*"])?
            .iter()
            .map(|name| name.to_lowercase())
            .collect();
        let matcher_span = options.place("allow_origin_regex");
        let mut written: Vec<String> = origins.iter().map(|origin| glob(origin)).collect();
        match options.get("allow_origin_regex") {
            None | Some(Value::None) => {}
            Some(Value::Text(text)) if text.is_empty() => {}
            Some(Value::Text(text)) => written.push(text.to_string()),
            Some(_) => return Err(rejected(&matcher_span, "allow_origin_regex")),
        }
        let written = written.join("|");
        let matcher = Matcher::new(&written, Flavour::Python, Reach::Whole, Case::Sensitive)
            .map_err(|bad| match bad.why {
                BadExpressionWhy::Syntax => rejected(&matcher_span, "allow_origin_regex"),
                why => refused(&matcher_span, "allow_origin_regex", why.into()),
            })?;
        let is_star = |items: &[String]| items.iter().any(|item| item.contains('*') && item == "*");
        let max_age = match options.get("max_age") {
            None => "600".to_owned(),
            Some(value) => super::python::py_text(value),
        };
        Ok(Self {
            all_origins: is_star(&origins),
            origins,
            origins_span: options.place("allow_origins"),
            matcher,
            matcher_span,
            all_methods: is_star(&methods),
            methods,
            all_headers: is_star(&headers),
            headers,
            credentials: options.truth("allow_credentials", false),
            expose: options.texts("expose_headers", &[])?,
            max_age,
        })
    }

    fn is_allowed(&self, origin: &str) -> bool {
        self.all_origins || self.matcher.is_match(origin)
    }

    fn preflight(&self, asked: &Asked<'_>, origin: &str) -> Answered {
        let mut lines = Lines::default();
        lines.set("access-control-max-age", &*self.max_age);
        if self.all_origins {
            lines.set("access-control-allow-origin", "*");
        } else {
            lines.set("vary", "Origin");
        }
        if self.credentials {
            lines.set("access-control-allow-credentials", "true");
        }
        if !self.all_headers {
            lines.set("access-control-allow-headers", sorted(&self.headers, SAFELISTED));
        }
        if !self.methods.is_empty() {
            let methods =
                if self.all_methods { ALL_METHODS.join(", ") } else { sorted(&self.methods, &[]) };
            lines.set("access-control-allow-methods", methods);
        }
        let mut fails = false;
        if let Some(method) = asked.first("access-control-request-method") {
            let listed = self.methods.iter().any(|one| one == method);
            fails |= !self.all_methods && !method.is_empty() && !listed;
        }
        if !self.is_allowed(origin) {
            fails = true;
        } else if !self.all_origins {
            lines.set("access-control-allow-origin", origin);
        }
        let requested: Vec<String> = asked
            .first("access-control-request-headers")
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        if !requested.is_empty() {
            if self.all_headers {
                lines.set("access-control-allow-headers", sorted(&requested, SAFELISTED));
            } else {
                fails |= requested.iter().any(|name| {
                    let name = name.to_lowercase();
                    !self.headers.contains(&name)
                        && !SAFELISTED.iter().any(|safe| safe.to_lowercase() == name)
                });
            }
        }
        if fails { Answered::by_itself(400) } else { lines.answered(204, false) }
    }

    fn add_to(&self, asked: &Asked<'_>, origin: &str, lines: &mut Lines) {
        if self.all_origins {
            lines.set("access-control-allow-origin", "*");
        }
        if self.credentials {
            lines.set("access-control-allow-credentials", "true");
        }
        if !self.expose.is_empty() {
            lines.set("access-control-expose-headers", sorted(&self.expose, &[]));
        }
        let has_cookie = asked.first("cookie").is_some();
        let echoes = if self.all_origins { has_cookie } else { self.is_allowed(origin) };
        if echoes {
            lines.set("access-control-allow-origin", origin);
            lines.set("vary", "Origin");
        }
        lines.set("access-control-allow-headers", sorted(&self.headers, &[]));
        lines.set("access-control-allow-methods", sorted(&self.methods, &[]));
    }
}

/// `re.escape` of an origin, but for its stars.
fn glob(origin: &str) -> String {
    let mut written = String::new();
    for c in origin.chars() {
        match c {
            '*' => written.push_str(".*"),
            c if c.is_ascii_punctuation() || c == ' ' => {
                written.push('\\');
                written.push(c);
            }
            c => written.push(c),
        }
    }
    written
}

/// `", ".join(sorted(set(…)))`.
fn sorted(items: &[String], more: &[&str]) -> String {
    let mut all: Vec<&str> = items.iter().map(String::as_str).chain(more.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all.join(", ")
}

struct Application {
    config: Option<Config>,
}

impl Program for Application {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let origin = asked.first("origin").filter(|origin| !origin.is_empty());
        let config = self.config.as_ref();
        if let (Some(config), Some(origin), "OPTIONS") = (config, origin, asked.method) {
            return config.preflight(asked, origin);
        }
        let behaves = Behaves { head_is_get: false, options: 204, spelling: Spelling::LowerCase };
        let mut came = behind_answer(asked, behind, behaves);
        if let (Some(config), Some(origin)) = (config, origin)
            && came.status != 0
        {
            config.add_to(asked, origin, &mut came.lines);
        }
        came.lines.answered(came.status, came.reached)
    }

    fn borders(&self) -> Borders {
        let mut questions = Questions::new();
        if let Some(config) = &self.config {
            for origin in &config.origins {
                questions.origin(OriginMatcher::Glob(origin.clone()), &config.origins_span);
            }
            let matcher = OriginMatcher::Regex(Box::new(config.matcher.clone()));
            questions.origin(matcher, &config.matcher_span);
            questions.methods(&config.methods);
            questions.headers(&config.headers);
            questions.looks_at("cookie");
        }
        questions.done()
    }
}
