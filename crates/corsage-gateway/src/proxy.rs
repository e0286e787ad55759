//! One request: guard, policy, upstream, and back.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use corsage::server::Replaced;
use corsage_config::{AccessLog, ByteSize, UpstreamCors};
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, Version, header};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::service::{HttpService, service_fn};
use hyper::upgrade::OnUpgrade;
use tokio::time::Instant;

use crate::body::{RequestBody, ResponseBody, UploadProgress};
use crate::connection::{Conn, WaitsFor, now_waits_for};
use crate::cors::Judgement;
use crate::exchange::{Exchange, Speaks, Ticket};
use crate::guard::{self, BodyFraming, Framing, Inspected, Rejection};
use crate::live::{Live, Route, Rule};
use crate::observe::{LogEntry, Outcome};
use crate::respond::{Refusal, refuse};
use crate::trace_context::{self, X_REQUEST_ID};
use crate::upstream::{Call, CallError, Called, call};
use crate::worker::Worker;
use crate::{forward, tunnel};

/// The service of one connection.
pub(crate) fn service(
    conn: Arc<Conn>,
    worker: Arc<Worker>,
) -> impl HttpService<
    Incoming,
    ResBody = ResponseBody,
    Error = Infallible,
    Future: Future<Output = Result<Response<ResponseBody>, Infallible>> + Send + 'static,
> + Send {
    service_fn(move |request| begin(&conn, &worker, request))
}

/// A request that has been answered at once, or goes on. What goes on is large, and on the heap: a
/// connection that waits for its next request should not keep room for it.
#[expect(clippy::large_enum_variant, reason = "most preflights are answered: no box for them")]
enum Handling {
    Answered(Option<Response<ResponseBody>>),
    GoesOn(Pin<Box<dyn Future<Output = Response<ResponseBody>> + Send>>),
}

impl Future for Handling {
    type Output = Result<Response<ResponseBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Answered(response) => match response.take() {
                Some(response) => Poll::Ready(Ok(response)),
                // Nobody asks again for what they have got.
                None => Poll::Pending,
            },
            Self::GoesOn(handled) => {
                let polled = handled.as_mut().poll(cx);
                if polled.is_pending() {
                    now_waits_for(WaitsFor::Upstream);
                }
                polled.map(Ok)
            }
        }
    }
}

/// Whether the connection ends with this response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    KeepAlive,
    Close,
}

/// Guard and policy; and the answer, if it needs nobody else.
fn begin(conn: &Arc<Conn>, worker: &Arc<Worker>, request: Request<Incoming>) -> Handling {
    let live = worker.shared.live.load_full();
    let (mut parts, body) = request.into_parts();
    let version = parts.version;
    let inspected = framing(conn, &parts, &body)
        .and_then(|()| guard::inspect(&mut parts, &live.settings.limits));
    let position = live.locate(&parts.method, parts.uri.path(), &parts.headers);
    let route = live.at(position);
    let mut exchange = Exchange::begin(conn, worker, &route.metrics);
    let mut judgement = Judgement::of(route, &parts.method, &parts.headers);
    exchange.outcome = judgement.outcome();
    let logged = live.settings.log.access != AccessLog::Off;
    // A preflight that is answered here and not written down needs no name.
    if logged || !judgement.is_preflight() {
        trace_context::identify(&mut parts.headers, live.settings.trace);
    }
    if logged {
        exchange.log = Some(Box::new(LogEntry::of(&parts, &live, &judgement)));
    }
    let (response, after) = match inspected {
        Ok(found) => {
            judgement.observe(route, worker, &live, &parts.method, &parts.headers);
            match judgement.take_preflight() {
                Some(response) => {
                    exchange.status = response.status();
                    let answer = response.map(|()| ResponseBody::empty(exchange));
                    (answer, After::KeepAlive)
                }
                None => {
                    let going = go_on(live, position, judgement, parts, body, found, exchange);
                    return Handling::GoesOn(Box::pin(going));
                }
            }
        }
        Err(rejection) => {
            worker.shared.metrics.rejected(rejection.code());
            conn.linger();
            let id = parts.headers.get(X_REQUEST_ID);
            (refuse(rejection.into(), judgement, id, exchange), After::Close)
        }
    };
    Handling::Answered(Some(finish(response, after, version, conn, worker)))
}

/// The upstream's part.
async fn go_on(
    live: Arc<Live>,
    position: Option<usize>,
    judgement: Judgement,
    parts: Parts,
    body: Incoming,
    found: Inspected,
    exchange: Exchange,
) -> Response<ResponseBody> {
    let (conn, worker) = (Arc::clone(&exchange.conn), Arc::clone(&exchange.worker));
    let version = parts.version;
    let stage = Stage { live: &live, route: live.at(position), worker: &worker, judgement };
    let (response, after) = stage.serve(parts, body, &found, exchange).await;
    finish(response, after, version, &conn, &worker)
}

/// What the connection needs to know of a response.
fn finish(
    mut response: Response<ResponseBody>,
    after: After,
    version: Version,
    conn: &Conn,
    worker: &Worker,
) -> Response<ResponseBody> {
    if version < Version::HTTP_2 {
        if after == After::Close || worker.shared.is_closing() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        conn.response_head_follows();
    }
    response
}

/// Refuses heads that frame their body in two ways; see [`guard::RawHead`].
fn framing(conn: &Conn, parts: &Parts, body: &Incoming) -> Result<(), Rejection> {
    if parts.version >= Version::HTTP_2 {
        return Ok(());
    }
    let framing = match body.size_hint().exact() {
        Some(length) => BodyFraming::Length(length),
        None => BodyFraming::Chunked,
    };
    match conn.raw().take(framing) {
        Framing::Single => Ok(()),
        Framing::Doubtful => Err(Rejection::FramingDoubtful),
    }
}

/// What a request is served by.
struct Stage<'s> {
    live: &'s Live,
    route: &'s Route,
    worker: &'s Arc<Worker>,
    judgement: Judgement,
}

impl Stage<'_> {
    fn refuse(self, refusal: Refusal, parts: &Parts, exchange: Exchange) -> Response<ResponseBody> {
        refuse(refusal, self.judgement, parts.headers.get(X_REQUEST_ID), exchange)
    }

    async fn serve(
        self,
        mut parts: Parts,
        body: Incoming,
        found: &Inspected,
        mut exchange: Exchange,
    ) -> (Response<ResponseBody>, After) {
        let settings = &self.live.settings;
        if found.grpc.is_present() {
            exchange.speaks = Speaks::Grpc;
        }
        let follows =
            if body.is_end_stream() { forward::Body::None } else { forward::Body::Follows };
        let protocol = forward::upgrade(&parts, found, follows);
        let blocked = match &protocol {
            Some(_) => self.judgement.blocks_web_socket(settings.websocket.origins),
            None => self.judgement.blocks_write(),
        };
        if let Some(refusal) = blocked {
            exchange.conn.linger();
            return (self.refuse(refusal, &parts, exchange), After::Close);
        }
        if let (Some(limit), Some(length)) = (settings.limits.body_bytes, body.size_hint().exact())
            && length > limit.as_bytes()
        {
            exchange.conn.linger();
            return (self.refuse(Rejection::BodyTooLarge.into(), &parts, exchange), After::Close);
        }

        let client = parts.extensions.remove::<OnUpgrade>();
        forward::request(&mut parts.headers, found, &exchange.conn, settings.forwarded);
        if let Some(protocol) = &protocol {
            parts.headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            parts.headers.insert(header::UPGRADE, protocol.clone());
        }
        let id = parts.headers.get(X_REQUEST_ID).cloned();
        let mut after = match &protocol {
            // What follows an upgrade that did not happen was not meant as a request.
            Some(_) => After::Close,
            None => After::KeepAlive,
        };
        let asked = self.call(parts, body, &mut exchange).await;
        let response = match asked {
            Ok(called) if called.response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                let agreed = called.response.headers().get(header::UPGRADE);
                let agreed = agreed.is_some_and(|agreed| {
                    let agreed = agreed.as_bytes();
                    protocol
                        .as_ref()
                        .is_some_and(|asked| agreed.eq_ignore_ascii_case(asked.as_bytes()))
                });
                match client {
                    Some(client) if agreed => {
                        after = After::KeepAlive;
                        tunnel::open(called, client, settings.timeouts.upgraded_idle, exchange)
                    }
                    _ => refuse(Refusal::ODD_UPGRADE, self.judgement, id.as_ref(), exchange),
                }
            }
            Ok(called) => self.answer(called, id.as_ref(), exchange),
            Err(refusal) => {
                if refusal.outcome == Outcome::Rejected {
                    self.worker.shared.metrics.rejected(refusal.code);
                    after = After::Close;
                }
                refuse(refusal, self.judgement, id.as_ref(), exchange)
            }
        };
        (response, after)
    }

    /// Asks the upstream.
    async fn call(
        &self,
        parts: Parts,
        body: Incoming,
        exchange: &mut Exchange,
    ) -> Result<Called, Refusal> {
        let settings = &self.live.settings;
        let version = parts.version;
        if let Some(limit) = settings.limits.requests {
            exchange.ticket = Ticket::take(&self.worker.shared, limit);
            if exchange.ticket.is_none() {
                return Err(self.failed(&CallError::Busy));
            }
        }
        let body = if body.is_end_stream() {
            RequestBody::Empty
        } else {
            let upload = Arc::new(UploadProgress::default());
            exchange.upload = Some(Arc::clone(&upload));
            RequestBody::client(
                body,
                Arc::clone(&exchange.conn),
                upload,
                settings.limits.body_bytes.map(ByteSize::as_bytes),
                settings.timeouts.request_body_idle,
            )
        };
        let request = Request::from_parts(parts, body);
        let upload = exchange.upload.clone();
        let conn = Arc::clone(&exchange.conn);
        let asking = call(
            Call {
                cluster: &self.live.cluster,
                worker: self.worker.id,
                settings,
                pool: &self.live.pool,
                upload: upload.as_deref(),
                hints: (version == Version::HTTP_11).then_some(&conn),
            },
            request,
        );
        let asked = match settings.timeouts.total {
            None => asking.await,
            Some(limit) => match tokio::time::timeout(limit, asking).await {
                Ok(asked) => asked,
                Err(_) => return Err(Refusal::TOTAL),
            },
        };
        asked.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &CallError) -> Refusal {
        let refusal = Refusal::of_call(error);
        if refusal.outcome == Outcome::GatewayError {
            self.worker.shared.metrics.upstream_failed(refusal.code);
            tracing::warn!(code = refusal.code, %error, "the upstream did not answer");
        }
        refusal
    }

    /// Passes the upstream's response on, with the policy's headers.
    fn answer(
        mut self,
        called: Called,
        id: Option<&HeaderValue>,
        mut exchange: Exchange,
    ) -> Response<ResponseBody> {
        let settings = &self.live.settings;
        let Called { response, lease, waited } = called;
        exchange.upstream = Some(waited);
        if let Some(upload) = &exchange.upload {
            upload.answered();
        }
        let (mut head, body) = response.into_parts();
        head.version = Version::HTTP_11;
        head.extensions.clear();
        if !forward::is_framed_plainly(&head.headers) {
            return refuse(Refusal::ODD_FRAMING, self.judgement, id, exchange);
        }
        forward::response(&mut head.headers);
        if !matches!(self.route.rule, Rule::Upstream) {
            let sets = self.judgement.apply_to_upstream(&mut head.headers, settings.upstream_cors);
            if sets == Replaced::HandlersHeaders {
                self.route.metrics.upstream_cors(self.worker.id);
                if settings.upstream_cors == UpstreamCors::Refuse {
                    return refuse(Refusal::UPSTREAM_CORS, self.judgement, id, exchange);
                }
            }
        }
        exchange.status = head.status;
        let timeouts = &settings.timeouts;
        let deadline = timeouts.total.map(|limit| Instant::from_std(exchange.started + limit));
        let body = ResponseBody::upstream(body, lease, timeouts.upstream_idle, deadline, exchange);
        Response::from_parts(head, body)
    }
}
