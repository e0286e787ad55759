//! API Gateway's HTTP APIs, Lambda's function URLs and Azure's App Service: one list of each kind, compared with
//! the request's origin; preflights are answered by the gateway.

use crate::{
    Answered, Asked, Behind, BehindAnswer, Borders, OriginBorder, OriginMatcher, Program, Span,
};

/// Whose rules these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Product {
    /// An HTTP API.
    HttpApi,
    /// A function URL.
    FunctionUrl,
    /// Azure's App Service and its functions, which have no lists of methods and headers: all are granted.
    AppService,
}

/// What is configured.
pub(crate) struct Gateway {
    pub(crate) product: Product,
    pub(crate) origins: Vec<(String, Span)>,
    pub(crate) methods: Vec<String>,
    pub(crate) headers: Vec<String>,
    pub(crate) expose: Vec<String>,
    pub(crate) max_age: Option<i64>,
    pub(crate) credentials: bool,
}

impl Gateway {
    fn allowed(&self, origin: &str) -> Option<String> {
        if self.origins.iter().any(|(one, _)| one == "*") {
            return Some("*".to_owned());
        }
        let fits = self.origins.iter().any(|(one, _)| match self.scheme_alone(one) {
            Some(scheme) => origin.starts_with(scheme),
            None => one == origin,
        });
        fits.then(|| origin.to_owned())
    }

    /// `https://*` and `http://*` are all origins of a scheme; no other star means anything.
    fn scheme_alone<'o>(&self, one: &'o str) -> Option<&'o str> {
        let scheme = one.strip_suffix('*')?;
        (self.product == Product::HttpApi && matches!(scheme, "https://" | "http://"))
            .then_some(scheme)
    }

    fn allow(&self, origin: &str, answered: &mut Answered) -> bool {
        let Some(allowed) = self.allowed(origin) else { return false };
        answered.add("access-control-allow-origin", allowed);
        if self.credentials {
            answered.add("access-control-allow-credentials", "true");
        }
        true
    }

    fn preflight(&self, asked: &Asked<'_>, origin: &str) -> Answered {
        let status = if self.product == Product::FunctionUrl { 200 } else { 204 };
        let mut answered = Answered::by_itself(status);
        if !self.allow(origin, &mut answered) {
            return answered;
        }
        if self.product == Product::AppService {
            for kind in ["method", "headers"] {
                if let Some(wanted) = asked.joined(&format!("access-control-request-{kind}"), ",") {
                    let name = if kind == "method" { "methods" } else { kind };
                    answered.add(format!("access-control-allow-{name}"), wanted);
                }
            }
        }
        if !self.methods.is_empty() {
            answered.add("access-control-allow-methods", self.methods.join(","));
        }
        if !self.headers.is_empty() {
            answered.add("access-control-allow-headers", self.headers.join(","));
        }
        if let Some(age) = self.max_age {
            answered.add("access-control-max-age", age.to_string());
        }
        answered
    }
}

impl Program for Gateway {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let origin = asked.first("origin");
        if asked.method == "OPTIONS"
            && asked.first("access-control-request-method").is_some()
            && let Some(origin) = origin
        {
            return self.preflight(asked, origin);
        }
        let mut answered = match behind.answer(asked) {
            BehindAnswer::Responds(response) => Answered {
                status: response.status,
                reached: true,
                vary: response.vary,
                // What the integration says about CORS is ignored.
                cors: Vec::new(),
            },
            BehindAnswer::Drops | BehindAnswer::Raises => {
                let status = if self.product == Product::FunctionUrl { 502 } else { 500 };
                Answered { reached: true, ..Answered::by_itself(status) }
            }
            BehindAnswer::NoRoute | BehindAnswer::NoMethod { .. } => Answered::by_itself(404),
        };
        if let Some(origin) = origin
            && self.allow(origin, &mut answered)
            && !self.expose.is_empty()
        {
            answered.add("access-control-expose-headers", self.expose.join(","));
        }
        answered
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders { paths: ["/".to_owned()].into(), ..Borders::default() };
        for (one, span) in &self.origins {
            let matcher = match self.scheme_alone(one) {
                _ if one == "*" => OriginMatcher::Any,
                Some(scheme) => OriginMatcher::Prefix(scheme.to_owned()),
                None => OriginMatcher::Exact(one.clone()),
            };
            borders.origins.push(OriginBorder { matcher, span: span.clone() });
        }
        borders.methods.extend(self.methods.iter().filter(|one| *one != "*").cloned());
        borders.headers.extend(
            self.headers.iter().filter(|one| *one != "*").map(|one| one.to_ascii_lowercase()),
        );
        borders
    }
}
