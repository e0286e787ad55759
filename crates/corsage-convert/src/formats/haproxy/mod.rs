//! HAProxy's configuration: one frontend, and the backends behind it.
//!
//! The model follows the order in which rules are evaluated, what a fetch finds at which time (a request is
//! gone when its response comes), how a header with several values is tested and copied, and the `cors.lua` that
//! HAProxy's makers publish.

mod answer;
mod borders;
mod conditions;
mod lua;
mod model;
mod read;
mod sample;
mod words;

use crate::{Answered, Asked, Behind, Borders, NotRead, Program, Source};

/// Reads HAProxy's configuration.
///
/// # Errors
/// A keyword that has no model here, or that HAProxy itself refuses.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    read::read(source.text).map(|haproxy| Box::new(haproxy) as Box<dyn Program>)
}

impl Program for model::Haproxy {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        answer::answer(self, asked, behind)
    }

    fn borders(&self) -> Borders {
        borders::borders(self)
    }
}
