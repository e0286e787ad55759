//! Configurations of any program: where they are read from, and what is said when they are not understood.

mod gather;
mod junit;
#[cfg(feature = "native")]
mod live;
mod model;

use corsage_texts::Language;

pub(crate) use gather::{Gathered, gather};
pub(crate) use junit::junit;
#[cfg(feature = "native")]
pub(crate) use live::{Live, Sent, sent};
pub(crate) use model::{Circumstance, Modelled, model, place};

/// A sentence that was made in English, in the reader's language.
pub(crate) fn told(language: Language, sentence: &str) -> String {
    language.retell("problems", sentence).unwrap_or_else(|| sentence.to_owned())
}

/// A server on the network, asked at most a thousand times.
///
/// # Errors
/// What keeps it from being asked.
pub(crate) fn against(url: &url::Url) -> Result<Box<dyn corsage_convert::Program>, String> {
    #[cfg(feature = "native")]
    {
        let browser = corsage_client::Browser::new();
        Ok(Box::new(Live::new(url.clone(), browser, 1000, std::time::Duration::ZERO)?))
    }
    #[cfg(not(feature = "native"))]
    Err(format!(
        "{url}: this build asks no servers; the native command does: cargo install corsage-cli"
    ))
}
