//! One exchange: its request is judged, and answered or passed on; its response is amended, whoever made it.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

use corsage::server::{OutcomeKind, Replaced, Request};
use corsage_config::UpstreamCors;
use corsage_enforce::{Judged, Judgement, Rules, Step};
use http::header::{
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::config::FilterConfig;
use crate::response_headers::ResponseHeaders;
use crate::stream::{Level, Line, Stream};

/// The filter of one exchange. Envoy calls it from within its own answers, so nothing of it is ever borrowed whole.
pub(crate) struct Filter {
    config: Arc<FilterConfig>,
    state: Cell<State>,
}

enum State {
    /// The request has not been seen.
    New,
    /// It has been passed on.
    PassedOn(Judgement, UpstreamCors),
    /// The response is of this filter's making, and complete; it comes by here once more.
    Answered,
}

/// What becomes of what Envoy has asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Continue,
    /// It has been answered.
    Stop,
}

impl Filter {
    pub(crate) fn new(config: Arc<FilterConfig>) -> Self {
        Self { config, state: Cell::new(State::New) }
    }

    pub(crate) fn on_request_headers(&self, stream: &mut impl Stream) -> Next {
        #[cfg(debug_assertions)]
        fault(stream, b"request");
        let rules = self.rules(stream);
        let step = stream.request_lines(|lines| self.judge(&rules, lines, stream).step());
        match step {
            Step::PassOn(judgement) => {
                self.state.set(State::PassedOn(judgement, rules.upstream_cors()));
                Next::Continue
            }
            Step::Answer(status, headers) => {
                self.state.set(State::Answered);
                let (body, details) = if status.is_success() {
                    ("", "corsage_preflight")
                } else {
                    stream.count(self.config.counters.blocked, &[]);
                    (BLOCKED, "corsage_origin_not_allowed")
                };
                stream.respond(status.as_u16(), &headers, body, details);
                Next::Stop
            }
        }
    }

    /// Envoy's own responses come by here like an upstream's: those to requests that this filter has seen, and those
    /// to requests that another filter, or Envoy itself, has answered before.
    pub(crate) fn on_response_headers(&self, stream: &mut impl Stream) -> Next {
        #[cfg(debug_assertions)]
        fault(stream, b"response");
        let (mut judgement, setting) = match self.state.replace(State::Answered) {
            State::PassedOn(judgement, setting) => (judgement, setting),
            State::New => {
                let rules = self.rules(stream);
                let judge = |lines: &[Line<'_>]| self.judge(&rules, lines, stream).into_judgement();
                (stream.request_lines(judge), UpstreamCors::Strip)
            }
            State::Answered => return Next::Continue,
        };
        let replaced = judgement.apply_to_upstream(&mut ResponseHeaders(stream), setting);
        if replaced == Replaced::HandlersHeaders {
            stream.count(self.config.counters.upstream_cors, &[]);
            if setting == UpstreamCors::Refuse {
                let mut headers = HeaderMap::new();
                judgement.apply(&mut headers);
                stream.respond(502, &headers, UPSTREAM_CORS, "corsage_upstream_sets_cors");
                return Next::Stop;
            }
        }
        Next::Continue
    }

    /// Whatever was to be done has failed, by a fault of this module. Nothing is shared, and nothing executed that has
    /// not been.
    pub(crate) fn on_panic(&self, stream: &mut impl Stream, at: Seen) -> Next {
        self.state.set(State::Answered);
        stream.count(self.config.counters.panicked, &[]);
        stream.log(Level::Error, "corsage: this is a fault of the module; please report it");
        match at {
            Seen::Request => {
                stream.respond(500, &HeaderMap::new(), PANICKED, "corsage_panicked");
                Next::Stop
            }
            Seen::Response => {
                stream.remove_response_header("access-control-allow-origin");
                Next::Continue
            }
        }
    }

    fn rules(&self, stream: &impl Stream) -> Arc<Rules> {
        match stream.route_config() {
            Some(route) => Arc::clone(&route.rules),
            None => Arc::clone(&self.config.rules),
        }
    }

    fn judge<'r>(&self, rules: &'r Rules, lines: &[Line<'_>], stream: &impl Stream) -> Judged<'r> {
        let head = Head::of(lines);
        let request = Request::new(&head.method, &head.headers);
        let judged = rules.judge(head.host, &head.path, &request);
        self.count(&judged, stream);
        if let Some(refusal) = judged.judgement().refusal() {
            if let Some(counter) = self.config.counters.refused(refusal) {
                stream.count(counter, &[]);
            }
            self.tell(rules, &judged, &request, stream);
        }
        judged
    }

    fn count(&self, judged: &Judged<'_>, stream: &impl Stream) {
        let (counters, judgement) = (&self.config.counters, judged.judgement());
        let Some(outcome) = judgement.outcome() else { return };
        let counter = match outcome {
            OutcomeKind::NotCors => counters.not_cors,
            OutcomeKind::Share => counters.shared,
            OutcomeKind::Withhold => counters.withheld,
            OutcomeKind::GrantPreflight => counters.preflight_granted,
            OutcomeKind::RefusePreflight => counters.preflight_refused,
        };
        stream.count(counter, &[]);
        let refusal = judgement.refusal();
        if let Some(shadow) = judgement.shadow() {
            let enforced = Judgement::label(outcome, refusal);
            let tried = Judgement::label(shadow.outcome, shadow.refusal);
            stream.count(counters.shadow_differs, &[judged.name(), enforced, tried]);
        }
    }

    /// Tells the owner of the policy what to add, once in a while.
    #[cold]
    fn tell(
        &self,
        rules: &Rules,
        judged: &Judged<'_>,
        request: &Request<'_>,
        stream: &impl Stream,
    ) {
        let every = rules.refused_origin_every();
        // Most refusals have been told of: that is found out without a line being made.
        if self.config.recent.knows(judged.position(), request, every, self.config.now_ms()) {
            return;
        }
        let Some(advice) = judged.advice(request) else { return };
        let (news, now) = (&self.config.news, self.config.now_ms());
        if let Some(left_out) = news.is_news(judged.name(), &advice, every, now) {
            let policy = judged.name();
            let more =
                if left_out > 0 { format!(" ({left_out} more left out)") } else { String::new() };
            stream.log(Level::Info, &format!("corsage: policy {policy}: refused: {advice}{more}"));
        }
    }
}

/// A fault, where a request asks for one: tests must see what becomes of it. Releases have none of this.
#[cfg(debug_assertions)]
fn fault(stream: &impl Stream, at: &[u8]) {
    let asked = (&b"x-corsage-fault"[..], at);
    assert!(!stream.request_lines(|lines| lines.contains(&asked)), "a fault, as asked");
}

/// Where a fault came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Request,
    Response,
}

const BLOCKED: &str =
    "403 origin-not-allowed: requests of this kind are not taken from this origin\n";
const UPSTREAM_CORS: &str = "502 upstream-sets-cors: the upstream sets CORS headers itself, which this proxy is told to refuse\n";
const PANICKED: &str = "500 internal-error: the request could not be judged\n";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// As much of a request's head as policies look at.
struct Head<'a> {
    method: Method,
    host: &'a str,
    path: Cow<'a, str>,
    headers: HeaderMap,
}

impl<'a> Head<'a> {
    /// Nothing is copied of a request that names no origin and changes nothing, which is most of them.
    fn of(lines: &[Line<'a>]) -> Self {
        let mut head =
            Self { method: Method::GET, host: "", path: "/".into(), headers: HeaderMap::new() };
        let mut site = None;
        for (name, value) in lines {
            match *name {
                // What is no method is taken for one that changes something.
                b":method" => head.method = Method::from_bytes(value).unwrap_or(Method::POST),
                b":authority" => head.host = str::from_utf8(value).unwrap_or_default(),
                b":path" => head.path = path_of(value),
                b"origin" => head.take(ORIGIN, value),
                b"access-control-request-method" => head.take(ACCESS_CONTROL_REQUEST_METHOD, value),
                b"access-control-request-headers" => {
                    head.take(ACCESS_CONTROL_REQUEST_HEADERS, value);
                }
                b"upgrade" => head.take(UPGRADE, value),
                b"sec-fetch-site" => site = Some(*value),
                _ => {}
            }
        }
        let changes_nothing = head.method == Method::GET || head.method == Method::HEAD;
        if !head.headers.is_empty() || !changes_nothing {
            // Both tell whether a page is the server's own.
            if let Some(site) = site {
                head.take(SEC_FETCH_SITE, site);
            }
            head.take(HOST, head.host.as_bytes());
        }
        head
    }

    fn take(&mut self, name: HeaderName, value: &[u8]) {
        // Nothing that is no value is an origin, a method or a name: it is refused for what it is.
        let value = HeaderValue::from_bytes(value).unwrap_or(HeaderValue::from_static("?"));
        self.headers.append(name, value);
    }
}

/// A target's path, without the query.
fn path_of(target: &[u8]) -> Cow<'_, str> {
    let end = target.iter().position(|byte| matches!(byte, b'?' | b'#'));
    String::from_utf8_lossy(&target[..end.unwrap_or(target.len())])
}
