//! Apache httpd's configuration: virtual hosts, and `.htaccess`.
//!
//! The model follows the order of phases and of merging, the two tables of headers, `SetEnvIf`, expressions,
//! rewriting that ends a request, and what each of them adds to `Vary`.

mod answer;
mod borders;
mod expression;
mod model;
mod parse;
mod read;
mod rewrite;

use crate::{Answered, Asked, Behind, Borders, NotRead, Program, Source};

/// Reads Apache's configuration.
///
/// # Errors
/// A directive that has no model here, or that Apache itself refuses.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    read::read(source).map(|apache| Box::new(apache) as Box<dyn Program>)
}

impl Program for model::Apache {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        answer::answer(self, asked, behind)
    }

    fn borders(&self) -> Borders {
        borders::borders(self)
    }
}
