//! [Jetty's `CrossOriginFilter`](https://github.com/jetty/jetty.project) in a `web.xml`.

use super::servlet::{Filter, filters};
use super::tomcat::servlet;
use crate::{
    Answered, Asked, Behind, BehindAnswer, Borders, NotRead, OriginBorder, OriginMatcher, Program,
    Refused, Source, Span, Why,
};

const ORIGIN: &str = "Access-Control-Allow-Origin";

/// Reads a `web.xml`, or a part of one.
///
/// # Errors
/// What is not understood.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let all = filters(source.text, "CrossOriginFilter")?;
    if let Some(second) = all.get(1) {
        let what = "a second filter";
        return Err(NotRead::refused(Refused::new(second.span.clone(), what, Why::NotModelled)));
    }
    Ok(Box::new(Application { filter: all.into_iter().next().map(Cors::new) }))
}

struct Application {
    filter: Option<Cors>,
}

struct Cors {
    filter: Filter,
    any_origin: bool,
    origins: Vec<String>,
    origins_span: Span,
    methods: Vec<String>,
    any_header: bool,
    headers: Vec<String>,
    expose: Vec<String>,
    credentials: bool,
    max_age: i32,
    chain_preflight: bool,
}

/// A list with commas: what is empty is left out.
fn list(text: &str) -> Vec<String> {
    text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

impl Cors {
    fn new(filter: Filter) -> Self {
        let of = |name: &str, otherwise: &str| list(filter.get(name).unwrap_or(otherwise));
        let origins = of("allowedOrigins", "*");
        let headers = filter.get("allowedHeaders");
        let is_true = |name: &str| filter.get(name).map(|value| value.eq_ignore_ascii_case("true"));
        Self {
            any_origin: origins.iter().any(|origin| origin == "*"),
            origins,
            origins_span: filter.place("allowedOrigins"),
            methods: of("allowedMethods", "GET,POST,HEAD"),
            any_header: headers == Some("*"),
            headers: of("allowedHeaders", "X-Requested-With,Content-Type,Accept,Origin"),
            expose: of("exposedHeaders", ""),
            credentials: is_true("allowCredentials").unwrap_or(true),
            // What is no number is no age.
            max_age: filter.get("preflightMaxAge").map_or(1800, |text| text.parse().unwrap_or(0)),
            chain_preflight: is_true("chainPreflight")
                .or_else(|| is_true("forwardPreflight"))
                .unwrap_or(true),
            filter,
        }
    }

    /// Several origins may stand in one line, with spaces between them.
    fn takes(&self, origins: &str) -> bool {
        self.any_origin
            || origins
                .split(' ')
                .map(str::trim)
                .filter(|origin| !origin.is_empty())
                .any(|origin| self.origins.iter().any(|one| glob(one, origin)))
    }

    fn allow_origin(&self, origin: &str, answered: &mut Answered) {
        answered.add(ORIGIN, origin);
        if self.credentials {
            answered.add("Access-Control-Allow-Credentials", "true");
        }
    }

    fn preflight(&self, asked: &Asked<'_>, origin: &str, method: &str, answered: &mut Answered) {
        let requested = list(asked.first("access-control-request-headers").unwrap_or_default());
        let allows = |name: &String| self.headers.iter().any(|one| one.eq_ignore_ascii_case(name));
        let has_method = self.methods.iter().any(|one| one == method);
        if !has_method || !self.any_header && !requested.iter().all(allows) {
            return;
        }
        self.allow_origin(origin, answered);
        if !self.any_origin {
            answered.vary.push("Origin".to_owned());
        }
        if self.max_age > 0 {
            answered.add("Access-Control-Max-Age", self.max_age.to_string());
        }
        answered.add("Access-Control-Allow-Methods", self.methods.join(","));
        let headers = if self.any_header { &requested } else { &self.headers };
        answered.add("Access-Control-Allow-Headers", headers.join(","));
    }
}

/// Each star stands for anything.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    true
}

impl Program for Application {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let mut answered = Answered::by_itself(200);
        let cors = self.filter.as_ref().filter(|it| it.filter.takes(asked.path_only()));
        if let (Some(cors), Some(origin)) = (cors, asked.first("origin"))
            && cors.takes(origin)
        {
            let asks = asked.first("access-control-request-method");
            match asks.filter(|_| asked.method == "OPTIONS") {
                Some(method) => {
                    cors.preflight(asked, origin, method, &mut answered);
                    if !cors.chain_preflight {
                        return answered;
                    }
                }
                None => {
                    cors.allow_origin(origin, &mut answered);
                    answered.vary.push("Origin".to_owned());
                    if !cors.expose.is_empty() {
                        let exposed = cors.expose.join(",");
                        answered.add("Access-Control-Expose-Headers", exposed);
                    }
                }
            }
        }
        // A servlet that is there for files answers every OPTIONS.
        if asked.method == "OPTIONS"
            && matches!(behind.answer(asked), BehindAnswer::NoRoute | BehindAnswer::NoMethod { .. })
        {
            return answered;
        }
        servlet(asked, behind, &mut answered);
        // The page for an error forgets what the response varies on.
        if matches!(answered.status, 404 | 405 | 500) {
            answered.vary.clear();
        }
        answered
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders { paths: ["/".to_owned()].into(), ..Borders::default() };
        if let Some(cors) = &self.filter {
            for origin in &cors.origins {
                let matcher = OriginMatcher::Glob(origin.clone());
                borders.origins.push(OriginBorder { matcher, span: cors.origins_span.clone() });
            }
            borders.methods.extend(cors.methods.iter().cloned());
            borders.headers.extend(cors.headers.iter().map(|name| name.to_ascii_lowercase()));
            for pattern in cors.filter.patterns() {
                borders.paths.insert(pattern.replace('*', "corsage"));
            }
        }
        borders
    }
}
