//! The policy's word on one request, counted and told.

use corsage::server::{OutcomeKind, Policy, Request};
use corsage_config::UpstreamCors;
use corsage_enforce::{Judgement, worth_telling};
use http::{HeaderMap, Method, header};

use crate::clock;
use crate::live::{Live, Route, Rule};
use crate::observe::Outcome;
use crate::worker::Worker;

/// Asks the route's policy, and its shadow.
pub(crate) fn judge(route: &Route, method: &Method, headers: &HeaderMap) -> Judgement {
    match &route.rule {
        Rule::Policy(policy) => {
            Judgement::of(policy, route.shadow.as_ref(), &Request::new(method, headers))
        }
        Rule::Upstream => Judgement::default(),
    }
}

/// What became of a request, so far as the policy goes.
pub(crate) fn outcome(judgement: &Judgement) -> Outcome {
    match judgement.outcome() {
        None | Some(OutcomeKind::NotCors) => Outcome::NotCors,
        Some(OutcomeKind::Share) => Outcome::Shared,
        Some(OutcomeKind::Withhold) => Outcome::Withheld,
        Some(OutcomeKind::GrantPreflight) => Outcome::PreflightGranted,
        Some(OutcomeKind::RefusePreflight) => Outcome::PreflightRefused,
    }
}

/// Counts the decision, and tells the owner of a page that is refused for the first time.
pub(crate) fn observe(
    judgement: &Judgement,
    route: &Route,
    worker: &Worker,
    live: &Live,
    method: &Method,
    headers: &HeaderMap,
) {
    let Some(decided) = judgement.outcome() else { return };
    let (metrics, refusal) = (&route.metrics, judgement.refusal());
    match (decided, refusal) {
        (OutcomeKind::GrantPreflight, _) => metrics.preflight_granted(worker.id),
        (OutcomeKind::RefusePreflight, Some(refusal)) => {
            metrics.preflight_refused(worker.id, refusal.as_str());
        }
        _ => {}
    }
    if let Some(shadow) = judgement.shadow() {
        let enforced = Judgement::label(decided, refusal);
        let tried = Judgement::label(shadow.outcome, shadow.refusal);
        metrics.shadow_differs(worker.id, enforced, tried);
    }
    if refusal.is_some()
        && let Rule::Policy(policy) = &route.rule
    {
        tell(policy, route, worker, live, &Request::new(method, headers));
    }
}

/// One line per newly refused page: what it lacks.
#[cold]
fn tell(policy: &Policy, route: &Route, worker: &Worker, live: &Live, request: &Request<'_>) {
    let Some(text) = worth_telling(policy, request) else { return };
    let (name, every) = (&route.metrics.name, live.settings.log.refused_origin_every);
    if let Some(left_out) = worker.shared.refused.is_news(name, &text, every, clock::now_ms()) {
        tracing::info!(policy = name, left_out, "refused: {text}");
    }
}

/// Tells the operator that the upstream has a word in CORS too: once for each route.
#[cold]
pub(crate) fn tell_owner(
    route: &Route,
    upstream: &str,
    headers: &HeaderMap,
    setting: UpstreamCors,
) {
    let Some(lines) = route.owners.hear(headers) else { return };
    let becomes = match setting {
        UpstreamCors::Strip => "they are removed, and the policy's sent",
        UpstreamCors::Keep => "they are kept where the policy has nothing to say",
        UpstreamCors::Refuse => "the response is refused",
    };
    let (policy, lines) = (&route.metrics.name, lines.join("; "));
    tracing::warn!(policy, upstream, "the upstream sets CORS headers itself; {becomes}: {lines}");
}

/// Looks at a request as a developer's machine does: a page of this machine gets what it asks for, and the developer
/// is told what production would say.
#[cold]
pub(crate) fn develop(
    route: &Route,
    worker: &Worker,
    live: &Live,
    (method, path, headers): (&Method, &str, &HeaderMap),
) -> Option<Judgement> {
    let Rule::Policy(policy) = &route.rule else { return None };
    let developed = corsage_enforce::develop(policy, &Request::new(method, headers))?;
    let name = &route.metrics.name;
    let news = |text: &str| {
        let every = live.settings.log.refused_origin_every;
        worker.shared.refused.is_news(name, text, every, clock::now_ms()).is_some()
    };
    let page = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let page = page.unwrap_or_default();
    if let Some(origin) = &developed.stands_for {
        let text = format!("{page} stands for {origin}");
        if news(&text) {
            tracing::info!(policy = name, "development: {text}");
        }
    }
    if let Some(blocked) = &developed.blocked {
        let text = match live.is_rest(route) {
            true => format!("missing-allow-origin: no policy is for {path}"),
            false => blocked.text.clone(),
        };
        if news(&text) {
            tracing::warn!(
                policy = name, page, %method, path, "in production this would be blocked by {text}"
            );
        }
    }
    Some(developed.judgement)
}
