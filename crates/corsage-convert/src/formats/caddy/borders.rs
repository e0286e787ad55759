//! The questions that a Caddyfile puts to a request.

use super::expression::{Cel, Compare};
use super::model::{Caddy, Handler, MapKey, Ops, Piece, Route, Set, Test, Text};
use crate::formats::sample;
use crate::{Borders, OriginBorder, OriginMatcher, Span};

pub(super) fn borders(caddy: &Caddy) -> Borders {
    let mut borders = Borders::default();
    for site in &caddy.sites {
        borders.hosts.extend(site.hosts.iter().map(|host| host.replace('*', "www")));
        routes(&site.routes, &mut borders);
        site.errors.iter().for_each(|(_, inner)| routes(inner, &mut borders));
    }
    borders
}

fn routes(all: &[Route], borders: &mut Borders) {
    for route in all {
        if let Some(matcher) = &route.matcher {
            set(matcher, borders);
        }
        match &route.handler {
            Handler::Headers { ops, .. } | Handler::Proxy { down: ops } => copied(ops, borders),
            Handler::Sub(inner) => routes(inner, borders),
            Handler::Map(map) if copies_origin(&map.source) => {
                for (key, _) in &map.entries {
                    push(
                        match key {
                            MapKey::Exact(text) => OriginMatcher::Exact(text.clone()),
                            MapKey::Regex(matcher) => {
                                OriginMatcher::Regex(Box::new(matcher.clone()))
                            }
                        },
                        &(0..0),
                        borders,
                    );
                }
            }
            _ => {}
        }
    }
}

fn push(matcher: OriginMatcher, span: &Span, borders: &mut Borders) {
    borders.origins.push(OriginBorder { matcher, span: span.clone() });
}

fn copies_origin(text: &Text) -> bool {
    text.0.iter().any(
        |piece| matches!(piece, Piece::Placeholder(name) if name == "http.request.header.origin"),
    )
}

fn copied(ops: &Ops, borders: &mut Borders) {
    let set = ops.set.iter().map(|(_, value)| value);
    if ops.add.iter().map(|(_, value)| value).chain(set).any(copies_origin) {
        push(OriginMatcher::Any, &(0..0), borders);
    }
}

/// A header matcher's value as a set of origins.
fn pattern(text: &str) -> OriginMatcher {
    match (text.strip_prefix('*'), text.strip_suffix('*')) {
        _ if text == "*" => OriginMatcher::Any,
        (Some(middle), Some(_)) => OriginMatcher::Contains(middle.trim_end_matches('*').to_owned()),
        (Some(end), None) => OriginMatcher::Suffix(end.to_owned()),
        (None, Some(start)) => OriginMatcher::Prefix(start.to_owned()),
        (None, None) => OriginMatcher::Exact(text.to_owned()),
    }
}

fn set(set: &Set, borders: &mut Borders) {
    for test in &set.0 {
        match test {
            Test::Header { name, values, span } if name == "origin" => {
                for value in values.iter().flatten() {
                    push(value.literal().map_or(OriginMatcher::Any, pattern), span, borders);
                }
                if values.is_none() {
                    push(OriginMatcher::Any, span, borders);
                }
            }
            Test::HeaderRegex { name, matcher, span, .. } if name == "origin" => {
                push(OriginMatcher::Regex(Box::new(matcher.clone())), span, borders);
            }
            Test::Header { name, .. } | Test::HeaderRegex { name, .. } => looks_at(name, borders),
            Test::Method(methods) => borders.methods.extend(methods.iter().cloned()),
            Test::Path(paths) => {
                borders.paths.extend(paths.iter().map(|path| path.replace('*', "x")));
            }
            Test::PathRegex { matcher, .. } => {
                borders.paths.insert(sample::path(matcher.written()));
            }
            Test::Host(hosts) => borders.hosts.extend(hosts.iter().cloned()),
            Test::Not(sets) => sets.iter().for_each(|inner| self::set(inner, borders)),
            Test::Expression(cel) => expression(cel, borders),
        }
    }
}

fn looks_at(name: &str, borders: &mut Borders) {
    if !name.starts_with("access-control-request-") {
        borders.looks_at.insert(name.to_owned());
    }
}

fn expression(cel: &Cel, borders: &mut Borders) {
    match cel {
        Cel::All(parts) | Cel::Any(parts) => {
            parts.iter().for_each(|part| expression(part, borders));
        }
        Cel::Not(part) => expression(part, borders),
        Cel::Header(name, values) if name == "origin" => {
            values.iter().for_each(|value| push(pattern(value), &(0..0), borders));
        }
        Cel::HeaderRegex(name, matcher) if name == "origin" => {
            push(OriginMatcher::Regex(Box::new(matcher.clone())), &(0..0), borders);
        }
        Cel::Header(name, _) | Cel::HeaderRegex(name, _) => looks_at(name, borders),
        Cel::Method(methods) => borders.methods.extend(methods.iter().cloned()),
        Cel::Path(paths) => borders.paths.extend(paths.iter().map(|path| path.replace('*', "x"))),
        Cel::PathRegex(matcher) => {
            borders.paths.insert(sample::path(matcher.written()));
        }
        Cel::Placeholder(name, compare) => {
            let Some(header) = name.strip_prefix("http.request.header.") else { return };
            if header != "origin" {
                return looks_at(header, borders);
            }
            match compare {
                Compare::Is(values) => {
                    values.iter().for_each(|value| {
                        push(OriginMatcher::Exact(value.clone()), &(0..0), borders);
                    });
                }
                Compare::IsNot(value) => {
                    push(OriginMatcher::Exact(value.clone()), &(0..0), borders);
                }
                Compare::Starts(text) => {
                    push(OriginMatcher::Prefix(text.clone()), &(0..0), borders);
                }
                Compare::Ends(text) => push(OriginMatcher::Suffix(text.clone()), &(0..0), borders),
                Compare::Contains(text) => {
                    push(OriginMatcher::Contains(text.clone()), &(0..0), borders);
                }
                Compare::Matches(matcher) => {
                    push(OriginMatcher::Regex(Box::new(matcher.clone())), &(0..0), borders);
                }
            }
        }
    }
}
