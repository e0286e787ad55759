//! The questions that HAProxy puts to a request.

use std::collections::BTreeSet;

use super::model::{Action, Haproxy, How, Patterns, Proxy, Test};
use super::sample::{Expression, Fetch, Format, Piece};
use crate::formats::sample;
use crate::{Borders, OriginBorder, OriginMatcher, Span};

pub(super) fn borders(haproxy: &Haproxy) -> Borders {
    let mut borders = Borders::default();
    let proxies: Vec<&Proxy> =
        std::iter::once(&haproxy.frontend).chain(haproxy.backends.values()).collect();
    // Variables that hold the origin are tested in its place.
    let mut carriers = BTreeSet::new();
    for proxy in &proxies {
        for rule in &proxy.request {
            if let Action::SetVar(name, expression) = &rule.action
                && is_origin(expression, &carriers)
            {
                carriers.insert(name.clone());
            }
        }
    }
    for proxy in proxies {
        for rule in proxy.request.iter().chain(&proxy.response).chain(&proxy.after) {
            for terms in rule.condition.iter().flat_map(|condition| &condition.any) {
                for test in terms.iter().flat_map(|term| &term.tests) {
                    tested(test, &carriers, &mut borders);
                }
            }
            match &rule.action {
                Action::SetHeader(_, format) | Action::AddHeader(_, format) => {
                    copied(format, &carriers, &mut borders);
                }
                Action::Return(reply) => {
                    reply
                        .headers
                        .iter()
                        .for_each(|(_, format)| copied(format, &carriers, &mut borders));
                }
                Action::LuaRequest(lua) => {
                    if lua.any {
                        any(&lua.span, &mut borders);
                    }
                    for pattern in &lua.patterns {
                        let matcher = OriginMatcher::Regex(Box::new(pattern.clone()));
                        borders.origins.push(OriginBorder { matcher, span: lua.span.clone() });
                    }
                }
                _ => {}
            }
        }
        for (_, condition) in &proxy.switches {
            for terms in condition.iter().flat_map(|condition| &condition.any) {
                for test in terms.iter().flat_map(|term| &term.tests) {
                    tested(test, &carriers, &mut borders);
                }
            }
        }
    }
    borders
}

fn is_origin(expression: &Expression, carriers: &BTreeSet<String>) -> bool {
    match &expression.fetch {
        Fetch::RequestHeader { name, .. } => name == "origin",
        Fetch::Variable(name) => carriers.contains(name),
        _ => false,
    }
}

fn any(span: &Span, borders: &mut Borders) {
    borders.origins.push(OriginBorder { matcher: OriginMatcher::Any, span: span.clone() });
}

fn copied(format: &Format, carriers: &BTreeSet<String>, borders: &mut Borders) {
    for piece in &format.0 {
        let Piece::Sample(expression) = piece else { continue };
        if is_origin(expression, carriers) || matches!(expression.fetch, Fetch::Captured(_)) {
            any(&(0..0), borders);
        }
    }
}

fn tested(test: &Test, carriers: &BTreeSet<String>, borders: &mut Borders) {
    match &test.expression.fetch {
        fetch if is_origin(&test.expression, carriers) || matches!(fetch, Fetch::Captured(_)) => {
            let mut push =
                |matcher| borders.origins.push(OriginBorder { matcher, span: test.span.clone() });
            match &test.patterns {
                Patterns::Text { how, ignore_case, values } => {
                    for value in values {
                        push(match how {
                            How::Exact if *ignore_case => {
                                OriginMatcher::ExactIgnoringCase(value.clone())
                            }
                            How::Exact => OriginMatcher::Exact(value.clone()),
                            How::Begin => OriginMatcher::Prefix(value.clone()),
                            How::End => OriginMatcher::Suffix(value.clone()),
                            How::Sub | How::Dir | How::Dom => {
                                OriginMatcher::Contains(value.clone())
                            }
                        });
                    }
                }
                Patterns::Regex(matchers) => {
                    matchers
                        .iter()
                        .for_each(|matcher| push(OriginMatcher::Regex(Box::new(matcher.clone()))));
                }
                _ => push(OriginMatcher::Any),
            }
        }
        Fetch::Method => {
            if let Patterns::Method(methods) = &test.patterns {
                borders.methods.extend(methods.iter().cloned());
            }
        }
        Fetch::Path | Fetch::Url => match &test.patterns {
            Patterns::Text { values, .. } => {
                let paths = values.iter().map(|value| {
                    if value.starts_with('/') { value.clone() } else { format!("/{value}") }
                });
                borders.paths.extend(paths);
            }
            Patterns::Regex(matchers) => {
                borders
                    .paths
                    .extend(matchers.iter().map(|matcher| sample::path(matcher.written())));
            }
            _ => {}
        },
        Fetch::RequestHeader { name, .. } | Fetch::RequestHeaderCount { name, .. } => {
            if name == "host" {
                if let Patterns::Text { values, .. } = &test.patterns {
                    borders.hosts.extend(values.iter().cloned());
                }
            } else if !name.starts_with("access-control-request-") {
                borders.looks_at.insert(name.clone());
            }
        }
        _ => {}
    }
}
