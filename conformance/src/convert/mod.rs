//! What real programs answered, given real configuration text, beside what the models of them predict.

mod behind;
mod case;
mod compare;
mod run;

pub use run::{Shown, run};
