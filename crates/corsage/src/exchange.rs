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

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header::CONTENT_TYPE,
};

use crate::browser::load::{Content, Document, Load, LoadStep, Loaded, load};
use crate::browser::{
    Client, Finished, Header, PreflightCache, Profile, Request, RequestError, WireRequest,
    WireResponse, fetch,
};
pub use crate::server::Execution;
use crate::server::{self, OutcomeKind, Policy, Served};

/// How an exchange ended, and what the server made of each message.
#[derive(Debug)]
pub struct Exchanged {
    /// What the script gets, and how it came to that.
    pub finished: Box<Finished>,
    /// The server's verdicts, in the order of the messages.
    pub verdicts: Vec<OutcomeKind>,
    /// Whether the handler behind the policy ran, which blocking the answer does not undo.
    pub execution: Execution,
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
        let served = serve(pending.wire(), policy, &mut handler);
        verdicts.push(served.outcome);
        // Once is enough: what has been executed stays so.
        if served.execution == Execution::Executed {
            execution = Execution::Executed;
        }
        Ok(wire_response(&served.response))
    });
    Exchanged { finished, verdicts, execution }
}

/// How a load ended against a policy: [`exchange_load`].
#[derive(Debug)]
pub struct ExchangedLoad {
    /// What the page sees, and how it came to that.
    pub loaded: Box<Loaded>,
    /// The server's verdicts, in the order of the messages.
    pub outcomes: Vec<OutcomeKind>,
    /// Whether the handler behind the policy ran, which blocking the answer does not undo.
    pub execution: Execution,
}

/// Performs a load that is not `fetch()`, an image, a script, a font, against a policy in front of a handler.
///
/// ```
/// use std::time::Duration;
/// use corsage::browser::load::{Access, Document, Load};
/// use corsage::browser::{Client, Profile};
/// use corsage::exchange::exchange_load;
/// use corsage::server::PolicyDraft;
/// use corsage::terms::Origin;
/// use http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE};
///
/// let policy = PolicyDraft::new().origins(["https://app.example"]).compile()?;
/// let page = Client::page(Origin::parse("https://app.example")?);
/// let picture = |_: &_| {
///     let mut headers = HeaderMap::new();
///     headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
///     (StatusCode::OK, headers)
/// };
/// let mut access = |image: Load| {
///     let (mut document, now) = (Document::new(), Duration::ZERO);
///     let end = exchange_load(image, &page, Profile::Firefox, &policy, &mut document, now, picture);
///     end.unwrap().loaded.sight.access
/// };
/// let image = Load::image("https://cdn.example/a.png");
/// assert_eq!(access(image.clone()), Access::Closed); // shown, and taints a canvas
/// assert_eq!(access(image.crossorigin("anonymous")), Access::Readable);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// What makes the API throw before there is a request: an invalid URL.
pub fn exchange_load(
    asked: Load,
    client: &Client,
    profile: Profile,
    policy: &Policy,
    document: &mut Document,
    now: Duration,
    mut handler: impl FnMut(&WireRequest) -> (StatusCode, HeaderMap),
) -> Result<ExchangedLoad, RequestError> {
    let (mut outcomes, mut execution) = (Vec::new(), Execution::NotExecuted);
    let mut step = load(asked, client, profile, document, now)?;
    let loaded = loop {
        step = match step {
            LoadStep::Finish(loaded) => break loaded,
            LoadStep::Request(pending) => {
                let served = serve(pending.wire(), policy, &mut handler);
                outcomes.push(served.outcome);
                if served.execution == Execution::Executed {
                    execution = Execution::Executed;
                }
                let response = wire_response(&served.response);
                let content = Content::declared(&response.headers);
                pending.receive(Ok(response), &content, document, now)
            }
        };
    };
    Ok(ExchangedLoad { loaded, outcomes, execution })
}

/// What a server that wears the policy sends.
fn serve(
    wire: &WireRequest,
    policy: &Policy,
    handler: &mut impl FnMut(&WireRequest) -> (StatusCode, HeaderMap),
) -> Served<()> {
    let Some((method, headers)) = receive(wire) else {
        // Bytes that this server's HTTP does not take: refused before any policy.
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::BAD_REQUEST;
        let (outcome, execution) = (OutcomeKind::Withhold, Execution::NotExecuted);
        return Served { response, outcome, execution };
    };
    let uri = wire.url.as_str().parse().ok();
    let mut request = server::Request::new(&method, &headers);
    if let Some(uri) = &uri {
        request = request.with_uri(uri);
    }
    policy.serve(&request, || {
        let (status, headers) = handler(wire);
        let mut response = Response::new(());
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    })
}

fn wire_response(response: &Response<()>) -> WireResponse {
    let status = response.status();
    let headers = response.headers().iter().map(|(name, value)| Header {
        name: name.as_str().as_bytes().to_vec(),
        value: value.as_bytes().to_vec(),
    });
    let status_text = status.canonical_reason().unwrap_or_default().as_bytes().to_vec();
    WireResponse { status: status.as_u16(), status_text, headers: headers.collect() }
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
