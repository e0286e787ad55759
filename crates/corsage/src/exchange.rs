//! A page's request against a server's policy, in memory: where the two halves meet.
//!
//! ```
//! use std::time::Duration;
//! use corsage::browser::{Client, PreflightCache, Profile, Request, RequestInit};
//! use corsage::exchange::{Execution, exchange};
//! use corsage::server::PolicyDraft;
//! use corsage::terms::Origin;
//!
//! let policy =
//!     PolicyDraft::new().origins(["https://app.example"]).methods(["PUT"]).compile()?;
//! let page = Client::page(Origin::parse("https://app.example")?);
//! let init = RequestInit {
//!     url: "https://api.example/items/1".into(),
//!     method: Some(b"DELETE".to_vec()),
//!     ..RequestInit::default()
//! };
//! let request = Request::new(init, &page, Profile::Chromium).unwrap();
//! let mut cache = PreflightCache::new();
//! let end = exchange(request, &page, Profile::Chromium, &policy, &mut cache, Duration::ZERO);
//! let error = end.finished.outcome.unwrap_err();
//! assert_eq!(error.blamed().code.as_str(), "method-not-allowed");
//! assert_eq!(end.execution, Execution::NotExecuted);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header::CONTENT_TYPE};

use crate::browser::{
    Client, Finished, Header, Message, PreflightCache, Profile, Request, WireRequest, WireResponse,
    fetch,
};
use crate::server::{self, Outcome, Policy};

/// How an exchange ended, and what the server made of each message.
#[derive(Debug)]
pub struct Exchanged {
    /// What the script gets, and how it came to that.
    pub finished: Box<Finished>,
    /// The server's verdicts, in the order of the messages.
    pub verdicts: Vec<ServerVerdict>,
    /// Whether the handler behind the policy ran, which blocking the answer does not undo.
    pub execution: Execution,
}

/// Whether the server acted upon a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Execution {
    /// The handler never saw it.
    NotExecuted,
    /// The handler ran.
    Executed,
}

/// What a policy made of one message: [`Outcome`] without what it borrows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerVerdict {
    /// Not a CORS request.
    NotCors,
    /// The page may read the response.
    Share,
    /// It may not.
    Withhold,
    /// The preflight is granted.
    GrantPreflight,
    /// The preflight is refused.
    RefusePreflight,
}

impl ServerVerdict {
    /// Whether the server let the message pass.
    #[must_use]
    pub const fn passes(self) -> bool {
        match self {
            Self::NotCors | Self::Share | Self::GrantPreflight => true,
            Self::Withhold | Self::RefusePreflight => false,
        }
    }
}

impl From<&Outcome<'_>> for ServerVerdict {
    fn from(outcome: &Outcome<'_>) -> Self {
        match outcome {
            Outcome::NotCors => Self::NotCors,
            Outcome::Share => Self::Share,
            Outcome::Withhold(_) => Self::Withhold,
            Outcome::GrantPreflight => Self::GrantPreflight,
            Outcome::RefusePreflight(_) => Self::RefusePreflight,
        }
    }
}

/// Performs a request against a policy with a handler that answers `200` and a text.
pub fn exchange(
    request: Request,
    client: &Client,
    profile: Profile,
    policy: &Policy,
    cache: &mut PreflightCache,
    now: Duration,
) -> Exchanged {
    let answer = |_: &WireRequest| {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        (StatusCode::OK, headers)
    };
    exchange_with(request, client, profile, policy, cache, now, answer)
}

/// Performs a request against a policy in front of a handler, which may answer with a redirect to a
/// place under the same policy.
pub fn exchange_with(
    request: Request,
    client: &Client,
    profile: Profile,
    policy: &Policy,
    cache: &mut PreflightCache,
    now: Duration,
    mut handler: impl FnMut(&WireRequest) -> (StatusCode, HeaderMap),
) -> Exchanged {
    let (mut verdicts, mut execution) = (Vec::new(), Execution::NotExecuted);
    let step = fetch(request, client, profile, cache, now);
    let finished = step.run(cache, now, |pending| {
        let (verdict, response) = answer(pending.wire(), policy, &mut handler);
        verdicts.push(verdict);
        if pending.message() == Message::Request {
            execution = Execution::Executed;
        }
        Ok(response)
    });
    Exchanged { finished, verdicts, execution }
}

/// What a server that wears the policy sends.
fn answer(
    wire: &WireRequest,
    policy: &Policy,
    handler: &mut impl FnMut(&WireRequest) -> (StatusCode, HeaderMap),
) -> (ServerVerdict, WireResponse) {
    let received = receive(wire);
    let (status, headers, verdict) = match &received {
        Some((method, headers)) => {
            let decision = policy.decide(&server::Request::new(method, headers));
            let verdict = ServerVerdict::from(&decision.outcome());
            if decision.is_preflight() {
                let (status, headers) = decision.answer_preflight();
                (status, headers, verdict)
            } else {
                let (status, mut headers) = handler(wire);
                decision.apply(&mut headers);
                (status, headers, verdict)
            }
        }
        // Bytes that this server's HTTP does not take: refused before any policy.
        None => (StatusCode::BAD_REQUEST, HeaderMap::new(), ServerVerdict::Withhold),
    };
    let headers = headers
        .iter()
        .map(|(name, value)| Header {
            name: name.as_str().as_bytes().to_vec(),
            value: value.as_bytes().to_vec(),
        })
        .collect();
    let status_text = status.canonical_reason().unwrap_or_default().as_bytes().to_vec();
    (verdict, WireResponse { status: status.as_u16(), status_text, headers })
}

/// The wire's bytes as a server library holds them; `None` if it refuses them.
fn receive(wire: &WireRequest) -> Option<(Method, HeaderMap)> {
    let method = Method::from_bytes(&wire.method).ok()?;
    let mut headers = HeaderMap::new();
    for line in wire.headers.iter() {
        let name = HeaderName::from_bytes(&line.name).ok()?;
        headers.append(name, HeaderValue::from_bytes(&line.value).ok()?);
    }
    if let Some(host) = wire.url.host_str() {
        let host = match wire.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        headers.insert(http::header::HOST, HeaderValue::from_str(&host).ok()?);
    }
    Some((method, headers))
}
