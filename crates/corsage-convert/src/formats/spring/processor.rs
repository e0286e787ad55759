//! `CorsConfiguration` and its processor since Spring 5.3.

use crate::regexes::{Case, Flavour, Matcher, Reach, escaped};
use crate::{Answered, Asked, OriginMatcher, Span};

/// What every response varies by.
pub(super) const VARY: [&str; 3] =
    ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"];

/// One configuration; lists that are empty are not set.
#[derive(Default)]
pub(super) struct Config {
    pub(super) origins: Vec<(String, Span)>,
    pub(super) patterns: Vec<(OriginPattern, Span)>,
    pub(super) methods: Vec<String>,
    pub(super) headers: Vec<String>,
    pub(super) exposed: Vec<String>,
    pub(super) credentials: bool,
    pub(super) max_age: Option<i64>,
}

/// A star for any characters, and a list of ports in brackets.
pub(super) struct OriginPattern {
    is_any: bool,
    matcher: Matcher,
}

impl OriginPattern {
    pub(super) fn new(written: &str) -> Option<Self> {
        let written = written.strip_suffix('/').unwrap_or(written);
        let (text, ports) = match written.rsplit_once(":[") {
            Some((text, ports)) if ports.ends_with(']') => {
                (text, Some(ports.trim_end_matches(']')))
            }
            _ => (written, None),
        };
        let parts: Vec<String> = text.split('*').map(escaped).collect();
        let ports = match ports {
            None => String::new(),
            Some("*") => "(:\\d+)?".to_owned(),
            Some(ports) if ports.split(',').all(|port| port.parse::<u32>().is_ok()) => {
                format!(":({})", ports.replace(',', "|"))
            }
            Some(_) => return None,
        };
        let expression = format!("{}{ports}", parts.join(".*"));
        let matcher =
            Matcher::new(&expression, Flavour::Java, Reach::Whole, Case::Sensitive).ok()?;
        Some(Self { is_any: written == "*", matcher })
    }

    pub(super) fn border(&self) -> OriginMatcher {
        if self.is_any {
            OriginMatcher::Any
        } else {
            OriginMatcher::Regex(Box::new(self.matcher.clone()))
        }
    }
}

impl Config {
    /// Whether every request fails: a star cannot stand for origins with credentials.
    pub(super) fn throws(&self) -> bool {
        self.credentials && self.origins.iter().any(|(one, _)| one == "*")
    }

    fn origin(&self, origin: &str) -> Option<String> {
        if origin.trim().is_empty() {
            return None;
        }
        if self.origins.iter().any(|(one, _)| one == "*") {
            return Some("*".to_owned());
        }
        let trimmed = origin.strip_suffix('/').unwrap_or(origin);
        let is_listed = self
            .origins
            .iter()
            .any(|(one, _)| one.strip_suffix('/').unwrap_or(one).eq_ignore_ascii_case(trimmed));
        let fits = |pattern: &OriginPattern| pattern.is_any || pattern.matcher.is_match(trimmed);
        (is_listed || self.patterns.iter().any(|(pattern, _)| fits(pattern)))
            .then(|| origin.to_owned())
    }

    fn methods(&self, method: &str) -> Option<String> {
        if self.methods.iter().any(|one| one == "*") {
            return Some(method.to_owned());
        }
        let listed: Vec<&str> = if self.methods.is_empty() {
            vec!["GET", "HEAD"]
        } else {
            self.methods.iter().map(String::as_str).collect()
        };
        listed.contains(&method).then(|| listed.join(","))
    }

    fn headers(&self, requested: &[&str]) -> Option<Vec<String>> {
        if requested.is_empty() {
            return Some(Vec::new());
        }
        let any = self.headers.iter().any(|one| one == "*");
        let allowed: Vec<String> = requested
            .iter()
            .filter(|name| any || self.headers.iter().any(|one| one.eq_ignore_ascii_case(name)))
            .map(|&name| name.to_owned())
            .collect();
        (!allowed.is_empty()).then_some(allowed)
    }

    /// Writes what a request's response gets; false where it is turned away.
    pub(super) fn allow(
        &self,
        asked: &Asked<'_>,
        origin: &str,
        is_preflight: bool,
        answered: &mut Answered,
    ) -> bool {
        let method = match asked.first("access-control-request-method") {
            Some(method) if is_preflight => method,
            _ => asked.method,
        };
        let (Some(origin), Some(methods)) = (self.origin(origin), self.methods(method)) else {
            return false;
        };
        let requested: Vec<&str> = asked
            .lines("access-control-request-headers")
            .flat_map(|line| line.split(','))
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        let headers = if is_preflight { self.headers(&requested) } else { Some(Vec::new()) };
        let Some(headers) = headers else { return false };
        answered.add("Access-Control-Allow-Origin", origin);
        if is_preflight {
            answered.add("Access-Control-Allow-Methods", methods);
            if !headers.is_empty() {
                answered.add("Access-Control-Allow-Headers", headers.join(", "));
            }
        }
        if !self.exposed.is_empty() {
            answered.add("Access-Control-Expose-Headers", self.exposed.join(", "));
        }
        if self.credentials {
            answered.add("Access-Control-Allow-Credentials", "true");
        }
        if let Some(age) = self.max_age.filter(|_| is_preflight) {
            answered.add("Access-Control-Max-Age", age.to_string());
        }
        true
    }
}
