//! The `headers` middleware.

use crate::regexes::Matcher;
use crate::{Answered, Asked, Borders, OriginBorder, OriginMatcher, Span};

/// What is written under `headers`, as far as CORS is concerned.
#[derive(Clone, Default)]
pub(super) struct Headers {
    pub(super) origins: Vec<(String, Span)>,
    pub(super) expressions: Vec<(Matcher, Span)>,
    pub(super) credentials: bool,
    pub(super) methods: Vec<String>,
    pub(super) headers: Vec<String>,
    pub(super) expose: Vec<String>,
    pub(super) max_age: Option<i64>,
    pub(super) add_vary: bool,
    pub(super) custom: Vec<(String, String)>,
}

const ORIGIN: &str = "Access-Control-Allow-Origin";
const CREDENTIALS: &str = "Access-Control-Allow-Credentials";
const METHODS: &str = "Access-Control-Allow-Methods";
const HEADERS: &str = "Access-Control-Allow-Headers";
const EXPOSE: &str = "Access-Control-Expose-Headers";
const MAX_AGE: &str = "Access-Control-Max-Age";

impl Headers {
    /// Whether anything about CORS is set: only then preflights are answered.
    pub(super) fn has_cors(&self) -> bool {
        self.credentials
            || !self.headers.is_empty()
            || !self.methods.is_empty()
            || !self.origins.is_empty()
            || !self.expressions.is_empty()
            || !self.expose.is_empty()
            || self.max_age.is_some()
            || self.add_vary
    }

    pub(super) fn preflight(&self, asked: &Asked<'_>) -> Option<Answered> {
        let method = asked.first("access-control-request-method").unwrap_or_default();
        let origin = asked.first("origin").unwrap_or_default();
        if !self.has_cors() || method.is_empty() || origin.is_empty() || asked.method != "OPTIONS" {
            return None;
        }
        let mut answered = Answered::by_itself(200);
        if self.credentials {
            answered.add(CREDENTIALS, "true");
        }
        // With credentials a star has no meaning to browsers: what was asked for is repeated.
        if self.credentials && has_star(&self.headers) {
            let requested = asked.first("access-control-request-headers").unwrap_or_default();
            add_filled(&mut answered, HEADERS, requested);
        } else {
            add_filled(&mut answered, HEADERS, &self.headers.join(","));
        }
        if self.credentials && has_star(&self.methods) {
            answered.add(METHODS, method);
        } else {
            add_filled(&mut answered, METHODS, &self.methods.join(","));
        }
        if let Some(matched) = self.matched(origin) {
            answered.add(ORIGIN, matched);
        }
        if let Some(max_age) = self.max_age {
            answered.add(MAX_AGE, max_age.to_string());
        }
        self.expose(&mut answered);
        sort(&mut answered);
        Some(answered)
    }

    pub(super) fn on_response(&self, asked: &Asked<'_>, answered: &mut Answered) {
        for (name, value) in &self.custom {
            if name.eq_ignore_ascii_case("vary") {
                answered.vary = if value.is_empty() { Vec::new() } else { vec![value.clone()] };
            } else if is_cors(name) {
                answered.remove(name);
                if !value.is_empty() {
                    answered.add(name.clone(), value.clone());
                }
            }
        }
        if let Some(matched) = self.matched(asked.first("origin").unwrap_or_default()) {
            set(answered, ORIGIN, matched);
        }
        if self.credentials {
            set(answered, CREDENTIALS, "true".to_owned());
        }
        self.expose(answered);
        if self.add_vary {
            let vary = answered.vary.first().map(String::as_str).unwrap_or_default();
            match vary {
                "Origin" => {}
                "" => answered.vary = vec!["Origin".to_owned()],
                vary => answered.vary = vec![format!("{vary},Origin")],
            }
        }
        sort(answered);
    }

    fn expose(&self, answered: &mut Answered) {
        let unread = self.credentials && has_star(&self.expose);
        if !self.expose.is_empty() && !unread {
            set(answered, EXPOSE, self.expose.join(","));
        }
    }

    /// The value that answers an origin.
    fn matched(&self, origin: &str) -> Option<String> {
        for (item, _) in &self.origins {
            if item == origin {
                return Some(item.clone());
            }
            if item == "*" {
                return Some(if self.credentials { origin.to_owned() } else { item.clone() });
            }
        }
        let fits = self.expressions.iter().any(|(expression, _)| expression.is_match(origin));
        fits.then(|| origin.to_owned())
    }

    pub(super) fn borders(&self, borders: &mut Borders) {
        for (origin, span) in &self.origins {
            let matcher = if origin == "*" {
                OriginMatcher::Any
            } else {
                OriginMatcher::Exact(origin.clone())
            };
            borders.origins.push(OriginBorder { matcher, span: span.clone() });
        }
        for (expression, span) in &self.expressions {
            let matcher = OriginMatcher::Regex(Box::new(expression.clone()));
            borders.origins.push(OriginBorder { matcher, span: span.clone() });
        }
        borders.methods.extend(self.methods.iter().cloned());
        borders.headers.extend(self.headers.iter().map(|header| header.to_ascii_lowercase()));
    }
}

fn has_star(list: &[String]) -> bool {
    list.iter().any(|item| item == "*")
}

fn add_filled(answered: &mut Answered, name: &str, value: &str) {
    if !value.is_empty() {
        answered.add(name, value);
    }
}

fn set(answered: &mut Answered, name: &str, value: String) {
    answered.remove(name);
    answered.add(name, value);
}

pub(super) fn is_cors(name: &str) -> bool {
    name.get(..15).is_some_and(|start| start.eq_ignore_ascii_case("access-control-"))
}

/// Go writes headers in the order of their names, each in its canonical case.
pub(super) fn sort(answered: &mut Answered) {
    for (name, _) in &mut answered.cors {
        *name = canonical(name);
    }
    answered.cors.sort_by(|(left, _), (right, _)| left.cmp(right));
}

fn canonical(name: &str) -> String {
    let words: Vec<String> = name
        .split('-')
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map_or(String::new(), |first| {
                format!("{}{}", first.to_ascii_uppercase(), chars.as_str().to_ascii_lowercase())
            })
        })
        .collect();
    words.join("-")
}
