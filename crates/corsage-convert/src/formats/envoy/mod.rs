//! Envoy's own configuration, and the model that its controllers' formats share.

pub(super) mod answer;
pub(super) mod borders;
pub(super) mod model;
mod policy;
pub(super) mod read;

use crate::{Answered, Asked, Behind, Borders, NotRead, Program, Source};

pub(super) use policy::{go_expression, string_match};
pub(crate) use read::read_text;

/// Reads Envoy's configuration.
///
/// # Errors
/// A filter or a field that has no model here.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    read_text(source.text).map(|envoy| Box::new(envoy) as Box<dyn Program>)
}

impl Program for model::Envoy {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        answer::answer(self, asked, behind)
    }

    fn borders(&self) -> Borders {
        borders::borders(self)
    }
}
