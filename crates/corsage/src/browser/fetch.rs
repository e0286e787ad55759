//! [Fetching](https://fetch.spec.whatwg.org/#fetching): the machine's front door.
//!
//! Boxes are states that wait for the driver; what stands between them is one call.
//!
//! ```text
//!                    fetch(request, client, profile, cache, now)
//!                                      │
//!                                 main fetch ◄──────────────────────────────────────┐
//!            refused before sending,   │                                            │
//!            data:, about:, blob:      │ same origin · no-cors · cors               │
//!   ┌──────────────◄───────────────────┤                                            │
//!   │                                  │                                            │
//!   │                        preflight due, and none                                │
//!   │                        remembered that suffices?                              │
//!   │                            │yes           │no                                 │
//!   │              ┌─────────────▼────────┐     │                                   │
//!   │              │ Send(Pending)        │     │                                   │
//!   │              │ Message::Preflight   │     │                                   │
//!   │              └─────────────┬────────┘     │                                   │
//!   │                  receive(answer)          │                                   │
//!   │       refused              │ granted,     │                                   │
//!   ├─────────◄──────────────────┤ remembered   │                                   │
//!   │                            └──────┬───────┘                                   │
//!   │                     ┌─────────────▼────────┐                                  │
//!   │                     │ Send(Pending)        │                                  │
//!   │                     │ Message::Request     │                                  │
//!   │                     └─────────────┬────────┘                                  │
//!   │                         receive(answer)                                       │
//!   │       CORS check, CORP,           │ passed        3xx with Location,          │
//!   │       redirect mode refuse        ├──────────────► redirect: "follow" ────────┘
//!   ├─────────◄─────────────────────────┤                (20 times at most)
//!   │                                   │ filtered: basic, cors, opaque, opaqueredirect
//!   ▼                                   ▼
//! ┌───────────────────────────────────────────────┐
//! │ Finish(Finished): outcome and transcript      │
//! └───────────────────────────────────────────────┘
//! ```

use std::time::Duration;

use super::main_fetch::main_fetch;
use super::run::{Context, Run};
use super::{
    Client, Event, FilteredResponse, NetworkError, PreflightCache, Profile, Request, Transcript,
    WireFailure, WireRequest, WireResponse, http_fetch, preflight_fetch,
};

/// What a fetch needs next.
#[derive(Debug)]
pub enum Step {
    /// Send this request, and hand its answer to it.
    Send(Pending),
    /// Done.
    Finish(Box<Finished>),
}

impl Step {
    /// Steps to the end, with whoever answers at hand: for servers in memory and for recordings.
    ///
    /// ```
    /// use corsage::browser::{Client, PreflightCache, Profile, Request, RequestInit, WireFailure, fetch};
    /// use corsage::terms::Origin;
    /// use std::time::Duration;
    ///
    /// let page = Client::page(Origin::parse("https://app.example").unwrap());
    /// let init = RequestInit { url: "https://api.example/".into(), ..RequestInit::default() };
    /// let request = Request::new(init, &page, Profile::Standard).unwrap();
    /// let (mut cache, now) = (PreflightCache::new(), Duration::ZERO);
    /// let step = fetch(request, &page, Profile::Standard, &mut cache, now);
    /// let end = step.run(&mut cache, now, |_| Err(WireFailure::Offline));
    /// assert_eq!(end.outcome.unwrap_err().to_string(), "offline");
    /// ```
    pub fn run(
        mut self,
        cache: &mut PreflightCache,
        now: Duration,
        mut answer: impl FnMut(&Pending) -> Result<WireResponse, WireFailure>,
    ) -> Box<Finished> {
        loop {
            self = match self {
                Self::Send(pending) => {
                    let response = answer(&pending);
                    pending.receive(response, cache, now)
                }
                Self::Finish(finished) => return finished,
            };
        }
    }
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
/// let Step::Send(pending) = fetch(request, &page, Profile::Standard, &mut cache, now) else { panic!() };
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

/// A message that waits for its answer.
#[derive(Debug)]
pub struct Pending {
    pub(crate) message: Message,
    pub(crate) wire: Box<WireRequest>,
    pub(crate) run: Box<Run>,
}

/// Which message of a fetch is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// A CORS-preflight request.
    Preflight,
    /// The request itself, or what a redirect made of it.
    Request,
}

impl Pending {
    /// Hands a message out, and writes that down.
    pub(crate) fn send(message: Message, wire: WireRequest, mut run: Box<Run>) -> Step {
        let wire = Box::new(wire);
        run.transcript.events.push(Event::Sent(wire.clone()));
        Step::Send(Self { message, wire, run })
    }

    /// Whether this is a preflight or the request itself.
    #[must_use]
    pub fn message(&self) -> Message {
        self.message
    }

    /// Number of redirects followed before.
    #[must_use]
    pub fn hop(&self) -> usize {
        self.run.hop()
    }

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
        let (mut run, mut context) = (self.run, Context { cache, now });
        if let Ok(response) = &response {
            run.transcript.events.push(Event::Received(Box::new(response.clone())));
        }
        if self.message == Message::Preflight {
            return preflight_fetch::receive(run, response, &mut context);
        }
        let forgettable = http_fetch::Forgettable::of(&run);
        let step = http_fetch::receive(run, response, &mut context);
        if let (Some(forgettable), Step::Finish(end)) = (forgettable, &step)
            && let Err(error) = &end.outcome
        {
            forgettable.forget_after(error, context.cache);
        }
        step
    }
}
