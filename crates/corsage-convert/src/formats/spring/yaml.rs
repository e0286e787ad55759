//! Spring's properties: `globalcors` of Spring Cloud Gateway, `cors` in the metadata of its routes, and the CORS of
//! management endpoints.
//!
//! The model is that of Spring 5.3 and later, on WebFlux: patterns of origins, `*` with credentials refused at
//! each request, three `Vary` lines on every response.

use super::is_same_origin;
use super::paths::Pattern;
use super::processor::{Config, OriginPattern};
use crate::document::{self, Entry, Node, Value};
use crate::formats::several::{self, Parts};
use crate::{
    Answered, Asked, Behind, BehindResponse, Borders, NotRead, OriginBorder, OriginMatcher,
    Program, Refused, Source, Span, Why,
};

/// Where routes are configured, in the releases of the gateway.
const GATEWAYS: &[&[&str]] = &[
    &["spring", "cloud", "gateway"],
    &["spring", "cloud", "gateway", "server", "webflux"],
    &["spring", "cloud", "gateway", "server", "webmvc"],
    &["spring", "cloud", "gateway", "mvc"],
];

/// Whether a text is properties, not a program.
pub(super) fn is_properties(text: &str) -> bool {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    line.is_some_and(|line| {
        line == "---"
            || has_dotted_keys(text)
            || line.split_once(':').is_some_and(|(key, _)| {
                !key.is_empty()
                    && key
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            })
    })
}

/// Whether a text is `application.properties`: the first line that says something is `a.b=c`.
fn has_dotted_keys(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    let line = lines.find(|line| !line.is_empty() && !line.starts_with(['#', '!']));
    line.and_then(|line| line.split_once('=')).is_some_and(|(key, _)| {
        let key = key.trim_end();
        key.split('.').count() > 1
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.[]/*".contains(&byte))
    })
}

/// Reads `application.yml` or `application.properties`.
pub(super) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    // Documents without a profile are for all of them, and stand first; each profile is a program of its own.
    let mut profiles: Vec<(String, Gateway)> = vec![("default".to_owned(), Gateway::default())];
    let documents = if has_dotted_keys(source.text) {
        document::read_properties(source.text)?
    } else {
        document::read_all(source.text)?
    };
    for document in documents {
        let document = spread(document);
        let name = profile(&document).unwrap_or("default").to_owned();
        let place = profiles.iter().position(|(other, _)| *other == name).unwrap_or_else(|| {
            profiles.push((name, Gateway::default()));
            profiles.len() - 1
        });
        profiles[place].1.document(&document)?;
    }
    let parts: Parts = profiles
        .into_iter()
        .filter(|(_, gateway)| !gateway.registered.is_empty())
        .map(|(name, gateway)| (name, Box::new(gateway) as Box<dyn Program>))
        .collect();
    several::one_of(parts, source, "no CORS that is known here")
}

/// The profile that a document is for.
fn profile(document: &Node) -> Option<&str> {
    let paths: [&[&str]; 2] =
        [&["spring", "config", "activate", "on-profile"], &["spring", "profiles"]];
    paths.iter().find_map(|path| at(document, path)?.as_str())
}

/// The same document, with a key `a.b` as a map within a map.
fn spread(node: Node) -> Node {
    let value = match node.value {
        Value::Map(entries) => Value::Map(entries.into_iter().map(spread_entry).collect()),
        Value::List(items) => Value::List(items.into_iter().map(spread).collect()),
        other => other,
    };
    Node { value, span: node.span }
}

fn spread_entry(entry: Entry) -> Entry {
    let node = spread(entry.node);
    // In brackets a key is taken as it is.
    let Some((first, rest)) = entry.key.split_once('.').filter(|_| !entry.key.starts_with('['))
    else {
        return Entry { node, ..entry };
    };
    let inner =
        spread_entry(Entry { key: rest.to_owned(), key_span: entry.key_span.clone(), node });
    let span = inner.node.span.clone();
    Entry {
        key: first.to_owned(),
        key_span: entry.key_span,
        node: Node { value: Value::Map(vec![inner]), span },
    }
}

/// A key as Spring compares it: without dashes and case.
fn plain(key: &str) -> String {
    key.chars().filter(|char| !matches!(char, '-' | '_')).collect::<String>().to_lowercase()
}

fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let wanted = plain(key);
    node.entries().iter().find(|entry| plain(&entry.key) == wanted).map(|entry| &entry.node)
}

/// What stands at the end of some keys; of several that fit the first that goes on.
fn at<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n Node> {
    let Some((first, rest)) = keys.split_first() else { return Some(node) };
    let wanted = plain(first);
    let found = node.entries().iter().filter(|entry| plain(&entry.key) == wanted);
    found.into_iter().find_map(|entry| at(&entry.node, rest))
}

/// How a text stands for a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lists {
    /// At its commas.
    Split,
    /// As its only item.
    Single,
}

fn texts(node: &Node, what: &str, lists: Lists) -> Result<Vec<(String, Span)>, NotRead> {
    let filled = |text: String, span: &Span| {
        if text.contains("${") {
            let why = if text.starts_with("${") { Why::Elsewhere } else { Why::Computed };
            return Err(NotRead::refused(Refused::new(span.clone(), text, why)));
        }
        Ok(text)
    };
    match &node.value {
        Value::String(text) => {
            let text = filled(text.clone(), &node.span)?;
            let parts: Vec<&str> = match lists {
                Lists::Split => text.split(',').map(str::trim).collect(),
                Lists::Single => vec![&text],
            };
            Ok(parts.into_iter().map(|part| (part.to_owned(), node.span.clone())).collect())
        }
        // Lists in properties may be written as maps by their places.
        Value::Map(entries) => entries
            .iter()
            .map(|entry| Ok((entry.node.text(what)?, entry.node.span.clone())))
            .collect(),
        _ => {
            let items = node.placed_texts(what)?;
            items.into_iter().map(|(text, span)| Ok((filled(text, &span)?, span))).collect()
        }
    }
}

fn config(node: &Node, lists: Lists) -> Result<Config, NotRead> {
    let mut config = Config::default();
    for entry in node.entries() {
        let (key, value) = (plain(&entry.key), &entry.node);
        let list = || texts(value, &entry.key, lists);
        let names = || Ok::<_, NotRead>(list()?.into_iter().map(|(text, _)| text).collect());
        match key.as_str() {
            "allowedorigins" => config.origins = list()?,
            "allowedoriginpatterns" => {
                for (text, span) in list()? {
                    let pattern = OriginPattern::new(&text).ok_or_else(|| {
                        NotRead::refused(Refused::new(span.clone(), text, Why::NotRegular))
                    })?;
                    config.patterns.push((pattern, span));
                }
            }
            "allowedmethods" => config.methods = names()?,
            "allowedheaders" => config.headers = names()?,
            "exposedheaders" => config.exposed = names()?,
            "allowcredentials" => {
                config.credentials = match value.as_str() {
                    Some("true") => true,
                    Some("false") => false,
                    _ => value.boolean(&entry.key)?,
                }
            }
            "maxage" => config.max_age = Some(value.integer(&entry.key)?),
            _ => {
                return Err(NotRead::refused(Refused::new(
                    entry.key_span.clone(),
                    entry.key.clone(),
                    Why::NotModelled,
                )));
            }
        }
    }
    Ok(config)
}

#[derive(Default)]
struct Gateway {
    /// The first pattern that fits decides.
    registered: Vec<(Pattern, Config)>,
    /// Headers that a filter leaves once, and which of them stays.
    deduplicated: Vec<(String, Stays)>,
}

/// Which value of a header that comes twice stays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stays {
    First,
    Last,
    EachOnce,
}

impl Gateway {
    fn document(&mut self, document: &Node) -> Result<(), NotRead> {
        for path in GATEWAYS {
            let Some(node) = at(document, path) else { continue };
            self.global(node)?;
            self.routes(node)?;
            for filter in get(node, "default-filters").map_or(&[][..], Node::items) {
                self.filter(filter)?;
            }
        }
        let Some(cors) = at(document, &["management", "endpoints", "web", "cors"]) else {
            return Ok(());
        };
        let base = at(document, &["management", "endpoints", "web", "base-path"]);
        let base = base.map_or(Ok("/actuator".to_owned()), |node| node.text("base-path"))?;
        let mut config = config(cors, Lists::Split)?;
        config.max_age = config.max_age.or(Some(1800));
        self.register(&format!("{}/**", base.trim_end_matches('/')), &cors.span, config)
    }

    /// A filter of all routes, as far as it is about the headers of responses.
    fn filter(&mut self, filter: &Node) -> Result<(), NotRead> {
        let Some(written) = filter.as_str() else {
            let name = get(filter, "name").and_then(Node::as_str).unwrap_or_default();
            let touches = name.contains("Response") && name.contains("Header");
            return if touches { Err(filter.refused(name)) } else { Ok(()) };
        };
        let (name, value) = written.split_once('=').unwrap_or((written, ""));
        let is_cors = value.to_ascii_lowercase().contains("access-control-")
            || value.to_ascii_lowercase().contains("vary");
        match name.trim() {
            "DedupeResponseHeader" => {
                let (names, strategy) = value.split_once(',').unwrap_or((value, "RETAIN_FIRST"));
                let stays = match strategy.trim() {
                    "RETAIN_FIRST" => Stays::First,
                    "RETAIN_LAST" => Stays::Last,
                    "RETAIN_UNIQUE" => Stays::EachOnce,
                    other => return Err(filter.rejected(other)),
                };
                let names = names.split_whitespace();
                self.deduplicated.extend(names.map(|name| (name.to_ascii_lowercase(), stays)));
                Ok(())
            }
            name if is_cors && name.contains("Response") => Err(filter.refused(written)),
            _ => Ok(()),
        }
    }

    fn deduplicate(&self, answered: &mut Answered) {
        for (name, stays) in &self.deduplicated {
            let values = if name == "vary" {
                std::mem::take(&mut answered.vary)
            } else {
                let values = answered.lines(name).map(str::to_owned).collect();
                answered.remove(name);
                values
            };
            let kept: Vec<String> = match stays {
                Stays::First => values.into_iter().take(1).collect(),
                Stays::Last => values.into_iter().next_back().into_iter().collect(),
                Stays::EachOnce => {
                    let mut once: Vec<String> = Vec::new();
                    for value in values {
                        if !once.contains(&value) {
                            once.push(value);
                        }
                    }
                    once
                }
            };
            for value in kept {
                if name == "vary" {
                    answered.vary.push(value);
                } else {
                    answered.add(name.clone(), value);
                }
            }
        }
    }

    fn global(&mut self, gateway: &Node) -> Result<(), NotRead> {
        let Some(global) = get(gateway, "globalcors") else { return Ok(()) };
        let Some(configurations) = get(global, "cors-configurations") else { return Ok(()) };
        for entry in configurations.entries() {
            let path = entry.key.trim_start_matches('[').trim_end_matches(']');
            self.register(path, &entry.key_span, config(&entry.node, Lists::Split)?)?;
        }
        Ok(())
    }

    fn routes(&mut self, gateway: &Node) -> Result<(), NotRead> {
        let globals = self.registered.len();
        for route in get(gateway, "routes").map_or(&[][..], Node::items) {
            let Some(cors) = at(route, &["metadata", "cors"]) else { continue };
            let path = path_of(route);
            let made = config(cors, Lists::Single)?;
            self.register(path.as_deref().unwrap_or("/**"), &cors.span, made)?;
            // Which of two patterns is asked first is left to a map without an order.
            let (own, _) = &self.registered[self.registered.len() - 1];
            let overlaps = self.registered[..globals]
                .iter()
                .any(|(pattern, _)| pattern.fits(&sample(own)) || own.fits(&sample(pattern)));
            if overlaps {
                return Err(cors.refused("cors of a route beside globalcors"));
            }
        }
        Ok(())
    }

    fn register(&mut self, path: &str, span: &Span, config: Config) -> Result<(), NotRead> {
        let pattern = Pattern::new(path)
            .ok_or_else(|| NotRead::refused(Refused::new(span.clone(), path, Why::NotModelled)))?;
        self.registered.push((pattern, config));
        Ok(())
    }
}

/// The first pattern of a route's predicate `Path`.
fn path_of(route: &Node) -> Option<String> {
    let predicates = get(route, "predicates").map_or(&[][..], Node::items);
    predicates.iter().find_map(|predicate| {
        if let Some(text) = predicate.as_str() {
            let paths = text.strip_prefix("Path=")?;
            return Some(paths.split(',').next()?.trim().to_owned());
        }
        let name = get(predicate, "name")?.as_str()?;
        let arguments = get(predicate, "args").filter(|_| name == "Path")?;
        let first = arguments.entries().first()?;
        let text = first.node.as_str().or_else(|| first.node.items().first()?.as_str())?;
        Some(text.split(',').next()?.trim().to_owned())
    })
}

/// A path that a pattern takes.
fn sample(pattern: &Pattern) -> String {
    pattern.written().replace("**", "corsage").replace(['*', '?'], "x")
}

impl Program for Gateway {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let path = super::lookup_path(asked.path_only());
        let found = self.registered.iter().find(|(pattern, _)| pattern.fits(&path));
        let config = found.map(|(_, config)| config);
        if config.is_some_and(Config::throws) {
            return Answered::by_itself(500);
        }
        let mut own = Answered::by_itself(200);
        own.vary = super::processor::VARY.map(str::to_owned).to_vec();
        let is_preflight =
            super::config::preflight(asked).is_some() && asked.first("origin").is_some();
        if let Some(origin) = asked.first("origin")
            && !is_same_origin(origin, asked.host)
        {
            let allowed = match config {
                Some(config) => config.allow(asked, origin, is_preflight, &mut own),
                None => !is_preflight,
            };
            if !allowed {
                return Answered { status: 403, ..own };
            }
        }
        if is_preflight {
            return own;
        }
        let (reached, response) = behind.answer(asked).upstream();
        let response = response.unwrap_or_else(|| BehindResponse::plain(500));
        own.status = response.status;
        own.reached = reached;
        // What comes from behind is added to what is there.
        own.cors.extend(response.cors);
        own.vary.extend(response.vary);
        self.deduplicate(&mut own);
        own
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders { paths: ["/".to_owned()].into(), ..Borders::default() };
        for (pattern, config) in &self.registered {
            borders.paths.insert(sample(pattern));
            for (origin, span) in &config.origins {
                let matcher = match origin.as_str() {
                    "*" => OriginMatcher::Any,
                    text => OriginMatcher::ExactIgnoringCase(text.trim_end_matches('/').to_owned()),
                };
                borders.origins.push(OriginBorder { matcher, span: span.clone() });
            }
            for (pattern, span) in &config.patterns {
                borders
                    .origins
                    .push(OriginBorder { matcher: pattern.border(), span: span.clone() });
            }
            let named = |list: &[String]| {
                list.iter().filter(|name| *name != "*").cloned().collect::<Vec<_>>()
            };
            borders.methods.extend(named(&config.methods));
            borders.headers.extend(named(&config.headers).iter().map(|name| name.to_lowercase()));
        }
        borders
    }
}
