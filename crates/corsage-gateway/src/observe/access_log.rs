//! One JSON object per request.
//!
//! What a request's head says is written when it is read, without a copy of any header; the rest when its response has
//! gone.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use corsage::server::{OutcomeKind, RefusalKind};
use corsage_config::QueryLog;
use corsage_enforce::Judgement;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, Version};

use super::json_line::{self as json, Text};
use super::{Outcome, RouteMetrics};
use crate::live::Live;

/// What is kept of a request until its line is written.
#[derive(Debug)]
pub(crate) struct LogEntry {
    /// Members of the object, each behind a comma; the last is a text whose quotes are still open.
    members: Vec<u8>,
    pub(crate) error: Option<&'static str>,
}

/// What the guard said of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// Its `Host` is one.
    Vetted,
    /// Anything may stand in it.
    Refused,
}

/// What a request's head says, and what was decided of it.
pub(crate) struct LoggedRequest<'r> {
    pub(crate) client: &'r HeaderValue,
    pub(crate) version: Version,
    pub(crate) method: &'r str,
    pub(crate) host: Option<Text<'r>>,
    pub(crate) path: Text<'r>,
    pub(crate) query: Option<Text<'r>>,
    pub(crate) origin: Option<Text<'r>>,
    pub(crate) decision: Option<&'static str>,
    pub(crate) reason: Option<&'static str>,
    pub(crate) shadow: Option<&'static str>,
    pub(crate) request_id: Option<Text<'r>>,
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
    #[inline(always)]
    fn of(headers: &'r HeaderMap) -> Self {
        let mut spoken = Self::default();
        for (name, value) in headers {
            let place = match name.as_str() {
                "host" => &mut spoken.host,
                "origin" => &mut spoken.origin,
                "x-request-id" => &mut spoken.request_id,
                "traceparent" => &mut spoken.traceparent,
                _ => continue,
            };
            place.get_or_insert(value.as_bytes());
        }
        spoken
    }
}

/// What is known at the end.
pub(crate) struct Finish {
    pub(crate) status: StatusCode,
    pub(crate) outcome: Outcome,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) duration: Duration,
    pub(crate) upstream: Option<Duration>,
}

/// Bytes that most lines have room in.
const USUAL: usize = 384;
/// As many are kept by a thread for the lines to come.
const MOST_SPARE: usize = 64;

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

fn room() -> Vec<u8> {
    Vec::with_capacity(USUAL)
}

impl LogEntry {
    /// Of a request whose head has been read.
    pub(crate) fn of(
        parts: &Parts,
        client: &HeaderValue,
        live: &Live,
        judgement: &Judgement,
        head: Head,
    ) -> Self {
        let spoken = Spoken::of(&parts.headers);
        let request = LoggedRequest {
            client,
            version: parts.version,
            method: parts.method.as_str(),
            host: spoken.host.map(match head {
                Head::Vetted => Text::Plain,
                Head::Refused => Text::Any,
            }),
            path: Text::Any(parts.uri.path().as_bytes()),
            query: parts.uri.query().map(|query| Text::Any(query.as_bytes())),
            origin: spoken.origin.map(Text::Any),
            decision: judgement.outcome().map(OutcomeKind::as_str),
            reason: judgement.refusal().map(RefusalKind::as_str),
            shadow: judgement.shadow().map(|shadow| shadow.outcome.as_str()),
            // None but those that are believed are left.
            request_id: spoken.request_id.map(Text::Plain),
            traceparent: spoken.traceparent,
        };
        Self::new(&request, live)
    }

    /// Members that say nothing are left out. Inlined, the request is never put together in memory.
    #[inline(always)]
    pub(crate) fn new(request: &LoggedRequest<'_>, live: &Live) -> Self {
        let mut members = SPARE.with_borrow_mut(Vec::pop).unwrap_or_else(room);
        let out = &mut members;
        json::number(out, br#","policy_version":"#, live.version);
        // From here on all are texts, each of which closes the quotes of the one before it.
        json::plain(out, br#","client":""#, request.client.as_bytes());
        let protocol: &[u8] = match request.version {
            Version::HTTP_10 => br#"","protocol":"HTTP/1.0","method":""#,
            Version::HTTP_2 => br#"","protocol":"HTTP/2","method":""#,
            _ => br#"","protocol":"HTTP/1.1","method":""#,
        };
        // A method is a token.
        json::plain(out, protocol, request.method.as_bytes());
        json::text_if(out, br#"","host":""#, request.host);
        json::text(out, br#"","path":""#, request.path);
        match (live.settings.log.query, request.query) {
            (QueryLog::Keep, query) => json::text_if(out, br#"","query":""#, query),
            // That there was one is worth knowing; what it said may be a secret.
            (_, Some(_)) => out.extend_from_slice(br#"","query":"redacted"#),
            (_, None) => {}
        }
        json::text_if(out, br#"","origin":""#, request.origin);
        json::code(out, br#"","cors":""#, request.decision);
        json::code(out, br#"","reason":""#, request.reason);
        json::code(out, br#"","shadow":""#, request.shadow);
        json::text_if(out, br#"","request_id":""#, request.request_id);
        if let Some(parent) = request.traceparent {
            let id = parent.split(|&byte| byte == b'-').nth(1);
            json::text_if(out, br#"","trace_id":""#, id.map(Text::Any));
        }
        Self { members, error: None }
    }

    /// Appends the line of a request that ended then, with its line end.
    pub(crate) fn write(
        self,
        out: &mut Vec<u8>,
        ended: Instant,
        route: &RouteMetrics,
        finish: &Finish,
    ) {
        json::begin(out, ended);
        out.extend_from_slice(&self.members);
        json::status(out, br#"","status":"#, finish.status);
        json::number(out, br#","bytes_in":"#, finish.bytes_in);
        json::number(out, br#","bytes_out":"#, finish.bytes_out);
        json::milliseconds(out, br#","duration_ms":"#, finish.duration);
        if let Some(upstream) = finish.upstream {
            json::milliseconds(out, br#","upstream_ms":"#, upstream);
        }
        if let Some(error) = self.error {
            json::plain(out, br#","error":""#, error.as_bytes());
            out.push(b'"');
        }
        out.extend_from_slice(route.line_end(finish.outcome));
        self.recycle();
    }

    fn recycle(self) {
        let mut members = self.members;
        if members.capacity() <= USUAL {
            members.clear();
            SPARE.with_borrow_mut(|spare| {
                if spare.len() < MOST_SPARE {
                    spare.push(members);
                }
            });
        }
    }
}
