//! [sanic-ext's](https://github.com/sanic-org/sanic-ext) settings for CORS.

use super::python::{
    Behaves, Options, Questions, Spelling, behind_answer, py_text, refused, rejected,
};
use crate::python::{Call, Calls, Value, run, truth};
use crate::regexes::{Case, Flavour, Matcher, Reach};
use crate::{Answered, Asked, Behind, Borders, NotRead, OriginMatcher, Program, Source, Span, Why};

/// Reads a Sanic application.
///
/// # Errors
/// What is not understood, or what sanic-ext refuses when it starts.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let mut listener = Listener::default();
    run(source.text, source.circumstances.environment.as_ref(), &mut listener)?;
    if let Some(refused) = listener.refused.into_iter().next() {
        return Err(refused);
    }
    for (_, value, span) in &listener.config {
        match value {
            Value::Outside(name) => return Err(refused(span, &**name, Why::Elsewhere)),
            other => {
                if let Some(unknown) = other.first_unknown() {
                    return Err(NotRead::refused(unknown.refused()));
                }
            }
        }
    }
    let options = Options::of_values(listener.config, 0..0);
    Ok(Box::new(Application::new(&options)?))
}

#[derive(Default)]
struct Listener {
    config: Vec<(String, Value, Span)>,
    refused: Vec<NotRead>,
}

impl Listener {
    fn setting(&mut self, name: &str, value: &Value, span: &Span, certain: bool) {
        if !name.starts_with("CORS") {
            return;
        }
        if !certain {
            let what = format!("{name} under a condition");
            self.refused.push(refused(span, what, Why::Computed));
        }
        self.config.push((name.to_owned(), value.clone(), span.clone()));
    }
}

impl Calls for Listener {
    fn call(&mut self, call: &Call) -> Option<Value> {
        match call.name() {
            "update" if call.callee.contains("config") => {
                for argument in &call.arguments {
                    match (&argument.name, &argument.value) {
                        (Some(name), value) => {
                            self.setting(name, value, &argument.span, call.certain);
                        }
                        (None, Value::Dict(fields)) => {
                            for (key, value) in fields {
                                self.setting(&py_text(key), value, &argument.span, call.certain);
                            }
                        }
                        _ => {}
                    }
                }
            }
            // `Extend(app, config=Config(cors_origins=…))`, and the same by name.
            "Config" | "Extend" => {
                for (name, argument) in call.named() {
                    let name = name.to_uppercase();
                    self.setting(&name, &argument.value, &argument.span, call.certain);
                }
            }
            "cors" => {
                self.refused.push(refused(&call.span, "a route's own decorator", Why::NotModelled));
            }
            _ => {}
        }
        None
    }

    fn assign(&mut self, target: &str, value: &Value, span: &Span, certain: bool) {
        let name = match target.rsplit_once('[') {
            Some((owner, name)) if owner.ends_with("config") => name.trim_end_matches(']'),
            _ => match target.rsplit_once('.') {
                Some((owner, name)) if owner.ends_with("config") => name,
                _ => return,
            },
        };
        self.setting(name, value, span, certain);
    }

    fn iterate(&mut self, _: &str) -> Option<Value> {
        None
    }

    fn known(&self, _: &str) -> Option<Value> {
        None
    }
}

struct Application {
    enabled: bool,
    origins: Vec<(Matcher, String)>,
    origins_span: Span,
    /// One of them is the star's own expression.
    has_star: bool,
    /// What is sent where no origin is.
    fallback: Option<String>,
    headers: Vec<String>,
    methods: Vec<String>,
    expose: Vec<String>,
    max_age: String,
    always_send: bool,
    automatic_options: bool,
    send_wildcard: bool,
    credentials: bool,
}

impl Application {
    fn new(options: &Options) -> Result<Self, NotRead> {
        let origins_span = options.place("CORS_ORIGINS");
        let value = options.get("CORS_ORIGINS").cloned().unwrap_or_else(|| Value::text(""));
        let credentials = options.truth("CORS_SUPPORTS_CREDENTIALS", false);
        let is_star = matches!(&value, Value::Text(text) if &**text == "*");
        if is_star && credentials {
            return Err(rejected(&origins_span, "supports_credentials with an origin of *"));
        }
        let mut has_star = false;
        let mut origins = Vec::new();
        for item in origin_items(&value) {
            let (written, case) = match &item {
                Value::Text(text) => (format!("{}$", escaped(text)), Case::Sensitive),
                Value::Regex(pattern) => {
                    let written = pattern.written.to_string();
                    has_star |= written == ".*" && pattern.case == Case::Sensitive;
                    (written, pattern.case)
                }
                _ => return Err(rejected(&origins_span, "CORS_ORIGINS")),
            };
            let matcher = Matcher::new(&written, Flavour::Python, Reach::Start, case)
                .map_err(|bad| refused(&origins_span, &*written, bad.why.into()))?;
            origins.push((matcher, written));
        }
        let lower = |name: &str, otherwise: &str| -> Result<Vec<String>, NotRead> {
            let items = match options.get(name) {
                None => otherwise
                    .split(',')
                    .filter(|item| !item.is_empty())
                    .map(str::to_owned)
                    .collect(),
                Some(value) if truth(value) == Some(false) => Vec::new(),
                Some(Value::Text(text)) => text.split(',').map(str::to_owned).collect(),
                Some(value) => super::python::texts(value)
                    .ok_or_else(|| rejected(&options.place(name), name))?,
            };
            let mut unique: Vec<String> = Vec::new();
            for item in items {
                let item = item.to_lowercase();
                if !unique.contains(&item) {
                    unique.push(item);
                }
            }
            Ok(unique)
        };
        let max_age = match options.get("CORS_MAX_AGE") {
            None => "5".to_owned(),
            Some(value) if truth(value) == Some(false) => String::new(),
            Some(Value::Duration(seconds)) => seconds.to_string(),
            Some(value) => py_text(value),
        };
        Ok(Self {
            enabled: options.truth("CORS", true),
            fallback: match &value {
                Value::Text(text) if !text.contains(',') => Some(text.to_string()),
                _ => None,
            },
            has_star: has_star || is_star,
            origins,
            origins_span,
            headers: lower("CORS_ALLOW_HEADERS", "*")?,
            methods: lower("CORS_METHODS", "")?,
            expose: lower("CORS_EXPOSE_HEADERS", "")?,
            max_age,
            always_send: options.truth("CORS_ALWAYS_SEND", true),
            automatic_options: options.truth("CORS_AUTOMATIC_OPTIONS", true),
            send_wildcard: options.truth("CORS_SEND_WILDCARD", false) && (has_star || is_star),
            credentials,
        })
    }

    fn allow_origin(&self, asked: &str) -> String {
        if asked.is_empty() {
            return match (self.always_send, self.has_star, &self.fallback) {
                (false, ..) => String::new(),
                (true, true, _) => "*".to_owned(),
                (true, false, fallback) => fallback.clone().unwrap_or_default(),
            };
        }
        if self.send_wildcard {
            return "*".to_owned();
        }
        let fits = self.origins.iter().any(|(matcher, _)| matcher.is_match(asked));
        if fits { asked.to_owned() } else { String::new() }
    }
}

/// The items of `CORS_ORIGINS`: a text is a list with commas, and the star is an expression.
fn origin_items(value: &Value) -> Vec<Value> {
    let star = || {
        let pattern =
            crate::python::Pattern { written: ".*".into(), case: Case::Sensitive, span: 0..0 };
        Value::Regex(std::rc::Rc::new(pattern))
    };
    match value {
        Value::Text(text) if text.is_empty() => Vec::new(),
        Value::Text(text) if &**text == "*" => vec![star()],
        Value::Text(text) => text.split(',').map(|one| Value::text(one.trim())).collect(),
        Value::Regex(_) => vec![value.clone()],
        // Only lists count: a tuple is nothing to it.
        Value::List(items) => items.clone(),
        _ => Vec::new(),
    }
}

/// `re.escape`.
fn escaped(text: &str) -> String {
    let mut written = String::new();
    for c in text.chars() {
        if c.is_ascii_punctuation() || c == ' ' {
            written.push('\\');
        }
        written.push(c);
    }
    written
}

impl Program for Application {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let behaves = Behaves { head_is_get: true, options: 204, spelling: Spelling::AsWritten };
        let mut came = behind_answer(asked, behind, behaves);
        if came.status == 0 || !self.enabled {
            return came.lines.answered(came.status, came.reached);
        }
        let preflight = self.automatic_options && asked.method == "OPTIONS";
        let asks_method =
            asked.first("access-control-request-method").is_some_and(|method| !method.is_empty());
        if preflight && !asks_method {
            return came.lines.answered(came.status, came.reached);
        }
        let lines = &mut came.lines;
        let origin = self.allow_origin(asked.first("origin").unwrap_or_default());
        if !origin.is_empty() {
            lines.set("access-control-allow-origin", origin);
        }
        if lines.get("access-control-allow-origin").is_none() {
            return came.lines.answered(came.status, came.reached);
        }
        let with_credentials = asked.first("authorization").is_some_and(|it| !it.is_empty())
            || asked.first("cookie").is_some_and(|it| !it.is_empty());
        let is_star = |items: &[String]| !with_credentials && items.iter().any(|item| item == "*");
        if is_star(&self.expose) {
            lines.set("access-control-expose-headers", "*");
        } else if !self.expose.is_empty() {
            lines.set("access-control-expose-headers", self.expose.join(","));
        }
        if self.credentials {
            lines.set("access-control-allow-credentials", "true");
        }
        if lines.get("access-control-allow-origin") != Some("*") {
            lines.set("vary", "origin");
        }
        if preflight {
            if !self.max_age.is_empty() {
                lines.set("access-control-max-age", &*self.max_age);
            }
            if is_star(&self.headers) {
                lines.set("access-control-allow-headers", "*");
            } else {
                let requested = asked.first("access-control-request-headers").unwrap_or_default();
                let mut names: Vec<String> = Vec::new();
                for name in requested.split(',') {
                    let name = name.trim().to_lowercase();
                    if self.headers.contains(&name) && !names.contains(&name) {
                        names.push(name);
                    }
                }
                if !names.is_empty() {
                    lines.set("access-control-allow-headers", names.join(","));
                }
            }
            if is_star(&self.methods) {
                lines.set("access-control-allow-methods", "*");
            } else if let Some(allowed) = &came.allowed {
                let mut all = allowed.clone();
                if all.iter().any(|method| method == "GET")
                    && !all.iter().any(|method| method == "HEAD")
                {
                    all.push("HEAD".to_owned());
                }
                all.push("OPTIONS".to_owned());
                all.retain(|method| {
                    self.methods.is_empty() || self.methods.contains(&method.to_lowercase())
                });
                if !all.is_empty() {
                    lines.set("access-control-allow-methods", all.join(","));
                }
            }
        }
        came.lines.answered(came.status, came.reached)
    }

    fn borders(&self) -> Borders {
        let mut questions = Questions::new();
        for (matcher, _) in &self.origins {
            let matcher = OriginMatcher::Regex(Box::new(matcher.clone()));
            questions.origin(matcher, &self.origins_span);
        }
        let upper: Vec<String> = self.methods.iter().map(|method| method.to_uppercase()).collect();
        questions.methods(&upper);
        questions.headers(&self.headers);
        questions.looks_at("cookie");
        questions.looks_at("authorization");
        questions.done()
    }
}
