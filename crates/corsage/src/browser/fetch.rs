//! [Fetching](https://fetch.spec.whatwg.org/#fetching): the machine's front door.

use std::time::Duration;

use super::{
    Client, FilteredResponse, NetworkError, Profile, Request, Transcript, WireFailure, WireRequest,
    WireResponse,
};

/// What a fetch needs next.
#[derive(Debug)]
pub enum Step {
    /// Send this CORS-preflight request, and hand its answer to it.
    Preflight(PendingPreflight),
    /// Send this request, and hand its answer to it.
    Request(PendingRequest),
    /// Done.
    Finish(Box<Finished>),
}

/// The end of a fetch.
#[derive(Debug)]
pub struct Finished {
    /// What the script gets.
    pub outcome: Result<FilteredResponse, NetworkError>,
    /// How it came to that.
    pub transcript: Transcript,
}

/// Starts a fetch. `now` is the time since any fixed moment, and only ever grows.
pub fn fetch(
    _request: Request,
    _client: &Client,
    _profile: Profile,
    _cache: &mut super::PreflightCache,
    _now: Duration,
) -> Step {
    loop {}
}

/// A CORS-preflight request that waits for its answer.
#[derive(Debug)]
pub struct PendingPreflight {
    pub(crate) wire: WireRequest,
}

/// A request that waits for its answer.
#[derive(Debug)]
pub struct PendingRequest {
    pub(crate) wire: WireRequest,
}

impl PendingPreflight {
    /// What to send.
    #[must_use]
    pub fn wire(&self) -> &WireRequest {
        &self.wire
    }

    /// Takes the answer, or the reason why there is none.
    pub fn receive(
        self,
        _response: Result<WireResponse, WireFailure>,
        _cache: &mut super::PreflightCache,
        _now: Duration,
    ) -> Step {
        loop {}
    }
}

impl PendingRequest {
    /// What to send.
    #[must_use]
    pub fn wire(&self) -> &WireRequest {
        &self.wire
    }

    /// Takes the answer, or the reason why there is none.
    pub fn receive(
        self,
        _response: Result<WireResponse, WireFailure>,
        _cache: &mut super::PreflightCache,
        _now: Duration,
    ) -> Step {
        loop {}
    }
}
