//! nginx's configuration: what stands in `http`, or a whole file.
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

use crate::{Answered, Asked, Behind, Borders, NotRead, Program, Source, Span};

/// Reads nginx's configuration.
///
/// # Errors
/// A directive that has no model here, or that nginx itself refuses.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let directives = parse::parse(source.text)?;
    let model = build::build(&directives)?;
    Ok(Box::new(Nginx { model }))
}

/// Reads a text that another reader made; every question is said to stand at one place of its source.
pub(in crate::formats) fn read_rendered(
    text: &str,
    span: &Span,
    alike_hosts: BTreeMap<String, usize>,
) -> Result<Box<dyn Program>, NotRead> {
    let directives = parse::parse(text)?;
    let model = build::build(&directives)?;
    Ok(Box::new(Rendered { nginx: Nginx { model }, span: span.clone(), alike_hosts }))
}

struct Nginx {
    model: model::Model,
}

struct Rendered {
    nginx: Nginx,
    span: Span,
    alike_hosts: BTreeMap<String, usize>,
}

impl Program for Rendered {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        self.nginx.answer(asked, behind)
    }

    fn borders(&self) -> Borders {
        let mut borders = self.nginx.borders();
        borders.origins.iter_mut().for_each(|border| border.span = self.span.clone());
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
