//! The Serverless Framework's `serverless.yml`, for AWS.
//!
//! Its own defaults fill in what is not said: all origins, and the headers that AWS's libraries send.

use crate::document::{self, Entry, Node, Value};
use crate::formats::cloud::{Fixed, Gateway, Mock, MockPath, Names, Product, gateway};
use crate::formats::cloudformation;
use crate::formats::several::{self, Parts};
use crate::regexes::{Case, Flavour, Matcher, Reach};
use crate::{NotRead, Program, Refused, Source, Span, Why};

/// What may be sent where nothing is said.
const HEADERS: &[&str] = &[
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
];
/// The same for function URLs.
const URL_HEADERS: &[&str] = &[
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amzn-Trace-Id",
];
/// What stands for all methods of an HTTP API.
const ANY: &[&str] = &["GET", "POST", "PUT", "PATCH", "OPTIONS", "HEAD", "DELETE"];

/// Reads `serverless.yml`.
///
/// # Errors
/// What is not understood, variables in what CORS needs among it.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let mut parts: Parts = Vec::new();
    for document in document::read_fragments(source.text)? {
        let document = unfilled(document);
        if let Some(cors) = document.at(&["provider", "httpApi", "cors"])
            && let Some(program) = http_api(cors, &document)?
        {
            parts.push(("http-api".to_owned(), program));
        }
        let functions = document.get("functions").map_or(&[][..], Node::entries);
        if let Some(program) = rest(functions)? {
            parts.push(("rest-api".to_owned(), program));
        }
        for function in functions {
            if let Some(cors) = function.node.at(&["url", "cors"])
                && let Some(program) = url(cors)?
            {
                parts.push((function.key.clone(), program));
            }
        }
        if let Some(resources) = document.get("resources") {
            parts.extend(cloudformation::parts(resources)?);
        }
    }
    several::one_of(parts, source, "nothing about CORS")
}

/// The same document, in which texts with variables are unread.
fn unfilled(node: Node) -> Node {
    let value = match node.value {
        Value::String(text) if text.contains("${") => {
            // `${self:…}` and the rest of them are filled in when the service is packaged.
            let why = if text.starts_with("${") { Why::Elsewhere } else { Why::Computed };
            Value::Unread(why)
        }
        Value::List(items) => Value::List(items.into_iter().map(unfilled).collect()),
        Value::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|entry| Entry { node: unfilled(entry.node), ..entry })
                .collect(),
        ),
        other => other,
    };
    Node { value, span: node.span }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// The HTTP API: one configuration for all of it.
fn http_api(cors: &Node, document: &Node) -> Result<Option<Box<dyn Program>>, NotRead> {
    let mut made = match &cors.value {
        Value::Boolean(false) | Value::Null => return Ok(None),
        Value::Boolean(true) => open(cors, Product::HttpApi),
        Value::Unread(why) => {
            return Err(NotRead::refused(Refused::new(cors.span.clone(), "cors", *why)));
        }
        _ => gateway(cors, &Names::SERVERLESS, Product::HttpApi)?,
    };
    if made.origins.is_empty() {
        made.origins.push(("*".to_owned(), cors.span.clone()));
    }
    if made.headers.is_empty() {
        made.headers = owned(HEADERS);
    }
    if made.methods.is_empty() {
        // The methods of all routes, and OPTIONS.
        let events = document.get("functions").map_or(&[][..], Node::entries);
        let mut methods = vec!["OPTIONS".to_owned()];
        for event in events
            .iter()
            .flat_map(|function| function.node.get("events").map_or(&[][..], Node::items))
        {
            let Some(route) = event.get("httpApi") else { continue };
            for method in methods_of(route) {
                if !methods.contains(&method) {
                    methods.push(method);
                }
            }
        }
        made.methods = methods;
    }
    Ok(Some(Box::new(made)))
}

fn methods_of(route: &Node) -> Vec<String> {
    let method = match route.as_str() {
        Some(text) => text.split_whitespace().next().unwrap_or("*").to_owned(),
        None => route.get("method").and_then(Node::as_str).unwrap_or("*").to_owned(),
    };
    if method == "*" || method.eq_ignore_ascii_case("any") {
        owned(ANY)
    } else {
        vec![method.to_ascii_uppercase()]
    }
}

fn open(cors: &Node, product: Product) -> Gateway {
    Gateway {
        product,
        origins: vec![("*".to_owned(), cors.span.clone())],
        methods: Vec::new(),
        headers: Vec::new(),
        expose: Vec::new(),
        max_age: None,
        credentials: false,
    }
}

fn url(cors: &Node) -> Result<Option<Box<dyn Program>>, NotRead> {
    let mut made = match &cors.value {
        Value::Boolean(false) | Value::Null => return Ok(None),
        Value::Boolean(true) => open(cors, Product::FunctionUrl),
        _ => gateway(cors, &Names::SERVERLESS, Product::FunctionUrl)?,
    };
    if made.origins.is_empty() {
        made.origins.push(("*".to_owned(), cors.span.clone()));
    }
    if made.methods.is_empty() {
        made.methods = vec!["*".to_owned()];
    }
    if made.headers.is_empty() {
        made.headers = owned(URL_HEADERS);
    }
    Ok(Some(Box::new(made)))
}

/// The REST API: `http` events with `cors`.
fn rest(functions: &[Entry]) -> Result<Option<Box<dyn Program>>, NotRead> {
    let mut paths: Vec<Preflight> = Vec::new();
    let events = functions
        .iter()
        .flat_map(|function| function.node.get("events").map_or(&[][..], Node::items));
    for event in events {
        let Some(http) = event.get("http") else { continue };
        let Some(cors) = http.get("cors") else { continue };
        if matches!(cors.value, Value::Boolean(false) | Value::Null) {
            continue;
        }
        if let Value::Unread(why) = cors.value {
            return Err(NotRead::refused(Refused::new(cors.span.clone(), "cors", why)));
        }
        let path = http.get("path").map_or(Ok(String::new()), |node| node.text("path"))?;
        let path = format!("/{}", path.trim_matches('/'));
        let at = paths.iter().position(|one| one.path == path).unwrap_or_else(|| {
            paths.push(Preflight { path, span: cors.span.clone(), ..Preflight::default() });
            paths.len() - 1
        });
        paths[at].add(http, cors)?;
    }
    if paths.is_empty() {
        return Ok(None);
    }
    let paths = paths.into_iter().map(Preflight::finished).collect::<Result<_, _>>()?;
    Ok(Some(Box::new(Mock { paths })))
}

/// Everything that the mock of one path is told, by all events on it.
#[derive(Default)]
struct Preflight {
    path: String,
    span: Span,
    /// One origin, or several with commas.
    origin: String,
    origins: Vec<(String, Span)>,
    headers: Vec<String>,
    methods: Vec<String>,
    credentials: bool,
    max_age: Option<String>,
    responses: Vec<(String, Fixed)>,
}

impl Preflight {
    fn add(&mut self, http: &Node, cors: &Node) -> Result<(), NotRead> {
        let list = |key: &str| match cors.get(key) {
            Some(node) if node.as_str().is_some() => Ok(vec![(node.text(key)?, node.span.clone())]),
            Some(node) => node.placed_texts(key),
            None => Ok(Vec::new()),
        };
        let texts = |list: Vec<(String, Span)>| list.into_iter().map(|(text, _)| text);
        let origins = list("origins")?;
        if let Some(node) = cors.get("origins").filter(|node| node.as_str().is_some()) {
            return Err(node.rejected("origins"));
        }
        let said = cors.get("origin").map(|node| node.text("origin")).transpose()?;
        let origin = match said {
            Some(origin) => origin,
            None if origins.is_empty() => "*".to_owned(),
            None => String::new(),
        };
        let headers: Vec<String> = texts(list("headers")?).collect();
        let headers = if headers.is_empty() { owned(HEADERS) } else { headers };
        let own = method(http);
        let mut methods: Vec<String> = texts(list("methods")?).collect();
        if cors.get("methods").is_none() {
            methods.push("OPTIONS".to_owned());
        }
        methods.extend(["OPTIONS".to_owned(), own.clone()]);
        let credentials = cors
            .get("allowCredentials")
            .map_or(Ok(false), |node| node.boolean("allowCredentials"))?;
        self.respond(http, &own, &origin, &origins, credentials);
        // What comes last stands first, and one origin takes the place of another.
        self.headers = union(&headers, &self.headers);
        self.methods = union(&methods, &self.methods);
        let known = std::mem::take(&mut self.origins);
        self.origins = origins;
        for (text, span) in known {
            if !self.origins.iter().any(|(other, _)| *other == text) {
                self.origins.push((text, span));
            }
        }
        self.origin = origin;
        self.credentials |= credentials;
        if let Some(node) = cors.get("maxAge") {
            self.max_age = Some(node.integer("maxAge")?.to_string());
        }
        Ok(())
    }

    /// Integrations that map responses set the first origin on them.
    fn respond(
        &mut self,
        http: &Node,
        method: &str,
        origin: &str,
        origins: &[(String, Span)],
        credentials: bool,
    ) {
        let integration = http.get("integration").and_then(Node::as_str).unwrap_or_default();
        if !["LAMBDA", "AWS", "HTTP", "MOCK"].contains(&integration.to_ascii_uppercase().as_str()) {
            return;
        }
        let first = origins.first().map_or_else(
            || origin.split(',').next().unwrap_or_default().trim(),
            |(text, _)| text.as_str(),
        );
        let mut fixed = vec![("Access-Control-Allow-Origin".to_owned(), first.to_owned())];
        if credentials {
            fixed.push(("Access-Control-Allow-Credentials".to_owned(), "true".to_owned()));
        }
        self.responses.push((method.to_owned(), fixed));
    }

    fn finished(self) -> Result<MockPath, NotRead> {
        let origins = if self.origin.contains(',') {
            let parts = self.origin.split(',').map(|part| part.trim().to_owned());
            parts.map(|part| (part, self.span.clone())).collect()
        } else {
            self.origins
        };
        let first = origins.first().map_or(self.origin, |(text, _)| text.clone());
        let methods = self.methods.join(",").replace("ANY", "DELETE,GET,HEAD,PATCH,POST,PUT");
        let mut fixed: Fixed = vec![
            ("Access-Control-Allow-Origin".to_owned(), first),
            ("Access-Control-Allow-Headers".to_owned(), self.headers.join(",")),
            ("Access-Control-Allow-Methods".to_owned(), methods),
        ];
        if self.credentials {
            fixed.push(("Access-Control-Allow-Credentials".to_owned(), "true".to_owned()));
        }
        if let Some(age) = self.max_age {
            fixed.push(("Access-Control-Max-Age".to_owned(), age));
        }
        // Of several origins the first is fixed, and a template answers those that fit as expressions of Java.
        let reflected = origins.into_iter().map(|(text, span)| {
            let written = text.replace('.', "[.]").replacen('*', ".+", 1);
            Matcher::new(&written, Flavour::Java, Reach::Whole, Case::Sensitive)
                .map(|matcher| (matcher, span.clone()))
                .map_err(|_| NotRead::refused(Refused::new(span, text, Why::NotRegular)))
        });
        Ok(MockPath {
            path: self.path,
            options: Some((200, fixed)),
            responses: self.responses,
            reflected: reflected.collect::<Result<_, _>>()?,
            span: self.span,
        })
    }
}

/// The names of both lists, each once.
fn union(first: &[String], second: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in first.iter().chain(second) {
        if !all.contains(name) {
            all.push(name.clone());
        }
    }
    all
}

/// The method of an `http` event.
fn method(http: &Node) -> String {
    let method = match http.as_str() {
        Some(text) => text.split_whitespace().next().unwrap_or("any"),
        None => http.get("method").and_then(Node::as_str).unwrap_or("any"),
    };
    method.to_ascii_uppercase()
}
