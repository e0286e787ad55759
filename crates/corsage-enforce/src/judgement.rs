//! The policy's word on one request, kept until its response has come. Whatever is asked about CORS is asked of the
//! policy: there is no rule here.

use corsage::server::{
    Decided, OriginRefusal, Outcome, OutcomeKind, PendingHeaders, Policy, PreflightRefusal,
    RecordedDecision, RefusalKind, Replaced, Request, ResponseHeaderMap, has_cors_headers,
};
use corsage_config::{OriginCheck, UpstreamCors};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// What was decided of a request, with all that its response needs.
///
/// The default is that of a request which no policy has been asked about: nothing is refused, nothing is added.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    recorded: Option<RecordedDecision>,
    pending: Option<PendingHeaders>,
    /// The status of the answer, if this is a preflight.
    preflight: Option<StatusCode>,
    web_socket: Access,
    write: Access,
}

/// Whether a request may go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Access {
    #[default]
    Open,
    Blocked,
}

/// What is to be done with a request.
#[derive(Clone, Debug)]
pub enum Step {
    /// Nobody else sees it. The response has this status, these headers and no others of CORS, and no body.
    Answer(StatusCode, HeaderMap),
    /// It goes on, and the judgement goes on its response.
    PassOn(Judgement),
}

impl Access {
    fn blocked_if(blocked: bool) -> Self {
        if blocked { Self::Blocked } else { Self::Open }
    }
}

impl Judgement {
    /// Asks a policy, and the one that is tried out beside it.
    #[must_use]
    pub fn of(policy: &Policy, shadow: Option<&Policy>, request: &Request<'_>) -> Self {
        let decision = policy.decide(request);
        let recorded = RecordedDecision::of(&decision);
        Self {
            recorded: Some(match shadow {
                Some(shadow) => recorded.beside(&shadow.decide(request)),
                None => recorded,
            }),
            pending: Some(decision.pending()),
            preflight: decision.preflight_status(),
            web_socket: if request.headers().contains_key(header::UPGRADE) {
                Access::blocked_if(decision.refuses_web_socket())
            } else {
                Access::Open
            },
            write: Access::blocked_if(decision.refuses_write()),
        }
    }

    /// Which of the five ways it was decided; `None` where no policy has been asked.
    #[must_use]
    pub fn outcome(&self) -> Option<OutcomeKind> {
        self.recorded.map(|recorded| recorded.outcome())
    }

    /// Which rule refused, if one did.
    #[must_use]
    pub fn refusal(&self) -> Option<RefusalKind> {
        self.recorded?.refusal()
    }

    /// What the policy that is tried out would have decided, where it differs.
    #[must_use]
    pub fn shadow(&self) -> Option<Decided> {
        self.recorded?.shadow()
    }

    /// What names an outcome best: the rule that refused, else the way it was decided.
    #[must_use]
    pub fn label(outcome: OutcomeKind, refusal: Option<RefusalKind>) -> &'static str {
        refusal.map_or(outcome.as_str(), RefusalKind::as_str)
    }

    /// Whether this is a CORS-preflight request, which is answered here.
    #[must_use]
    pub fn is_preflight(&self) -> bool {
        self.preflight.is_some()
    }

    /// Makes a map of headers, which may be the request's own, into those of the answer, if this is a preflight.
    pub fn answer_preflight(&mut self, headers: &mut HeaderMap) -> Option<StatusCode> {
        let status = self.preflight?;
        self.pending.take()?.replace(headers);
        Some(status)
    }

    /// Whether a WebSocket handshake is refused with 403.
    #[must_use]
    pub fn blocks_web_socket(&self, check: OriginCheck) -> bool {
        match check {
            OriginCheck::Policy => self.web_socket == Access::Blocked,
            OriginCheck::Off => false,
        }
    }

    /// Whether a request that would change something is refused with 403.
    #[must_use]
    pub fn blocks_write(&self) -> bool {
        self.write == Access::Blocked
    }

    /// What is to be done with the request, by a proxy that asks no further.
    #[must_use]
    pub fn step(mut self, web_sockets: OriginCheck) -> Step {
        let mut headers = HeaderMap::new();
        if let Some(status) = self.answer_preflight(&mut headers) {
            return Step::Answer(status, headers);
        }
        if self.blocks_write() || self.blocks_web_socket(web_sockets) {
            self.apply(&mut headers);
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            return Step::Answer(StatusCode::FORBIDDEN, headers);
        }
        Step::PassOn(self)
    }

    /// Puts the policy's headers on a response that the proxy makes itself.
    pub fn apply(self, headers: &mut impl ResponseHeaderMap<Origin = HeaderValue>) {
        if let Some(mut pending) = self.pending {
            pending.apply_to(headers);
        }
    }

    /// Puts the policy's headers on an upstream's response; whether the upstream had set some. Where such a response
    /// is to be refused ([`UpstreamCors::Refuse`]), nothing is done.
    pub fn apply_to_upstream(
        &mut self,
        headers: &mut impl ResponseHeaderMap<Origin = HeaderValue>,
        setting: UpstreamCors,
    ) -> Replaced {
        let shared = self.outcome() == Some(OutcomeKind::Share);
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
            Some(mut pending) => pending.apply_to(headers),
            None => Replaced::Nothing,
        }
    }
}

/// What a refusal lacks, in words for the owner of the policy; `None` where nothing was refused, or where there is
/// nothing to add: the server's own page, and what no browser sends.
#[must_use]
pub fn worth_telling(policy: &Policy, request: &Request<'_>) -> Option<String> {
    let decision = policy.decide(request);
    if decision.is_own_origin() {
        return None;
    }
    let decided = decision.outcome();
    let is_worth = match decided {
        Outcome::Withhold(refusal)
        | Outcome::RefusePreflight(PreflightRefusal::Origin(refusal)) => {
            matches!(refusal, OriginRefusal::NotAllowed { .. })
        }
        Outcome::RefusePreflight(refusal) => matches!(
            refusal,
            PreflightRefusal::MethodNotAllowed { .. } | PreflightRefusal::HeaderNotAllowed { .. }
        ),
        _ => false,
    };
    is_worth.then(|| decided.to_string())
}
