//! A Caddyfile: sites, matchers, and directives in Caddy's own order.

mod answer;
mod borders;
mod build;
mod expression;
mod matchers;
mod model;
mod order;
mod parse;
mod text;

use crate::{Answered, Asked, Behind, Borders, NotRead, Program, Source};

/// Reads a Caddyfile.
///
/// # Errors
/// A directive that has no model here, or that Caddy itself refuses.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let sites = parse::parse(source.text)?;
    build::build(&sites).map(|caddy| Box::new(caddy) as Box<dyn Program>)
}

impl Program for model::Caddy {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        answer::answer(self, asked, behind)
    }

    fn borders(&self) -> Borders {
        borders::borders(self)
    }
}
