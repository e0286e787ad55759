//! A model of a program with its configuration.

use crate::{Answered, Asked, Behind, Borders};

/// A program as its configuration makes it: it answers as the real one would.
pub trait Program {
    /// What the program answers to one request, with this behind it.
    ///
    /// A program with state (an expression with `lastIndex`) keeps it inside: requests are put in order.
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered;

    /// Every question that the answer depends on.
    fn borders(&self) -> Borders;
}
