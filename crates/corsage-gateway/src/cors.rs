//! The policy's word on one request, kept until its response has come. Whatever is asked about CORS
//! is asked of the policy: there is no rule here.

use corsage::server::{
    Decision, Outcome as Decided, PendingHeaders, Policy, PreflightRefusal, Replaced, Request,
    has_cors_headers,
};
use corsage_config::{OriginCheck, UpstreamCors};
use http::{HeaderMap, Method, StatusCode, header};

use crate::live::{Live, Route, Rule};
use crate::observe::Outcome;
use crate::respond::Refusal;
use crate::worker::Worker;

/// What was decided of a request, with all that its response needs.
#[derive(Default)]
pub(crate) struct Judgement {
    outcome: Verdict,
    shadow: Option<Verdict>,
    pending: Option<PendingHeaders>,
    /// The status of the answer, if this is a preflight.
    preflight: Option<StatusCode>,
    web_socket: Access,
    write: Access,
}

/// A decision's name and reason, for metrics and logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Verdict {
    /// Absent where no policy has been asked.
    decision: Option<&'static str>,
    reason: Option<&'static str>,
    outcome: Option<Outcome>,
}

/// Whether a request may go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Access {
    #[default]
    Open,
    Blocked,
}

impl Access {
    fn blocked_if(blocked: bool) -> Self {
        if blocked { Self::Blocked } else { Self::Open }
    }

    fn refusal(self) -> Option<Refusal> {
        (self == Self::Blocked).then_some(Refusal::ORIGIN_BLOCKED)
    }
}

impl Judgement {
    /// Asks the route's policy, and its shadow.
    pub(crate) fn of(route: &Route, method: &Method, headers: &HeaderMap) -> Self {
        let Rule::Policy(policy) = &route.rule else {
            return Self::default();
        };
        let request = Request::new(method, headers);
        let decision = policy.decide(&request);
        Self {
            outcome: Verdict::of(&decision),
            shadow: route.shadow.as_ref().map(|shadow| Verdict::of(&shadow.decide(&request))),
            pending: Some(decision.pending()),
            preflight: decision.preflight_status(),
            web_socket: if headers.contains_key(header::UPGRADE) {
                Access::blocked_if(decision.refuses_web_socket())
            } else {
                Access::Open
            },
            write: Access::blocked_if(decision.refuses_write()),
        }
    }

    /// Counts the decision, and tells the owner of a page that is refused for the first time.
    pub(crate) fn observe(
        &self,
        route: &Route,
        worker: &Worker,
        live: &Live,
        method: &Method,
        headers: &HeaderMap,
    ) {
        let metrics = &route.metrics;
        match self.outcome.outcome {
            Some(Outcome::PreflightGranted) => metrics.preflight_granted(worker.id),
            Some(Outcome::PreflightRefused) => {
                metrics.preflight_refused(worker.id, self.outcome.reason.unwrap_or_default());
            }
            _ => {}
        }
        if let Some(shadow) = self.shadow
            && shadow != self.outcome
        {
            let label = |verdict: Verdict| verdict.reason.or(verdict.decision).unwrap_or_default();
            metrics.shadow_differs(worker.id, label(self.outcome), label(shadow));
        }
        if self.outcome.reason.is_some()
            && let Rule::Policy(policy) = &route.rule
        {
            tell(policy, route, worker, live, &Request::new(method, headers));
        }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.outcome.outcome.unwrap_or(Outcome::NotCors)
    }

    pub(crate) fn label(&self) -> Option<&'static str> {
        self.outcome.decision
    }

    pub(crate) fn reason(&self) -> Option<&'static str> {
        self.outcome.reason
    }

    /// What the shadow policy would have decided, where it differs.
    pub(crate) fn shadow_label(&self) -> Option<&'static str> {
        self.shadow.filter(|shadow| *shadow != self.outcome).and_then(|shadow| shadow.decision)
    }

    pub(crate) fn is_preflight(&self) -> bool {
        self.preflight.is_some()
    }

    /// Makes a map of headers, which may be the request's own, into those of the answer, if this is a preflight.
    pub(crate) fn answer_preflight(&mut self, headers: &mut HeaderMap) -> Option<StatusCode> {
        let status = self.preflight?;
        self.pending.take()?.replace(headers);
        Some(status)
    }

    pub(crate) fn blocks_web_socket(&self, check: OriginCheck) -> Option<Refusal> {
        match check {
            OriginCheck::Policy => self.web_socket.refusal(),
            OriginCheck::Off => None,
        }
    }

    pub(crate) fn blocks_write(&self) -> Option<Refusal> {
        self.write.refusal()
    }

    /// Puts the policy's headers on a response of ours.
    pub(crate) fn apply(self, headers: &mut HeaderMap) {
        if let Some(pending) = self.pending {
            pending.apply(headers);
        }
    }

    /// Puts the policy's headers on an upstream's response; whether the upstream had set some. Where
    /// such a response is to be refused, nothing is done.
    pub(crate) fn apply_to_upstream(
        &mut self,
        headers: &mut HeaderMap,
        setting: UpstreamCors,
    ) -> Replaced {
        let shared = self.outcome.outcome == Some(Outcome::Shared);
        if setting != UpstreamCors::Strip && has_cors_headers(headers) {
            match setting {
                UpstreamCors::Keep if !shared => {
                    // The policy has nothing to say but that its word depends on the origin.
                    if let Some(pending) = self.pending.take() {
                        pending.apply_vary(headers);
                    }
                    return Replaced::HandlersHeaders;
                }
                UpstreamCors::Refuse => return Replaced::HandlersHeaders,
                UpstreamCors::Keep | UpstreamCors::Strip => {}
            }
        }
        match self.pending.take() {
            Some(pending) => pending.apply(headers),
            None => Replaced::Nothing,
        }
    }
}

impl Verdict {
    fn of(decision: &Decision<'_>) -> Self {
        let decided = decision.outcome();
        Self {
            decision: Some(decided.as_str()),
            reason: decided.reason(),
            outcome: Some(match decided {
                Decided::NotCors => Outcome::NotCors,
                Decided::Share => Outcome::Shared,
                Decided::Withhold(_) => Outcome::Withheld,
                Decided::GrantPreflight => Outcome::PreflightGranted,
                Decided::RefusePreflight(_) => Outcome::PreflightRefused,
            }),
        }
    }
}

/// One line per newly refused page: what it lacks.
#[cold]
fn tell(policy: &Policy, route: &Route, worker: &Worker, live: &Live, request: &Request<'_>) {
    let decision = policy.decide(request);
    if decision.is_own_origin() {
        return;
    }
    let decided = decision.outcome();
    // What no browser sends is no page's trouble.
    let worth_telling = match decided {
        Decided::Withhold(refusal)
        | Decided::RefusePreflight(PreflightRefusal::Origin(refusal)) => {
            matches!(refusal, corsage::server::OriginRefusal::NotAllowed { .. })
        }
        Decided::RefusePreflight(refusal) => matches!(
            refusal,
            PreflightRefusal::MethodNotAllowed { .. } | PreflightRefusal::HeaderNotAllowed { .. }
        ),
        _ => false,
    };
    if !worth_telling {
        return;
    }
    let text = decided.to_string();
    let every = live.settings.log.refused_origin_every;
    if let Some(left_out) = worker.shared.refused.is_news(&route.metrics.name, &text, every) {
        tracing::info!(policy = route.metrics.name, left_out, "refused: {text}");
    }
}
