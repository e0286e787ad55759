//! [Fetching](https://fetch.spec.whatwg.org/#fetching): the machine's front door.

use std::time::Duration;

use super::main_fetch::main_fetch;
use super::run::{Context, Run};
use super::{
    Client, FilteredResponse, NetworkError, PreflightCache, Profile, Request, Transcript,
    WireFailure, WireRequest, WireResponse, http_fetch, preflight_fetch,
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
///
/// ```
/// use corsage::browser::{Client, PreflightCache, Profile, Request, RequestInit, Step, WireResponse, fetch};
/// use corsage::terms::Origin;
/// use std::time::Duration;
///
/// let page = Client::page(Origin::parse("https://app.example").unwrap());
/// let init = RequestInit { url: "https://api.example/".into(), ..RequestInit::default() };
/// let request = Request::new(init, &page, Profile::Standard).unwrap();
/// let (mut cache, now) = (PreflightCache::new(), Duration::ZERO);
/// let Step::Request(pending) = fetch(request, &page, Profile::Standard, &mut cache, now) else { panic!() };
/// assert_eq!(pending.wire().headers.get(b"origin").unwrap(), b"https://app.example");
///
/// let response = WireResponse { status: 200, status_text: b"OK".to_vec(), headers: Default::default() };
/// let Step::Finish(end) = pending.receive(Ok(response), &mut cache, now) else { panic!() };
/// assert_eq!(end.outcome.unwrap_err().blamed().code.as_str(), "missing-allow-origin");
/// ```
#[must_use]
pub fn fetch(
    request: Request,
    client: &Client,
    profile: Profile,
    cache: &mut PreflightCache,
    now: Duration,
) -> Step {
    main_fetch(Run::new(request, client, profile), &mut Context { cache, now })
}

/// A CORS-preflight request that waits for its answer.
#[derive(Debug)]
pub struct PendingPreflight {
    pub(crate) wire: WireRequest,
    pub(crate) run: Box<Run>,
}

/// A request that waits for its answer.
#[derive(Debug)]
pub struct PendingRequest {
    pub(crate) wire: WireRequest,
    pub(crate) run: Box<Run>,
}

impl PendingPreflight {
    /// What to send.
    #[must_use]
    pub fn wire(&self) -> &WireRequest {
        &self.wire
    }

    /// What happened so far.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        &self.run.transcript
    }

    /// Takes the answer, or the reason why there is none.
    #[must_use]
    pub fn receive(
        self,
        response: Result<WireResponse, WireFailure>,
        cache: &mut PreflightCache,
        now: Duration,
    ) -> Step {
        preflight_fetch::receive(self.run, response, &mut Context { cache, now })
    }
}

impl PendingRequest {
    /// What to send.
    #[must_use]
    pub fn wire(&self) -> &WireRequest {
        &self.wire
    }

    /// What happened so far.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        &self.run.transcript
    }

    /// Takes the answer's head, or the reason why there is none. The body stays with the driver.
    #[must_use]
    pub fn receive(
        self,
        response: Result<WireResponse, WireFailure>,
        cache: &mut PreflightCache,
        now: Duration,
    ) -> Step {
        http_fetch::receive(self.run, response, &mut Context { cache, now })
    }
}
