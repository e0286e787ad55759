//! nginx's configuration: what stands in `http`, a whole file, or one that servers include.
//!
//! The model follows nginx where answers are decided: servers and locations, the steps of the rewrite
//! module with `if`, `map`, inheritance of `add_header`, error pages, `limit_except`, headers-more. Directives
//! that no answer depends on are passed over by name; every other one is refused with its place.

mod answer;
mod borders;
mod build;
mod check;
mod conditions;
mod directives;
mod maps;
mod model;
mod names;
mod parse;
mod respond;
mod value;

use std::collections::BTreeMap;

use crate::{Answered, Asked, Behind, Borders, NotRead, Program, Refused, Rejected, Source, Span};

/// Reads nginx's configuration.
///
/// # Errors
/// A directive that has no model here, or that nginx itself refuses.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let directives = parse::parse(source.text)?;
    match build::build(&directives) {
        Ok(model) => Ok(Box::new(Nginx { model })),
        Err(not_read) if source.name.is_some() && is_misplaced(&not_read) => included(source),
        Err(not_read) => Err(not_read),
    }
}

fn is_misplaced(not_read: &NotRead) -> bool {
    matches!(not_read, NotRead::Rejected(rejected) if rejected.what.ends_with(MISPLACED))
}

/// What nginx says of a directive in a wrong place.
const MISPLACED: &str = "directive is not allowed here";
/// What stands around a file that servers or locations include, with something behind it where it has nothing.
const AROUND: &[(&str, &str)] = &[
    ("server { ", "\nlocation / { proxy_pass http://127.0.0.1:9000; } }"),
    ("server { ", "\n}"),
    ("server { location / { ", "\nproxy_pass http://127.0.0.1:9000; } }"),
    ("server { location / { ", "\n} }"),
];

/// A file whose directives stand in no file of their own: it is one that servers or locations include.
fn included(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let length = source.text.len();
    let mut told: Option<NotRead> = None;
    for (before, after) in AROUND {
        let text = format!("{before}{}{after}", source.text);
        let back = |span: Span| back(span, before.len(), length);
        match parse::parse(&text).and_then(|directives| build::build(&directives)) {
            Ok(model) => {
                let before = before.len();
                return Ok(Box::new(Included { nginx: Nginx { model }, before, length }));
            }
            Err(not_read) => {
                let not_read = moved(not_read, back);
                // What is wrong wherever the file is included tells more.
                if told.as_ref().is_none_or(is_misplaced) {
                    told = Some(not_read);
                }
            }
        }
    }
    Err(told.unwrap_or_else(|| NotRead::Refused(Vec::new())))
}

/// The same of the file itself; a variable that it does not make comes from a file around it.
fn moved(not_read: NotRead, back: impl Fn(Span) -> Span) -> NotRead {
    match not_read {
        NotRead::Refused(all) => NotRead::Refused(
            all.into_iter().map(|one| Refused { span: back(one.span), ..one }).collect(),
        ),
        NotRead::Rejected(one) => match one.what.strip_prefix("unknown variable ") {
            Some(name) => {
                NotRead::refused(Refused::new(back(one.span), name, crate::Why::Elsewhere))
            }
            None => NotRead::Rejected(Rejected { span: back(one.span), ..one }),
        },
    }
}

/// A place in the file itself.
fn back(span: Span, before: usize, length: usize) -> Span {
    let at = |place: usize| place.saturating_sub(before).min(length);
    at(span.start)..at(span.end)
}

struct Included {
    nginx: Nginx,
    /// How much stands before the file.
    before: usize,
    length: usize,
}

impl Program for Included {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        self.nginx.answer(asked, behind)
    }

    fn borders(&self) -> Borders {
        let mut borders = self.nginx.borders();
        let lists = borders.origin_lists.iter_mut().flatten();
        for border in borders.origins.iter_mut().chain(lists) {
            border.span = back(border.span.clone(), self.before, self.length);
        }
        borders
    }
}

/// Reads a text that another reader made of its source. `places` says where in that text something begins, in
/// order, and what of the source it was made of.
pub(in crate::formats) fn read_rendered(
    text: &str,
    places: &[(usize, Span)],
    alike_hosts: BTreeMap<String, usize>,
) -> Result<Box<dyn Program>, NotRead> {
    let directives = parse::parse(text)?;
    let model = build::build(&directives)?;
    Ok(Box::new(Rendered { nginx: Nginx { model }, places: places.to_vec(), alike_hosts }))
}

/// What of the source a span of the text was made of.
pub(in crate::formats) fn source_of(places: &[(usize, Span)], span: &Span) -> Span {
    let after = places.partition_point(|(start, _)| *start <= span.start);
    places.get(after.saturating_sub(1)).map_or(0..0, |(_, span)| span.clone())
}

struct Nginx {
    model: model::Model,
}

struct Rendered {
    nginx: Nginx,
    places: Vec<(usize, Span)>,
    alike_hosts: BTreeMap<String, usize>,
}

impl Program for Rendered {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        self.nginx.answer(asked, behind)
    }

    fn borders(&self) -> Borders {
        let mut borders = self.nginx.borders();
        let lists = borders.origin_lists.iter_mut().flatten();
        for border in borders.origins.iter_mut().chain(lists) {
            border.span = source_of(&self.places, &border.span);
        }
        borders.alike_hosts = self.alike_hosts.clone();
        borders
    }
}

impl Program for Nginx {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        answer::answer(&self.model, asked, behind)
    }

    fn borders(&self) -> Borders {
        borders::borders(&self.model)
    }
}
