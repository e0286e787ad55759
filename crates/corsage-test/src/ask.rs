//! What the assertions take: a `fetch()`, or a load of another kind.

use std::future::Future;

use corsage::browser::Profile;
use corsage::terms::{OpaqueOrigin, Origin};

use crate::{Failure, Server};

/// Something that a page asks a server for: a [`PageFetch`](crate::PageFetch), a [`PageLoad`](crate::PageLoad), or a
/// [`Load`](crate::Load).
pub trait Ask: std::fmt::Display {
    /// What the page sees if it succeeds.
    type Seen;

    /// Who asks.
    fn page(&self) -> String;

    /// Whose browsers judge, one after another.
    fn browsers(&self) -> impl Iterator<Item = Profile>;

    /// What the page sees in one browser, whichever are set.
    ///
    /// # Errors
    /// Why the page gets nothing.
    fn run_in(
        &self,
        browser: Profile,
        server: &impl Server,
    ) -> impl Future<Output = Result<Self::Seen, Failure>>;

    /// What it sees, in words.
    fn tell(seen: &Self::Seen) -> String;
}

pub(crate) fn page_of(text: &str) -> Result<Origin, Failure> {
    match text {
        "null" => Ok(Origin::Opaque(OpaqueOrigin(0))),
        text => Origin::parse(text).map_err(|error| Failure::NotAnOrigin(text.to_owned(), error)),
    }
}
