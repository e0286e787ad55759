//! The questions that a configuration of nginx puts to a request.

use std::collections::BTreeSet;

use super::model::{
    Code, Condition, Expression, HostWildcard, Location, LocationPath, Locations, Model, ServerName,
};
use super::value::Value;
use crate::formats::sample;
use crate::{Borders, OriginBorder, OriginMatcher, Span};

pub(super) fn borders(model: &Model) -> Borders {
    let mut collector = Collector { borders: Borders::default(), carriers: carriers(model) };
    for map in model.maps.values() {
        if collector.carries_origin(&map.source) {
            for key in map.exact.keys() {
                collector.origin(OriginMatcher::ExactIgnoringCase(key.clone()), &map.span);
            }
            for (wildcard, _) in &map.wildcards {
                collector.origin(
                    match wildcard {
                        HostWildcard::Head(domain) => OriginMatcher::Suffix(format!(".{domain}")),
                        HostWildcard::Tail(domain) => OriginMatcher::Prefix(format!("{domain}.")),
                    },
                    &map.span,
                );
            }
            for (expression, _) in &map.expressions {
                collector.expression(expression);
            }
        }
        let wildcards = map.wildcards.iter().map(|(_, value)| value);
        let expressions = map.expressions.iter().map(|(_, value)| value);
        for value in
            map.exact.values().chain(map.default.iter()).chain(wildcards).chain(expressions)
        {
            collector.value(value, &map.span);
        }
        collector.value(&map.source, &map.span);
        if map.source.variables().any(|name| name == "request_method") {
            collector.borders.methods.extend(map.exact.keys().map(|key| key.to_ascii_uppercase()));
        }
    }
    for scope in &model.scopes {
        for header in scope.add_headers.iter().flatten() {
            collector.value(&header.value, &header.span);
        }
        for (_, value) in scope.more.iter().flat_map(|more| &more.headers) {
            collector.value(value, &(0..0));
        }
        if let Some(limit) = &scope.limit_except {
            collector.borders.methods.extend(limit.methods.iter().cloned());
        }
    }
    for server in &model.servers {
        for name in &server.names {
            collector.borders.hosts.insert(match name {
                ServerName::Exact(host) => host.clone(),
                ServerName::Head(domain) => format!("www.{domain}"),
                ServerName::Tail(start) => format!("{start}.example"),
                ServerName::Regex(expression) => expression.matcher.written().to_owned(),
            });
        }
        collector.codes(&server.codes);
        collector.locations(&server.locations);
        for location in server.named.values() {
            collector.codes(&location.codes);
        }
    }
    collector.borders
}

/// The variables that the request's origin goes into, by `set` and `map`.
fn carriers(model: &Model) -> BTreeSet<String> {
    let mut carriers = BTreeSet::from(["http_origin".to_owned()]);
    loop {
        let before = carriers.len();
        for (name, map) in &model.maps {
            if map.source.variables().any(|source| carriers.contains(source)) {
                carriers.insert(name.clone());
            }
        }
        for server in &model.servers {
            each_code(&server.codes, &mut |code| carry(code, &mut carriers));
            each_location(&server.locations, &mut |location| {
                each_code(&location.codes, &mut |code| carry(code, &mut carriers));
            });
        }
        if carriers.len() == before {
            return carriers;
        }
    }
}

fn carry(code: &Code, carriers: &mut BTreeSet<String>) {
    if let Code::Set { name, value } = code
        && value.variables().any(|source| carriers.contains(source))
    {
        carriers.insert(name.clone());
    }
}

fn each_code(codes: &[Code], with: &mut dyn FnMut(&Code)) {
    for code in codes {
        with(code);
        if let Code::If { codes, .. } = code {
            each_code(codes, with);
        }
    }
}

fn each_location<'l>(locations: &'l Locations, with: &mut dyn FnMut(&'l Location)) {
    for location in locations.exact.iter().chain(&locations.prefixes).chain(&locations.expressions)
    {
        with(location);
        each_location(&location.nested, with);
    }
}

struct Collector {
    borders: Borders,
    carriers: BTreeSet<String>,
}

impl Collector {
    fn origin(&mut self, matcher: OriginMatcher, span: &Span) {
        self.borders.origins.push(OriginBorder { matcher, span: span.clone() });
    }

    fn expression(&mut self, expression: &Expression) {
        let matcher = OriginMatcher::Regex(Box::new(expression.matcher.clone()));
        self.origin(matcher, &expression.span);
    }

    fn carries_origin(&self, value: &Value) -> bool {
        value.variables().any(|name| self.carriers.contains(name))
    }

    /// What a value copies from the request.
    fn value(&mut self, value: &Value, span: &Span) {
        for name in value.variables() {
            match name.strip_prefix("http_") {
                Some("origin") => self.origin(OriginMatcher::Any, span),
                Some("access_control_request_method" | "access_control_request_headers") | None => {
                }
                Some(header) => {
                    self.borders.looks_at.insert(header.replace('_', "-"));
                }
            }
        }
    }

    fn tested(&mut self, name: &str, span: &Span) {
        match name.strip_prefix("http_") {
            Some("origin") => self.origin(OriginMatcher::Any, span),
            Some(header) => {
                self.borders.looks_at.insert(header.replace('_', "-"));
            }
            None => {}
        }
    }

    fn codes(&mut self, codes: &[Code]) {
        for code in codes {
            match code {
                Code::Set { value, .. } => self.value(value, &(0..0)),
                Code::If { condition, codes, .. } => {
                    self.condition(condition);
                    self.codes(codes);
                }
                Code::Return { .. } | Code::Rewrite { .. } | Code::Break => {}
            }
        }
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Truthy(name) => self.tested(name, &(0..0)),
            Condition::Equal { name, value, span, .. } => {
                self.tested(name, span);
                let Some(text) = value.literal() else { return };
                if self.carriers.contains(name) {
                    self.origin(OriginMatcher::Exact(text.to_owned()), span);
                } else if name == "request_method" {
                    self.borders.methods.insert(text.to_owned());
                }
            }
            Condition::Matches { name, expression, .. } => {
                self.tested(name, &expression.span);
                if self.carriers.contains(name) {
                    self.expression(expression);
                } else if name == "request_method" {
                    let written = expression.matcher.written();
                    self.borders.methods.extend(
                        written
                            .split(|char: char| !char.is_ascii_alphabetic())
                            .filter(|word| !word.is_empty())
                            .map(str::to_owned),
                    );
                }
            }
        }
    }

    fn locations(&mut self, locations: &Locations) {
        let mut paths = Vec::new();
        each_location(locations, &mut |location| paths.push(location));
        for location in paths {
            let path = match &location.path {
                LocationPath::Exact(path)
                | LocationPath::Prefix(path)
                | LocationPath::FirmPrefix(path) => path.clone(),
                LocationPath::Regex(expression) => sample::path(expression.matcher.written()),
                LocationPath::Named(_) => continue,
            };
            self.borders.paths.insert(path);
            self.codes(&location.codes);
        }
    }
}
