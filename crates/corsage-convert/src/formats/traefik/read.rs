//! From Traefik's documents to routers.

use super::headers::Headers;
use super::rule::Rule;
use super::{Middleware, Router, Traefik};
use crate::document::{self, Entry, Fields, Node, Value};
use crate::regexes::{Case, Flavour, Matcher, Reach};
use crate::{NotRead, Refused, Source, Why};

/// How deep `chain` may refer to chains.
const MAX_CHAIN: usize = 8;

/// Fields of `headers` that no answer's CORS depends on.
const OTHER_FIELDS: &[&str] = &[
    "stsSeconds",
    "stsIncludeSubdomains",
    "stsPreload",
    "forceSTSHeader",
    "frameDeny",
    "customFrameOptionsValue",
    "contentTypeNosniff",
    "browserXssFilter",
    "customBrowserXSSValue",
    "contentSecurityPolicy",
    "contentSecurityPolicyReportOnly",
    "publicKey",
    "referrerPolicy",
    "permissionsPolicy",
    "isDevelopment",
    "featurePolicy",
    "sslProxyHeaders",
];
/// Those that answer by themselves.
const ANSWERING_FIELDS: &[&str] = &[
    "allowedHosts",
    "hostsProxyHeaders",
    "sslRedirect",
    "sslTemporaryRedirect",
    "sslHost",
    "sslForceHost",
];

/// Why a router, or all of them, are not there.
enum Broken {
    /// The whole file is refused.
    File,
    /// Only routers with this middleware.
    Middleware,
    NotRead(NotRead),
}

impl From<NotRead> for Broken {
    fn from(not_read: NotRead) -> Self {
        Self::NotRead(not_read)
    }
}

struct Written<'n> {
    middlewares: Vec<(&'n str, &'n Node)>,
    routers: Vec<WrittenRouter<'n>>,
}

struct WrittenRouter<'n> {
    rule: &'n Node,
    priority: Option<usize>,
    middlewares: Vec<String>,
}

pub(super) fn read(source: &Source<'_>) -> Result<Traefik, NotRead> {
    let is_toml = source.text.lines().any(|line| line.trim_start().starts_with("[http"));
    let documents = if is_toml {
        vec![folded(document::read_toml(source.text)?)]
    } else {
        document::read_all(source.text)?
    };
    let mut written = Written { middlewares: Vec::new(), routers: Vec::new() };
    for document in &documents {
        if let Some(http) = document.get("http") {
            file(http, &mut written)?;
        } else if let Some(kind) = document.get("kind").and_then(Node::as_str) {
            object(kind, document, &mut written)?;
        }
    }
    if written.middlewares.is_empty() && written.routers.is_empty() {
        let whole = 0..source.text.len();
        return Err(NotRead::refused(Refused::new(
            whole,
            "no middleware and no router",
            Why::NotModelled,
        )));
    }
    match build(&written) {
        Ok(traefik) => Ok(traefik),
        // Traefik goes on without the file.
        Err(Broken::File | Broken::Middleware) => Ok(Traefik { routers: Vec::new() }),
        Err(Broken::NotRead(not_read)) => Err(not_read),
    }
}

/// In TOML names are written in any case.
fn folded(node: Node) -> Node {
    const KNOWN: &[&str] = &[
        "headers",
        "chain",
        "middlewares",
        "routers",
        "rule",
        "service",
        "priority",
        "stripPrefix",
        "addPrefix",
        "customResponseHeaders",
        "customRequestHeaders",
        "accessControlAllowCredentials",
        "accessControlAllowHeaders",
        "accessControlAllowMethods",
        "accessControlAllowOriginList",
        "accessControlAllowOriginListRegex",
        "accessControlExposeHeaders",
        "accessControlMaxAge",
        "addVaryHeader",
    ];
    let value = match node.value {
        Value::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|entry| {
                    let known = KNOWN.iter().chain(OTHER_FIELDS).chain(ANSWERING_FIELDS);
                    let known =
                        known.into_iter().find(|name| name.eq_ignore_ascii_case(&entry.key));
                    Entry {
                        key: known.map_or(entry.key, |&name| name.to_owned()),
                        node: folded(entry.node),
                        key_span: entry.key_span,
                    }
                })
                .collect(),
        ),
        other => other,
    };
    Node { value, span: node.span }
}

fn file<'n>(http: &'n Node, written: &mut Written<'n>) -> Result<(), NotRead> {
    for entry in http.get("middlewares").map_or(&[][..], Node::entries) {
        written.middlewares.push((&entry.key, &entry.node));
    }
    for entry in http.get("routers").map_or(&[][..], Node::entries) {
        let rule = entry.node.get("rule").ok_or_else(|| entry.node.refused("no rule"))?;
        let middlewares = entry
            .node
            .get("middlewares")
            .map_or(Ok(Vec::new()), |node| node.texts("middlewares"))?;
        let priority = priority(entry.node.get("priority"))?;
        written.routers.push(WrittenRouter { rule, priority, middlewares });
    }
    Ok(())
}

fn priority(node: Option<&Node>) -> Result<Option<usize>, NotRead> {
    match node.map(|node| (&node.value, node)) {
        None => Ok(None),
        Some((Value::Integer(text), node)) => {
            text.parse().map(Some).map_err(|_| node.refused("priority"))
        }
        Some((_, node)) => Err(node.refused("priority")),
    }
}

fn object<'n>(kind: &str, document: &'n Node, written: &mut Written<'n>) -> Result<(), NotRead> {
    match kind {
        "Middleware" => {
            let name =
                document.at(&["metadata", "name"]).and_then(Node::as_str).unwrap_or_default();
            let spec = document.get("spec").ok_or_else(|| document.rejected("spec"))?;
            written.middlewares.push((name, spec));
        }
        "IngressRoute" => {
            for route in document.at(&["spec", "routes"]).map_or(&[][..], Node::items) {
                let rule = route.get("match").ok_or_else(|| route.rejected("match"))?;
                let names = route.get("middlewares").map_or(&[][..], Node::items);
                let middlewares = names
                    .iter()
                    .filter_map(|node| node.get("name").and_then(Node::as_str).map(str::to_owned))
                    .collect();
                written.routers.push(WrittenRouter {
                    rule,
                    priority: priority(route.get("priority"))?,
                    middlewares,
                });
            }
        }
        _ => {}
    }
    Ok(())
}

fn build(written: &Written<'_>) -> Result<Traefik, Broken> {
    // A file is decoded whole: a wrong field anywhere is felt everywhere.
    for (_, node) in &written.middlewares {
        if let Some(headers) = node.get("headers")
            && let Err(Broken::File) = headers_of(headers)
        {
            return Err(Broken::File);
        }
    }
    let mut routers: Vec<(usize, Router)> = Vec::new();
    for router in &written.routers {
        let text = router.rule.text("rule")?;
        let rule = Rule::parse(&text, router.rule)?;
        let mut middlewares = Some(Vec::new());
        for name in &router.middlewares {
            match middleware(name, written, 0) {
                Ok(more) => middlewares.iter_mut().for_each(|all| all.extend(more.iter().cloned())),
                Err(Broken::Middleware) => middlewares = None,
                Err(broken) => return Err(broken),
            }
        }
        routers.push((
            router.priority.filter(|priority| *priority > 0).unwrap_or(text.len()),
            Router { rule, middlewares },
        ));
    }
    if routers.is_empty() {
        // Middlewares alone: each is shown as it works where it stands alone; of several each under its name.
        let with_headers =
            || written.middlewares.iter().filter(|(_, node)| node.get("headers").is_some());
        let is_one = written.middlewares.len() == 1 || with_headers().count() == 1;
        let shown: Vec<_> = match written.middlewares.as_slice() {
            [one] => vec![*one],
            _ => with_headers().copied().collect(),
        };
        for (name, node) in shown {
            let middlewares = middleware(name, written, 0).map_err(|broken| match broken {
                Broken::Middleware => node.rejected(name).into(),
                broken => broken,
            })?;
            let rule = if is_one {
                Rule::PathPrefix("/".to_owned())
            } else {
                Rule::Host(name.to_ascii_lowercase())
            };
            routers.push((0, Router { rule, middlewares: Some(middlewares) }));
        }
    }
    // The longest rule is asked first.
    routers.sort_by_key(|(priority, _)| std::cmp::Reverse(*priority));
    Ok(Traefik { routers: routers.into_iter().map(|(_, router)| router).collect() })
}

/// A middleware of a name; a chain is opened.
fn middleware(name: &str, written: &Written<'_>, depth: usize) -> Result<Vec<Middleware>, Broken> {
    let plain =
        name.strip_suffix("@file").or_else(|| name.strip_suffix("@kubernetescrd")).unwrap_or(name);
    let found = written.middlewares.iter().find(|(other, _)| other.eq_ignore_ascii_case(plain));
    let Some((_, node)) = found else { return Err(Broken::Middleware) };
    let [entry] = node.entries() else { return Err(node.refused("middleware").into()) };
    let value = &entry.node;
    Ok(match entry.key.as_str() {
        "headers" => vec![Middleware::Headers(Box::new(headers_of(value)?))],
        "chain" if depth < MAX_CHAIN => {
            let mut all = Vec::new();
            for item in value.get("middlewares").map_or(&[][..], Node::items) {
                let inner = item
                    .as_str()
                    .or_else(|| item.get("name").and_then(Node::as_str))
                    .unwrap_or_default();
                all.extend(middleware(inner, written, depth + 1)?);
            }
            all
        }
        "stripPrefix" => {
            let prefixes =
                value.get("prefixes").map_or(Ok(Vec::new()), |node| node.texts("prefixes"))?;
            vec![Middleware::StripPrefix(prefixes)]
        }
        "addPrefix" => {
            let prefix =
                value.get("prefix").map_or(Ok(String::new()), |node| node.text("prefix"))?;
            vec![Middleware::AddPrefix(prefix)]
        }
        "retry" | "buffering" | "circuitBreaker" | "rateLimit" | "inFlightReq" | "contentType"
        | "grpcWeb" => {
            vec![Middleware::Nothing]
        }
        other => return Err(value.refused(other).into()),
    })
}

fn headers_of(node: &Node) -> Result<Headers, Broken> {
    let mut fields = Fields::of(node, "headers").map_err(|_| Broken::File)?;
    let mut headers = Headers::default();
    for origin in items(fields.take("accessControlAllowOriginList"))? {
        headers.origins.push((scalar(origin)?, origin.span.clone()));
    }
    let mut broken = false;
    for expression in items(fields.take("accessControlAllowOriginListRegex"))? {
        match Matcher::new(&scalar(expression)?, Flavour::Re2, Reach::Part, Case::Sensitive) {
            Ok(matcher) => headers.expressions.push((matcher, expression.span.clone())),
            Err(_) => broken = true,
        }
    }
    let mut list = |key| items(fields.take(key))?.iter().map(scalar).collect::<Result<Vec<_>, _>>();
    headers.methods = list("accessControlAllowMethods")?;
    headers.headers = list("accessControlAllowHeaders")?;
    headers.expose = list("accessControlExposeHeaders")?;
    headers.credentials = switch(fields.take("accessControlAllowCredentials"))?;
    headers.add_vary = switch(fields.take("addVaryHeader"))?;
    if let Some(age) = fields.take("accessControlMaxAge") {
        headers.max_age = match &age.value {
            Value::Null => None,
            Value::Integer(text) | Value::String(text) => {
                Some(text.parse().map_err(|_| Broken::File)?)
            }
            _ => return Err(Broken::File),
        };
    }
    let mut custom = fields.take("customRequestHeaders").is_some();
    for entry in fields.take("customResponseHeaders").map_or(&[][..], Node::entries) {
        custom = true;
        headers.custom.push((entry.key.clone(), scalar(&entry.node)?));
    }
    for name in ANSWERING_FIELDS {
        if let Some(node) = fields.take(name) {
            return Err(node.refused(name).into());
        }
    }
    let secure = OTHER_FIELDS.iter().any(|name| fields.take(name).is_some());
    fields.ignore(OTHER_FIELDS);
    if fields.done().is_err() {
        return Err(Broken::File);
    }
    // Traefik does not build a middleware that says nothing, or whose expression is broken.
    if broken || !(headers.has_cors() || custom || secure) {
        return Err(Broken::Middleware);
    }
    Ok(headers)
}

fn items(node: Option<&Node>) -> Result<&[Node], Broken> {
    match node.map(|node| (&node.value, node)) {
        None | Some((Value::Null, _)) => Ok(&[]),
        Some((Value::List(items), _)) => Ok(items),
        Some((_, node)) => Err(node.refused("list").into()),
    }
}

fn scalar(node: &Node) -> Result<String, Broken> {
    match &node.value {
        Value::String(text) | Value::Integer(text) | Value::Float(text) => Ok(text.clone()),
        Value::Boolean(value) => Ok(value.to_string()),
        Value::Null => Ok(String::new()),
        Value::List(_) | Value::Map(_) | Value::Unread(_) => Err(node.refused("text").into()),
    }
}

fn switch(node: Option<&Node>) -> Result<bool, Broken> {
    match node.map(|node| &node.value) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Boolean(value)) => Ok(*value),
        Some(Value::String(text)) if text == "true" => Ok(true),
        Some(Value::String(text)) if text == "false" => Ok(false),
        Some(_) => Err(Broken::File),
    }
}
