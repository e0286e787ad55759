//! agentgateway's `cors` policy: in its own configuration, or in an `AgentgatewayPolicy` of Kubernetes.
//!
//! It answers every preflight by itself, with 200, and always with the request's origin: a star admits
//! everyone, credentials or not. Nothing names `Origin` in `Vary`.

use crate::document::{self, Fields, Node, Value};
use crate::formats::kubernetes::seconds;
use crate::formats::several::{self, Parts};
use crate::{
    Answered, Asked, Behind, BehindResponse, Borders, NotRead, OriginBorder, OriginMatcher,
    Program, Source, Span,
};

/// How deep policies are looked for.
const MAX_DEPTH: usize = 24;

/// Reads agentgateway's configuration.
///
/// # Errors
/// What is not understood.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let mut parts: Parts = Vec::new();
    for document in document::read_all(source.text)? {
        collect(&document, None, &mut parts, 0)?;
    }
    several::one_of(parts, source, "no cors policy")
}

/// Policies, each with the paths of the route that it stands on.
fn collect(
    node: &Node,
    route: Option<&Node>,
    parts: &mut Parts,
    depth: usize,
) -> Result<(), NotRead> {
    if depth > MAX_DEPTH {
        return Ok(());
    }
    let is_route = node.get("matches").is_some() || node.get("backends").is_some();
    let route = if is_route { Some(node) } else { route };
    for entry in node.entries() {
        if entry.key == "cors" {
            let name = route
                .and_then(|route| route.get("name"))
                .or_else(|| node.at(&["metadata", "name"]))
                .and_then(Node::as_str);
            let cors = cors(&entry.node, paths(route))?;
            parts.push((name.unwrap_or("cors").to_owned(), Box::new(cors)));
        } else {
            collect(&entry.node, route, parts, depth + 1)?;
        }
    }
    for item in node.items() {
        collect(item, route, parts, depth + 1)?;
    }
    Ok(())
}

fn paths(route: Option<&Node>) -> Vec<String> {
    let matches = route.and_then(|route| route.get("matches")).map_or(&[][..], Node::items);
    let path = |one: &Node| {
        ["exact", "pathPrefix"]
            .iter()
            .find_map(|key| one.at(&["path", key])?.as_str())
            .map(str::to_owned)
    };
    matches.iter().filter_map(path).collect()
}

fn cors(node: &Node, paths: Vec<String>) -> Result<Cors, NotRead> {
    let mut fields = Fields::of(node, "cors")?;
    let mut list =
        |key: &str| fields.take(key).map_or(Ok(Vec::new()), |node| node.placed_texts(key));
    let names = |list: Vec<(String, Span)>| {
        let texts: Vec<String> = list.into_iter().map(|(text, _)| text).collect();
        if texts.iter().any(|text| text == "*") { Listed::Star } else { Listed::These(texts) }
    };
    let origins = list("allowOrigins")?;
    let methods = names(list("allowMethods")?);
    // Names of headers are kept in lower case.
    let lower = |listed: Listed| match listed {
        Listed::These(texts) => {
            Listed::These(texts.into_iter().map(|text| text.to_ascii_lowercase()).collect())
        }
        Listed::Star => Listed::Star,
    };
    let headers = lower(names(list("allowHeaders")?));
    let expose = lower(names(list("exposeHeaders")?));
    let max_age = match fields.take("maxAge") {
        None | Some(Node { value: Value::Null, .. }) => None,
        Some(age) => match age.as_str() {
            Some(text) => Some(seconds(text).ok_or_else(|| age.rejected("maxAge"))?),
            None => Some(age.integer("maxAge")?),
        },
    };
    let credentials = fields
        .take("allowCredentials")
        .map_or(Ok(false), |node| node.boolean("allowCredentials"))?;
    fields.done()?;
    let origins =
        origins.into_iter().map(|(text, span)| (Allowed::of(&text), text, span)).collect();
    Ok(Cors { paths, origins, methods, headers, expose, max_age, credentials })
}

enum Listed {
    Star,
    These(Vec<String>),
}

impl Listed {
    fn value(&self) -> Option<String> {
        match self {
            Self::Star => Some("*".to_owned()),
            Self::These(texts) if texts.is_empty() => None,
            Self::These(texts) => Some(texts.join(",")),
        }
    }
}

enum Allowed {
    Any,
    Parsed(Parsed),
    /// One that no origin is.
    Never,
}

impl Allowed {
    fn of(text: &str) -> Self {
        match text {
            "*" => Self::Any,
            _ => Parsed::of(text, true).map_or(Self::Never, Self::Parsed),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Parsed {
    scheme: &'static str,
    host: String,
    port: u16,
}

impl Parsed {
    fn of(text: &str, may_have_stars: bool) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let scheme = ["http", "https"].into_iter().find(|one| one.eq_ignore_ascii_case(scheme))?;
        if rest.is_empty() || rest.contains(['/', '?', '#']) {
            return None;
        }
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) => {
                let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
                if host.is_empty() || host.contains(':') || !is_number {
                    return None;
                }
                (host, port.parse().ok().filter(|port| *port != 0)?)
            }
            None => (rest, if scheme == "http" { 80 } else { 443 }),
        };
        if host.contains('*') && !may_have_stars {
            return None;
        }
        Some(Self { scheme, host: host.to_ascii_lowercase(), port })
    }

    fn takes(&self, other: &Self) -> bool {
        self.scheme == other.scheme
            && self.port == other.port
            && OriginMatcher::Glob(self.host.clone()).fits(&other.host)
    }

    fn matcher(&self) -> OriginMatcher {
        let own = if self.scheme == "http" { 80 } else { 443 };
        let port = if self.port == own { String::new() } else { format!(":{}", self.port) };
        let text = format!("{}://{}{port}", self.scheme, self.host);
        if !self.host.contains('*') {
            return OriginMatcher::Exact(text);
        }
        // A star stands for what a host may have, which a port is not.
        let parts: Vec<String> = self.host.split('*').map(crate::regexes::escaped).collect();
        let host = parts.join("[^:/]*");
        let expression = format!("{}://{host}{port}", self.scheme);
        use crate::regexes::{Case, Flavour, Matcher, Reach};
        Matcher::new(&expression, Flavour::Re2, Reach::Whole, Case::Sensitive)
            .map_or(OriginMatcher::Glob(text), |matcher| OriginMatcher::Regex(Box::new(matcher)))
    }
}

struct Cors {
    paths: Vec<String>,
    origins: Vec<(Allowed, String, Span)>,
    methods: Listed,
    headers: Listed,
    expose: Listed,
    max_age: Option<i64>,
    credentials: bool,
}

impl Cors {
    fn admits(&self, origin: &str) -> bool {
        let parsed = Parsed::of(origin, false);
        let has_star = self.origins.iter().any(|(one, ..)| matches!(one, Allowed::Any));
        has_star
            || self.origins.iter().any(|(one, ..)| match (one, &parsed) {
                (Allowed::Parsed(one), Some(parsed)) => one.takes(parsed),
                _ => false,
            })
    }

    fn preflight(&self, asked: &Asked<'_>, origin: &str) -> Answered {
        let mut answered = Answered::by_itself(200);
        answered.add("access-control-allow-origin", origin);
        let star = || (!self.credentials).then(|| "*".to_owned());
        let methods = match &self.methods {
            Listed::Star => {
                let method = asked.first("access-control-request-method").map(str::trim);
                method.filter(|method| !method.is_empty()).map(str::to_owned).or_else(star)
            }
            listed => listed.value(),
        };
        let headers = match &self.headers {
            Listed::Star => {
                let names: Vec<&str> = asked
                    .first("access-control-request-headers")
                    .unwrap_or_default()
                    .split(',')
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                    .collect();
                (!names.is_empty()).then(|| names.join(", ")).or_else(star)
            }
            listed => listed.value(),
        };
        if let Some(methods) = methods {
            answered.add("access-control-allow-methods", methods);
        }
        if let Some(headers) = headers {
            answered.add("access-control-allow-headers", headers);
        }
        if let Some(age) = self.max_age {
            answered.add("access-control-max-age", age.to_string());
        }
        if self.credentials {
            answered.add("access-control-allow-credentials", "true");
        }
        if let Some(expose) = self.expose.value() {
            answered.add("access-control-expose-headers", expose);
        }
        answered
    }
}

impl Program for Cors {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let origin = asked.first("origin");
        let is_admitted = origin.is_some_and(|origin| self.admits(origin));
        let requested = asked.first("access-control-request-method").unwrap_or_default();
        let is_preflight = asked.method == "OPTIONS" && !requested.is_empty();
        if let Some(origin) = origin {
            if is_admitted && asked.method == "OPTIONS" {
                return self.preflight(asked, origin);
            }
            if !is_admitted && is_preflight {
                return Answered::by_itself(200);
            }
        }
        let (reached, response) = behind.answer(asked).upstream();
        let response = response.unwrap_or_else(|| BehindResponse::plain(503));
        let mut answered =
            Answered { status: response.status, reached, vary: response.vary, cors: response.cors };
        if is_admitted && let Some(origin) = origin {
            let mut set = |name: &str, value: &str| {
                answered.remove(name);
                answered.add(name, value);
            };
            set("access-control-allow-origin", origin);
            if self.credentials {
                set("access-control-allow-credentials", "true");
            }
            if let Some(expose) = self.expose.value() {
                set("access-control-expose-headers", &expose);
            }
        }
        answered
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders::default();
        borders.paths.extend(self.paths.iter().cloned());
        for (allowed, text, span) in &self.origins {
            let matcher = match allowed {
                Allowed::Any => OriginMatcher::Any,
                Allowed::Parsed(parsed) => parsed.matcher(),
                Allowed::Never => OriginMatcher::Exact(text.clone()),
            };
            borders.origins.push(OriginBorder { matcher, span: span.clone() });
        }
        if let Listed::These(methods) = &self.methods {
            borders.methods.extend(methods.iter().cloned());
        }
        if let Listed::These(headers) = &self.headers {
            borders.headers.extend(headers.iter().cloned());
        }
        borders
    }
}
