//! The questions that Envoy puts to a request.

use super::model::{Envoy, HeaderValue, Level, PathMatch, Piece, StringKind, StringMatch};
use crate::formats::sample;
use crate::{Borders, OriginBorder, OriginMatcher};

pub(crate) fn borders(envoy: &Envoy) -> Borders {
    let mut borders = Borders::default();
    level(&envoy.level, &mut borders);
    for host in &envoy.hosts {
        for domain in &host.domains {
            let name = domain.trim_end_matches(":*");
            borders.hosts.insert(if name == "*" {
                "api.example.com".to_owned()
            } else {
                name.replace('*', "www")
            });
        }
        level(&host.level, &mut borders);
        for route in &host.routes {
            level(&route.level, &mut borders);
            let path = match &route.path {
                PathMatch::Prefix(path) | PathMatch::Segments(path) | PathMatch::Exact(path) => {
                    path.clone()
                }
                PathMatch::Regex(matcher) => sample::path(matcher.written()),
            };
            for header in &route.headers {
                match (&header.value, header.name.as_str()) {
                    (HeaderValue::Is(matcher), ":method") => {
                        if let StringKind::Exact(method) = &matcher.kind {
                            borders.methods.insert(method.clone());
                        }
                    }
                    (HeaderValue::Is(matcher), "origin") => origin(matcher, &mut borders),
                    (HeaderValue::Is(matcher), ":path") => {
                        // What is asked of the query is asked beside the path.
                        if let StringKind::Regex(expression) = &matcher.kind
                            && let Some((_, query)) =
                                sample::path(expression.written()).split_once('?')
                        {
                            borders.paths.insert(format!("{path}?{query}"));
                        }
                    }
                    (_, name)
                        if name.starts_with(':') || name == "access-control-request-method" => {}
                    (_, name) => {
                        borders.looks_at.insert(name.to_owned());
                    }
                }
            }
            borders.paths.insert(path);
        }
    }
    borders
}

fn level(level: &Level, borders: &mut Borders) {
    for header in &level.to_add {
        for piece in &header.value {
            if let Piece::Request(name, _) = piece
                && name == "origin"
            {
                borders.origins.push(OriginBorder { matcher: OriginMatcher::Any, span: 0..0 });
            }
        }
    }
    let Some(policy) = &level.policy else { return };
    for matcher in &policy.origins {
        origin(matcher, borders);
    }
    borders.methods.extend(
        policy
            .methods
            .split([',', ' ', ';'])
            .filter(|method| !method.is_empty())
            .map(str::to_owned),
    );
    borders.headers.extend(
        policy
            .headers
            .split([',', ' '])
            .filter(|header| !header.is_empty())
            .map(str::to_ascii_lowercase),
    );
}

fn origin(matcher: &StringMatch, borders: &mut Borders) {
    let fold = matcher.ignore_case;
    let test = match &matcher.kind {
        _ if matcher.is_match("*") => OriginMatcher::Any,
        StringKind::Exact(text) if fold => OriginMatcher::ExactIgnoringCase(text.clone()),
        StringKind::Exact(text) => OriginMatcher::Exact(text.clone()),
        // Browsers send origins in lower case: a test that ignores case is one in lower case.
        StringKind::Prefix(text) => OriginMatcher::Prefix(lower(text, fold)),
        StringKind::Suffix(text) => OriginMatcher::Suffix(lower(text, fold)),
        StringKind::Contains(text) => OriginMatcher::Contains(lower(text, fold)),
        StringKind::Regex(expression) => OriginMatcher::Regex(Box::new(expression.clone())),
    };
    borders.origins.push(OriginBorder { matcher: test, span: matcher.span.clone() });
}

fn lower(text: &str, fold: bool) -> String {
    if fold { text.to_ascii_lowercase() } else { text.to_owned() }
}
