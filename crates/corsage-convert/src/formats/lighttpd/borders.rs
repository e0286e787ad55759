//! The questions that lighttpd puts to a request.

use super::build::{Field, Lighttpd, Operator};
use crate::formats::sample;
use crate::{Borders, OriginBorder, OriginMatcher};

pub(super) fn borders(lighttpd: &Lighttpd) -> Borders {
    let mut borders = Borders::default();
    collect(lighttpd, &mut borders);
    borders
}

fn collect(lighttpd: &Lighttpd, borders: &mut Borders) {
    for branch in &lighttpd.branches {
        if let Some(test) = &branch.test {
            let text = match &test.operator {
                Operator::Is(text)
                | Operator::IsNot(text)
                | Operator::Begins(text)
                | Operator::Ends(text) => text.clone(),
                Operator::Matches(matcher) | Operator::Differs(matcher) => {
                    matcher.written().to_owned()
                }
            };
            let matches = matches!(test.operator, Operator::Matches(_) | Operator::Differs(_));
            match &test.field {
                Field::Header(name) if name == "origin" => {
                    let matcher = match &test.operator {
                        Operator::Is(text) | Operator::IsNot(text) => {
                            OriginMatcher::Exact(text.clone())
                        }
                        Operator::Begins(text) => OriginMatcher::Prefix(text.clone()),
                        Operator::Ends(text) => OriginMatcher::Suffix(text.clone()),
                        Operator::Matches(matcher) | Operator::Differs(matcher) => {
                            OriginMatcher::Regex(Box::new(matcher.clone()))
                        }
                    };
                    borders.origins.push(OriginBorder { matcher, span: test.span.clone() });
                }
                Field::Header(name) => {
                    if !name.starts_with("access-control-request-") {
                        borders.looks_at.insert(name.clone());
                    }
                }
                Field::Method => {
                    let words = text.split(|char: char| !char.is_ascii_alphabetic());
                    borders
                        .methods
                        .extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
                }
                Field::Path if matches => {
                    borders.paths.insert(sample::path(&text));
                }
                Field::Path => {
                    borders.paths.insert(text);
                }
                Field::Host => {
                    borders.hosts.insert(text);
                }
                Field::Query | Field::Scheme => {}
            }
        }
        collect(&branch.inner, borders);
    }
}
