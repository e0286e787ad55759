//! One `CORSMiddleware`, as it answers.

use super::of_no_use;
use crate::formats::python::{Lines, Options, Questions, py_text, rejected};
use crate::python::Value;
use crate::regexes::{BadExpressionWhy, Case, Flavour, Matcher, Reach};
use crate::{Asked, NotRead, OriginMatcher, Span};

const ALL_METHODS: &[&str] = &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY"];
const SAFELISTED: &[&str] = &["Accept", "Accept-Language", "Content-Language", "Content-Type"];
const PREFLIGHT_VARY: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network";

/// A list of texts, or one text that stands where a list is meant.
enum Texts {
    Each(Vec<String>),
    /// What is in it is asked of it as of a text.
    One(String),
}

impl Texts {
    fn new(options: &Options, name: &str, otherwise: &[&str]) -> Result<Self, NotRead> {
        match options.get(name) {
            Some(Value::Text(text)) => Ok(Self::One(text.to_string())),
            _ => options.texts(name, otherwise).map(Self::Each),
        }
    }

    fn contains(&self, text: &str) -> bool {
        match self {
            Self::Each(items) => items.iter().any(|item| item == text),
            Self::One(whole) => whole.contains(text),
        }
    }

    fn items(&self) -> Vec<String> {
        match self {
            Self::Each(items) => items.clone(),
            Self::One(whole) => whole.chars().map(|c| c.to_string()).collect(),
        }
    }
}

pub(super) struct Built {
    origins: Texts,
    origins_span: Span,
    regex: Option<Matcher>,
    regex_span: Span,
    all_origins: bool,
    methods: Texts,
    headers: Vec<String>,
    all_headers: bool,
    credentials: bool,
    private_network: bool,
    expose: Vec<String>,
    max_age: String,
}

/// Whether a request is answered here.
pub(super) enum Outcome {
    Preflight { status: u16, lines: Lines },
    GoesOn,
}

impl Built {
    pub(super) fn new(options: &Options) -> Result<Self, NotRead> {
        let origins = Texts::new(options, "allow_origins", &[])?;
        let mut methods = Texts::new(options, "allow_methods", &["GET"])?;
        if methods.contains("*") {
            methods = Texts::Each(ALL_METHODS.iter().map(|&method| method.to_owned()).collect());
        }
        let headers = Texts::new(options, "allow_headers", &[])?;
        let all_headers = headers.contains("*");
        let mut names: Vec<String> = headers.items();
        names.extend(SAFELISTED.iter().map(|&name| name.to_owned()));
        names.sort();
        names.dedup();
        let regex_span = options.place("allow_origin_regex");
        let regex = match options.get("allow_origin_regex") {
            None | Some(Value::None) => None,
            Some(Value::Text(written)) => Some(matcher(written, Case::Sensitive, &regex_span)?),
            Some(Value::Regex(pattern)) => {
                Some(matcher(&pattern.written, pattern.case, &regex_span)?)
            }
            Some(_) => return Err(rejected(&regex_span, "allow_origin_regex")),
        };
        let max_age = match options.get("max_age") {
            None => "600".to_owned(),
            Some(value) => match value.to_text() {
                Some(text) => text.to_string(),
                None => return Err(of_no_use(&options.place("max_age"), "max_age")),
            },
        };
        Ok(Self {
            all_origins: origins.contains("*"),
            origins,
            origins_span: options.place("allow_origins"),
            regex,
            regex_span,
            methods,
            headers: names,
            all_headers,
            credentials: options.truth("allow_credentials", false),
            private_network: options.truth("allow_private_network", false),
            expose: Texts::new(options, "expose_headers", &[])?.items(),
            max_age,
        })
    }

    fn is_allowed(&self, origin: &str) -> bool {
        self.all_origins
            || self.regex.as_ref().is_some_and(|regex| regex.is_match(origin))
            || self.origins.contains(origin)
    }

    /// Answers what is a preflight to it.
    pub(super) fn preflight(&self, asked: &Asked<'_>) -> Outcome {
        let (Some(origin), Some(method)) =
            (asked.first("origin"), asked.first("access-control-request-method"))
        else {
            return Outcome::GoesOn;
        };
        if asked.method != "OPTIONS" {
            return Outcome::GoesOn;
        }
        let explicit = !self.all_origins || self.credentials;
        let mut lines = Lines::default();
        lines.set("vary", PREFLIGHT_VARY);
        if !explicit {
            lines.set("access-control-allow-origin", "*");
        }
        lines.set("access-control-allow-methods", self.methods.items().join(", "));
        lines.set("access-control-max-age", &*self.max_age);
        if !self.all_headers {
            lines.set("access-control-allow-headers", self.headers.join(", "));
        }
        if self.credentials {
            lines.set("access-control-allow-credentials", "true");
        }
        let mut fails = false;
        if self.is_allowed(origin) {
            if explicit {
                lines.set("access-control-allow-origin", origin);
            }
        } else {
            fails = true;
        }
        fails |= !self.methods.contains(method);
        if let Some(asked) = asked.first("access-control-request-headers") {
            if self.all_headers {
                lines.set("access-control-allow-headers", asked);
            } else {
                fails |= asked.split(',').any(|name| {
                    let name = name.trim().to_lowercase();
                    !self.headers.iter().any(|allowed| allowed.to_lowercase() == name)
                });
            }
        }
        if asked.first("access-control-request-private-network").is_some() {
            if self.private_network {
                lines.set("access-control-allow-private-network", "true");
            } else {
                fails = true;
            }
        }
        Outcome::Preflight { status: if fails { 400 } else { 200 }, lines }
    }

    /// Adds its lines to a response.
    pub(super) fn add_to(&self, asked: &Asked<'_>, lines: &mut Lines) {
        let mut vary = lines.joined("vary");
        vary.push("Origin".to_owned());
        if let Some(origin) = asked.first("origin") {
            if self.all_origins {
                lines.set("access-control-allow-origin", "*");
            }
            if self.credentials {
                lines.set("access-control-allow-credentials", "true");
            }
            if !self.expose.is_empty() {
                lines.set("access-control-expose-headers", self.expose.join(", "));
            }
            let echoes = if self.all_origins { self.credentials } else { self.is_allowed(origin) };
            if echoes {
                lines.set("access-control-allow-origin", origin);
            }
        }
        lines.set("vary", vary.join(", "));
    }

    pub(super) fn ask(&self, questions: &mut Questions) {
        for origin in self.origins.items() {
            questions.origin(OriginMatcher::Exact(origin), &self.origins_span);
        }
        if let Texts::One(text) = &self.origins {
            questions.origin(OriginMatcher::Exact(text.clone()), &self.origins_span);
        }
        if let Some(regex) = &self.regex {
            let matcher = OriginMatcher::Regex(Box::new(regex.clone()));
            questions.origin(matcher, &self.regex_span);
        }
        questions.methods(&self.methods.items());
        questions.headers(&self.headers);
        questions.looks_at("access-control-request-private-network");
    }
}

fn matcher(written: &str, case: Case, span: &Span) -> Result<Matcher, NotRead> {
    Matcher::new(written, Flavour::Python, Reach::Whole, case).map_err(|bad| match bad.why {
        BadExpressionWhy::Syntax => rejected(span, py_text(&Value::text(written))),
        why => crate::formats::python::refused(span, written, why.into()),
    })
}
