//! One request to an upstream: which server, over which connection, and what may be tried again.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use corsage_config::{GatewaySettings, HostHeader, UpstreamProtocol};
use http::uri::PathAndQuery;
use http::{Method, Request, Response, Uri, Version, header};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;

use super::endpoint::{LeaseError, Wanted};
use super::pool::{Limits as PoolLimits, Sent, Usage};
use super::{Cluster, ConnectError, Endpoint, Lease};
use crate::body::{RequestBody, UploadProgress};
use crate::connection::Listener;
use crate::random::Random;
use crate::{clock, hints};

/// Why there is no response.
#[derive(Debug)]
pub(crate) enum CallError {
    Connect(ConnectError),
    /// The connection ended, or what came was no HTTP.
    Broken(hyper::Error),
    FirstByte(Duration),
    /// As many requests as allowed are under way.
    Busy,
    /// No server takes requests.
    Drained,
    /// The client sent more than it may.
    BodyTooLarge,
    /// The client stopped sending.
    BodyTooSlow,
    /// The client's own body broke off.
    Client(hyper::Error),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => error.fmt(f),
            Self::Broken(error) | Self::Client(error) => error.fmt(f),
            Self::FirstByte(limit) => write!(f, "no response within {limit:?}"),
            Self::Drained => f.write_str("no server takes requests: all are drained"),
            Self::Busy => f.write_str("as many requests as allowed are under way"),
            Self::BodyTooLarge => f.write_str("the body is larger than allowed"),
            Self::BodyTooSlow => f.write_str("the body stopped coming"),
        }
    }
}

/// A response's head, with its connection.
pub(crate) struct Called {
    pub(crate) response: Response<Incoming>,
    pub(crate) lease: Lease,
}

/// Kept connections that may turn out to be closed before the request has gone out on them. Each is gone then, so
/// that this ends of itself.
const STALE_TRIES: u32 = 8;

/// What a call needs to know besides the request.
pub(crate) struct Call<'c> {
    pub(crate) cluster: &'c Cluster,
    pub(crate) worker: usize,
    pub(crate) settings: &'c GatewaySettings,
    pub(crate) pool: &'c PoolLimits,
    /// How far the upload is, if there is one.
    pub(crate) upload: Option<&'c UploadProgress>,
    /// Who is told of 1xx responses.
    pub(crate) listener: &'c Listener,
}

/// Sends a request, and waits for the response's head. What it takes is of no use afterwards.
pub(crate) async fn call(
    call: Call<'_>,
    request: &mut Request<RequestBody>,
) -> Result<Called, CallError> {
    let GatewaySettings { timeouts, passive_health, .. } = call.settings;
    let mut tries = Tries { attempts: 0, stale: 0, wanted: Wanted::Any, failed: None };
    loop {
        tries.attempts += 1;
        let picked = call.cluster.pick(tries.failed.as_ref(), &Random);
        let endpoint = picked.ok_or(CallError::Drained)?;
        let leased =
            endpoint.lease(call.worker, call.pool, timeouts.upstream_connect, tries.wanted).await;
        let mut lease = match leased {
            Ok(lease) => lease,
            Err(LeaseError::QueueFull) => return Err(CallError::Busy),
            Err(LeaseError::Connect(error)) => {
                if !matches!(error, ConnectError::Exhausted(_)) {
                    endpoint.health.failed(clock::now_ms(), passive_health);
                }
                if tries.elsewhere(&call, endpoint) {
                    continue;
                }
                return Err(CallError::Connect(error));
            }
        };
        address(request, endpoint);
        let replay = Replay::of(request, lease.usage, call.upload);
        let answered = {
            let response = pin!(send(request, replay, &mut lease, call.listener));
            wait(response, &call).await
        };
        let mut error = match answered {
            Ok(response) => {
                endpoint.health.succeeded();
                return Ok(Called { response, lease });
            }
            Err(Waited::TooLong) => {
                endpoint.health.failed(clock::now_ms(), passive_health);
                return Err(CallError::FirstByte(timeouts.upstream_first_byte));
            }
            Err(Waited::Failed(error)) => error,
        };
        let left = match (error.take_message(), replay) {
            (Some(unsent), _) => {
                *request = unsent;
                Left::Whole
            }
            (None, Replay::Kept) => Left::Copy,
            (None, Replay::Gone) => Left::Nothing,
        };
        if !tries.again(&call, endpoint, &lease, left) {
            return Err(given_up(error.into_error(), endpoint, &call));
        }
    }
}

/// What there is of a request after it has failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    /// All of it: it was not sent.
    Whole,
    /// A copy; the request may have been executed.
    Copy,
    Nothing,
}

/// How often a request has been tried, and where it may go next.
struct Tries {
    attempts: u32,
    stale: u32,
    wanted: Wanted,
    failed: Option<Arc<Endpoint>>,
}

impl Tries {
    /// Whether another server is to be tried: nothing was sent, so any request may go there.
    fn elsewhere(&mut self, call: &Call<'_>, endpoint: &Arc<Endpoint>) -> bool {
        let again = self.attempts <= call.settings.retries && call.cluster.members.len() > 1;
        if again {
            self.failed = Some(Arc::clone(endpoint));
        }
        again
    }

    /// Whether the request is to be sent once more.
    fn again(
        &mut self,
        call: &Call<'_>,
        endpoint: &Arc<Endpoint>,
        lease: &Lease,
        left: Left,
    ) -> bool {
        if lease.is_stale() && self.stale < STALE_TRIES {
            // A pooled connection that the server has closed meanwhile says nothing of the server.
            match left {
                Left::Whole => self.stale += 1,
                // It may have been executed: once more at the most, on a new connection, and never after a byte of an
                // answer.
                Left::Copy if self.wanted == Wanted::Any && !lease.has_heard() => {
                    self.wanted = Wanted::Fresh;
                }
                Left::Copy | Left::Nothing => return false,
            }
            self.attempts -= 1;
            return true;
        }
        if left != Left::Whole || self.attempts > call.settings.retries {
            return false;
        }
        endpoint.health.failed(clock::now_ms(), &call.settings.passive_health);
        self.failed = Some(Arc::clone(endpoint));
        true
    }
}

/// Why a request that will not be sent again has no answer.
fn given_up(error: hyper::Error, endpoint: &Endpoint, call: &Call<'_>) -> CallError {
    if call.upload.is_some_and(UploadProgress::is_too_large) {
        return CallError::BodyTooLarge;
    }
    if call.upload.is_some_and(UploadProgress::is_too_slow) {
        return CallError::BodyTooSlow;
    }
    if error.is_user() {
        return CallError::Client(error);
    }
    endpoint.health.failed(clock::now_ms(), &call.settings.passive_health);
    CallError::Broken(error)
}

/// Hands a request to its connection, and leaves a copy if one is to be kept.
fn send(
    request: &mut Request<RequestBody>,
    replay: Replay,
    lease: &mut Lease,
    listener: &Listener,
) -> impl Future<Output = Sent> + use<> {
    let kept = replay.kept(request);
    let mut going = std::mem::replace(request, kept);
    if !going.headers().contains_key(header::HOST) && going.version() == Version::HTTP_11 {
        // HTTP/1.0 may do without; what goes on is HTTP/1.1, which may not.
        going.headers_mut().insert(header::HOST, lease.endpoint.host_header.clone());
    }
    hints::pass_on(&mut going, listener);
    lease.send(going)
}

/// Puts target, version and `Host` in the form that this server takes.
fn address(request: &mut Request<RequestBody>, endpoint: &Endpoint) {
    if endpoint.host == HostHeader::Upstream {
        request.headers_mut().insert(header::HOST, endpoint.host_header.clone());
    }
    match endpoint.protocol {
        UpstreamProtocol::Http1 => {
            *request.version_mut() = Version::HTTP_11;
            // In origin form, whichever form the client chose; `Host` has the rest.
            if request.uri().authority().is_some() {
                let path = request.uri().path_and_query().cloned();
                *request.uri_mut() = path.map(Uri::from).unwrap_or_default();
            }
        }
        UpstreamProtocol::Http2 => {
            *request.version_mut() = Version::HTTP_2;
            // The host travels as `:authority`.
            let authority = request
                .headers_mut()
                .remove(header::HOST)
                .and_then(|host| http::uri::Authority::try_from(host.as_bytes()).ok())
                .unwrap_or_else(|| endpoint.authority.clone());
            let path = request.uri().path_and_query().cloned();
            let built = Uri::builder()
                .scheme(endpoint.scheme.clone())
                .authority(authority)
                .path_and_query(path.unwrap_or_else(|| PathAndQuery::from_static("/")))
                .build();
            if let Ok(uri) = built {
                *request.uri_mut() = uri;
            }
        }
    }
}

/// Whether a request is kept while it is sent, for a connection that may have gone stale: only what is
/// idempotent and has no body, because it may have been executed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Replay {
    Kept,
    Gone,
}

impl Replay {
    fn of(request: &Request<RequestBody>, usage: Usage, upload: Option<&UploadProgress>) -> Self {
        let idempotent = matches!(
            *request.method(),
            Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE
        );
        if usage == Usage::Reused && upload.is_none() && idempotent {
            Self::Kept
        } else {
            Self::Gone
        }
    }

    /// What stays when the request goes.
    fn kept(self, request: &Request<RequestBody>) -> Request<RequestBody> {
        let mut kept = Request::new(RequestBody::Empty);
        if self == Self::Kept {
            *kept.method_mut() = request.method().clone();
            *kept.uri_mut() = request.uri().clone();
            *kept.version_mut() = request.version();
            *kept.headers_mut() = request.headers().clone();
        }
        kept
    }
}

enum Waited {
    TooLong,
    Failed(Box<TrySendError<Request<RequestBody>>>),
}

/// Waits for the head, for as long as is allowed since the upload last moved.
async fn wait(
    mut response: Pin<&mut impl Future<Output = Sent>>,
    call: &Call<'_>,
) -> Result<Response<Incoming>, Waited> {
    let limit = call.settings.timeouts.upstream_first_byte;
    let mut patience = limit;
    loop {
        match tokio::time::timeout(patience, response.as_mut()).await {
            Ok(result) => return result.map_err(|error| Waited::Failed(Box::new(error))),
            Err(_) => {
                let since = call.upload.map_or(0, UploadProgress::last_ms);
                let quiet = Duration::from_millis(clock::now_ms().saturating_sub(since));
                match limit.checked_sub(quiet) {
                    Some(left) if call.upload.is_some() && !left.is_zero() => patience = left,
                    _ => return Err(Waited::TooLong),
                }
            }
        }
    }
}
