//! rack-cors in a Ruby application.
//!
//! Blocks of `allow` are asked in their order: the first whose origins fit and that has a resource for the path
//! decides. A preflight is always answered, with 200; an application's own headers stay.

mod lex;
mod paths;
mod read;

use crate::regexes::Matcher;
use crate::{
    Answered, Asked, Behind, BehindAnswer, Borders, NotRead, OriginBorder, OriginMatcher, Program,
    Source, Span,
};

/// What may always be sent.
const SIMPLE_HEADERS: &[&str] = &["accept", "accept-language", "content-language", "content-type"];

/// Reads the middleware where an application mounts it; whatever else the text has is passed by.
///
/// # Errors
/// What is not understood: values that are computed, conditions, blocks for origins.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    Ok(Box::new(Middleware { allowed: read::allowed(source.text)? }))
}

/// One block of `allow`.
#[derive(Default)]
struct Allow {
    origins: Vec<(Origin, Span)>,
    resources: Vec<Resource>,
}

enum Origin {
    Any,
    Exact(String),
    /// Searched for; a text without a scheme becomes one for any scheme.
    Expression(Matcher),
}

struct Resource {
    path: Matcher,
    /// A path that it takes.
    sample: String,
    is_public: bool,
    methods: Vec<String>,
    headers: Headers,
    expose: Vec<String>,
    credentials: bool,
    max_age: String,
    vary: Vec<String>,
}

enum Headers {
    Any,
    These(Vec<String>),
}

impl Origin {
    fn takes(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(text) => text == origin,
            Self::Expression(matcher) => matcher.is_match(origin),
        }
    }
}

impl Resource {
    fn headers(&self, origin: &str, answered: &mut Answered) {
        let allowed = if self.is_public { "*" } else { origin };
        answered.add("access-control-allow-origin", allowed);
        answered.add("access-control-allow-methods", self.methods.join(", "));
        answered.add("access-control-expose-headers", self.expose.join(", "));
        answered.add("access-control-max-age", self.max_age.clone());
        if self.credentials {
            answered.add("access-control-allow-credentials", "true");
        }
    }

    fn preflight(&self, asked: &Asked<'_>, origin: &str, method: &str, answered: &mut Answered) {
        if !self.methods.iter().any(|one| one.eq_ignore_ascii_case(method)) {
            return;
        }
        let requested = asked.joined("access-control-request-headers", ",");
        let takes = |name: &str| {
            let name = name.to_lowercase();
            match &self.headers {
                Headers::Any => true,
                Headers::These(names) => {
                    SIMPLE_HEADERS.contains(&name.as_str()) || names.contains(&name)
                }
            }
        };
        if let Some(requested) = &requested
            && !requested.split(',').map(str::trim_start).all(takes)
        {
            return;
        }
        self.headers(origin, answered);
        if let Some(requested) = requested {
            answered.add("access-control-allow-headers", requested);
        }
    }
}

struct Middleware {
    allowed: Vec<Allow>,
}

impl Middleware {
    fn resource(&self, origin: &str, path: &str) -> Option<&Resource> {
        self.allowed
            .iter()
            .filter(|allow| allow.origins.iter().any(|(one, _)| one.takes(origin)))
            .find_map(|allow| allow.resources.iter().find(|resource| resource.path.is_match(path)))
    }
}

impl Program for Middleware {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let path = paths::cleaned(asked.path_only());
        let origin = asked.first("origin").or_else(|| asked.first("x-origin"));
        let found = origin.and_then(|origin| Some((origin, self.resource(origin, &path)?)));
        if asked.method == "OPTIONS"
            && origin.is_some()
            && let Some(method) = asked.first("access-control-request-method")
        {
            let mut answered = Answered::by_itself(200);
            if let Some((origin, resource)) = found {
                resource.preflight(asked, origin, method, &mut answered);
            }
            return answered;
        }
        let mut own = Answered::default();
        if let Some((origin, resource)) = found {
            resource.headers(origin, &mut own);
        }
        let mut answered = match behind.answer(asked) {
            BehindAnswer::Responds(response) => Answered {
                status: response.status,
                reached: true,
                vary: response.vary,
                cors: response.cors,
            },
            // An error that nobody rescues goes through the middleware.
            BehindAnswer::Raises | BehindAnswer::Drops => {
                return Answered { reached: true, ..Answered::by_itself(500) };
            }
            BehindAnswer::NoRoute => Answered::by_itself(404),
            BehindAnswer::NoMethod { .. } => Answered::by_itself(405),
        };
        for (name, value) in own.cors {
            if answered.lines(&name).next().is_none() {
                answered.add(name, value);
            }
        }
        let resources = self.allowed.iter().flat_map(|allow| &allow.resources);
        if let Some(resource) = resources.into_iter().find(|one| one.path.is_match(&path)) {
            let mut names: Vec<String> = Vec::new();
            let there = answered.vary.iter().flat_map(|line| line.split(','));
            let there = there.map(|name| name.trim().to_owned());
            for name in there.chain(resource.vary.iter().cloned()) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            answered.vary = vec![names.join(", ")];
        }
        answered
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders { paths: ["/".to_owned()].into(), ..Borders::default() };
        for allow in &self.allowed {
            for (origin, span) in &allow.origins {
                let matcher = match origin {
                    Origin::Any => OriginMatcher::Any,
                    Origin::Exact(text) => OriginMatcher::Exact(text.clone()),
                    Origin::Expression(matcher) => OriginMatcher::Regex(Box::new(matcher.clone())),
                };
                borders.origins.push(OriginBorder { matcher, span: span.clone() });
            }
            for resource in &allow.resources {
                borders.paths.insert(resource.sample.clone());
                borders.methods.extend(resource.methods.iter().cloned());
                if let Headers::These(names) = &resource.headers {
                    borders.headers.extend(names.iter().cloned());
                }
            }
        }
        borders
    }
}
