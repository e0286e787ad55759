//! Preflights on HTTP/1.1, answered where they are read.
//!
//! Most of what a request costs above the kernel is a map of its headers, and what hyper makes ready for bodies and
//! for answers that take their time. A preflight that is granted needs none of them. So a head that came whole and
//! alone, and is plainly such a preflight's, is answered at once.
//!
//! Nobody reads it twice: what is answered here never reaches hyper, and what is not, hyper has to itself. The
//! parser is the one that hyper uses. What frames a body or asks something of the connection is not taken, what the
//! guard could refuse is not taken, and nothing is ever refused here: a test holds every answer to hyper's.

use std::mem::MaybeUninit;
use std::time::Instant;

use corsage::server::{OutcomeKind, PreflightGrant, PreflightLines};
use corsage_config::{AccessLog, Development, TraceStart};
use http::{StatusCode, Version, header};
use memchr::memchr;

use crate::connection::Conn;
use crate::exchange::settle;
use crate::live::{Live, Rule};
use crate::observe::{Finish, LogEntry, LoggedRequest, Outcome, Text};
use crate::worker::Worker;
use crate::{clock, guard, trace_context, wire};

/// More fields than any browser sends with a preflight.
const MAX_FIELDS: usize = 32;

/// Whether these bytes may be a preflight's.
pub(crate) fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(b"OPTIONS /")
}

/// The whole answer to a preflight that is granted. `None`, and nothing has been counted, if these bytes are anything
/// else, or if anything is odd about them: then they are for hyper.
pub(crate) fn answer(bytes: &[u8], conn: &Conn, worker: &Worker) -> Option<Vec<u8>> {
    // Both of these are to be told by `Connection: close`.
    if conn.is_draining() || worker.shared.is_closing() {
        return None;
    }
    let live = worker.shared.live.load();
    if live.settings.development != Development::Off {
        return None;
    }
    let log = live.settings.log.access != AccessLog::Off;
    // Some microseconds, which no bucket of the histogram tells apart: only the log wants to know.
    let started = log.then(Instant::now);
    let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let asked = Asked::read(bytes, &live, &mut fields)?;
    let route = live.at(live.position(asked.host, asked.path, asked.method));
    let Rule::Policy(policy) = &route.rule else { return None };
    if route.shadow.is_some() {
        return None;
    }
    let grant = policy.grant_preflight(&PreflightLines {
        origin: asked.origin,
        method: asked.method.as_bytes(),
        headers: asked.headers,
    })?;
    let log = if log { Some(asked.log_entry(&live, conn)?) } else { None };
    let answer = route.prepared.get_or_init(|| Prepared::of(&grant)).answer(&grant);
    route.metrics.preflight_granted(worker.id);
    let ended = started.map(|_| Instant::now());
    let duration = started.zip(ended).map(|(from, to)| to.saturating_duration_since(from));
    let finish = Finish {
        status: grant.status(),
        outcome: Outcome::PreflightGranted,
        bytes_in: 0,
        bytes_out: 0,
        duration: duration.unwrap_or_default(),
        upstream: None,
    };
    settle(worker, &route.metrics, log.zip(ended), &finish);
    conn.answered();
    Some(answer)
}

/// The answer to the granted preflights of one policy, as hyper would write it: they differ by the origin and the
/// date.
#[derive(Debug)]
pub(crate) struct Prepared {
    before_origin: Vec<u8>,
    before_date: Vec<u8>,
}

impl Prepared {
    fn of(grant: &PreflightGrant<'_>) -> Self {
        let (mut before_origin, mut lines) = (Vec::new(), Vec::new());
        wire::status_line(grant.status(), &mut lines);
        for (name, value) in grant.lines() {
            if grant.origin().is_some() && name == header::ACCESS_CONTROL_ALLOW_ORIGIN {
                wire::field(name, b"", &mut lines);
                let line_end = lines.split_off(lines.len() - 2);
                before_origin = std::mem::replace(&mut lines, line_end);
            } else {
                wire::field(name, value, &mut lines);
            }
        }
        if grant.status() != StatusCode::NO_CONTENT {
            wire::field("content-length", b"0", &mut lines);
        }
        lines.extend_from_slice(b"date: ");
        Self { before_origin, before_date: lines }
    }

    fn answer(&self, grant: &PreflightGrant<'_>) -> Vec<u8> {
        [
            &*self.before_origin,
            grant.origin().unwrap_or_default(),
            &self.before_date,
            &clock::http_date(),
            b"\r\n\r\n",
        ]
        .concat()
    }
}

/// What a preflight says, each once.
#[derive(Default)]
struct Asked<'h> {
    target: &'h str,
    path: &'h str,
    host: &'h str,
    origin: &'h [u8],
    method: &'h str,
    headers: &'h [u8],
    request_id: Option<&'h [u8]>,
    traceparent: Option<&'h [u8]>,
}

/// Whether a line has been seen.
#[derive(Default)]
struct Seen {
    host: bool,
    origin: bool,
    method: bool,
    headers: bool,
    private_network: bool,
    request_id: bool,
    traceparent: bool,
}

impl<'h> Asked<'h> {
    /// Reads a head. `None` if there is more in it, or less, than a preflight has, or if the guard may have
    /// something to say about it.
    fn read(
        bytes: &'h [u8],
        live: &Live,
        fields: &'_ mut [MaybeUninit<httparse::Header<'h>>; MAX_FIELDS],
    ) -> Option<Self> {
        let limits = &live.settings.limits;
        // The guard measures a little less than the whole head.
        if bytes.len() as u64 > limits.header_bytes.as_bytes() {
            return None;
        }
        let mut request = httparse::Request::new(&mut []);
        let read = request.parse_with_uninit_headers(bytes, fields).ok()?;
        // What stands behind it is the next request.
        if read != httparse::Status::Complete(bytes.len())
            || request.version != Some(1)
            || request.headers.len() > usize::from(limits.header_count)
        {
            return None;
        }
        let target = request.path?;
        let (path, _) = target.split_at(memchr(b'?', target.as_bytes()).unwrap_or(target.len()));
        let mut asked = Self { target, path, ..Self::default() };
        let mut seen = Seen::default();
        for field in &*request.headers {
            asked.take(field, &mut seen)?;
        }
        let whole = seen.host && seen.origin && seen.method;
        (whole && guard::is_host(asked.host.as_bytes()) && asked.is_plain()).then_some(asked)
    }

    fn take(&mut self, field: &httparse::Header<'h>, seen: &mut Seen) -> Option<()> {
        let (name, value) = (field.name, field.value);
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
        // Of lines that are looked at there is one each.
        let once = |seen: &mut bool| (!std::mem::replace(seen, true)).then_some(());
        match name.len() {
            4 if is("host") => {
                once(&mut seen.host)?;
                self.host = std::str::from_utf8(value).ok()?;
            }
            6 if is("origin") => {
                once(&mut seen.origin)?;
                self.origin = value;
            }
            29 if is("access-control-request-method") => {
                once(&mut seen.method)?;
                self.method = std::str::from_utf8(value).ok()?;
            }
            30 if is("access-control-request-headers") => {
                once(&mut seen.headers)?;
                self.headers = value;
            }
            38 if is("access-control-request-private-network") => once(&mut seen.private_network)?,
            12 if is("x-request-id") => {
                once(&mut seen.request_id)?;
                self.request_id = Some(value);
            }
            11 if is("traceparent") => {
                once(&mut seen.traceparent)?;
                self.traceparent = Some(value);
            }
            10 if is("connection") => {
                return value.eq_ignore_ascii_case(b"keep-alive").then_some(());
            }
            6 if is("expect") => return None,
            7 if is("upgrade") => return None,
            14 if is("content-length") => return None,
            17 if is("transfer-encoding") => return None,
            // With an underscore, a name may stand for another: the guard knows for which.
            _ => return memchr(b'_', name.as_bytes()).is_none().then_some(()),
        }
        Some(())
    }

    /// Whether everybody reads the target alike, and nobody refuses it.
    fn is_plain(&self) -> bool {
        let is_usual = |byte: u8| {
            byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b'/' | b'-'
                        | b'.'
                        | b'_'
                        | b'~'
                        | b'?'
                        | b'='
                        | b'&'
                        | b','
                        | b':'
                        | b'@'
                        | b'+'
                )
        };
        self.target.bytes().all(is_usual) && guard::is_plain_path(self.path)
    }

    /// What the access log will say.
    fn log_entry(&self, live: &Live, conn: &Conn) -> Option<LogEntry> {
        // Whether a trace is to be begun is for others to find out.
        if live.settings.trace == TraceStart::WhenAbsent {
            return None;
        }
        let drawn = trace_context::drawn_id();
        let query = self.target.get(self.path.len() + 1..);
        let known = self.request_id.filter(|id| trace_context::is_believed(id));
        let request = LoggedRequest {
            client: &conn.peer.forwarded_for,
            version: Version::HTTP_11,
            method: "OPTIONS",
            // Both have been looked at, letter by letter.
            host: Some(Text::Plain(self.host.as_bytes())),
            path: Text::Plain(self.path.as_bytes()),
            query: query.map(|query| Text::Plain(query.as_bytes())),
            origin: Some(Text::Any(self.origin)),
            decision: Some(OutcomeKind::GrantPreflight.as_str()),
            reason: None,
            shadow: None,
            request_id: Some(Text::Plain(known.unwrap_or(&drawn))),
            traceparent: self.traceparent,
        };
        Some(LogEntry::new(&request, live))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::HeaderValue;

    use super::*;
    use crate::connection::{Peer, Scheme, Trust};
    use crate::observe::{LogSink, Metrics, Output};
    use crate::worker::Shared;

    const POLICY: &str = r#"
        [gateway]
        upstreams = "http://127.0.0.1:1"
        log.access = "off"
        [[policy]]
        allow_origins = ["https://app.example", "https://*.b.example"]
        allow_methods = ["PUT"]
        allow_headers = ["content-type"]
    "#;

    /// What becomes of a head under a configuration.
    fn answered(config: &str, head: &str) -> Option<String> {
        let config =
            corsage_config::parse(config, "test.toml").unwrap_or_else(|error| panic!("{error}"));
        let metrics = Arc::new(Metrics::default());
        let live = Live::compile(&config, 1, &metrics, None).unwrap();
        let out = Output::Stream(Box::new(std::io::sink()));
        let log = LogSink::new(Arc::clone(&metrics.access_log_lost), out, Vec::new).unwrap();
        let shared = Arc::new(Shared::new(live, Arc::clone(&metrics), Arc::new(log), None, 1));
        let worker = Worker::new(0, shared);
        let peer = Peer {
            addr: ([127, 0, 0, 1], 1).into(),
            forwarded_for: HeaderValue::from_static("127.0.0.1"),
            scheme: Scheme::Http,
            trust: Trust::Stranger,
        };
        let conn = Conn::new(peer, 1024);
        let bytes = head.as_bytes();
        let answer = begins(bytes).then(|| answer(bytes, &conn, &worker)).flatten();
        let counted: u64 =
            metrics.routes().iter().map(|route| route.preflights_granted_total()).sum();
        assert_eq!(counted, u64::from(answer.is_some()), "counted as often as answered");
        answer.map(|bytes| String::from_utf8(bytes).unwrap())
    }

    /// As Chromium sends it.
    const HEAD: &str = "OPTIONS /v1/orders?page=2 HTTP/1.1\r\nHost: api.example:8080\r\nConnection: keep-alive\r\n\
        Accept: */*\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: content-type\r\n\
        Origin: https://x.b.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n\
        Sec-Fetch-Mode: cors\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: empty\r\nReferer: https://x.b.example/\r\n\
        Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n\r\n";

    #[test]
    fn what_browsers_ask_is_granted_at_once() {
        let answer = answered(POLICY, HEAD).unwrap();
        let date = answer.split("\r\ndate: ").nth(1).unwrap();
        assert_eq!(
            answer,
            format!(
                "HTTP/1.1 204 No Content\r\naccess-control-allow-origin: https://x.b.example\r\n\
                 access-control-allow-methods: PUT\r\naccess-control-allow-headers: content-type\r\n\
                 vary: Origin\r\ndate: {date}"
            )
        );
        assert!(httpdate::parse_http_date(date.trim_end()).is_ok(), "{date}");
        // The log takes nothing away from that.
        let logged = POLICY.replace("log.access", "log.query");
        assert!(answered(&logged.replace("\"off\"", "\"keep\""), HEAD).is_some());
    }

    #[test]
    fn everything_else_is_for_hyper() {
        let instead = |from: &str, to: &str| {
            assert!(HEAD.contains(from), "{from}");
            HEAD.replacen(from, to, 1)
        };
        for head in [
            instead("x.b.example\r\nUser", "evil.example\r\nUser"),
            instead("Method: PUT", "Method: DELETE"),
            instead("Headers: content-type", "Headers: x-other"),
            instead("OPTIONS", "GET"),
            instead("HTTP/1.1", "HTTP/1.0"),
            instead("/v1/", "/v1//"),
            instead("/v1/", "/v1/%2e/"),
            instead("Host: api.example:8080\r\n", ""),
            instead("api.example:8080", "api..example"),
            instead("Accept: */*", "Host: api.example:8080"),
            instead("Accept: */*", "Origin: https://x.b.example"),
            instead("Accept: */*", "Content-Length: 0"),
            instead("Accept: */*", "Content_Length: 1"),
            instead("Accept: */*", "Transfer-Encoding: chunked"),
            instead("Accept: */*", "Upgrade: websocket"),
            instead("Accept: */*", "Expect: 100-continue"),
            instead("keep-alive", "close"),
            instead("keep-alive", "origin"),
            format!("{HEAD}G"),
            format!("\r\n{HEAD}"),
            HEAD[..HEAD.len() - 1].to_owned(),
        ] {
            assert_eq!(answered(POLICY, &head), None, "{head}");
        }
        // There is no policy, or there is more to do.
        let (gateway, _) = POLICY.split_once("[[policy]]").unwrap();
        assert_eq!(answered(gateway, HEAD), None);
        let developed = POLICY.replace("log.access = \"off\"", "development = \"fix-and-tell\"");
        assert_eq!(answered(&developed, HEAD), None);
        let traced = POLICY.replace("log.access = \"off\"", "trace = \"when-absent\"");
        assert_eq!(answered(&traced, HEAD), None);
        let shadow =
            format!("{POLICY}\n[policy.shadow]\nallow_origins = [\"https://app.example\"]\n");
        assert_eq!(answered(&shadow, HEAD), None);
    }
}
