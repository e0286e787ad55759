//! One request: guard and policy, which answer it or let it go on.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use corsage::server::RefusalKind;
use corsage_config::{AccessLog, AmbiguousPath, Development};
use corsage_enforce::Judgement;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version, header};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::service::{HttpService, service_fn};

use crate::body::ResponseBody;
use crate::client_stream::ClientStream;
use crate::connection::{Conn, Listener};
use crate::exchange::{Exchange, Speaks};
use crate::guard::{self, BodyFraming, Framing, Rejection};
use crate::live::Live;
use crate::observe::{Head, LogEntry, Outcome};
use crate::onward::{self, Onward, Place, Upgrade};
use crate::respond::{Refusal, refuse};
use crate::trace_context::{self, X_REQUEST_ID};
use crate::worker::Worker;
use crate::{clock, cors, forward};

/// The service of one HTTP/1 connection.
pub(crate) fn service(
    conn: Arc<Conn>,
    worker: Arc<Worker>,
) -> impl HttpService<
    Incoming,
    ResBody = ResponseBody,
    Error = Infallible,
    Future: Future<Output = Result<Response<ResponseBody>, Infallible>> + Send + 'static,
> + Send {
    service_fn(move |request: Request<Incoming>| {
        conn.serves(request.version());
        let listener = match request.version() {
            Version::HTTP_11 => Listener::Http1(Arc::clone(&conn)),
            _ => Listener::Nobody,
        };
        begin(&conn, &worker, request.map(ClientStream::Http1), listener)
    })
}

/// A request that has been answered at once, or goes on. What goes on is large, and on the heap: a
/// connection that waits for its next request should not keep room for it.
#[expect(clippy::large_enum_variant, reason = "most preflights are answered: no box for them")]
pub(crate) enum Handling {
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
            Self::GoesOn(handled) => handled.as_mut().poll(cx).map(Ok),
        }
    }
}

/// Whether the connection ends with this response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    KeepAlive,
    Close,
}

/// A request whose head has been read: where it belongs, what the policy says of it, and its account.
pub(crate) struct Heard {
    pub(crate) position: Option<usize>,
    pub(crate) judgement: Judgement,
    pub(crate) exchange: Exchange,
}

impl Heard {
    pub(crate) fn of(
        conn: &Arc<Conn>,
        worker: &Arc<Worker>,
        live: &Live,
        parts: &mut Parts,
        head: Head,
    ) -> Self {
        let position = live.locate(&parts.method, parts.uri.path(), &parts.headers);
        let route = live.at(position);
        let mut exchange = Exchange::begin(conn, worker, &route.metrics);
        let developed = match live.settings.development {
            Development::Off => None,
            Development::FixAndTell => {
                let asked = (&parts.method, parts.uri.path(), &parts.headers);
                cors::develop(route, worker, live, asked)
            }
        };
        let judgement =
            developed.unwrap_or_else(|| cors::judge(route, &parts.method, &parts.headers));
        exchange.outcome = cors::outcome(&judgement);
        let logged = live.settings.log.access != AccessLog::Off;
        // A preflight that is answered here and not written down needs no name.
        if logged || !judgement.is_preflight() {
            trace_context::identify(&mut parts.headers, live.settings.trace);
        }
        if logged {
            let client = &conn.peer.forwarded_for;
            exchange.log = Some(LogEntry::of(parts, client, live, &judgement, head));
        }
        Self { position, judgement, exchange }
    }

    /// Turns a preflight's headers into those of its answer; `None` if it is none.
    pub(crate) fn answer_preflight(&mut self, headers: &mut HeaderMap) -> Option<StatusCode> {
        let status = self.judgement.answer_preflight(headers)?;
        self.exchange.status = status;
        Some(status)
    }
}

/// Guard and policy; and the answer, if it needs nobody else.
pub(crate) fn begin(
    conn: &Arc<Conn>,
    worker: &Arc<Worker>,
    request: Request<ClientStream>,
    listener: Listener,
) -> Handling {
    let live = worker.shared.live.load_full();
    let (mut parts, body) = request.into_parts();
    let version = parts.version;
    let inspected = framing(conn, &parts, &body)
        .and_then(|()| guard::inspect(&mut parts, &live.settings.limits));
    let head = if inspected.is_ok() { Head::Vetted } else { Head::Refused };
    let mut heard = Heard::of(conn, worker, &live, &mut parts, head);
    let refusal = match inspected {
        Ok(found) => {
            let route = live.at(heard.position);
            let judgement = &heard.judgement;
            cors::observe(judgement, route, worker, &live, &parts.method, &parts.headers);
            let refusal = too_many(&heard.judgement, conn, worker, &live, &parts.headers);
            if refusal.is_none()
                && let Some(status) = heard.answer_preflight(&mut parts.headers)
            {
                let mut answer = Response::new(ResponseBody::empty(heard.exchange));
                *answer.status_mut() = status;
                *answer.headers_mut() = parts.headers;
                let answer = finish(answer, After::KeepAlive, version, conn, worker);
                return Handling::Answered(Some(answer));
            }
            if found.grpc.is_present() {
                heard.exchange.speaks = Speaks::Grpc;
            }
            let place = refusal.map_or_else(|| place(&live, heard.position, &parts), Err);
            let refusal = match place {
                Err(refusal) => refusal,
                Ok(place) => {
                    let settings = &live.groups[place.group].settings;
                    let upgrade = Upgrade::of(&mut parts, &found, &body);
                    let upgraded = upgrade.as_ref();
                    match onward::refusal(settings, &heard.judgement, upgraded, &body) {
                        Some(refusal) => refusal,
                        None => {
                            let request = (parts, body);
                            let Heard { judgement, exchange, .. } = heard;
                            let onward = Onward::new(
                                settings, judgement, request, &found, upgrade, exchange,
                            );
                            return Handling::GoesOn(Box::pin(onward.go(live, place, listener)));
                        }
                    }
                }
            };
            if refusal.outcome == Outcome::Rejected {
                worker.shared.metrics.rejected(refusal.code);
            }
            refusal
        }
        Err(rejection) => {
            worker.shared.metrics.rejected(rejection.code());
            rejection.into()
        }
    };
    conn.linger();
    let id = parts.headers.get(X_REQUEST_ID);
    let response = refuse(refusal, heard.judgement, id, heard.exchange);
    Handling::Answered(Some(finish(response, After::Close, version, conn, worker)))
}

/// Where a request goes on to, or why it does not.
fn place(live: &Live, policy: Option<usize>, parts: &Parts) -> Result<Place, Refusal> {
    match live.group(&parts.method, parts.uri.path(), &parts.headers) {
        Err(AmbiguousPath) => Err(Rejection::PathAmbiguous.into()),
        Ok(group) if live.groups[group].cluster.members.is_empty() => Err(Refusal::NO_GROUP),
        Ok(group) => Ok(Place { policy, group }),
    }
}

/// Why a preflight gets no answer of the policy's, if it is one of too many of an origin that is not allowed.
fn too_many(
    judgement: &Judgement,
    conn: &Conn,
    worker: &Worker,
    live: &Live,
    headers: &HeaderMap,
) -> Option<Refusal> {
    let limit = live.settings.limits.refused_preflights?;
    if !judgement.is_preflight() || judgement.refusal() != Some(RefusalKind::OriginNotAllowed) {
        return None;
    }
    let client = forward::client(&conn.peer, headers, &live.settings.trusted_proxies);
    let refused = &worker.shared.refused_preflights;
    let are_too_many = refused.are_too_many(client, limit, clock::now_ms());
    are_too_many.then(|| Rejection::TooManyRefused.into())
}

/// What the connection needs to know of a response.
pub(crate) fn finish(
    mut response: Response<ResponseBody>,
    after: After,
    version: Version,
    conn: &Conn,
    worker: &Worker,
) -> Response<ResponseBody> {
    response.headers_mut().entry(header::DATE).or_insert_with(clock::http_date_value);
    if version < Version::HTTP_2 {
        if after == After::Close || worker.shared.is_closing() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        conn.response_head_follows();
    }
    response
}

/// Refuses heads that frame their body in two ways; see [`guard::RawHead`].
fn framing(conn: &Conn, parts: &Parts, body: &ClientStream) -> Result<(), Rejection> {
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
