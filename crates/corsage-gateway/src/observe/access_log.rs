//! One JSON object per request.

use std::time::{Duration, SystemTime};

use corsage_config::QueryLog;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, Uri, Version, header};
use serde::Serialize;

use super::Outcome;
use crate::cors::Judgement;
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

#[derive(Serialize)]
struct Line<'l> {
    time: String,
    client: Option<&'l str>,
    protocol: &'static str,
    method: &'l str,
    host: Option<String>,
    path: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<&'l str>,
    status: u16,
    bytes_in: u64,
    bytes_out: u64,
    duration_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_ms: Option<f64>,
    route: &'l str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cors: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shadow: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    policy_version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'l str>,
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
            decision: judgement.label(),
            reason: judgement.reason(),
            shadow: judgement.shadow_label(),
            error: None,
            policy: live.version,
        }
    }

    /// Appends the line, with its line end.
    pub(crate) fn write(&self, out: &mut Vec<u8>, finish: &Finish<'_>) {
        let lossy = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let milliseconds = |duration: Duration| (duration.as_secs_f64() * 1e6).round() / 1e3;
        let line = Line {
            time: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            client: finish.client.to_str().ok(),
            protocol: match self.version {
                Version::HTTP_10 => "HTTP/1.0",
                Version::HTTP_2 => "HTTP/2",
                _ => "HTTP/1.1",
            },
            method: self.method.as_str(),
            host: self.host.as_ref().map(lossy),
            path: self.uri.path(),
            query: match (self.query, self.uri.query()) {
                (QueryLog::Keep, query) => query,
                // That there was one is worth knowing; what it said may be a secret.
                (_, Some(_)) => Some("redacted"),
                (_, None) => None,
            },
            status: finish.status.as_u16(),
            bytes_in: finish.bytes_in,
            bytes_out: finish.bytes_out,
            duration_ms: milliseconds(finish.duration),
            upstream_ms: finish.upstream.map(milliseconds),
            route: finish.route,
            outcome: finish.outcome.label(),
            origin: self.origin.as_ref().map(lossy),
            cors: self.decision,
            reason: self.reason,
            shadow: self.shadow,
            error: self.error,
            policy_version: self.policy,
            request_id: self.request_id.as_ref().and_then(|id| id.to_str().ok()),
            trace_id: self
                .traceparent
                .as_ref()
                .and_then(|value| value.to_str().ok())
                .and_then(|value| value.split('-').nth(1)),
        };
        let before = out.len();
        match serde_json::to_writer(&mut *out, &line) {
            Ok(()) => out.push(b'\n'),
            Err(_) => out.truncate(before),
        }
    }
}
