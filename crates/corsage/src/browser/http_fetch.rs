//! [HTTP fetch](https://fetch.spec.whatwg.org/#concept-http-fetch): a preflight first where one is due, the
//! CORS check on what comes back, redirects.

use super::cors_check::{Checked, cors_check};
use super::cross_origin_resource_policy::corp_check;
use super::filtered_response::filter;
use super::main_fetch::{needs_preflight, wrong_address_space};
use super::network_request::wire_request;
use super::preflight_cache::{CacheKey, Forced, Need};
use super::preflight_fetch::{cache_key, preflight_request};
use super::profile::{
    ConditionsInWorkers, EmptyLocation, Forgetting, LeftHome, LostNames, MissingLocation, NullBody,
    PreflightCacheBypass, Repeated,
};
use super::redirect_fetch::{http_redirect_fetch, is_empty_location, refusal, refuses_unfollowed};
use super::request::{CacheMode, CredentialsMode, RedirectMode};
use super::request_class::ForeignRedirectManner;
use super::run::{Context, Run, Tainting};
use super::scheme_fetch::without_fragment;
use super::unsafe_request_headers::unsafe_names;
use super::{
    BodyAccess, Code, FilteredResponse, Global, Initiator, Message, MessageKind, Mode,
    NetworkError, Pending, PreflightCache, ResponseType, Step, WireFailure, WireResponse,
};

/// The makeCORSPreflight argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WithPreflight {
    No,
    Yes,
}

pub(crate) fn http_fetch(
    mut run: Box<Run>,
    with: WithPreflight,
    context: &mut Context<'_>,
) -> Step {
    if with == WithPreflight::No {
        return send(run);
    }
    let names = preflight_names(&run);
    let need = Need {
        method: &run.request.method,
        unsafe_names: &names,
        forced: if run.request.use_cors_preflight { Forced::Yes } else { Forced::No },
    };
    let asked = !bypasses_preflight_cache(&run);
    if asked && context.cache.covers(&cache_key(&run), &need, run.switches(), context.now) {
        run.note(Code::PreflightCacheHit, [run.url().as_str().to_owned()]);
        return send(run);
    }
    let wire = preflight_request(&run, &names);
    Pending::send(Message::Preflight, wire, run)
}

/// Where an engine asks anew, whatever it remembers.
fn bypasses_preflight_cache(run: &Run) -> bool {
    match run.switches().preflight_cache_bypass {
        PreflightCacheBypass::Never => false,
        PreflightCacheBypass::WithHttpCache => {
            matches!(cache_mode(run), CacheMode::NoStore | CacheMode::Reload | CacheMode::NoCache)
        }
        PreflightCacheBypass::WithoutHttpCache => {
            matches!(cache_mode(run), CacheMode::NoStore | CacheMode::Reload)
        }
        PreflightCacheBypass::Tainted => run.is_tainted_by_redirects(),
    }
}

/// The names that a preflight asks for: those that are unsafe, and in two engines some that a redirect
/// has taken away.
pub(crate) fn preflight_names(run: &Run) -> Vec<Vec<u8>> {
    let mut names = unsafe_names(run.headers(), run.switches());
    let just_rewritten = run.method_rewritten_at.is_some_and(|hop| hop + 1 == run.hop());
    let still_asked = |name: &[u8]| match run.switches().lost_names {
        LostNames::Forgotten => false,
        LostNames::StillAsked => true,
        LostNames::BodyHeadersStillAsked => {
            let beacon = run.request.initiator == Initiator::Beacon;
            name != b"authorization" && (beacon || !just_rewritten) && !run.headers().contains(name)
        }
    };
    let lost: Vec<_> = run.lost_names.iter().filter(|name| still_asked(name)).cloned().collect();
    if !lost.is_empty() {
        names.extend(lost);
        names.sort();
        if run.switches().repeated != Repeated::AsOftenAsSent {
            names.dedup();
        }
    }
    names
}

/// Hands out the request itself.
pub(crate) fn send(mut run: Box<Run>) -> Step {
    if let Some(refusal) = run.refusal.take() {
        return run.fail(refusal);
    }
    if let Some(blocker) = wrong_address_space(&run) {
        return run.fail(blocker);
    }
    let wire = wire_request(&mut run);
    Pending::send(Message::Request, wire, run)
}

/// What follows when the request has been answered.
pub(crate) fn receive(
    mut run: Box<Run>,
    response: Result<WireResponse, WireFailure>,
    context: &mut Context<'_>,
) -> Step {
    let site = run.site(MessageKind::Actual);
    let response = match response {
        Ok(response) => response,
        Err(failure) => {
            let blocker = site.about(failure.code(), run.url().as_str());
            return run.fail(blocker);
        }
    };
    super::notes::on_answer(&mut run, &response);
    let mut passed = None;
    // [HTTP fetch](https://fetch.spec.whatwg.org/#http-fetch), but not on a 407, whose sender is a proxy and not the server.
    if run.tainting == Tainting::Cors && response.status != 407 {
        let mode = run.request.credentials;
        let checked = check(&run, &response, mode)
            .and_then(|witness| check_once_more(&mut run, &response).map(|()| witness));
        match checked {
            Ok(witness) => passed = Some(witness),
            Err(blockers) => {
                return run.fail_all(blockers);
            }
        }
    }
    if let Err(blocker) = corp_check(&run, &response) {
        return run.fail(blocker);
    }
    if is_redirect(&run, &response) {
        return match run.request.redirect {
            RedirectMode::Error => run.fail(site.plain(Code::RedirectModeError)),
            RedirectMode::Manual => hand_over(run, &response),
            RedirectMode::Follow => http_redirect_fetch(run, &response, context),
        };
    }
    filter(run, &response, passed)
}

/// [Opaque-redirect filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response-opaque-redirect)
fn hand_over(mut run: Box<Run>, response: &WireResponse) -> Step {
    if refuses_unfollowed(&run, &response.headers) {
        let refusal = refusal(&run, response, Code::RedirectLocationInvalid);
        return run.fail(refusal);
    }
    let body = match run.switches().null_body {
        NullBody::NeverEvenHidden if is_empty_location(&run, &response.headers) => {
            BodyAccess::Readable
        }
        NullBody::NeverEvenHidden => BodyAccess::Bytes(Vec::new()),
        _ => BodyAccess::Hidden,
    };
    let url = without_fragment(run.url());
    run.note(Code::OpaqueRedirect, [url.as_str()]);
    run.finish(FilteredResponse {
        url: Some(url),
        body,
        ..FilteredResponse::opaque(ResponseType::OpaqueRedirect)
    })
}

fn check(
    run: &Run,
    response: &WireResponse,
    credentials: CredentialsMode,
) -> Result<super::cors_check::CorsCheckPassed, Vec<super::Blocker>> {
    let origin = run.serialized_origin();
    let checked = Checked {
        tainted: run.is_tainted_by_redirects(),
        origin: &origin,
        credentials,
        site: run.site(MessageKind::Actual),
    };
    cors_check(&checked, &response.headers, run.switches())
}

/// WebKit checks the redirects of a request that began at home and was sent elsewhere once more, as if
/// credentials were included, and those of some elements wherever they began; where the next hop needs a preflight, that
/// one is still sent.
fn check_once_more(run: &mut Run, response: &WireResponse) -> Result<(), Vec<super::Blocker>> {
    let asked = run.switches().left_home == LeftHome::AsIncluded
        && run.request.credentials == CredentialsMode::SameOrigin
        && (run.is_own(&run.urls[0])
            || run.request.manners.foreign_redirect == ForeignRedirectManner::CheckedAsIncluded)
        && is_redirect(run, response);
    let Some(blockers) =
        asked.then(|| check(run, response, CredentialsMode::Include).err()).flatten()
    else {
        return Ok(());
    };
    if !needs_preflight(run) {
        return Err(blockers);
    }
    run.refusal = blockers.into_iter().next();
    Ok(())
}

fn is_redirect(run: &Run, response: &WireResponse) -> bool {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return false;
    }
    let followed = run.request.redirect == RedirectMode::Follow;
    let handed_over = run.request.redirect == RedirectMode::Manual;
    if !response.headers.contains(b"location") {
        return match run.switches().missing_location {
            MissingLocation::IsRedirect => !followed,
            MissingLocation::IsHandedOver => handed_over,
        };
    }
    if !is_empty_location(run, &response.headers) {
        return true;
    }
    match run.switches().empty_location {
        EmptyLocation::ResolvesToItself => true,
        EmptyLocation::NoRedirect => handed_over,
        EmptyLocation::FailureWhenFollowed => followed || handed_over,
    }
}

/// [Clear cache entries](https://fetch.spec.whatwg.org/#concept-cache-clear): what a preflight granted is forgotten when the request that it was for comes to nothing.
pub(crate) struct Forgettable {
    key: CacheKey,
    rule: Forgetting,
}

impl Forgettable {
    /// What a failure of this request would make forgotten, if anything.
    pub(crate) fn of(run: &Run) -> Option<Self> {
        let rule = run.switches().forgetting;
        let counts = match rule {
            Forgetting::Never => false,
            Forgetting::Cors => run.request.mode == Mode::Cors,
            Forgetting::Preflighted => run.tainting == Tainting::Cors && needs_preflight(run),
        };
        counts.then(|| Self { key: cache_key(run), rule })
    }

    pub(crate) fn forget_after(&self, error: &NetworkError, cache: &mut PreflightCache) {
        let forbidden_redirect = error.blamed().code == Code::RedirectModeError;
        if self.rule != Forgetting::Cors || !forbidden_redirect {
            cache.clear_entries(&self.key);
        }
    }
}

/// [HTTP-network-or-cache fetch](https://fetch.spec.whatwg.org/#http-network-or-cache-fetch): a cache mode that forbids the network fails there.
pub(crate) fn cache_mode(run: &Run) -> CacheMode {
    let conditional = [
        &b"if-modified-since"[..],
        b"if-none-match",
        b"if-unmodified-since",
        b"if-match",
        b"if-range",
    ];
    let by_author = conditional.iter().any(|name| run.headers().contains(name));
    // Conditions that the author set are for the author to judge.
    let heeded = run.client.global == Global::Window
        || run.switches().conditions_in_workers == ConditionsInWorkers::NoStore;
    if by_author && heeded && run.request.cache == CacheMode::Default {
        CacheMode::NoStore
    } else {
        run.request.cache
    }
}
