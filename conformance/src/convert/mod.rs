//! What real programs answered, given real configuration text, beside what the models of them predict.

mod behind;
mod case;
mod compare;
mod itself;
mod run;

pub use itself::{ComparedWithThemselves, differing_from_themselves};
pub use run::{Shown, run};
