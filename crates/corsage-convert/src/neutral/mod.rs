//! A policy in no program's words: what was learnt by asking a model.
//!
//! Defaults are filled in, as the model has them: what is not written in the source is here all the same.

mod derive;
mod evaluate;
mod probe;
mod rule;

pub use derive::derive;
pub(crate) use derive::derive_by;
pub use rule::{
    AnsweredOrigin, ErrorsCarry, Names, OwnHeaders, PlainOptions, RefusedPreflight, RoutedPolicy,
    Rule, RuleOrigins, VaryOnOrigin,
};
