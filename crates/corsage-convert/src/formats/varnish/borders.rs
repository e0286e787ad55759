//! The questions that a VCL puts to a request.

use super::model::{Condition, Place, Statement, Term, Varnish};
use crate::formats::sample;
use crate::{Borders, OriginBorder, OriginMatcher, Span};

pub(super) fn borders(varnish: &Varnish) -> Borders {
    let mut borders = Borders::default();
    varnish.subs.values().for_each(|body| statements(body, &mut borders));
    borders
}

fn statements(body: &[Statement], borders: &mut Borders) {
    for statement in body {
        match statement {
            Statement::If(branches) => {
                for (test, body) in branches {
                    if let Some(test) = test {
                        condition(test, borders);
                    }
                    statements(body, borders);
                }
            }
            Statement::Set(_, terms) if is_origin(terms) => {
                push(OriginMatcher::Any, &(0..0), borders);
            }
            _ => {}
        }
    }
}

fn push(matcher: OriginMatcher, span: &Span, borders: &mut Borders) {
    borders.origins.push(OriginBorder { matcher, span: span.clone() });
}

fn is_origin(terms: &[Term]) -> bool {
    terms.iter().any(|term| match term {
        Term::Place(Place::Request(name)) => name.eq_ignore_ascii_case("origin"),
        Term::Lower(terms) | Term::Upper(terms) | Term::Replace { text: terms, .. } => {
            is_origin(terms)
        }
        Term::Text(_) | Term::Place(_) => false,
    })
}

fn condition(test: &Condition, borders: &mut Borders) {
    match test {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| condition(part, borders));
        }
        Condition::Not(part) => condition(part, borders),
        Condition::There(Place::Request(name)) if name.eq_ignore_ascii_case("origin") => {
            push(OriginMatcher::Any, &(0..0), borders);
        }
        Condition::There(Place::Request(name)) => looks_at(name, borders),
        Condition::Equal { left, right, span, .. } => {
            for (one, other) in [(left, right), (right, left)] {
                let [Term::Text(text)] = other.as_slice() else { continue };
                match one.as_slice() {
                    _ if is_origin(one) => push(OriginMatcher::Exact(text.clone()), span, borders),
                    [Term::Place(Place::Method)] => {
                        borders.methods.insert(text.clone());
                    }
                    [Term::Place(Place::Url)] => {
                        borders.paths.insert(text.clone());
                    }
                    [Term::Place(Place::Request(name))] if name.eq_ignore_ascii_case("host") => {
                        borders.hosts.insert(text.clone());
                    }
                    [Term::Place(Place::Request(name))] => looks_at(name, borders),
                    _ => {}
                }
            }
        }
        Condition::Matches { left, matcher, span, .. } => match left.as_slice() {
            _ if is_origin(left) => {
                push(OriginMatcher::Regex(Box::new(matcher.clone())), span, borders);
            }
            [Term::Place(Place::Url)] => {
                borders.paths.insert(sample::path(matcher.written()));
            }
            [Term::Place(Place::Method)] => {
                let words = matcher.written().split(|char: char| !char.is_ascii_alphabetic());
                borders.methods.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
            }
            [Term::Place(Place::Request(name))] => looks_at(name, borders),
            _ => {}
        },
        Condition::There(_) | Condition::Constant(_) | Condition::Number { .. } => {}
    }
}

fn looks_at(name: &str, borders: &mut Borders) {
    let name = name.to_ascii_lowercase();
    if !name.starts_with("access-control-request-") {
        borders.looks_at.insert(name);
    }
}
