//! Configurations of any program: where they are read from, and what is said when they are not understood.

#[cfg(feature = "native")]
mod connection;
mod gather;
mod junit;
#[cfg(feature = "native")]
mod live;
mod model;

use corsage_texts::Language;

#[cfg(feature = "native")]
pub(crate) use connection::Connection;
pub(crate) use gather::{Gathered, gather};
pub(crate) use junit::junit;
#[cfg(feature = "native")]
pub(crate) use live::{Sent, sent};
pub(crate) use model::{Circumstance, Modelled, model, place};

/// A sentence that was made in English, in the reader's language.
pub(crate) fn told(language: Language, sentence: &str) -> String {
    language.retell("problems", sentence).unwrap_or_else(|| sentence.to_owned())
}
