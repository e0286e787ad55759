//! The questions that Apache puts to a request.

use std::collections::BTreeSet;

use super::expression::{Bool, Piece, Text};
use super::model::{
    Apache, Attribute, Block, EnvPattern, HeaderAction, HeaderCondition, NamePattern, ProxyPath,
    RewritePiece, RewriteTest, When,
};
use crate::formats::sample;
use crate::{Borders, OriginBorder, OriginMatcher, Span};

pub(super) fn borders(apache: &Apache) -> Borders {
    let mut collector = Collector { borders: Borders::default(), carriers: BTreeSet::new() };
    for host in &apache.hosts {
        collector.borders.hosts.extend(host.names.iter().cloned());
        for proxied in &host.proxies {
            collector.borders.paths.insert(match &proxied.path {
                ProxyPath::Prefix(path) => path.clone(),
                ProxyPath::Regex(matcher) => sample::path(matcher.written()),
            });
        }
        collector.block(&host.own);
    }
    collector.borders
}

struct Collector {
    borders: Borders,
    /// Variables that hold the origin, or a part of it.
    carriers: BTreeSet<String>,
}

impl Collector {
    fn origin(&mut self, matcher: OriginMatcher, span: &Span) {
        self.borders.origins.push(OriginBorder { matcher, span: span.clone() });
    }

    fn block(&mut self, block: &Block) {
        for rule in &block.set_env_if {
            let of_origin = matches!(&rule.source, Attribute::Header(name) if name.eq_ignore_ascii_case("origin"));
            match &rule.pattern {
                EnvPattern::Expression(condition) => self.condition(condition, &rule.span),
                EnvPattern::Plain { text, .. } if of_origin => {
                    self.origin(OriginMatcher::Contains(text.clone()), &rule.span);
                }
                EnvPattern::Regex(matcher) if of_origin => {
                    self.origin(OriginMatcher::Regex(Box::new(matcher.clone())), &rule.span);
                }
                EnvPattern::Plain { text, .. } if rule.source == Attribute::Method => {
                    self.borders.methods.insert(text.clone());
                }
                EnvPattern::Plain { text, .. } if rule.source == Attribute::Uri => {
                    self.borders.paths.insert(text.clone());
                }
                EnvPattern::Regex(matcher) if rule.source == Attribute::Uri => {
                    self.borders.paths.insert(sample::path(matcher.written()));
                }
                EnvPattern::Regex(matcher) if rule.source == Attribute::Method => {
                    self.methods(matcher.written());
                }
                EnvPattern::Plain { .. } | EnvPattern::Regex(_) => {
                    if let Attribute::Header(name) = &rule.source {
                        self.looks_at(&name.to_ascii_lowercase());
                    }
                }
            }
            if of_origin {
                self.carriers.extend(rule.sets.iter().map(|(name, _)| name.clone()));
            }
        }
        for rule in &block.headers {
            if let HeaderCondition::Expression(condition) = &rule.condition {
                self.condition(condition, &rule.span);
            }
            match &rule.action {
                HeaderAction::Set(_, value)
                | HeaderAction::SetIfEmpty(_, value)
                | HeaderAction::Append(_, value)
                | HeaderAction::Merge(_, value)
                | HeaderAction::Add(_, value) => {
                    if is_origin(value) {
                        self.origin(OriginMatcher::Any, &rule.span);
                    }
                }
                HeaderAction::Unset(_) | HeaderAction::Echo(_) | HeaderAction::Edit { .. } => {}
            }
        }
        for rule in &block.rewrites {
            for condition in &rule.conditions {
                match (condition.subject.as_slice(), &condition.test) {
                    (_, RewriteTest::Expression(expression)) => self.condition(expression, &(0..0)),
                    ([RewritePiece::Header(name)], test) if name.eq_ignore_ascii_case("origin") => {
                        let matcher = match test {
                            RewriteTest::Regex(matcher) => {
                                OriginMatcher::Regex(Box::new(matcher.clone()))
                            }
                            RewriteTest::Equal { text, ignore_case: false } => {
                                OriginMatcher::Exact(text.clone())
                            }
                            RewriteTest::Equal { text, .. } => {
                                OriginMatcher::ExactIgnoringCase(text.clone())
                            }
                            RewriteTest::Expression(_) => OriginMatcher::Any,
                        };
                        self.origin(matcher, &(0..0));
                    }
                    ([RewritePiece::Method], RewriteTest::Equal { text, .. }) => {
                        self.borders.methods.insert(text.clone());
                    }
                    ([RewritePiece::Method], RewriteTest::Regex(matcher)) => {
                        self.methods(matcher.written());
                    }
                    ([RewritePiece::Uri], RewriteTest::Regex(matcher)) => {
                        self.borders.paths.insert(sample::path(matcher.written()));
                    }
                    ([RewritePiece::Header(name)], _) => self.looks_at(&name.to_ascii_lowercase()),
                    _ => {}
                }
            }
            let path = sample::path(rule.matcher.written());
            self.borders.paths.insert(path);
        }
        for limit in &block.limits {
            self.borders.methods.extend(limit.methods.iter().cloned());
        }
        for section in &block.sections {
            match &section.when {
                When::Location(path) => {
                    self.borders.paths.insert(path.clone());
                }
                When::LocationRegex(matcher) => {
                    self.borders.paths.insert(sample::path(matcher.written()));
                }
                When::Files(NamePattern::Exact(name)) => {
                    self.borders.paths.insert(format!("/{name}"));
                }
                When::Files(NamePattern::Regex(matcher)) => {
                    self.borders.paths.insert(sample::path(matcher.written()));
                }
                When::If { condition: Some(condition), .. } => self.condition(condition, &(0..0)),
                When::If { condition: None, .. } | When::Directory => {}
            }
            self.block(&section.block);
        }
    }

    /// The methods that an expression names.
    fn methods(&mut self, expression: &str) {
        let words = expression.split(|char: char| !char.is_ascii_alphabetic());
        self.borders.methods.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
    }

    fn looks_at(&mut self, name: &str) {
        if !name.starts_with("access-control-request-") {
            self.borders.looks_at.insert(name.to_owned());
        }
    }

    fn condition(&mut self, condition: &Bool, span: &Span) {
        match condition {
            Bool::All(parts) | Bool::Any(parts) => {
                parts.iter().for_each(|part| self.condition(part, span));
            }
            Bool::Not(part) => self.condition(part, span),
            Bool::Constant(_) => {}
            Bool::Compare(left, _, right) => {
                for (one, other) in [(left, right), (right, left)] {
                    let Some(text) = literal(other) else { continue };
                    if is_origin(one) {
                        self.origin(OriginMatcher::Exact(text.to_owned()), span);
                    } else if matches!(one.0.as_slice(), [Piece::Method]) {
                        self.borders.methods.insert(text.to_owned());
                    } else if matches!(one.0.as_slice(), [Piece::Uri]) {
                        self.borders.paths.insert(text.to_owned());
                    }
                }
            }
            Bool::Matches { text, matcher, .. } => {
                if is_origin(text) {
                    self.origin(OriginMatcher::Regex(Box::new(matcher.clone())), span);
                } else if matches!(text.0.as_slice(), [Piece::Uri]) {
                    self.borders.paths.insert(sample::path(matcher.written()));
                } else if matches!(text.0.as_slice(), [Piece::Method]) {
                    self.methods(matcher.written());
                }
            }
            Bool::In(text, items) => {
                for item in items.iter().filter_map(literal) {
                    if is_origin(text) {
                        self.origin(OriginMatcher::Exact(item.to_owned()), span);
                    } else if matches!(text.0.as_slice(), [Piece::Method]) {
                        self.borders.methods.insert(item.to_owned());
                    }
                }
            }
            Bool::NotEmpty(text) | Bool::Empty(text) | Bool::Truthy(text) => {
                if is_origin(text) {
                    self.origin(OriginMatcher::Any, span);
                }
            }
        }
    }
}

fn is_origin(text: &Text) -> bool {
    text.0.iter().any(|piece| match piece {
        Piece::Header { name, .. } => name == "origin",
        Piece::Lower(text) | Piece::Upper(text) => is_origin(text),
        _ => false,
    })
}

fn literal(text: &Text) -> Option<&str> {
    match text.0.as_slice() {
        [] => Some(""),
        [Piece::Literal(text)] => Some(text),
        _ => None,
    }
}
