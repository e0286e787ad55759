//! `CorsConfiguration`, and what its processor makes of a request.

use crate::{Answered, Asked, Span};

/// The methods that `HttpMethod` has.
pub(super) const METHODS: &[&str] =
    &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
const ALL: &str = "*";

/// One configuration. Nothing set is not the same as an empty list.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    pub(super) origins: Option<Vec<(String, Span)>>,
    pub(super) methods: Option<Vec<String>>,
    pub(super) headers: Option<Vec<String>>,
    pub(super) exposed: Option<Vec<String>>,
    pub(super) credentials: Option<bool>,
    pub(super) max_age: Option<i64>,
    allowed: Allowed,
}

/// The methods of requests that pass.
#[derive(Clone, Debug)]
enum Allowed {
    Any,
    /// What `HttpMethod` does not have is nothing, and is written as `null`.
    These(Vec<Option<&'static str>>),
}

impl Default for Allowed {
    fn default() -> Self {
        Self::These(vec![Some("GET"), Some("HEAD")])
    }
}

fn resolved(method: &str) -> Option<&'static str> {
    METHODS.iter().find(|one| **one == method).copied()
}

impl Config {
    pub(super) fn set_methods(&mut self, methods: Option<Vec<String>>) {
        let list = methods.as_deref().unwrap_or_default();
        self.allowed = if list.is_empty() {
            Allowed::default()
        } else if list.iter().any(|method| method == ALL) {
            Allowed::Any
        } else {
            Allowed::These(list.iter().map(|method| resolved(method)).collect())
        };
        self.methods = methods;
    }

    /// Adds a method; `None` where Spring cannot: to the default list, which an empty one stands for.
    pub(super) fn add_method(&mut self, method: &str) -> Option<()> {
        if method.trim().is_empty() {
            return Some(());
        }
        if method != ALL && self.methods.as_ref().is_some_and(Vec::is_empty) {
            return None;
        }
        if self.methods.is_none() {
            self.allowed = Allowed::These(Vec::new());
        }
        self.methods.get_or_insert_default().push(method.to_owned());
        match &mut self.allowed {
            allowed if method == ALL => *allowed = Allowed::Any,
            Allowed::Any => {}
            Allowed::These(these) => these.push(resolved(method)),
        }
        Some(())
    }

    /// What is not set is set to what lets most requests pass.
    pub(super) fn permit_defaults(&mut self, span: &Span) {
        if self.origins.is_none() {
            self.origins = Some(vec![(ALL.to_owned(), span.clone())]);
        }
        if self.methods.is_none() {
            self.set_methods(Some(["GET", "HEAD", "POST"].map(str::to_owned).to_vec()));
        }
        if self.headers.is_none() {
            self.headers = Some(vec![ALL.to_owned()]);
        }
        if self.max_age.is_none() {
            self.max_age = Some(1800);
        }
    }

    fn origin(&self, origin: &str) -> Option<String> {
        if origin.trim().is_empty() {
            return None;
        }
        let origins = self.origins.as_deref()?;
        if origins.iter().any(|(one, _)| one == ALL) {
            let any = if self.credentials == Some(true) { origin } else { ALL };
            return Some(any.to_owned());
        }
        let fits = origins.iter().any(|(one, _)| one.to_lowercase() == origin.to_lowercase());
        fits.then(|| origin.to_owned())
    }

    /// The methods to be written.
    fn methods(&self, method: &str) -> Option<String> {
        let method = resolved(method)?;
        match &self.allowed {
            Allowed::Any => Some(method.to_owned()),
            Allowed::These(these) => these.contains(&Some(method)).then(|| {
                let names: Vec<&str> = these.iter().map(|one| one.unwrap_or("null")).collect();
                names.join(",")
            }),
        }
    }

    /// The names to be written.
    fn headers(&self, requested: &[&str]) -> Option<Vec<String>> {
        if requested.is_empty() {
            return Some(Vec::new());
        }
        let headers = self.headers.as_deref()?;
        let any = headers.iter().any(|one| one == ALL);
        let allowed = requested
            .iter()
            .filter(|name| any || headers.iter().any(|one| one.eq_ignore_ascii_case(name)));
        let allowed: Vec<String> = allowed.map(|&name| name.to_owned()).collect();
        (!allowed.is_empty()).then_some(allowed)
    }

    /// The lines that a request's answer gets; `None` where the request is turned away.
    pub(super) fn decide(&self, asked: &Asked<'_>, origin: &str) -> Option<Answered> {
        let preflight = preflight(asked);
        let origin = self.origin(origin)?;
        let methods = self.methods(preflight.unwrap_or(asked.method))?;
        let mut answered = Answered::by_itself(200);
        answered.add("Access-Control-Allow-Origin", origin);
        answered.vary.push("Origin".to_owned());
        if preflight.is_some() {
            let requested: Vec<&str> = asked
                .lines("access-control-request-headers")
                .flat_map(|line| line.split(','))
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .collect();
            let headers = self.headers(&requested)?;
            answered.add("Access-Control-Allow-Methods", methods);
            if !headers.is_empty() {
                answered.add("Access-Control-Allow-Headers", headers.join(", "));
            }
        }
        if let Some(exposed) = self.exposed.as_deref().filter(|exposed| !exposed.is_empty()) {
            answered.add("Access-Control-Expose-Headers", exposed.join(", "));
        }
        if self.credentials == Some(true) {
            answered.add("Access-Control-Allow-Credentials", "true");
        }
        if let Some(age) = self.max_age.filter(|_| preflight.is_some()) {
            answered.add("Access-Control-Max-Age", age.to_string());
        }
        Some(answered)
    }
}

/// The method that a preflight asks for.
pub(super) fn preflight<'a>(asked: &Asked<'a>) -> Option<&'a str> {
    asked.first("access-control-request-method").filter(|_| asked.method == "OPTIONS")
}
