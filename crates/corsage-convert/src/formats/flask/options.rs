//! Options of one resource, and what they add to a response.

use super::Response;
use crate::formats::python::{Options, Questions, py_text, refused, rejected};
use crate::python::{Value, truth};
use crate::regexes::{BadExpressionWhy, Case, Flavour, Matcher, Reach};
use crate::{Asked, NotRead, OriginMatcher, Span, Why};

const METHODS: &str = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";

/// A text that is compared, or an expression that is matched from the beginning.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    Literal(String),
    Expression(Matcher),
}

impl Pattern {
    /// A text with signs of expressions is one.
    pub(super) fn new(value: &Value, case: Case, span: &Span) -> Result<Self, NotRead> {
        let (written, case) = match value {
            Value::Text(text) if &**text == "*" => (".*".to_owned(), case),
            Value::Text(text) if !text.contains(['*', '\\', ']', '?', '$', '^', '[', '(', ')']) => {
                return Ok(Self::Literal(text.to_string()));
            }
            Value::Text(text) => (text.to_string(), case),
            Value::Regex(pattern) => (pattern.written.to_string(), pattern.case),
            other => return Ok(Self::Literal(py_text(other))),
        };
        Matcher::new(&written, Flavour::Python, Reach::Start, case).map(Self::Expression).map_err(
            |bad| match bad.why {
                BadExpressionWhy::Syntax => rejected(span, written),
                why => refused(span, written, why.into()),
            },
        )
    }

    pub(super) fn fits_ignoring_case(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => literal.to_lowercase() == text.to_lowercase(),
            Self::Expression(matcher) => matcher.is_match(text),
        }
    }
}

pub(super) struct Resolved {
    origins: Vec<Pattern>,
    origins_span: Span,
    all_origins: bool,
    headers: Vec<Pattern>,
    methods: Option<String>,
    expose: Option<String>,
    max_age: Option<String>,
    credentials: bool,
    send_wildcard: bool,
    vary: bool,
    always_send: bool,
    private_network: bool,
    /// Whether a decorated function answers preflights.
    pub(super) automatic_options: bool,
}

impl Resolved {
    /// The last of the layers that gives an option decides; the application's configuration is the first.
    pub(super) fn new(config: &Options, layers: &[&Options]) -> Result<Self, NotRead> {
        let last = |name: &str| {
            let layer = layers.iter().rev().find(|layer| layer.get(name).is_some());
            match layer {
                Some(layer) => layer.get(name).map(|value| (value.clone(), layer.place(name))),
                // What is None in the configuration is not there.
                None => match config.get(name) {
                    None | Some(Value::None) => None,
                    Some(value) => Some((value.clone(), config.place(name))),
                },
            }
        };
        for (value, span) in ["origins", "methods", "allow_headers", "expose_headers", "max_age"]
            .into_iter()
            .filter_map(last)
        {
            if let Some(unknown) = value.first_unknown() {
                return Err(NotRead::refused(unknown.refused()));
            }
            if let Value::Outside(name) = &value {
                return Err(refused(&span, &**name, Why::Elsewhere));
            }
        }
        let switch = |name: &str, otherwise: bool| {
            last(name).map_or(otherwise, |(value, _)| truth(&value).unwrap_or(true))
        };
        let star = || (Value::text("*"), 0..0);
        let (origins, origins_span) = last("origins").unwrap_or_else(star);
        if matches!(origins, Value::None) {
            return Err(refused(&origins_span, "origins of None", Why::NotModelled));
        }
        let origins = listed(&origins);
        let all_origins = origins
            .iter()
            .any(|one| matches!(one, Value::Text(text) if matches!(&**text, "*" | ".*")));
        let credentials = switch("supports_credentials", false);
        let send_wildcard = switch("send_wildcard", false);
        if all_origins && credentials && send_wildcard {
            return Err(rejected(&origins_span, "supports_credentials with an origin of *"));
        }
        let (headers, headers_span) = last("allow_headers").unwrap_or_else(star);
        let patterns = |values: &[Value], span: &Span| -> Result<Vec<Pattern>, NotRead> {
            values.iter().map(|one| Pattern::new(one, Case::Insensitive, span)).collect()
        };
        Ok(Self {
            origins: patterns(&origins, &origins_span)?,
            origins_span,
            all_origins,
            headers: patterns(&listed(&headers), &headers_span)?,
            methods: match last("methods") {
                None => Some(METHODS.to_owned()),
                Some((value, span)) => flexible(&value, &span)?.map(|text| text.to_uppercase()),
            },
            expose: match last("expose_headers") {
                None => None,
                Some((value, span)) => flexible(&value, &span)?,
            },
            max_age: match last("max_age") {
                Some((Value::Duration(seconds), _)) => Some(seconds.to_string()),
                Some((value, _)) if truth(&value) == Some(true) => Some(py_text(&value)),
                _ => None,
            },
            credentials,
            send_wildcard,
            vary: switch("vary_header", true),
            always_send: switch("always_send", true),
            private_network: switch("allow_private_network", false),
            automatic_options: switch("automatic_options", true),
        })
    }

    fn allow_origin(&self, asked: &str) -> Option<(String, usize)> {
        if !asked.is_empty() {
            if self.all_origins && self.send_wildcard {
                return Some(("*".to_owned(), 1));
            }
            let fits = self.origins.iter().any(|one| one.fits_ignoring_case(asked));
            return fits.then(|| (asked.to_owned(), 1));
        }
        if !self.always_send {
            return None;
        }
        if self.all_origins {
            return (!self.credentials).then(|| ("*".to_owned(), 1));
        }
        let mut literals: Vec<&String> = self
            .origins
            .iter()
            .filter_map(|one| match one {
                Pattern::Literal(text) => Some(text),
                Pattern::Expression(_) => None,
            })
            .collect();
        literals.sort();
        // Of several only the first goes out, and the rest is counted.
        literals.first().map(|first| ((*first).clone(), literals.len()))
    }

    pub(super) fn add_to(&self, asked: &Asked<'_>, lines: &mut Response) {
        let header = |name: &str| asked.joined(name, ",").unwrap_or_default();
        let Some((origin, count)) = self.allow_origin(&header("origin")) else { return };
        let is_star = origin == "*";
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                lines.add(name, value);
            }
        };
        add("Access-Control-Allow-Origin", &origin);
        add("Access-Control-Expose-Headers", self.expose.as_deref().unwrap_or_default());
        if self.credentials {
            add("Access-Control-Allow-Credentials", "true");
        }
        if header("access-control-request-private-network") == "true" {
            let allows = if self.private_network { "true" } else { "false" };
            add("Access-Control-Allow-Private-Network", allows);
        }
        if asked.method == "OPTIONS" {
            let method = header("access-control-request-method").to_uppercase();
            // The list is one text, and the method is looked for in it.
            if let Some(methods) = self.methods.as_deref().filter(|all| all.contains(&*method))
                && !method.is_empty()
            {
                let requested = header("access-control-request-headers");
                let mut names: Vec<&str> = requested
                    .split(',')
                    .map(str::trim)
                    .filter(|_| !requested.is_empty())
                    .filter(|name| self.headers.iter().any(|one| one.fits_ignoring_case(name)))
                    .collect();
                names.sort_unstable();
                add("Access-Control-Allow-Headers", &names.join(", "));
                add("Access-Control-Max-Age", self.max_age.as_deref().unwrap_or_default());
                add("Access-Control-Allow-Methods", methods);
            }
        }
        let varies = self.origins.len() > 1
            || count > 1
            || self.origins.iter().any(|one| matches!(one, Pattern::Expression(_)));
        if self.vary && !is_star && varies {
            add("Vary", "Origin");
        }
    }

    pub(super) fn ask(&self, questions: &mut Questions) {
        for origin in &self.origins {
            let matcher = match origin {
                Pattern::Literal(text) => OriginMatcher::ExactIgnoringCase(text.clone()),
                Pattern::Expression(matcher) => OriginMatcher::Regex(Box::new(matcher.clone())),
            };
            questions.origin(matcher, &self.origins_span);
        }
        let split = |text: &str| text.split(", ").map(str::to_owned).collect::<Vec<_>>();
        questions.methods(&self.methods.as_deref().map(split).unwrap_or_default());
        let headers: Vec<String> = self
            .headers
            .iter()
            .filter_map(|one| match one {
                Pattern::Literal(text) => Some(text.clone()),
                Pattern::Expression(_) => None,
            })
            .collect();
        questions.headers(&headers);
        questions.looks_at("access-control-request-private-network");
    }
}

/// A list, or one value as a list of it.
fn listed(value: &Value) -> Vec<Value> {
    match value {
        Value::Text(_) => vec![value.clone()],
        other => other.items().unwrap_or_else(|| vec![other.clone()]),
    }
}

/// One text: a list is sorted and joined.
fn flexible(value: &Value, span: &Span) -> Result<Option<String>, NotRead> {
    match value {
        Value::None => Ok(None),
        Value::Text(text) => Ok(Some(text.to_string())),
        other => match other.items() {
            Some(items) => {
                let mut texts: Vec<String> = items.iter().map(py_text).collect();
                texts.sort();
                Ok(Some(texts.join(", ")))
            }
            None if other.to_text().is_some() => Ok(Some(py_text(other))),
            None => Err(refused(span, "a list", Why::NotModelled)),
        },
    }
}
