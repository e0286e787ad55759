//! One request's way through nginx: server, rewrite steps, location, access, handler, error pages.

use std::collections::BTreeMap;

use super::model::{
    Access, Code, Condition, Expression, Handler, Location, LocationPath, Locations, Model,
    Negated, Overwrite, RewriteFlag, Scope, ScopeId, Server, Switch,
};
use super::names;
use super::respond::{self, Response};
use super::value::{Piece, Value};
use crate::{Answered, Asked, Behind, BehindAnswer, BehindResponse};

/// What the names of variables begin with that are made of the request.
const REQUEST_PREFIXES: &[&str] = &["http_", "cookie_", "arg_"];

/// nginx itself gives up after as many changes of the path.
const MAX_CYCLES: u8 = 10;
/// How many maps may ask each other.
const MAX_DEPTH: u8 = 32;

pub(super) fn answer(model: &Model, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
    let Some(server) = names::choose(&model.servers, asked.host) else {
        return Answered::by_itself(404);
    };
    let (path, args) = asked.path.split_once('?').unwrap_or((asked.path, ""));
    let mut run = Run {
        model,
        asked,
        behind,
        server,
        method: asked.method.to_owned(),
        path: normalised(path),
        args: args.to_owned(),
        scope: server.scope,
        assigned: BTreeMap::new(),
        looked_up: BTreeMap::new(),
        groups: Vec::new(),
        upstream: None,
        lines: Vec::new(),
        reached: false,
        error_status: None,
        in_error_page: false,
        cycles: 0,
        depth: 0,
    };
    run.begin()
}

/// Everything that changes while one request is answered.
pub(super) struct Run<'m> {
    pub(super) model: &'m Model,
    pub(super) asked: &'m Asked<'m>,
    behind: &'m dyn Behind,
    server: &'m Server,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) args: String,
    pub(super) scope: ScopeId,
    assigned: BTreeMap<String, String>,
    /// Variables of `map`, once they were asked for.
    looked_up: BTreeMap<String, String>,
    groups: Vec<Option<String>>,
    /// What the upstream answered, for `$upstream_http_…`.
    pub(super) upstream: Option<BehindResponse>,
    /// Header lines of the answer, as far as they stand: for `$sent_http_…`.
    pub(super) lines: Vec<(String, String)>,
    reached: bool,
    /// The status that an error page is sent with.
    error_status: Option<u16>,
    in_error_page: bool,
    cycles: u8,
    /// How many maps are being asked at once.
    depth: u8,
}

/// How the steps of the rewrite module ended.
enum Steps {
    Through,
    Broken,
    Returned(u16, Option<String>),
}

impl<'m> Run<'m> {
    pub(super) fn scope(&self) -> &'m Scope {
        &self.model.scopes[self.scope]
    }

    fn begin(&mut self) -> Answered {
        self.scope = self.server.scope;
        let server = self.server;
        match self.steps(&server.codes) {
            Steps::Returned(status, text) => return self.returned(status, text.as_deref()),
            Steps::Through | Steps::Broken => {}
        }
        self.find_location()
    }

    fn find_location(&mut self) -> Answered {
        loop {
            self.scope = self.server.scope;
            let server = self.server;
            let location = self.location(&server.locations);
            if let Some(answered) = self.redirected_to_directory() {
                return answered;
            }
            let Some(location) = location else { return self.content(None) };
            let before = self.path.clone();
            match self.in_location(location) {
                Ok(answered) => return answered,
                // A rewritten path looks for its location again.
                Err(()) if self.cycles < MAX_CYCLES => self.cycles += 1,
                Err(()) => {
                    self.path = before;
                    return self.error(500);
                }
            }
        }
    }

    /// From the rewrite steps of a location to the answer. An error is a path that was changed.
    fn in_location(&mut self, location: &'m Location) -> Result<Answered, ()> {
        self.enter(location.scope);
        let before = self.path.clone();
        // Under `limit_except` the location's own steps are not run.
        let codes = if self.scope == location.scope { location.codes.as_slice() } else { &[] };
        match self.steps(codes) {
            Steps::Returned(status, text) => return Ok(self.returned(status, text.as_deref())),
            Steps::Through
                if self.path != before && !matches!(location.path, LocationPath::Named(_)) =>
            {
                return Err(());
            }
            Steps::Through | Steps::Broken => {}
        }
        Ok(self.content(Some(location)))
    }

    /// Takes a location's directives, or those of `limit_except` in it.
    fn enter(&mut self, scope: ScopeId) {
        self.scope = scope;
        if let Some(limit) = &self.model.scopes[scope].limit_except
            && !limit.methods.contains(&self.method)
        {
            self.scope = limit.scope;
        }
    }

    fn location(&mut self, locations: &'m Locations) -> Option<&'m Location> {
        self.location_in(locations).map(|(location, _)| location)
    }

    /// The location, and whether expressions still may take its place.
    fn location_in(&mut self, locations: &'m Locations) -> Option<(&'m Location, bool)> {
        if let Some(exact) =
            locations.exact.iter().find(|location| location.path.text() == self.path)
        {
            return Some((exact, false));
        }
        let longest = locations
            .prefixes
            .iter()
            .filter(|location| self.matches_prefix(location.path.text()))
            .max_by_key(|location| location.path.text().len());
        let mut found = longest.map(|location| (location, true));
        if let Some(longest) = longest {
            if let Some((nested, open)) = self.location_in(&longest.nested) {
                if !open {
                    return Some((nested, false));
                }
                found = Some((nested, true));
            }
            if matches!(longest.path, LocationPath::FirmPrefix(_)) {
                return found;
            }
        }
        for location in &locations.expressions {
            if let LocationPath::Regex(expression) = &location.path
                && self.matches(expression, &self.path.clone())
            {
                let nested = self.location_in(&location.nested);
                return Some((nested.map_or(location, |(nested, _)| nested), false));
            }
        }
        found
    }

    fn matches_prefix(&self, prefix: &str) -> bool {
        self.path.starts_with(prefix)
    }

    /// `/api` is redirected to `/api/` where only that is proxied.
    fn redirected_to_directory(&mut self) -> Option<Answered> {
        let server = self.server;
        let wanted = format!("{}/", self.path);
        let directory =
            server.locations.prefixes.iter().find(|location| location.path.text() == wanted)?;
        let proxied = matches!(self.model.scopes[directory.scope].handler, Handler::Behind { .. });
        let exact = server.locations.exact.iter().any(|location| location.path.text() == self.path);
        (proxied && !exact).then(|| {
            self.scope = directory.scope;
            self.finish(Response::own(301))
        })
    }

    fn steps(&mut self, codes: &'m [Code]) -> Steps {
        for code in codes {
            match code {
                Code::Set { name, value } => {
                    let value = self.value(value);
                    if name == "args" {
                        self.args.clone_from(&value);
                    }
                    self.assigned.insert(name.clone(), value);
                }
                Code::If { condition, codes, scope } => {
                    if self.holds(condition) {
                        if let Some(scope) = scope {
                            self.enter(*scope);
                        }
                        match self.steps(codes) {
                            Steps::Through => {}
                            ended => return ended,
                        }
                    }
                }
                Code::Return { status, text } => {
                    let text = text.as_ref().map(|text| self.value(text));
                    return Steps::Returned(*status, text);
                }
                Code::Break => return Steps::Broken,
                Code::Rewrite { expression, replacement, flag } => {
                    let path = self.path.clone();
                    if !self.matches(expression, &path) {
                        continue;
                    }
                    let target = self.value(replacement);
                    match flag {
                        RewriteFlag::Redirect => return Steps::Returned(302, Some(target)),
                        RewriteFlag::Permanent => return Steps::Returned(301, Some(target)),
                        RewriteFlag::None | RewriteFlag::Last | RewriteFlag::Break => {}
                    }
                    let (path, args) = target.split_once('?').unwrap_or((&target, ""));
                    if !args.is_empty() {
                        args.clone_into(&mut self.args);
                    }
                    path.clone_into(&mut self.path);
                    match flag {
                        RewriteFlag::Last => return Steps::Through,
                        RewriteFlag::Break => return Steps::Broken,
                        _ => {}
                    }
                }
            }
        }
        Steps::Through
    }

    fn holds(&mut self, condition: &'m Condition) -> bool {
        match condition {
            Condition::Truthy(name) => {
                let value = self.variable(name);
                !value.is_empty() && value != "0"
            }
            Condition::Equal { name, value, negated, .. } => {
                let left = self.variable(name);
                (left == self.value(value)) != (*negated == Negated::Yes)
            }
            Condition::Matches { name, expression, negated } => {
                let value = self.variable(name);
                self.matches(expression, &value) != (*negated == Negated::Yes)
            }
        }
    }

    /// Applies an expression: a match leaves its groups behind, a failure those of before.
    fn matches(&mut self, expression: &'m Expression, text: &str) -> bool {
        let Some(groups) = expression.matcher.captures(text) else { return false };
        for (name, number) in &expression.names {
            let value = groups.get(*number).cloned().flatten().unwrap_or_default();
            self.assigned.insert(name.clone(), value);
        }
        self.groups = groups;
        true
    }

    pub(super) fn value(&mut self, value: &'m Value) -> String {
        let mut text = String::new();
        for piece in &value.0 {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Variable(name) => text.push_str(&self.variable(name)),
                Piece::Group(number) => {
                    text.push_str(
                        self.groups.get(*number).and_then(Option::as_deref).unwrap_or_default(),
                    );
                }
            }
        }
        text
    }

    fn variable(&mut self, name: &str) -> String {
        if let Some(value) = self.assigned.get(name) {
            return value.clone();
        }
        // What the request has under such a name is there until something is set in its place.
        let is_of_request =
            name == "args" || REQUEST_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        if self.model.assigned.contains(name) && !is_of_request {
            return String::new();
        }
        if let Some(map) = self.model.maps.get(name) {
            // A map that asks for itself has nothing to say.
            if self.depth > MAX_DEPTH {
                return String::new();
            }
            if let Some(value) = self.looked_up.get(name) {
                return value.clone();
            }
            self.depth += 1;
            let key = self.value(&map.source);
            let chosen = match map.plain(&key) {
                Some(value) => Some(value),
                None => {
                    let found = map
                        .expressions
                        .iter()
                        .find(|(expression, _)| self.matches(expression, &key));
                    found.map(|(_, value)| value).or(map.default.as_ref())
                }
            };
            let value = chosen.map(|value| self.value(value)).unwrap_or_default();
            self.depth -= 1;
            if !map.volatile {
                self.looked_up.insert(name.to_owned(), value.clone());
            }
            return value;
        }
        respond::built_in(self, name)
    }

    /// Access rules, then whatever answers.
    fn content(&mut self, location: Option<&'m Location>) -> Answered {
        let scope = self.scope();
        let denied = scope.access == Some(Access::Deny);
        let unauthorized =
            scope.auth_basic == Switch::On && self.asked.first("authorization").is_none();
        if scope.satisfy_any == Switch::On {
            let open = (scope.access == Some(Access::Allow))
                || (scope.auth_basic == Switch::On && !unauthorized);
            if !open && (denied || unauthorized) {
                return self.error(if unauthorized { 401 } else { 403 });
            }
        } else if denied {
            return self.error(403);
        } else if unauthorized {
            return self.error(401);
        }
        if let Some(files) = &scope.try_files
            && scope.rooted == Switch::Off
        {
            let last = self.value(&files.last);
            if let Some(status) = last.strip_prefix('=') {
                return self.error(status.parse().unwrap_or(404));
            }
            return self.go_to(&last);
        }
        match &scope.handler {
            Handler::Behind { uri } => self.pass(location, uri.as_ref()),
            Handler::EmptyGif => match self.method.as_str() {
                "GET" | "HEAD" => self.finish(Response::own(200)),
                _ => self.error(405),
            },
            Handler::Files => self.files(),
        }
    }

    fn files(&mut self) -> Answered {
        if !matches!(self.method.as_str(), "GET" | "HEAD" | "POST") {
            return self.error(405);
        }
        if self.scope().rooted == Switch::Off {
            return self.error(404);
        }
        match self.ask_behind(self.path.clone()) {
            BehindAnswer::Responds(response) if self.method != "POST" => {
                self.finish(Response::own(response.status))
            }
            BehindAnswer::Responds(_) => self.error(405),
            _ => self.error(404),
        }
    }

    fn pass(&mut self, location: Option<&'m Location>, uri: Option<&'m Value>) -> Answered {
        let path = match (uri, location.map(|location| &location.path)) {
            (Some(uri), Some(LocationPath::Prefix(prefix) | LocationPath::FirmPrefix(prefix))) => {
                let rest = self.path.strip_prefix(prefix.as_str()).unwrap_or_default().to_owned();
                format!("{}{rest}", self.value(uri))
            }
            (Some(uri), _) => self.value(uri),
            (None, _) => self.path.clone(),
        };
        match self.ask_behind(path) {
            BehindAnswer::Responds(response) => {
                self.reached = true;
                let status = response.status;
                self.upstream = Some(response.clone());
                let wanted = status >= 300
                    && self.scope().intercept == Switch::On
                    && self
                        .scope()
                        .error_pages
                        .iter()
                        .flatten()
                        .any(|page| page.statuses.contains(&status));
                if wanted { self.error(status) } else { self.finish(Response::passed(response)) }
            }
            BehindAnswer::Drops => {
                self.reached = true;
                self.error(502)
            }
            BehindAnswer::Raises => {
                self.reached = true;
                self.finish(Response::passed(BehindResponse::plain(500)))
            }
            BehindAnswer::NoRoute => self.finish(Response::passed(BehindResponse::plain(404))),
            BehindAnswer::NoMethod { .. } => {
                self.finish(Response::passed(BehindResponse::plain(405)))
            }
        }
    }

    fn ask_behind(&self, path: String) -> BehindAnswer {
        let path = if self.args.is_empty() { path } else { format!("{path}?{}", self.args) };
        let asked = Asked {
            method: &self.method,
            path: &path,
            host: self.asked.host,
            headers: self.asked.headers,
        };
        self.behind.answer(&asked)
    }

    fn returned(&mut self, status: u16, text: Option<&str>) -> Answered {
        match status {
            // Closed without an answer.
            444 => Answered { status: 0, reached: self.reached, ..Answered::default() },
            400.. if text.is_none_or(str::is_empty) => self.error(status),
            _ => self.finish(Response::own(status)),
        }
    }

    /// An error of nginx's own, or one of the upstream's that is replaced.
    fn error(&mut self, status: u16) -> Answered {
        self.error_status = Some(status);
        let scope = self.scope();
        if !self.in_error_page {
            let page =
                scope.error_pages.iter().flatten().find(|page| page.statuses.contains(&status));
            if let Some(page) = page {
                self.in_error_page = scope.recursive_errors == Switch::Off;
                self.error_status = match page.overwrite {
                    Overwrite::Keep => Some(status),
                    Overwrite::Page => None,
                    Overwrite::Fixed(fixed) => Some(fixed),
                };
                let target = self.value(&page.target);
                if target.starts_with('/') && self.method != "HEAD" {
                    "GET".clone_into(&mut self.method);
                }
                if !target.starts_with(['/', '@']) {
                    // Another site: a redirect.
                    if !matches!(self.error_status, Some(301..=303 | 307 | 308)) {
                        self.error_status = Some(302);
                    }
                    return self.finish(Response::own(302));
                }
                return self.go_to(&target);
            }
        }
        self.finish(Response::own(status))
    }

    /// An internal redirect.
    fn go_to(&mut self, target: &str) -> Answered {
        if self.cycles >= MAX_CYCLES {
            self.in_error_page = true;
            return self.finish(Response::own(500));
        }
        self.cycles += 1;
        if target.starts_with('@') {
            let server = self.server;
            let Some(location) = server.named.get(target) else {
                return self.finish(Response::own(500));
            };
            return self.in_location(location).unwrap_or_else(|()| Answered::by_itself(500));
        }
        let (path, args) = target.split_once('?').unwrap_or((target, ""));
        path.clone_into(&mut self.path);
        args.clone_into(&mut self.args);
        self.begin()
    }

    fn finish(&mut self, mut response: Response) -> Answered {
        if let Some(status) = self.error_status {
            response.status = status;
        }
        let answered = respond::respond(self, response);
        Answered { reached: self.reached, ..answered }
    }
}

/// The path as locations see it: decoded, without dot segments and doubled slashes.
fn normalised(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%')
            .then(|| path.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok()))
            .flatten();
        match hex {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    let decoded = String::from_utf8_lossy(&decoded);
    let mut segments: Vec<&str> = Vec::new();
    let mut parts = decoded.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match part {
            "" | "." if !last => {}
            "." => segments.push(""),
            ".." => {
                segments.pop();
                if last {
                    segments.push("");
                }
            }
            part => segments.push(part),
        }
    }
    format!("/{}", segments.join("/"))
}
