//! The settings that the package reads.

use super::Raises;
use super::url::{self, Split};
use crate::formats::python::{Options, refused, rejected};
use crate::python::{Names, Value, truth};
use crate::regexes::{BadExpressionWhy, Case, Flavour, Matcher, Reach};
use crate::{NotRead, Span, Why};

pub(super) const DEFAULT_HEADERS: &[&str] =
    &["accept", "authorization", "content-type", "user-agent", "x-csrftoken", "x-requested-with"];
pub(super) const DEFAULT_METHODS: &[&str] = &["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"];
pub(super) const ALL_URLS: &str = "^.*$";

/// An expression that an origin may match from its beginning.
pub(super) struct Regex {
    pub(super) written: String,
    pub(super) case: Case,
    pub(super) span: Span,
    /// `None`: compiling it raises.
    matcher: Option<Matcher>,
}

pub(super) struct Settings {
    /// Whether the middleware is there.
    pub(super) installed: bool,
    pub(super) all_origins: bool,
    pub(super) origins: Vec<String>,
    pub(super) origins_span: Span,
    splits: Vec<Split>,
    pub(super) regexes: Vec<Regex>,
    pub(super) credentials: bool,
    pub(super) private_network: bool,
    pub(super) headers: Vec<String>,
    pub(super) methods: Vec<String>,
    pub(super) expose: Vec<String>,
    pub(super) max_age: Option<String>,
    pub(super) urls: Matcher,
    /// All of them, as they are given.
    pub(super) given: Options,
}

const NAMES: &[&str] = &[
    "CORS_ALLOW_HEADERS",
    "CORS_ALLOW_METHODS",
    "CORS_ALLOW_CREDENTIALS",
    "CORS_ALLOW_PRIVATE_NETWORK",
    "CORS_PREFLIGHT_MAX_AGE",
    "CORS_ALLOW_ALL_ORIGINS",
    "CORS_ORIGIN_ALLOW_ALL",
    "CORS_ALLOWED_ORIGINS",
    "CORS_ORIGIN_WHITELIST",
    "CORS_ALLOWED_ORIGIN_REGEXES",
    "CORS_ORIGIN_REGEX_WHITELIST",
    "CORS_EXPOSE_HEADERS",
    "CORS_URLS_REGEX",
    "CORS_MODEL",
    "CORS_REPLACE_HTTPS_REFERER",
];

impl Settings {
    pub(super) fn new(names: &Names) -> Result<Self, NotRead> {
        let mut given = Options::of_values(Vec::new(), 0..0);
        let mut unknown = Vec::new();
        for &name in NAMES {
            if let Some((value, span)) = names.get(name) {
                match value {
                    Value::Outside(what) => {
                        unknown.push(crate::Refused::new(span.clone(), &**what, Why::Elsewhere));
                    }
                    other => unknown.extend(other.first_unknown().map(|it| it.refused())),
                }
                given.set(name, value.clone(), span.clone());
            }
        }
        if !unknown.is_empty() {
            return Err(NotRead::Refused(unknown));
        }
        let truthy = |name: &str| given.get(name).map(|value| truth(value).unwrap_or(true));
        let first = |new: &'static str, old: &'static str| {
            if given.get(new).is_some() { new } else { old }
        };
        let origins_name = first("CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST");
        let origins = given.texts(origins_name, &[])?;
        let splits = origins.iter().filter_map(|origin| url::split(origin)).collect();
        let regexes_name = first("CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ORIGIN_REGEX_WHITELIST");
        Ok(Self {
            installed: installed(names),
            all_origins: truthy(first("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"))
                .unwrap_or(false),
            origins,
            origins_span: given.place(origins_name),
            splits,
            regexes: regexes(given.get(regexes_name), &given.place(regexes_name))?,
            credentials: truthy("CORS_ALLOW_CREDENTIALS").unwrap_or(false),
            private_network: truthy("CORS_ALLOW_PRIVATE_NETWORK").unwrap_or(false),
            headers: given.texts("CORS_ALLOW_HEADERS", DEFAULT_HEADERS)?,
            methods: given.texts("CORS_ALLOW_METHODS", DEFAULT_METHODS)?,
            expose: given.texts("CORS_EXPOSE_HEADERS", &[])?,
            max_age: match given.get("CORS_PREFLIGHT_MAX_AGE") {
                None => Some("86400".to_owned()),
                Some(value) if truth(value) == Some(false) => None,
                Some(value) => Some(super::super::python::py_text(value)),
            },
            urls: urls(given.get("CORS_URLS_REGEX"), &given.place("CORS_URLS_REGEX"))?,
            given,
        })
    }

    /// Whether an origin is in the lists.
    pub(super) fn lists(&self, origin: &str, url: &Split) -> Result<bool, Raises> {
        if origin == "null" && self.origins.iter().any(|one| one == "null") {
            return Ok(true);
        }
        if self.splits.iter().any(|one| one.scheme == url.scheme && one.netloc == url.netloc) {
            return Ok(true);
        }
        for regex in &self.regexes {
            if regex.matcher.as_ref().ok_or(Raises)?.is_match(origin) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A project whose list of middleware is not said here has it.
fn installed(names: &Names) -> bool {
    match names.get("MIDDLEWARE").and_then(|(value, _)| value.items()) {
        None => true,
        Some(items) => items.iter().any(|item| match item {
            Value::Text(text) => &**text == "corsheaders.middleware.CorsMiddleware",
            // Something that is not known may be it.
            _ => true,
        }),
    }
}

fn regexes(value: Option<&Value>, span: &Span) -> Result<Vec<Regex>, NotRead> {
    let items = match value {
        None => return Ok(Vec::new()),
        Some(value) => value.items().ok_or_else(|| rejected(span, "a list of expressions"))?,
    };
    let mut regexes = Vec::new();
    for item in items {
        let (written, case, span) = match &item {
            Value::Text(text) => (text.to_string(), Case::Sensitive, span.clone()),
            Value::Regex(pattern) => {
                (pattern.written.to_string(), pattern.case, pattern.span.clone())
            }
            _ => return Err(refused(span, "a list of expressions", Why::NotModelled)),
        };
        let matcher = match Matcher::new(&written, Flavour::Python, Reach::Start, case) {
            Ok(matcher) => Some(matcher),
            Err(bad) if bad.why == BadExpressionWhy::Syntax => None,
            Err(bad) => return Err(refused(&span, written, bad.why.into())),
        };
        regexes.push(Regex { written, case, span, matcher });
    }
    Ok(regexes)
}

fn urls(value: Option<&Value>, span: &Span) -> Result<Matcher, NotRead> {
    let (written, case) = match value {
        None => (ALL_URLS.to_owned(), Case::Sensitive),
        Some(Value::Text(text)) => (text.to_string(), Case::Sensitive),
        Some(Value::Regex(pattern)) => (pattern.written.to_string(), pattern.case),
        Some(_) => return Err(rejected(span, "CORS_URLS_REGEX")),
    };
    Matcher::new(&written, Flavour::Python, Reach::Start, case)
        .map_err(|bad| refused(span, written, bad.why.into()))
}
