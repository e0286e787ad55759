//! A request's way through Caddy's handlers.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::expression::{Cel, Compare};
use super::model::{
    Caddy, Handler, Map, MapKey, MapValue, Ops, Piece, Route, Set, Site, Test, Text,
};
use crate::{Answered, Asked, Behind};

/// How many maps may ask each other.
const MAX_DEPTH: usize = 32;

pub(super) fn answer(caddy: &Caddy, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
    let host = asked.host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let Some(site) = site(&caddy.sites, &host) else { return Answered::by_itself(200) };
    let mut run = Run {
        asked,
        behind,
        host,
        path: asked.path.to_owned(),
        request: asked
            .headers
            .iter()
            .map(|(name, value)| (canonical(name), value.clone()))
            .collect(),
        response: Vec::new(),
        deferred: Vec::new(),
        maps: Vec::new(),
        groups: BTreeMap::new(),
        error: None,
        reached: false,
        depth: Cell::new(0),
    };
    let status = match run.go(&site.routes, None) {
        Outcome::Written(status) => status,
        Outcome::Nothing => 200,
        Outcome::Closed => return Answered { reached: run.reached, ..Answered::default() },
        Outcome::Error(status) => run.handle_error(site, status),
    };
    run.finish(status)
}

fn site<'c>(sites: &'c [Site], host: &str) -> Option<&'c Site> {
    let wildcard = |pattern: &str| {
        pattern.strip_prefix('*').is_some_and(|rest| {
            host.strip_suffix(rest).is_some_and(|label| !label.is_empty() && !label.contains('.'))
        })
    };
    sites
        .iter()
        .find(|site| site.hosts.iter().any(|name| name == host))
        .or_else(|| sites.iter().find(|site| site.hosts.iter().any(|name| wildcard(name))))
        .or_else(|| sites.iter().find(|site| site.hosts.is_empty()))
}

type Lines = Vec<(String, String)>;

/// Header changes that wait until the response is written.
struct Deferred<'c> {
    ops: &'c Ops,
    only_absent: &'c [String],
}

/// What comes after a block.
struct Frame<'c, 'f> {
    routes: &'c [Route],
    index: usize,
    groups: Vec<usize>,
    outer: Option<&'f Frame<'c, 'f>>,
}

enum Outcome {
    Written(u16),
    Nothing,
    Error(u16),
    Closed,
}

struct Run<'c> {
    asked: &'c Asked<'c>,
    behind: &'c dyn Behind,
    host: String,
    path: String,
    request: Lines,
    response: Lines,
    deferred: Vec<Deferred<'c>>,
    maps: Vec<&'c Map>,
    groups: BTreeMap<String, String>,
    error: Option<u16>,
    reached: bool,
    /// How many maps are being asked at once.
    depth: Cell<usize>,
}

impl<'c> Run<'c> {
    fn handle_error(&mut self, site: &'c Site, status: u16) -> u16 {
        // What was put off is lost; what was set at once stays.
        self.deferred.clear();
        self.error = Some(status);
        let found = site
            .errors
            .iter()
            .find(|(statuses, _)| statuses.is_empty() || statuses.contains(&status));
        match found.map(|(_, routes)| self.go(routes, None)) {
            Some(Outcome::Written(written)) => written,
            _ => status,
        }
    }

    fn go(&mut self, routes: &'c [Route], outer: Option<&Frame<'c, '_>>) -> Outcome {
        let mut routes = routes;
        let mut outer = outer;
        let mut index = 0;
        let mut groups: Vec<usize> = Vec::new();
        loop {
            let Some(route) = routes.get(index) else {
                let Some(frame) = outer else { return Outcome::Nothing };
                routes = frame.routes;
                index = frame.index;
                groups.clone_from(&frame.groups);
                outer = frame.outer;
                continue;
            };
            index += 1;
            if route.group.is_some_and(|group| groups.contains(&group)) {
                continue;
            }
            if let Some(set) = &route.matcher
                && !self.fits(set)
            {
                continue;
            }
            groups.extend(route.group);
            match &route.handler {
                Handler::Headers { ops, deferred: false, .. } => {
                    let mut lines = std::mem::take(&mut self.response);
                    self.apply(ops, &mut lines);
                    self.response = lines;
                }
                Handler::Headers { ops, deferred: true, only_absent } => {
                    self.deferred.push(Deferred { ops, only_absent });
                }
                Handler::RequestHeaders(ops) => {
                    let mut lines = std::mem::take(&mut self.request);
                    let before = lines.clone();
                    self.request = before;
                    self.apply(ops, &mut lines);
                    self.request = lines;
                }
                Handler::Map(map) => self.maps.push(map),
                Handler::Respond { status } => {
                    let status = match status {
                        Some(status) => self.text(status).parse().unwrap_or(500),
                        None => self.error.unwrap_or(200),
                    };
                    return self.write(status);
                }
                Handler::Redirect { status } => {
                    let status = self.text(status).parse().unwrap_or(302);
                    return self.write(status);
                }
                Handler::Error { status } => return Outcome::Error(*status),
                Handler::Abort => return Outcome::Closed,
                Handler::Sub(inner) => {
                    let frame = Frame { routes, index, groups, outer };
                    return self.go(inner, Some(&frame));
                }
                Handler::StripPrefix(prefix) => {
                    let start = self
                        .path
                        .get(..prefix.len())
                        .filter(|start| start.eq_ignore_ascii_case(prefix));
                    if start.is_some() {
                        let rest = self.path[prefix.len()..].to_owned();
                        self.path = if rest.starts_with('/') { rest } else { format!("/{rest}") };
                    }
                }
                Handler::Rewrite(to) => {
                    let to = self.text(to);
                    self.path = to;
                }
                Handler::Proxy { down } => return self.proxy(down),
            }
        }
    }

    fn proxy(&mut self, down: &'c Ops) -> Outcome {
        let asked = Asked { path: &self.path, ..*self.asked };
        let (reached, response) = self.behind.answer(&asked).upstream();
        self.reached |= reached;
        let Some(response) = response else { return Outcome::Error(502) };
        let mut lines: Lines =
            response.cors.into_iter().map(|(name, value)| (canonical(&name), value)).collect();
        lines.extend(response.vary.into_iter().map(|value| ("Vary".to_owned(), value)));
        self.apply(down, &mut lines);
        // Added to what stands there already.
        self.response.extend(lines);
        self.write(response.status)
    }

    /// The last one to put off is the first to be done.
    fn write(&mut self, status: u16) -> Outcome {
        let mut lines = std::mem::take(&mut self.response);
        while let Some(deferred) = self.deferred.pop() {
            let present = deferred
                .only_absent
                .iter()
                .any(|name| lines.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)));
            if !present {
                self.apply(deferred.ops, &mut lines);
            }
        }
        self.response = lines;
        Outcome::Written(status)
    }

    /// In Caddy's order, whatever the order in the file: what one block sets and deletes is deleted.
    fn apply(&self, ops: &Ops, lines: &mut Lines) {
        if ops.delete.iter().any(|name| self.text(name) == "*") {
            lines.clear();
        }
        for (name, value) in &ops.add {
            lines.push((canonical(name), self.text(value)));
        }
        for (name, value) in &ops.set {
            let name = canonical(name);
            let value = self.text(value);
            lines.retain(|(other, _)| *other != name);
            lines.push((name, value));
        }
        for name in &ops.delete {
            let name = canonical(&self.text(name));
            lines.retain(|(other, _)| match (name.strip_prefix('*'), name.strip_suffix('*')) {
                // Everything has been deleted before anything was set.
                _ if name == "*" => true,
                (Some(middle), Some(_)) => !other.contains(middle.trim_end_matches('*')),
                (Some(end), None) => !other.ends_with(end),
                (None, Some(start)) => !other.starts_with(start),
                (None, None) => *other != name,
            });
        }
    }

    fn finish(self, status: u16) -> Answered {
        let mut lines = self.response;
        // Go writes headers in the order of their names.
        lines.sort_by(|(left, _), (right, _)| left.cmp(right));
        let mut answered = Answered { status, reached: self.reached, ..Answered::default() };
        for (name, value) in lines {
            if name == "Vary" {
                answered.vary.push(value);
            } else if name.starts_with("Access-Control-") {
                answered.cors.push((name, value));
            }
        }
        answered
    }

    fn text(&self, text: &Text) -> String {
        let mut out = String::new();
        for piece in &text.0 {
            match piece {
                Piece::Literal(literal) => out.push_str(literal),
                Piece::Placeholder(name) => out.push_str(&self.placeholder(name)),
            }
        }
        out
    }

    fn placeholder(&self, name: &str) -> String {
        for map in self.maps.iter().rev() {
            if let Some(place) = map.outputs.iter().position(|output| output == name) {
                return self.mapped(map, place);
            }
        }
        if let Some(header) = name.strip_prefix("http.request.header.") {
            return self.header(header).join(",");
        }
        if let Some(group) = name.strip_prefix("http.regexp.") {
            return self.groups.get(group).cloned().unwrap_or_default();
        }
        match name {
            "http.request.method" => self.asked.method.to_owned(),
            "http.request.uri" => self.path.clone(),
            "http.request.uri.path" => self.path.split('?').next().unwrap_or_default().to_owned(),
            "http.request.host" => self.host.clone(),
            "http.request.hostport" => self.asked.host.to_owned(),
            "http.request.scheme" => "http".to_owned(),
            "http.error.status_code" => {
                self.error.map(|status| status.to_string()).unwrap_or_default()
            }
            _ => String::new(),
        }
    }

    fn mapped(&self, map: &Map, place: usize) -> String {
        if self.depth.get() > MAX_DEPTH {
            return String::new();
        }
        self.depth.set(self.depth.get() + 1);
        let input = self.text(&map.source);
        self.depth.set(self.depth.get() - 1);
        let found = map.entries.iter().find(|(key, _)| match key {
            MapKey::Exact(text) => *text == input,
            MapKey::Regex(matcher) => matcher.is_match(&input),
        });
        match found.map_or(&map.default, |(_, values)| values).get(place) {
            Some(MapValue::Copied(text)) => text.clone(),
            // A map that asks for itself has nothing to say.
            Some(MapValue::Filled(_)) if self.depth.get() > MAX_DEPTH => String::new(),
            Some(MapValue::Filled(text)) => {
                self.depth.set(self.depth.get() + 1);
                let value = self.text(text);
                self.depth.set(self.depth.get() - 1);
                value
            }
            None => String::new(),
        }
    }

    fn header(&self, name: &str) -> Vec<String> {
        if name.eq_ignore_ascii_case("host") {
            return vec![self.asked.host.to_owned()];
        }
        let lines = self.request.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        lines.map(|(_, value)| value.clone()).collect()
    }

    fn fits(&mut self, set: &'c Set) -> bool {
        set.0.iter().all(|test| self.test(test))
    }

    fn test(&mut self, test: &'c Test) -> bool {
        let path = self.path.split('?').next().unwrap_or_default().to_owned();
        match test {
            Test::Header { name, values: None, .. } => self.header(name).is_empty(),
            Test::Header { name, values: Some(values), .. } => {
                let wanted: Vec<String> = values.iter().map(|value| self.text(value)).collect();
                self.header(name)
                    .iter()
                    .any(|value| wanted.iter().any(|wanted| header_fits(value, wanted)))
            }
            Test::HeaderRegex { name, label, matcher, .. } => {
                let values = self.header(name);
                values.iter().any(|value| self.remember(label, matcher.captures(value)))
            }
            Test::Method(methods) => methods.iter().any(|method| method == self.asked.method),
            Test::Path(paths) => paths.iter().any(|pattern| path_fits(&path, pattern)),
            Test::PathRegex { label, matcher } => self.remember(label, matcher.captures(&path)),
            Test::Host(hosts) => hosts.contains(&self.host),
            Test::Not(sets) => !sets.iter().any(|set| self.fits(set)),
            Test::Expression(cel) => self.cel(cel, &path),
        }
    }

    fn remember(&mut self, label: &str, captured: Option<Vec<Option<String>>>) -> bool {
        let Some(captured) = captured else { return false };
        for (number, group) in captured.into_iter().enumerate() {
            let value = group.unwrap_or_default();
            if !label.is_empty() {
                self.groups
                    .insert(format!("{}.{number}", label.to_ascii_lowercase()), value.clone());
            }
            self.groups.insert(number.to_string(), value);
        }
        true
    }

    fn cel(&self, cel: &Cel, path: &str) -> bool {
        match cel {
            Cel::All(parts) => parts.iter().all(|part| self.cel(part, path)),
            Cel::Any(parts) => parts.iter().any(|part| self.cel(part, path)),
            Cel::Not(part) => !self.cel(part, path),
            Cel::Header(name, wanted) => self
                .header(name)
                .iter()
                .any(|value| wanted.iter().any(|wanted| header_fits(value, wanted))),
            Cel::HeaderRegex(name, matcher) => {
                self.header(name).iter().any(|value| matcher.is_match(value))
            }
            Cel::Method(methods) => methods.iter().any(|method| method == self.asked.method),
            Cel::Path(paths) => paths.iter().any(|pattern| path_fits(path, pattern)),
            Cel::PathRegex(matcher) => matcher.is_match(path),
            Cel::Placeholder(name, compare) => {
                let value = self.placeholder(name);
                match compare {
                    Compare::Is(wanted) => wanted.contains(&value),
                    Compare::IsNot(wanted) => value != *wanted,
                    Compare::Starts(start) => value.starts_with(start.as_str()),
                    Compare::Ends(end) => value.ends_with(end.as_str()),
                    Compare::Contains(part) => value.contains(part.as_str()),
                    Compare::Matches(matcher) => matcher.is_match(&value),
                }
            }
        }
    }
}

/// A star at an end stands for any text there.
fn header_fits(value: &str, wanted: &str) -> bool {
    if wanted == "*" {
        return true;
    }
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        (Some(middle), Some(_)) => value.contains(middle.trim_end_matches('*')),
        (Some(end), None) => value.ends_with(end),
        (None, Some(start)) => value.starts_with(start),
        (None, None) => value == wanted,
    }
}

/// Paths are compared without case; a star inside stands for any text without a slash.
fn path_fits(path: &str, pattern: &str) -> bool {
    let path = path.to_ascii_lowercase();
    if pattern == "*" {
        return true;
    }
    let inner = pattern.trim_matches('*');
    if inner.contains('*') {
        return glob(path.as_bytes(), pattern.as_bytes());
    }
    match (pattern.starts_with('*'), pattern.ends_with('*')) {
        (true, true) => path.contains(inner),
        (true, false) => path.ends_with(inner),
        (false, true) => path.starts_with(inner),
        (false, false) => path == pattern,
    }
}

/// Stars that stop at slashes, each tried again further on when what follows it does not fit.
fn glob(path: &[u8], pattern: &[u8]) -> bool {
    let (mut at, mut in_pattern) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < path.len() {
        match pattern.get(in_pattern) {
            Some(b'*') => {
                star = Some((in_pattern, at));
                in_pattern += 1;
                continue;
            }
            Some(byte) if *byte == path[at] => {
                at += 1;
                in_pattern += 1;
                continue;
            }
            _ => {}
        }
        match star {
            Some((place, from)) if path[from] != b'/' => {
                star = Some((place, from + 1));
                at = from + 1;
                in_pattern = place + 1;
            }
            _ => return false,
        }
    }
    pattern[in_pattern..].iter().all(|byte| *byte == b'*')
}

/// A header name in the case in which Go writes it.
pub(super) fn canonical(name: &str) -> String {
    let words: Vec<String> = name
        .split('-')
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map_or(String::new(), |first| {
                format!("{}{}", first.to_ascii_uppercase(), chars.as_str().to_ascii_lowercase())
            })
        })
        .collect();
    words.join("-")
}
