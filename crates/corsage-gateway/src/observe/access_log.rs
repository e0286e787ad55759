//! One JSON object per request.
//!
//! What a request's head says is written when it is read, without a copy of any header; the rest when its response has
//! gone.

use std::time::{Duration, Instant};

use corsage::server::{OutcomeKind, RefusalKind};
use corsage_config::QueryLog;
use corsage_enforce::Judgement;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, Version, header};

use super::Outcome;
use super::json_line as json;
use crate::live::Live;
use crate::trace_context::{TRACEPARENT, X_REQUEST_ID};

/// What is kept of a request until its line is written.
#[derive(Debug)]
pub(crate) struct LogEntry {
    /// Members of the object, each behind a comma.
    members: Vec<u8>,
    pub(crate) error: Option<&'static str>,
}

/// What a request's head says, and what was decided of it.
pub(crate) struct LoggedRequest<'r> {
    pub(crate) client: &'r HeaderValue,
    pub(crate) version: Version,
    pub(crate) method: &'r str,
    pub(crate) host: Option<&'r [u8]>,
    pub(crate) path: &'r str,
    pub(crate) query: Option<&'r str>,
    pub(crate) origin: Option<&'r [u8]>,
    pub(crate) decision: Option<&'static str>,
    pub(crate) reason: Option<&'static str>,
    pub(crate) shadow: Option<&'static str>,
    pub(crate) request_id: Option<&'r [u8]>,
    pub(crate) traceparent: Option<&'r [u8]>,
}

/// The header lines that are written down, the first of each name. One walk along all of them costs less than to ask
/// for each.
#[derive(Default)]
struct Spoken<'r> {
    host: Option<&'r [u8]>,
    origin: Option<&'r [u8]>,
    request_id: Option<&'r [u8]>,
    traceparent: Option<&'r [u8]>,
}

impl<'r> Spoken<'r> {
    fn of(headers: &'r HeaderMap) -> Self {
        let mut spoken = Self::default();
        for (name, value) in headers {
            let place = if *name == header::HOST {
                &mut spoken.host
            } else if *name == header::ORIGIN {
                &mut spoken.origin
            } else if *name == X_REQUEST_ID {
                &mut spoken.request_id
            } else if *name == TRACEPARENT {
                &mut spoken.traceparent
            } else {
                continue;
            };
            place.get_or_insert(value.as_bytes());
        }
        spoken
    }
}

/// What is known at the end.
pub(crate) struct Finish<'f> {
    /// Names of policies need no escaping.
    pub(crate) route: &'f str,
    pub(crate) status: StatusCode,
    pub(crate) outcome: Outcome,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) duration: Duration,
    pub(crate) upstream: Option<Duration>,
}

/// Bytes that most lines have room in.
const USUAL: usize = 384;

impl LogEntry {
    /// Of a request whose head has been read.
    pub(crate) fn of(
        parts: &Parts,
        client: &HeaderValue,
        live: &Live,
        judgement: &Judgement,
    ) -> Self {
        let spoken = Spoken::of(&parts.headers);
        let request = LoggedRequest {
            client,
            version: parts.version,
            method: parts.method.as_str(),
            host: spoken.host,
            path: parts.uri.path(),
            query: parts.uri.query(),
            origin: spoken.origin,
            decision: judgement.outcome().map(OutcomeKind::as_str),
            reason: judgement.refusal().map(RefusalKind::as_str),
            shadow: judgement.shadow().map(|shadow| shadow.outcome.as_str()),
            request_id: spoken.request_id,
            traceparent: spoken.traceparent,
        };
        Self::new(&request, live)
    }

    /// Members that say nothing are left out.
    pub(crate) fn new(request: &LoggedRequest<'_>, live: &Live) -> Self {
        let mut members = Vec::with_capacity(USUAL);
        let out = &mut members;
        json::plain(out, br#","client":""#, request.client.as_bytes());
        let protocol: &[u8] = match request.version {
            Version::HTTP_10 => br#","protocol":"HTTP/1.0","method":""#,
            Version::HTTP_2 => br#","protocol":"HTTP/2","method":""#,
            _ => br#","protocol":"HTTP/1.1","method":""#,
        };
        // A method is a token.
        json::plain(out, protocol, request.method.as_bytes());
        json::text_if(out, br#","host":""#, request.host);
        json::text(out, br#","path":""#, request.path.as_bytes());
        match (live.settings.log.query, request.query) {
            (QueryLog::Keep, query) => {
                json::text_if(out, br#","query":""#, query.map(str::as_bytes));
            }
            // That there was one is worth knowing; what it said may be a secret.
            (_, Some(_)) => out.extend_from_slice(br#","query":"redacted""#),
            (_, None) => {}
        }
        json::text_if(out, br#","origin":""#, request.origin);
        json::code(out, br#","cors":""#, request.decision);
        json::code(out, br#","reason":""#, request.reason);
        json::code(out, br#","shadow":""#, request.shadow);
        json::number(out, br#","policy_version":"#, live.version);
        json::text_if(out, br#","request_id":""#, request.request_id);
        if let Some(parent) = request.traceparent {
            json::text_if(out, br#","trace_id":""#, parent.split(|&byte| byte == b'-').nth(1));
        }
        Self { members, error: None }
    }

    /// Appends the line of a request that ended then, with its line end.
    pub(crate) fn write(&self, out: &mut Vec<u8>, ended: Instant, finish: &Finish<'_>) {
        json::begin(out, ended);
        out.extend_from_slice(&self.members);
        json::status(out, br#","status":"#, finish.status);
        json::number(out, br#","bytes_in":"#, finish.bytes_in);
        json::number(out, br#","bytes_out":"#, finish.bytes_out);
        json::milliseconds(out, br#","duration_ms":"#, finish.duration);
        if let Some(upstream) = finish.upstream {
            json::milliseconds(out, br#","upstream_ms":"#, upstream);
        }
        json::plain(out, br#","route":""#, finish.route.as_bytes());
        json::plain(out, br#","outcome":""#, finish.outcome.label().as_bytes());
        json::code(out, br#","error":""#, self.error);
        out.extend_from_slice(b"}\n");
    }
}
