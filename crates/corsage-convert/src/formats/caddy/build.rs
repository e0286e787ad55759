//! Directives, sorted as Caddy sorts them.

use super::matchers::{self, Named};
use super::model::{Caddy, Handler, Map, MapKey, MapValue, Ops, Route, Set, Site, Test, Text};
use super::order::ORDER;
use super::parse::{Line, Word};
use super::text::text;
use crate::{NotRead, Refused, Why};

/// Directives that no answer depends on.
const HARMLESS: &[&str] = &[
    "log",
    "tls",
    "bind",
    "root",
    "log_append",
    "log_skip",
    "log_name",
    "tracing",
    "request_body",
    "fs",
];

pub(super) fn build(sites: &[Line]) -> Result<Caddy, NotRead> {
    let mut caddy = Caddy::default();
    for line in sites {
        caddy.sites.push(site(line)?);
    }
    if caddy.sites.is_empty() {
        return Err(NotRead::refused(Refused::new(0..0, "no site", Why::NotModelled)));
    }
    Ok(caddy)
}

fn site(line: &Line) -> Result<Site, NotRead> {
    let mut site = Site::default();
    let mut every_host = false;
    for word in &line.words {
        for address in word.text.split(',').filter(|address| !address.is_empty()) {
            let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
            if rest.contains('/') {
                return Err(word.refused());
            }
            let host = rest.split(':').next().unwrap_or_default().to_ascii_lowercase();
            if host.is_empty() { every_host = true } else { site.hosts.push(host) }
        }
    }
    if every_host {
        site.hosts.clear();
    }
    let block = line.block.as_deref().unwrap_or_default();
    let (errors, lines): (Vec<&Line>, Vec<&Line>) = block
        .iter()
        .partition(|line| line.words.first().is_some_and(|word| word.text == "handle_errors"));
    let lines: Vec<Line> = lines.into_iter().cloned().collect();
    let mut outputs = Vec::new();
    find_outputs(block, &mut outputs);
    let mut builder = Builder { outputs, groups: 0 };
    site.routes = builder.segment(&lines, &Named::new(), Sorted::Yes)?;
    for line in errors {
        let mut statuses = Vec::new();
        for word in &line.words[1..] {
            statuses.push(word.text.parse().map_err(|_| word.refused())?);
        }
        let block = line.block.as_deref().unwrap_or_default();
        site.errors.push((statuses, builder.segment(block, &Named::new(), Sorted::Yes)?));
    }
    Ok(site)
}

/// The names that `map` makes.
fn find_outputs(lines: &[Line], outputs: &mut Vec<String>) {
    for line in lines {
        if line.words.first().is_some_and(|word| word.text == "map") {
            let names = line.words.iter().skip(2);
            outputs.extend(names.map(|word| word.text.trim_matches(['{', '}']).to_owned()));
        }
        find_outputs(line.block.as_deref().unwrap_or_default(), outputs);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sorted {
    Yes,
    /// `route` keeps what is written.
    No,
}

struct Builder {
    outputs: Vec<String>,
    groups: usize,
}

struct Placed {
    order: usize,
    route: Route,
}

impl Builder {
    fn segment(
        &mut self,
        lines: &[Line],
        outer: &Named,
        sorted: Sorted,
    ) -> Result<Vec<Route>, NotRead> {
        let named = matchers::named(lines, outer, &self.outputs)?;
        let mut placed: Vec<Placed> = Vec::new();
        for line in lines {
            let Some((name, rest)) = line.words.split_first() else { continue };
            let word = name.text.as_str();
            if word.starts_with('@') || HARMLESS.contains(&word) {
                continue;
            }
            let base = if word == "handle_path" { "handle" } else { word };
            let Some(order) = ORDER.iter().position(|directive| *directive == base) else {
                return Err(name.refused());
            };
            for route in self.directive(name, rest, line.block.as_deref(), &named)? {
                placed.push(Placed { order, route });
            }
        }
        if sorted == Sorted::Yes {
            sort(&mut placed);
        }
        // Only the first of several that fits.
        for exclusive in ["rewrite", "handle"] {
            let order = ORDER.iter().position(|directive| *directive == exclusive);
            let count = placed.iter().filter(|placed| Some(placed.order) == order).count();
            if count > 1 {
                self.groups += 1;
                for placed in placed.iter_mut().filter(|placed| Some(placed.order) == order) {
                    placed.route.group = Some(self.groups);
                }
            }
        }
        Ok(placed.into_iter().map(|placed| placed.route).collect())
    }

    fn directive(
        &mut self,
        name: &Word,
        words: &[Word],
        block: Option<&[Line]>,
        named: &Named,
    ) -> Result<Vec<Route>, NotRead> {
        if name.text == "map" {
            let handler = Handler::Map(self.map(name, words, block)?);
            return Ok(vec![Route { group: None, matcher: None, handler }]);
        }
        // With one word, `rewrite` has no matcher.
        let (matcher, words) = if name.text == "rewrite" && words.len() == 1 {
            (None, words)
        } else {
            matchers::take(words, named)?
        };
        let mut matcher = matcher;
        let handlers = match name.text.as_str() {
            "header" => self.header(name, words, block)?,
            "request_header" => {
                let mut ops = Ops::default();
                let (Some(field), None) = (words.first(), block) else {
                    return Err(name.refused());
                };
                self.operation(&mut ops, field, &words[1..])?;
                vec![Handler::RequestHeaders(ops)]
            }
            "respond" => vec![Handler::Respond { status: self.respond_status(name, words)? }],
            "redir" => {
                let status = match words {
                    [_] => Text(vec![super::model::Piece::Literal("302".to_owned())]),
                    [_, code] => match code.text.as_str() {
                        "permanent" => Text(vec![super::model::Piece::Literal("301".to_owned())]),
                        "temporary" => Text(vec![super::model::Piece::Literal("302".to_owned())]),
                        "html" => Text(vec![super::model::Piece::Literal("200".to_owned())]),
                        _ => text(code, &self.outputs)?,
                    },
                    _ => return Err(name.rejected("wrong argument count")),
                };
                vec![Handler::Redirect { status }]
            }
            "error" => {
                let status = words.last().and_then(|word| word.text.parse().ok());
                vec![Handler::Error { status: status.unwrap_or(500) }]
            }
            "abort" => vec![Handler::Abort],
            "handle" => {
                let inner = self.segment(block.unwrap_or_default(), named, Sorted::Yes)?;
                vec![Handler::Sub(inner)]
            }
            "handle_path" => {
                let Some(Test::Path(paths)) = matcher.as_ref().and_then(|set| set.0.first()) else {
                    return Err(name.refused());
                };
                let prefix = paths
                    .first()
                    .map(|path| path.trim_end_matches('*').to_owned())
                    .unwrap_or_default();
                let mut inner = vec![Route {
                    group: None,
                    matcher: None,
                    handler: Handler::StripPrefix(prefix),
                }];
                inner.extend(self.segment(block.unwrap_or_default(), named, Sorted::Yes)?);
                vec![Handler::Sub(inner)]
            }
            "route" => {
                vec![Handler::Sub(self.segment(block.unwrap_or_default(), named, Sorted::No)?)]
            }
            "rewrite" => {
                let [to] = words else { return Err(name.refused()) };
                vec![Handler::Rewrite(text(to, &self.outputs)?)]
            }
            "uri" => match words {
                [what, prefix] if what.text == "strip_prefix" => {
                    vec![Handler::StripPrefix(prefix.text.clone())]
                }
                _ => return Err(name.refused()),
            },
            "reverse_proxy" | "php_fastcgi" => {
                if name.text == "php_fastcgi" && block.is_some() {
                    return Err(name.refused());
                }
                vec![self.proxy(block.unwrap_or_default())?]
            }
            _ => return Err(name.refused()),
        };
        let shared: Option<Set> = matcher.take();
        Ok(handlers
            .into_iter()
            .map(|handler| Route { group: None, matcher: shared.clone(), handler })
            .collect())
    }

    fn respond_status(&self, name: &Word, words: &[Word]) -> Result<Option<Text>, NotRead> {
        let is_status = |word: &Word| {
            word.text.len() == 3 && word.text.bytes().all(|byte| byte.is_ascii_digit())
        };
        match words {
            [] => Ok(None),
            [only] if is_status(only) => text(only, &self.outputs).map(Some),
            [_] => Ok(None),
            [_, status] => text(status, &self.outputs).map(Some),
            _ => Err(name.rejected("wrong argument count")),
        }
    }

    fn header(
        &self,
        name: &Word,
        words: &[Word],
        block: Option<&[Line]>,
    ) -> Result<Vec<Handler>, NotRead> {
        let mut plain = Ops::default();
        let mut absent = Ops::default();
        let mut only_absent = Vec::new();
        let mut deferred = false;
        let mut one = |field: &Word, values: &[Word]| -> Result<(), NotRead> {
            if let Some(stem) = field.text.strip_prefix('?') {
                let stem =
                    Word { text: stem.to_owned(), raw: String::new(), span: field.span.clone() };
                only_absent.push(stem.text.trim_end_matches(':').to_owned());
                return self.operation(&mut absent, &stem, values);
            }
            deferred |= field.text.starts_with('>') || field.text.starts_with('-');
            self.operation(&mut plain, field, values)
        };
        if let Some((field, values)) = words.split_first() {
            one(field, values)?;
        }
        let mut defer = false;
        for line in block.unwrap_or_default() {
            let Some((field, values)) = line.words.split_first() else { continue };
            match field.text.as_str() {
                "defer" => defer = true,
                "match" => return Err(field.refused()),
                _ if !words.is_empty() => {
                    return Err(
                        field.rejected("cannot specify headers in both arguments and block")
                    );
                }
                _ => one(field, values)?,
            }
        }
        if words.is_empty() && block.is_none() {
            return Err(name.rejected("wrong argument count"));
        }
        let mut handlers = Vec::new();
        if !plain.is_empty() {
            handlers.push(Handler::Headers {
                ops: plain,
                deferred: deferred || defer,
                only_absent: Vec::new(),
            });
        }
        if !absent.is_empty() {
            handlers.push(Handler::Headers { ops: absent, deferred: true, only_absent });
        }
        Ok(handlers)
    }

    /// One field with its sign.
    fn operation(&self, ops: &mut Ops, field: &Word, values: &[Word]) -> Result<(), NotRead> {
        let name = field.text.trim_end_matches(':');
        let bare = |name: &str| Word {
            text: name.to_owned(),
            raw: String::new(),
            span: field.span.clone(),
        };
        if let Some(name) = name.strip_prefix('-') {
            ops.delete.push(text(&bare(name), &self.outputs)?);
            return Ok(());
        }
        let value = match values {
            [] => Text::default(),
            [value] => text(value, &self.outputs)?,
            // A search and its replacement.
            [_, replacement, ..] => return Err(replacement.refused()),
        };
        if let Some(name) = name.strip_prefix('+') {
            ops.add.push((name.to_owned(), value));
            return Ok(());
        }
        let name = name.strip_prefix('>').unwrap_or(name);
        if name.contains(['{', '?']) {
            return Err(field.refused());
        }
        match ops.set.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(name)) {
            // The last one counts.
            Some((_, known)) => *known = value,
            None => ops.set.push((name.to_owned(), value)),
        }
        Ok(())
    }

    fn proxy(&self, block: &[Line]) -> Result<Handler, NotRead> {
        let mut down = Ops::default();
        for line in block {
            let Some((name, rest)) = line.words.split_first() else { continue };
            let word = name.text.as_str();
            let families =
                ["lb_", "health_", "unhealthy_", "stream_", "request_buffers", "response_buffers"];
            match word {
                "header_down" => {
                    let Some((field, values)) = rest.split_first() else {
                        return Err(name.refused());
                    };
                    if field.text.starts_with(['>', '?']) {
                        return Err(field.refused());
                    }
                    self.operation(&mut down, field, values)?;
                }
                "to" | "header_up" | "transport" | "flush_interval" | "trusted_proxies"
                | "fail_duration" | "max_fails" | "dynamic" | "verbose_logs" => {}
                _ if families.iter().any(|family| word.starts_with(family)) => {}
                _ => return Err(name.refused()),
            }
        }
        Ok(Handler::Proxy { down })
    }

    fn map(&self, name: &Word, words: &[Word], block: Option<&[Line]>) -> Result<Map, NotRead> {
        let [source, outputs @ ..] = words else { return Err(name.refused()) };
        if outputs.is_empty() || source.text.starts_with(['@', '/', '*']) {
            return Err(name.refused());
        }
        let mut map = Map {
            source: text(source, &self.outputs)?,
            outputs: outputs
                .iter()
                .map(|word| word.text.trim_matches(['{', '}']).to_owned())
                .collect(),
            entries: Vec::new(),
            default: Vec::new(),
        };
        for line in block.unwrap_or_default() {
            let Some((input, values)) = line.words.split_first() else { continue };
            if let Some(odd) =
                values.iter().find(|word| word.text == "-" || word.text.contains("${"))
            {
                return Err(odd.refused());
            }
            if values.len() != outputs.len() {
                return Err(input.refused());
            }
            let texts: Vec<Text> =
                values.iter().map(|word| text(word, &self.outputs)).collect::<Result<_, _>>()?;
            let copied = || texts.iter().map(|text| MapValue::Copied(written(text))).collect();
            let filled = || texts.iter().cloned().map(MapValue::Filled).collect();
            if input.text == "default" {
                map.default = filled();
            } else if let Some(expression) = input.text.strip_prefix('~') {
                let word = Word {
                    text: expression.to_owned(),
                    raw: String::new(),
                    span: input.span.clone(),
                };
                map.entries.push((MapKey::Regex(matchers::regex(&word)?), copied()));
            } else {
                map.entries.push((MapKey::Exact(input.text.clone()), filled()));
            }
        }
        Ok(map)
    }
}

/// The text as it is written when shorthands are expanded.
fn written(text: &Text) -> String {
    let mut out = String::new();
    for piece in &text.0 {
        match piece {
            super::model::Piece::Literal(literal) => out.push_str(literal),
            super::model::Piece::Placeholder(name) => {
                let name = match name.strip_prefix("http.request.header.") {
                    Some(header) => {
                        format!("http.request.header.{}", super::answer::canonical(header))
                    }
                    None => name.clone(),
                };
                out.push('{');
                out.push_str(&name);
                out.push('}');
            }
        }
    }
    out
}

impl Ops {
    fn is_empty(&self) -> bool {
        self.delete.is_empty() && self.add.is_empty() && self.set.is_empty()
    }
}

/// Stable, by insertion: the order between paths and other matchers is not one that sorts could rely on.
fn sort(placed: &mut [Placed]) {
    for end in 1..placed.len() {
        let mut at = end;
        while at > 0 && before(&placed[at], &placed[at - 1]) {
            placed.swap(at, at - 1);
            at -= 1;
        }
    }
}

fn before(left: &Placed, right: &Placed) -> bool {
    if left.order != right.order {
        return left.order < right.order;
    }
    match (single_path(&left.route), single_path(&right.route)) {
        (Some(left), Some(right)) => left > right,
        _ => left.route.matcher.is_some() && right.route.matcher.is_none(),
    }
}

/// The length of the one path that a route is for.
fn single_path(route: &Route) -> Option<usize> {
    route.matcher.as_ref()?.0.iter().find_map(|test| match test {
        Test::Path(paths) => match paths.as_slice() {
            [path] => Some(path.trim_end_matches('*').len()),
            _ => None,
        },
        _ => None,
    })
}
