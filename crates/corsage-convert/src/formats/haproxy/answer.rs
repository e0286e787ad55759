//! A request's way through HAProxy: rules, the choice of a backend, the response's rules.

use std::collections::BTreeMap;

use super::lua::LuaCors;
use super::model::{
    Action, Condition, Haproxy, How, Named, Patterns, Proxy, Reply, Rule, Term, Test,
};
use super::sample::{Converter, Expression, Fetch, Format, Phase, Piece};
use crate::regexes::filled;
use crate::{Answered, Asked, Behind};

pub(super) fn answer(haproxy: &Haproxy, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
    let mut headers: Lines = asked
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .collect();
    headers.insert(0, ("host".to_owned(), asked.host.to_owned()));
    let mut run = Run {
        asked,
        frontend: &haproxy.frontend,
        backend: &haproxy.frontend,
        request: headers,
        path: asked.path.to_owned(),
        phase: Phase::Request,
        variables: BTreeMap::new(),
        captured: Vec::new(),
        status: 0,
        response: Vec::new(),
        lua: None,
        reached: false,
    };
    run.capture_headers();
    if let Some(ended) = run.requests(haproxy, behind) {
        return ended;
    }
    run.finish()
}

type Lines = Vec<(String, String)>;

struct Run<'h> {
    asked: &'h Asked<'h>,
    frontend: &'h Proxy,
    /// The frontend itself, until a backend is chosen.
    backend: &'h Proxy,
    request: Lines,
    path: String,
    phase: Phase,
    variables: BTreeMap<String, String>,
    captured: Vec<Option<String>>,
    status: u16,
    response: Lines,
    /// The library's call on the request, and the origin that it saw.
    lua: Option<(&'h LuaCors, String)>,
    reached: bool,
}

/// How a set of rules ended.
enum Ended {
    Through,
    Replied,
    Closed,
}

impl<'h> Run<'h> {
    fn capture_headers(&mut self) {
        for capture in &self.frontend.captures {
            let value = capture.header.as_ref().and_then(|name| {
                let line = self.request.iter().rev().find(|(other, _)| other == name);
                line.map(|(_, value)| truncated(value, capture.len))
            });
            self.captured.push(value);
        }
    }

    /// Everything up to a response; an answer where the connection is closed.
    fn requests(&mut self, haproxy: &'h Haproxy, behind: &dyn Behind) -> Option<Answered> {
        let closed = Some(Answered::default());
        match self.rules(&self.frontend.request) {
            Ended::Through => {}
            Ended::Replied => return None,
            Ended::Closed => return closed,
        }
        let chosen = self
            .frontend
            .switches
            .iter()
            .find(|(_, condition)| self.holds(condition.as_ref()))
            .map(|(name, _)| name)
            .or(self.frontend.default_backend.as_ref());
        if let Some(backend) = chosen.and_then(|name| haproxy.backends.get(name)) {
            self.backend = backend;
            match self.rules(&backend.request) {
                Ended::Through => {}
                Ended::Replied => return None,
                Ended::Closed => return closed,
            }
        }
        if !self.backend.has_server {
            self.reply_with(503);
            return None;
        }
        let passed = Asked { path: &self.path, ..*self.asked };
        let (reached, response) = behind.answer(&passed).upstream();
        self.reached |= reached;
        let Some(response) = response else {
            self.reply_with(502);
            return None;
        };
        self.phase = Phase::Response;
        self.status = response.status;
        self.response = response
            .cors
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        self.response.extend(response.vary.into_iter().map(|value| ("vary".to_owned(), value)));
        // The backend's rules come first.
        for proxy in self.proxies() {
            match self.rules(&proxy.response) {
                Ended::Through => {}
                Ended::Replied => return None,
                Ended::Closed => return closed,
            }
        }
        None
    }

    fn proxies(&self) -> Vec<&'h Proxy> {
        if std::ptr::eq(self.backend, self.frontend) {
            vec![self.frontend]
        } else {
            vec![self.backend, self.frontend]
        }
    }

    fn reply_with(&mut self, status: u16) {
        self.phase = Phase::Response;
        self.status = status;
        self.response.clear();
    }

    /// Rules after the response, for whatever is sent.
    fn finish(mut self) -> Answered {
        self.phase = Phase::Response;
        for proxy in self.proxies() {
            self.rules(&proxy.after);
        }
        let mut answered =
            Answered { status: self.status, reached: self.reached, ..Answered::default() };
        for (name, value) in self.response {
            if name == "vary" {
                answered.vary.push(value);
            } else if name.starts_with("access-control-") {
                answered.cors.push((name, value));
            }
        }
        answered
    }

    fn rules(&mut self, rules: &'h [Rule]) -> Ended {
        for rule in rules {
            if !self.holds(rule.condition.as_ref()) {
                continue;
            }
            match &rule.action {
                Action::SetHeader(name, format) => {
                    let value = self.format(format);
                    let lines = self.lines_mut();
                    lines.retain(|(other, _)| other != name);
                    lines.push((name.clone(), value));
                }
                Action::AddHeader(name, format) => {
                    let value = self.format(format);
                    self.lines_mut().push((name.clone(), value));
                }
                Action::DelHeader(named) => self.lines_mut().retain(|(name, _)| !named.is(name)),
                Action::ReplaceHeader { name, matcher, format } => {
                    let template = self.format(format);
                    for (other, value) in self.lines_mut() {
                        if other == name
                            && let Some(groups) = matcher.captures(value)
                        {
                            *value = filled(&template, '\\', &groups);
                        }
                    }
                }
                Action::SetVar(name, expression) => {
                    // Nothing is set where nothing is found.
                    if let Some(value) = self.sample(expression) {
                        self.variables.insert(name.clone(), value);
                    }
                }
                Action::UnsetVar(name) => {
                    self.variables.remove(name);
                }
                Action::SetPath(format) => {
                    let path = self.format(format);
                    self.path = match self.path.split_once('?') {
                        Some((_, query)) => format!("{path}?{query}"),
                        None => path,
                    };
                }
                Action::SetStatus(status) => self.status = *status,
                Action::Capture(expression, slot) => {
                    let len = self.frontend.captures.get(*slot).map_or(0, |capture| capture.len);
                    let value = self.sample(expression).map(|value| truncated(&value, len));
                    if let (Some(place), Some(value)) = (self.captured.get_mut(*slot), value) {
                        *place = Some(value);
                    }
                }
                Action::Return(reply) => {
                    self.reply(reply);
                    return Ended::Replied;
                }
                Action::Reject => return Ended::Closed,
                Action::Allow => return Ended::Through,
                Action::LuaRequest(lua) => {
                    if self.lua_request(lua) {
                        return Ended::Replied;
                    }
                }
                Action::LuaResponse => self.lua_response(),
            }
        }
        Ended::Through
    }

    fn lines_mut(&mut self) -> &mut Lines {
        match self.phase {
            Phase::Request => &mut self.request,
            Phase::Response => &mut self.response,
        }
    }

    fn reply(&mut self, reply: &'h Reply) {
        let mut lines = Lines::new();
        for (name, format) in &reply.headers {
            let value = self.format(format);
            if !value.is_empty() {
                lines.push((name.clone(), value));
            }
        }
        self.reply_with(reply.status);
        self.response = lines;
    }

    /// Whether the library answers by itself.
    fn lua_request(&mut self, lua: &'h LuaCors) -> bool {
        let origin =
            self.request.iter().find(|(name, _)| name == "origin").map(|(_, value)| value.clone());
        let Some(origin) = origin.filter(|origin| !origin.is_empty()) else { return false };
        self.lua = Some((lua, origin.clone()));
        if self.asked.method != "OPTIONS" {
            return false;
        }
        self.reply_with(204);
        let mut add = |name: &str, value: String| self.response.push((name.to_owned(), value));
        add("access-control-allow-methods", lua.methods.clone());
        add("access-control-allow-headers", lua.headers.clone());
        add("access-control-max-age", "600".to_owned());
        if let Some(allowed) = lua.allowed(&origin) {
            let named = allowed != "*";
            add("access-control-allow-origin", allowed);
            if named {
                add("vary", "Accept-Encoding,Origin".to_owned());
            }
        }
        true
    }

    fn lua_response(&mut self) {
        let Some((lua, origin)) = self.lua.clone() else { return };
        let Some(allowed) = lua.allowed(&origin) else { return };
        self.response.retain(|(name, _)| name != "access-control-allow-origin");
        self.response.push(("access-control-allow-origin".to_owned(), allowed.clone()));
        if allowed != "*" {
            self.response.push(("vary".to_owned(), "Accept-Encoding,Origin".to_owned()));
        }
    }

    fn format(&self, format: &Format) -> String {
        let mut text = String::new();
        for piece in &format.0 {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Sample(expression) => {
                    text.push_str(&self.sample(expression).unwrap_or_default());
                }
            }
        }
        text
    }

    fn holds(&self, condition: Option<&Condition>) -> bool {
        let Some(condition) = condition else { return true };
        let any = condition.any.iter().any(|terms| terms.iter().all(|term| self.term(term)));
        any != condition.unless
    }

    fn term(&self, term: &Term) -> bool {
        term.tests.iter().any(|test| self.test(test)) != term.negated
    }

    fn test(&self, test: &Test) -> bool {
        if !test.expression.fetch.is_there(self.phase) {
            return false;
        }
        self.values(&test.expression).iter().any(|value| test.patterns.fit(value))
    }

    /// One value: the last where there are more.
    fn sample(&self, expression: &Expression) -> Option<String> {
        self.values(expression).pop()
    }

    fn values(&self, expression: &Expression) -> Vec<String> {
        let mut values = self.fetched(&expression.fetch);
        for converter in &expression.converters {
            values = values
                .into_iter()
                .filter_map(|value| match converter {
                    Converter::Lower => Some(value.to_ascii_lowercase()),
                    Converter::Upper => Some(value.to_ascii_uppercase()),
                    Converter::Length => Some(value.len().to_string()),
                    Converter::Field(number, separator) => {
                        value.split(*separator).nth(number.saturating_sub(1)).map(str::to_owned)
                    }
                })
                .collect();
        }
        values
    }

    fn fetched(&self, fetch: &Fetch) -> Vec<String> {
        match fetch {
            Fetch::RequestHeader { name, full } => header_values(&self.request, name, *full),
            Fetch::RequestHeaderCount { name, full } => {
                vec![header_values(&self.request, name, *full).len().to_string()]
            }
            Fetch::ResponseHeader { name, full } => header_values(&self.response, name, *full),
            Fetch::ResponseHeaderCount { name, full } => {
                vec![header_values(&self.response, name, *full).len().to_string()]
            }
            Fetch::Method => vec![self.asked.method.to_owned()],
            Fetch::Path => vec![self.path.split('?').next().unwrap_or_default().to_owned()],
            Fetch::Url => vec![self.path.clone()],
            Fetch::Query => {
                vec![self.path.split_once('?').map_or("", |(_, query)| query).to_owned()]
            }
            Fetch::Status => vec![self.status.to_string()],
            // What belongs to the request is forgotten with it.
            Fetch::Variable(name) if self.phase == Phase::Response && name.starts_with("req.") => {
                Vec::new()
            }
            Fetch::Variable(name) => self.variables.get(name).cloned().into_iter().collect(),
            Fetch::Captured(slot) => {
                self.captured.get(*slot).cloned().flatten().into_iter().collect()
            }
            Fetch::Text(text) => vec![text.clone()],
            Fetch::Bool(value) => vec![if *value { "1" } else { "0" }.to_owned()],
            Fetch::Int(number) => vec![number.to_string()],
        }
    }
}

/// Values of a header: whole lines, or what stands between commas.
fn header_values(lines: &Lines, name: &str, full: bool) -> Vec<String> {
    let mut values = Vec::new();
    for (_, line) in lines.iter().filter(|(other, _)| other == name) {
        if full || line.is_empty() {
            values.push(line.clone());
            continue;
        }
        values.extend(line.split(',').map(|value| value.trim_matches([' ', '\t']).to_owned()));
    }
    values
}

fn truncated(value: &str, len: usize) -> String {
    value.chars().take(len).collect()
}

impl Named {
    fn is(&self, name: &str) -> bool {
        match self {
            Self::Text(how, text) => how.fits(name, text),
            Self::Regex(matcher) => matcher.is_match(name),
        }
    }
}

impl Patterns {
    fn fit(&self, value: &str) -> bool {
        let within = |ranges: &[(i64, i64)], number: i64| {
            ranges.iter().any(|(from, to)| (*from..=*to).contains(&number))
        };
        match self {
            Self::Found => true,
            Self::Bool => !matches!(value, "0" | "" | "false"),
            Self::Int(ranges) => value.parse().is_ok_and(|number| within(ranges, number)),
            Self::Len(ranges) => {
                i64::try_from(value.len()).is_ok_and(|number| within(ranges, number))
            }
            Self::Method(methods) => methods.iter().any(|method| method == value),
            Self::Text { how, ignore_case: false, values } => {
                values.iter().any(|text| how.fits(value, text))
            }
            Self::Text { how, ignore_case: true, values } => {
                let value = value.to_ascii_lowercase();
                values.iter().any(|text| how.fits(&value, &text.to_ascii_lowercase()))
            }
            Self::Regex(matchers) => matchers.iter().any(|matcher| matcher.is_match(value)),
        }
    }
}

impl How {
    fn fits(self, value: &str, text: &str) -> bool {
        match self {
            Self::Exact => value == text,
            Self::Begin => value.starts_with(text),
            Self::End => value.ends_with(text),
            Self::Sub => value.contains(text),
            Self::Dir => has_word(value, text, &['/', '?']),
            Self::Dom => has_word(value, text, &['/', '?', '.', ':']),
        }
    }
}

/// Whether a text stands between delimiters, its own at the ends left out.
fn has_word(value: &str, text: &str, delimiters: &[char]) -> bool {
    let text = text.trim_matches(delimiters);
    let delimiter = |char: Option<char>| char.is_none_or(|char| delimiters.contains(&char));
    value.match_indices(text).any(|(at, _)| {
        delimiter(value[..at].chars().next_back())
            && delimiter(value[at + text.len()..].chars().next())
    })
}
