//! A request that goes on to the upstream, and what comes back.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use corsage::server::{Replaced, has_cors_headers};
use corsage_config::{ByteSize, GatewaySettings, UpstreamCors};
use corsage_enforce::Judgement;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, Version, header};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use tokio::time::Instant;

use crate::body::{RequestBody, ResponseBody, UploadProgress};
use crate::client_stream::ClientStream;
use crate::connection::Listener;
use crate::exchange::{Exchange, Ticket};
use crate::guard::{Inspected, Rejection};
use crate::live::{Live, Rule};
use crate::observe::Outcome;
use crate::proxy::{After, finish};
use crate::respond::{Refusal, refuse};
use crate::trace_context::X_REQUEST_ID;
use crate::upstream::{Call, CallError, Called, call};
use crate::worker::Worker;
use crate::{cors, forward, tunnel};

/// A request as the upstream gets it, with all that its response needs.
pub(crate) struct Onward {
    judgement: Judgement,
    request: Request<RequestBody>,
    exchange: Exchange,
    /// The client's.
    version: Version,
    upgrade: Option<Upgrade>,
    /// For answers of ours: the request is gone by then.
    id: Option<HeaderValue>,
}

/// Where a request belongs: positions in a [`Live`].
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) policy: Option<usize>,
    pub(crate) group: usize,
}

/// A change of protocol that a client asks for.
pub(crate) struct Upgrade {
    protocol: HeaderValue,
    client: OnUpgrade,
}

impl Upgrade {
    /// What the request asks for, if it is passed on.
    pub(crate) fn of(parts: &mut Parts, found: &Inspected, body: &ClientStream) -> Option<Self> {
        let client = parts.extensions.remove::<OnUpgrade>()?;
        let follows =
            if body.is_end_stream() { forward::Body::None } else { forward::Body::Follows };
        let protocol = forward::upgrade(parts, found, follows)?;
        Some(Self { protocol, client })
    }

    fn is_agreed(&self, response: &Response<Incoming>) -> bool {
        let agreed = response.headers().get(header::UPGRADE);
        agreed.is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(self.protocol.as_bytes()))
    }
}

/// Why a request does not go on, if it does not.
pub(crate) fn refusal(
    settings: &GatewaySettings,
    judgement: &Judgement,
    upgrade: Option<&Upgrade>,
    body: &ClientStream,
) -> Option<Refusal> {
    let blocked = match upgrade {
        Some(_) => judgement.blocks_web_socket(settings.websocket.origins),
        None => judgement.blocks_write(),
    };
    if blocked {
        return Some(Refusal::ORIGIN_BLOCKED);
    }
    let limit = settings.limits.body_bytes?;
    let too_large = body.size_hint().exact().is_some_and(|length| length > limit.as_bytes());
    too_large.then(|| Rejection::BodyTooLarge.into())
}

impl Onward {
    /// Makes a request fit for the upstream.
    pub(crate) fn new(
        settings: &GatewaySettings,
        judgement: Judgement,
        (mut parts, body): (Parts, ClientStream),
        found: &Inspected,
        upgrade: Option<Upgrade>,
        mut exchange: Exchange,
    ) -> Self {
        let version = parts.version;
        forward::request(&mut parts.headers, found, &exchange.conn, settings.forwarded);
        if let Some(upgrade) = &upgrade {
            parts.headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            parts.headers.insert(header::UPGRADE, upgrade.protocol.clone());
        }
        let id = parts.headers.get(X_REQUEST_ID).cloned();
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
        Self { judgement, request, exchange, version, upgrade, id }
    }

    /// Asks the upstream.
    ///
    /// No `async fn`: it would keep each of its arguments twice, and this is copied for every request.
    pub(crate) fn go(
        self,
        live: Arc<Live>,
        place: Place,
        listener: Listener,
    ) -> impl Future<Output = Response<ResponseBody>> + Send {
        let Self { judgement, mut request, mut exchange, version, upgrade, id } = self;
        async move {
            let (conn, worker) = (Arc::clone(&exchange.conn), Arc::clone(&exchange.worker));
            let mut after = match &upgrade {
                // What follows an upgrade that did not happen was not meant as a request.
                Some(_) => After::Close,
                None => After::KeepAlive,
            };
            let response =
                match ask(&live, place.group, &mut request, &listener, &mut exchange).await {
                    Ok(called) if called.response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                        match upgrade {
                            Some(upgrade) if upgrade.is_agreed(&called.response) => {
                                after = After::KeepAlive;
                                let idle = live.groups[place.group].settings.timeouts.upgraded_idle;
                                tunnel::open(called, upgrade.client, idle, exchange)
                            }
                            _ => refuse(Refusal::ODD_UPGRADE, judgement, id.as_ref(), exchange),
                        }
                    }
                    Ok(called) => answer(called, &live, place, judgement, id.as_ref(), exchange),
                    Err(refusal) => {
                        if refusal.outcome == Outcome::Rejected {
                            worker.shared.metrics.rejected(refusal.code);
                            after = After::Close;
                        }
                        refuse(refusal, judgement, id.as_ref(), exchange)
                    }
                };
            finish(response, after, version, &conn, &worker)
        }
    }
}

async fn ask(
    live: &Live,
    group: usize,
    request: &mut Request<RequestBody>,
    listener: &Listener,
    exchange: &mut Exchange,
) -> Result<Called, Refusal> {
    let group = &live.groups[group];
    let settings = &group.settings;
    let worker = Arc::clone(&exchange.worker);
    let counts = [
        (&worker.shared.upstream_requests, live.settings.limits.requests),
        (&group.requests, group.most),
    ];
    for (ticket, (count, limit)) in exchange.tickets.iter_mut().zip(counts) {
        let Some(limit) = limit else { continue };
        *ticket = Ticket::take(count, limit);
        if ticket.is_none() {
            return Err(failed(&CallError::Busy, &worker));
        }
    }
    let asking = pin!(call(
        Call {
            cluster: &group.cluster,
            worker: worker.id,
            settings,
            pool: &group.pool,
            upload: exchange.upload.as_deref(),
            listener,
        },
        request,
    ));
    let called = match settings.timeouts.total {
        None => asking.await,
        Some(limit) => match tokio::time::timeout(limit, asking).await {
            Ok(called) => called,
            Err(_) => return Err(Refusal::TOTAL),
        },
    };
    // Only the log tells how long it took until the upstream answered.
    if called.is_ok() && exchange.log.is_some() {
        exchange.upstream = Some(exchange.started.elapsed());
    }
    called.map_err(|error| failed(&error, &worker))
}

fn failed(error: &CallError, worker: &Worker) -> Refusal {
    let refusal = Refusal::of_call(error);
    if refusal.outcome == Outcome::GatewayError {
        worker.shared.metrics.upstream_failed(refusal.code);
        tracing::warn!(code = refusal.code, %error, "the upstream did not answer");
    }
    refusal
}

/// Passes the upstream's response on, with the policy's headers.
fn answer(
    called: Called,
    live: &Live,
    place: Place,
    mut judgement: Judgement,
    id: Option<&HeaderValue>,
    mut exchange: Exchange,
) -> Response<ResponseBody> {
    let (settings, route) = (&live.groups[place.group].settings, live.at(place.policy));
    let Called { response, lease } = called;
    if let Some(upload) = &exchange.upload {
        upload.answered();
    }
    let (mut head, body) = response.into_parts();
    head.version = Version::HTTP_11;
    head.extensions.clear();
    if forward::response(&mut head.headers).is_err() {
        return refuse(Refusal::ODD_FRAMING, judgement, id, exchange);
    }
    if !matches!(route.rule, Rule::Upstream) {
        if route.owners.are_unknown() && has_cors_headers(&head.headers) {
            cors::tell_owner(route, &lease.endpoint.url, &head.headers, settings.upstream_cors);
        }
        let sets = judgement.apply_to_upstream(&mut head.headers, settings.upstream_cors);
        if sets == Replaced::HandlersHeaders {
            route.metrics.upstream_cors(exchange.worker.id);
            if settings.upstream_cors == UpstreamCors::Refuse {
                return refuse(Refusal::UPSTREAM_CORS, judgement, id, exchange);
            }
        }
    }
    exchange.status = head.status;
    let timeouts = &settings.timeouts;
    let deadline = timeouts.total.map(|limit| Instant::from_std(exchange.started + limit));
    let body = ResponseBody::upstream(body, lease, timeouts.upstream_idle, deadline, exchange);
    Response::from_parts(head, body)
}
