//! Responses that the gateway makes itself. They carry the policy's headers like any other, so that
//! pages can read what went wrong.

use std::sync::Arc;

use bytes::Bytes;
use corsage_config::AccessLog;
use corsage_enforce::Judgement;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};

use crate::body::ResponseBody;
use crate::clock;
use crate::connection::Conn;
use crate::cors;
use crate::exchange::{Exchange, Speaks};
use crate::guard::{Rejection, field_named};
use crate::observe::{Head, LogEntry, Outcome};
use crate::trace_context::{self, X_REQUEST_ID};
use crate::upstream::{CallError, ConnectError};
use crate::wire;
use crate::worker::Worker;

/// An error of ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) text: &'static str,
    pub(crate) outcome: Outcome,
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self {
            status: rejection.status(),
            code: rejection.code(),
            text: rejection.text(),
            outcome: Outcome::Rejected,
        }
    }
}

impl Refusal {
    const fn gateway(status: StatusCode, code: &'static str, text: &'static str) -> Self {
        Self { status, code, text, outcome: Outcome::GatewayError }
    }

    pub(crate) const TOTAL: Self =
        Self::gateway(StatusCode::GATEWAY_TIMEOUT, "request-timeout", "the request took too long");
    pub(crate) const NO_GROUP: Self = Self {
        status: StatusCode::NOT_FOUND,
        code: "no-upstream-for-this",
        text: "no server stands behind this host, path and method",
        outcome: Outcome::Rejected,
    };
    pub(crate) const ODD_UPGRADE: Self = Self::gateway(
        StatusCode::BAD_GATEWAY,
        "upgrade-unasked",
        "the upstream changed to a protocol that was not asked for",
    );
    pub(crate) const ODD_FRAMING: Self = Self::gateway(
        StatusCode::BAD_GATEWAY,
        "upstream-framing-doubtful",
        "where the upstream's response ends can be read in two ways",
    );
    pub(crate) const ORIGIN_BLOCKED: Self = Self {
        status: StatusCode::FORBIDDEN,
        code: "origin-not-allowed",
        text: "requests of this kind are not taken from this origin",
        outcome: Outcome::Blocked,
    };
    pub(crate) const UPSTREAM_CORS: Self = Self::gateway(
        StatusCode::BAD_GATEWAY,
        "upstream-sets-cors",
        "the upstream sets CORS headers itself, which this gateway is told to refuse",
    );

    /// What a failed call looks like from outside; details are for the log.
    pub(crate) fn of_call(error: &CallError) -> Self {
        match error {
            CallError::Connect(error @ ConnectError::Timeout(_)) => Self::gateway(
                StatusCode::GATEWAY_TIMEOUT,
                error.code(),
                "the upstream could not be reached in time",
            ),
            CallError::Connect(error @ ConnectError::Exhausted(_)) => Self::gateway(
                StatusCode::SERVICE_UNAVAILABLE,
                error.code(),
                "the gateway has as many sockets open as it may have",
            ),
            CallError::Connect(error) => Self::gateway(
                StatusCode::BAD_GATEWAY,
                error.code(),
                "the upstream could not be reached",
            ),
            CallError::Broken(error) if error.is_parse() => Self::gateway(
                StatusCode::BAD_GATEWAY,
                "upstream-malformed",
                "the upstream answered with something that is not HTTP",
            ),
            CallError::Broken(_) => Self::gateway(
                StatusCode::BAD_GATEWAY,
                "upstream-broke-off",
                "the upstream closed the connection before it answered",
            ),
            CallError::FirstByte(_) => Self::gateway(
                StatusCode::GATEWAY_TIMEOUT,
                "upstream-timeout",
                "the upstream did not answer in time",
            ),
            CallError::Drained => Self::gateway(
                StatusCode::SERVICE_UNAVAILABLE,
                "upstream-drained",
                "no server takes requests at the moment",
            ),
            CallError::Busy => Self::gateway(
                StatusCode::SERVICE_UNAVAILABLE,
                "upstream-busy",
                "the upstream has as many requests as it may have",
            ),
            CallError::BodyTooLarge => Rejection::BodyTooLarge.into(),
            CallError::BodyTooSlow => Rejection::BodyTooSlow.into(),
            CallError::Client(_) => Self {
                status: StatusCode::BAD_REQUEST,
                code: "client-broke-off",
                text: "the request's body broke off",
                outcome: Outcome::Aborted,
            },
        }
    }
}

/// Answers with an error of ours.
pub(crate) fn refuse(
    refusal: Refusal,
    judgement: Judgement,
    request_id: Option<&HeaderValue>,
    mut exchange: Exchange,
) -> Response<ResponseBody> {
    exchange.outcome = refusal.outcome;
    exchange.status = refusal.status;
    if let Some(log) = &mut exchange.log {
        log.error = Some(refusal.code);
    }
    let mut headers = HeaderMap::with_capacity(8);
    let text = match exchange.speaks {
        Speaks::Http => dressed(refusal, &mut headers),
        Speaks::Grpc => dressed_for_grpc(refusal, &mut headers),
    };
    if let Some(id) = request_id {
        headers.insert(X_REQUEST_ID, id.clone());
    }
    judgement.apply(&mut headers);
    let mut response = Response::new(ResponseBody::full(text, exchange));
    *response.status_mut() = refusal.status;
    *response.headers_mut() = headers;
    response
}

fn dressed(refusal: Refusal, headers: &mut HeaderMap) -> Bytes {
    let text = format!("{} {}: {}\n", refusal.status.as_u16(), refusal.code, refusal.text);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
    match refusal.status {
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(
                header::ALLOW,
                HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
            );
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    text.into()
}

/// A text where a message is expected is a riddle to gRPC's clients: they get
/// [their own status](https://grpc.github.io/grpc/core/md_doc_http-grpc-status-mapping.html) in headers,
/// and no body. The status of HTTP says the same to everybody else.
fn dressed_for_grpc(refusal: Refusal, headers: &mut HeaderMap) -> Bytes {
    let status = match refusal.status {
        StatusCode::BAD_REQUEST | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "13",
        StatusCode::FORBIDDEN => "7",
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => "14",
        StatusCode::PAYLOAD_TOO_LARGE => "8",
        status if status.is_server_error() => "14",
        _ => "2",
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    headers.insert("grpc-status", HeaderValue::from_static(status));
    // Codes are letters and dashes, and texts printable: nothing needs encoding.
    if let Ok(message) = HeaderValue::from_str(&format!("{}: {}", refusal.code, refusal.text)) {
        headers.insert("grpc-message", message);
    }
    Bytes::new()
}

/// The whole answer, as bytes, to a head that did not parse.
pub(crate) fn to_unparsed(
    status: StatusCode,
    raw: &[u8],
    conn: &Arc<Conn>,
    worker: &Arc<Worker>,
) -> Bytes {
    // hyper counts the head as a whole; where the target is most of it, the target is to blame.
    let target = raw.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty());
    let status = match status {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
            if target.is_some_and(|target| target.len() * 2 > raw.len()) =>
        {
            StatusCode::URI_TOO_LONG
        }
        _ => status,
    };
    let (code, text) = match status {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            ("head-too-large", "the request head is too large")
        }
        StatusCode::URI_TOO_LONG => ("target-too-long", "the request target is too long"),
        StatusCode::SERVICE_UNAVAILABLE => {
            ("heads-over-budget", "too many requests have begun and do not end")
        }
        _ => ("malformed", "this is not an HTTP request"),
    };
    let refusal = Refusal { status, code, text, outcome: Outcome::Rejected };
    let live = worker.shared.live.load_full();
    let (method, path, mut claimed) = claims(raw);
    trace_context::identify(&mut claimed, live.settings.trace);
    let route = live.route(&method, &path, &claimed);
    worker.shared.metrics.rejected(refusal.code);
    let judgement = cors::judge(route, &method, &claimed);
    let mut exchange = Exchange::begin(conn, worker, &route.metrics);
    exchange.outcome = refusal.outcome;
    exchange.status = status;
    let mut headers = HeaderMap::new();
    let text = dressed(refusal, &mut headers);
    exchange.sent(text.len());
    if let Some(id) = claimed.get(X_REQUEST_ID) {
        headers.insert(X_REQUEST_ID, id.clone());
    }
    if live.settings.log.access != AccessLog::Off {
        let mut request = http::Request::new(());
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap_or_default();
        *request.headers_mut() = claimed;
        let parts = request.into_parts().0;
        let client = &conn.peer.forwarded_for;
        let mut entry = LogEntry::of(&parts, client, &live, &judgement, Head::Refused);
        entry.error = Some(refusal.code);
        exchange.log = Some(entry);
    }
    drop(exchange);
    headers.insert(header::DATE, clock::http_date_value());
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    judgement.apply(&mut headers);
    let mut bytes = Vec::with_capacity(512);
    wire::status_line(status, &mut bytes);
    wire::fields(&headers, &mut bytes);
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&text);
    bytes.into()
}

/// What a head that did not parse seems to say: enough to choose the headers of an error.
fn claims(raw: &[u8]) -> (Method, String, HeaderMap) {
    let mut lines = raw.split(|&byte| byte == b'\n').map(|line| line.trim_ascii());
    let first = lines.by_ref().find(|line| !line.is_empty()).unwrap_or_default();
    let mut words = first.split(|&byte| byte == b' ');
    let method = words.next().and_then(|word| Method::from_bytes(word).ok()).unwrap_or_default();
    let path = words.next().map(|word| String::from_utf8_lossy(word).into_owned());
    let mut headers = HeaderMap::new();
    for line in lines.take_while(|line| !line.is_empty()).take(256) {
        for name in [header::ORIGIN, header::HOST] {
            if let Some(value) = field_named(line, name.as_str().as_bytes())
                && let Ok(value) = HeaderValue::from_bytes(value)
            {
                headers.append(name, value);
            }
        }
    }
    (method, path.unwrap_or_default(), headers)
}
