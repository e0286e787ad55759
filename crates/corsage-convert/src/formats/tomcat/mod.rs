//! [Tomcat's `CorsFilter`](https://github.com/apache/tomcat) in a `web.xml`.

use super::servlet::{Filter, filters, hash_order};
use crate::{
    Answered, Asked, Behind, BehindAnswer, BehindResponse, Borders, NotRead, OriginBorder,
    OriginMatcher, Program, Refused, Rejected, Source, Span, Why,
};

const ORIGIN: &str = "Access-Control-Allow-Origin";

/// Reads a `web.xml`, or a part of one.
///
/// # Errors
/// What is not understood, or what the filter refuses when it starts.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let all = filters(source.text, "CorsFilter")?;
    if let Some(second) = all.get(1) {
        let what = "a second filter";
        return Err(NotRead::refused(Refused::new(second.span.clone(), what, Why::NotModelled)));
    }
    let filter = all.into_iter().next().map(Cors::new).transpose()?;
    Ok(Box::new(Application { filter }))
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
    headers: Vec<String>,
    expose: Vec<String>,
    credentials: bool,
    max_age: i64,
}

fn list(text: &str) -> Vec<String> {
    let mut items: Vec<String> = text.split(',').map(str::to_owned).collect();
    while items.last().is_some_and(String::is_empty) {
        items.pop();
    }
    items.iter().map(|item| item.trim().to_owned()).collect()
}

impl Cors {
    fn new(filter: Filter) -> Result<Self, NotRead> {
        let origins = filter.get("cors.allowed.origins").unwrap_or_default();
        let any_origin = origins.trim() == "*";
        let origins = if any_origin { Vec::new() } else { list(origins) };
        let of = |name: &str, otherwise: &str| list(filter.get(name).unwrap_or(otherwise));
        let methods = of("cors.allowed.methods", "GET,POST,HEAD,OPTIONS");
        let headers = of(
            "cors.allowed.headers",
            "Origin,Accept,X-Requested-With,Content-Type,Access-Control-Request-Method,Access-Control-Request-Headers",
        );
        let credentials = filter
            .get("cors.support.credentials")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let rejected = |name: &str| {
            NotRead::Rejected(Rejected { span: filter.place(name), what: name.to_owned() })
        };
        if credentials && any_origin {
            return Err(rejected("cors.support.credentials"));
        }
        let max_age = match filter.get("cors.preflight.maxage") {
            None => 1800,
            // No text is no age at all.
            Some("") => 0,
            Some(text) => text.parse().map_err(|_| rejected("cors.preflight.maxage"))?,
        };
        Ok(Self {
            any_origin,
            origins,
            origins_span: filter.place("cors.allowed.origins"),
            methods: hash_order(methods),
            // They go through a set as they are written, before one in lower case.
            headers: hash_order(hash_order(headers).iter().map(|name| name.to_lowercase())),
            expose: hash_order(of("cors.exposed.headers", "")),
            credentials,
            max_age,
            filter,
        })
    }

    /// Whether a request passes as it is, with what the filter adds to its response; where it does not, what
    /// it is answered instead.
    fn decide(&self, asked: &Asked<'_>) -> Decision {
        let Some(origin) = asked.first("origin") else { return Decision::Passes };
        if !is_valid(origin) {
            return Decision::Refused;
        }
        let asks = asked.first("access-control-request-method");
        let preflight = if asked.method == "OPTIONS" { asks } else { None };
        // One that posts without saying what is no kind of request that it knows.
        let is_unknown = asked.method == "POST" && asked.first("content-type").is_none();
        if is_unknown || preflight == Some("") {
            return Decision::Refused;
        }
        if !self.any_origin && !self.origins.iter().any(|one| one == origin) {
            return Decision::Refused;
        }
        let has = |method: &str| self.methods.iter().any(|one| one == method);
        let Some(method) = preflight else {
            return if has(asked.method) { Decision::Passes } else { Decision::Refused };
        };
        let requested = asked.first("access-control-request-headers").unwrap_or_default().trim();
        let allows = |name: &str| self.headers.contains(&name.trim().to_lowercase());
        if !has(method.trim()) || !requested.is_empty() && !requested.split(',').all(allows) {
            return Decision::Refused;
        }
        Decision::Answered
    }

    fn add_to(&self, asked: &Asked<'_>, answered: &mut Answered) {
        let mut vary = String::new();
        if self.any_origin {
            answered.add(ORIGIN, "*");
        } else {
            "Origin".clone_into(&mut vary);
            if let Some(origin) = asked.first("origin") {
                answered.add(ORIGIN, origin);
            }
        }
        if self.credentials {
            answered.add("Access-Control-Allow-Credentials", "true");
        }
        if !self.expose.is_empty() {
            answered.add("Access-Control-Expose-Headers", self.expose.join(","));
        }
        if asked.method == "OPTIONS" {
            for name in ["Access-Control-Request-Method", "Access-Control-Request-Headers"] {
                // What is there is read, and written again in lower case.
                vary = if vary.is_empty() {
                    name.to_owned()
                } else {
                    format!("{},{name}", vary.to_lowercase())
                };
            }
            if self.max_age > 0 {
                answered.add("Access-Control-Max-Age", self.max_age.to_string());
            }
            if !self.methods.is_empty() {
                answered.add("Access-Control-Allow-Methods", self.methods.join(","));
            }
            if !self.headers.is_empty() {
                answered.add("Access-Control-Allow-Headers", self.headers.join(","));
            }
        }
        if !vary.is_empty() {
            answered.vary.push(vary);
        }
    }
}

enum Decision {
    Passes,
    /// A preflight that the filter itself answers.
    Answered,
    Refused,
}

/// What Tomcat takes for an origin.
fn is_valid(origin: &str) -> bool {
    if origin.is_empty() || origin.contains('%') {
        return false;
    }
    if origin == "null" || origin.starts_with("file://") {
        return true;
    }
    origin.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

/// What a servlet makes of a request; its own lines take the place of the filter's.
pub(crate) fn servlet(asked: &Asked<'_>, behind: &dyn Behind, answered: &mut Answered) {
    let mut answer = behind.answer(asked);
    if let BehindAnswer::NoMethod { allowed } = &answer
        && asked.method == "HEAD"
        && allowed.iter().any(|method| method == "GET")
    {
        answer = behind.answer(&Asked { method: "GET", ..*asked });
    }
    match answer {
        BehindAnswer::Responds(response) => {
            (answered.status, answered.reached) = (response.status, true);
            set(answered, &response);
        }
        BehindAnswer::Raises => (answered.status, answered.reached) = (500, true),
        BehindAnswer::Drops => (answered.status, answered.reached) = (0, true),
        BehindAnswer::NoRoute => answered.status = 404,
        BehindAnswer::NoMethod { .. } => {
            answered.status = if asked.method == "OPTIONS" { 200 } else { 405 };
        }
    }
}

fn set(answered: &mut Answered, response: &BehindResponse) {
    for (name, value) in &response.cors {
        match answered.cors.iter().position(|(other, _)| other.eq_ignore_ascii_case(name)) {
            Some(at) => answered.cors[at] = (name.clone(), value.clone()),
            None => answered.add(name.clone(), value.clone()),
        }
    }
    if !response.vary.is_empty() {
        answered.vary = response.vary.clone();
    }
}

impl Program for Application {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let mut answered = Answered::by_itself(200);
        if let Some(cors) = self.filter.as_ref().filter(|it| it.filter.takes(asked.path_only())) {
            match cors.decide(asked) {
                Decision::Refused => return Answered::by_itself(403),
                Decision::Answered => {
                    cors.add_to(asked, &mut answered);
                    return answered;
                }
                Decision::Passes => cors.add_to(asked, &mut answered),
            }
        }
        servlet(asked, behind, &mut answered);
        answered
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders { paths: ["/".to_owned()].into(), ..Borders::default() };
        if let Some(cors) = &self.filter {
            for origin in &cors.origins {
                let matcher = OriginMatcher::Exact(origin.clone());
                borders.origins.push(OriginBorder { matcher, span: cors.origins_span.clone() });
            }
            borders.methods.extend(cors.methods.iter().cloned());
            borders.headers.extend(cors.headers.iter().cloned());
            borders.looks_at.insert("content-type".to_owned());
            for pattern in cors.filter.patterns() {
                borders.paths.insert(pattern.replace('*', "corsage"));
            }
        }
        borders
    }
}
