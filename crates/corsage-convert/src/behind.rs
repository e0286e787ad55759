//! What stands behind a program: the upstream of a proxy, the routes and handlers of a framework, the
//! objects of a store.

use crate::Asked;

/// Answers for whatever a program passes a request to.
///
/// A model calls this when, and only when, the real program would hand the request on; whoever implements
/// it may count the calls.
pub trait Behind {
    /// What becomes of this request.
    fn answer(&self, asked: &Asked<'_>) -> BehindAnswer;
}

/// What became of a request that was handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BehindAnswer {
    /// An upstream or a handler ran and answered.
    Responds(BehindResponse),
    /// An upstream took the request and closed the connection without an answer.
    Drops,
    /// A handler ran, and raised an error that nobody catches.
    Raises,
    /// Nothing has this path: no handler ran.
    NoRoute,
    /// The path is there, for other methods than this one: no handler ran.
    NoMethod {
        /// The methods that the path has.
        allowed: Vec<String>,
    },
}

impl BehindAnswer {
    /// As a proxy gets it from its upstream: whether anything ran there, and the response; none where the
    /// connection was closed without one, which every proxy tells in a way of its own.
    pub(crate) fn upstream(self) -> (bool, Option<BehindResponse>) {
        match self {
            Self::Responds(response) => (true, Some(response)),
            Self::Drops => (true, None),
            Self::Raises => (true, Some(BehindResponse::plain(500))),
            Self::NoRoute => (false, Some(BehindResponse::plain(404))),
            Self::NoMethod { .. } => (false, Some(BehindResponse::plain(405))),
        }
    }
}

/// The part of an upstream's or handler's response that CORS can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BehindResponse {
    /// The status.
    pub status: u16,
    /// The `Access-Control-*` lines that it set itself.
    pub cors: Vec<(String, String)>,
    /// The `Vary` lines that it set itself.
    pub vary: Vec<String>,
    /// What those lines do to the ones that are there already.
    pub vary_is: VaryIs,
}

/// What a handler's `Vary` does to what its framework has set before.
///
/// Upstreams of proxies have nothing before them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VaryIs {
    /// It takes its place, as a plain "set header" does.
    #[default]
    Set,
    /// It comes as lines of its own.
    Added,
}

impl BehindResponse {
    /// A response without CORS headers and without `Vary`.
    #[must_use]
    pub fn plain(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}
