//! One JSON object per request.

use std::time::{Duration, SystemTime};

use corsage::server::{OutcomeKind, RefusalKind};
use corsage_config::QueryLog;
use corsage_enforce::Judgement;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, Uri, Version, header};

use super::Outcome;
use super::json_line::JsonLine;
use crate::live::Live;
use crate::trace_context::{TRACEPARENT, X_REQUEST_ID};

/// What is kept of a request until its line is written.
#[derive(Debug)]
pub(crate) struct LogEntry {
    pub(crate) query: QueryLog,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) version: Version,
    pub(crate) host: Option<HeaderValue>,
    pub(crate) origin: Option<HeaderValue>,
    pub(crate) request_id: Option<HeaderValue>,
    pub(crate) traceparent: Option<HeaderValue>,
    pub(crate) decision: Option<&'static str>,
    pub(crate) reason: Option<&'static str>,
    pub(crate) shadow: Option<&'static str>,
    pub(crate) error: Option<&'static str>,
    pub(crate) policy: u64,
}

/// What is known at the end.
pub(crate) struct Finish<'f> {
    pub(crate) client: &'f HeaderValue,
    pub(crate) route: &'f str,
    pub(crate) status: StatusCode,
    pub(crate) outcome: Outcome,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) duration: Duration,
    pub(crate) upstream: Option<Duration>,
}

impl LogEntry {
    /// What a request's head says, and what was decided of it.
    pub(crate) fn of(parts: &Parts, live: &Live, judgement: &Judgement) -> Self {
        let header = |name| parts.headers.get(name).cloned();
        Self {
            query: live.settings.log.query,
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            version: parts.version,
            host: header(header::HOST),
            origin: header(header::ORIGIN),
            request_id: header(X_REQUEST_ID),
            traceparent: header(TRACEPARENT),
            decision: judgement.outcome().map(OutcomeKind::as_str),
            reason: judgement.refusal().map(RefusalKind::as_str),
            shadow: judgement.shadow().map(|shadow| shadow.outcome.as_str()),
            error: None,
            policy: live.version,
        }
    }

    /// Appends the line, with its line end. Members that say nothing are left out.
    pub(crate) fn write(&self, out: &mut Vec<u8>, finish: &Finish<'_>) {
        let mut line = JsonLine::new(out);
        line.time("time", SystemTime::now());
        line.text("client", finish.client.as_bytes());
        let protocol: &[u8] = match self.version {
            Version::HTTP_10 => b"HTTP/1.0",
            Version::HTTP_2 => b"HTTP/2",
            _ => b"HTTP/1.1",
        };
        line.plain("protocol", protocol);
        line.text("method", self.method.as_str().as_bytes());
        line.text_if("host", self.host.as_ref().map(HeaderValue::as_bytes));
        line.text("path", self.uri.path().as_bytes());
        match (self.query, self.uri.query()) {
            (QueryLog::Keep, query) => line.text_if("query", query.map(str::as_bytes)),
            // That there was one is worth knowing; what it said may be a secret.
            (_, Some(_)) => line.plain("query", b"redacted"),
            (_, None) => {}
        }
        line.number("status", u64::from(finish.status.as_u16()));
        line.number("bytes_in", finish.bytes_in);
        line.number("bytes_out", finish.bytes_out);
        line.milliseconds("duration_ms", finish.duration);
        if let Some(upstream) = finish.upstream {
            line.milliseconds("upstream_ms", upstream);
        }
        line.text("route", finish.route.as_bytes());
        line.plain("outcome", finish.outcome.label().as_bytes());
        line.text_if("origin", self.origin.as_ref().map(HeaderValue::as_bytes));
        let codes = [
            ("cors", self.decision),
            ("reason", self.reason),
            ("shadow", self.shadow),
            ("error", self.error),
        ];
        for (name, code) in codes {
            if let Some(code) = code {
                line.plain(name, code.as_bytes());
            }
        }
        line.number("policy_version", self.policy);
        line.text_if("request_id", self.request_id.as_ref().map(HeaderValue::as_bytes));
        let trace = self.traceparent.as_ref().map(HeaderValue::as_bytes);
        line.text_if("trace_id", trace.and_then(|value| value.split(|&b| b == b'-').nth(1)));
        line.end();
    }
}
