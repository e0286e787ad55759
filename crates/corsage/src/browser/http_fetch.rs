//! [HTTP fetch](https://fetch.spec.whatwg.org/#concept-http-fetch): a preflight first where one is due, the
//! CORS check on what comes back, redirects.

use super::blocker::BlockerSite;
use super::cors_check::{Checked, cors_check};
use super::cross_origin_resource_policy::corp_check;
use super::filtered_response::filter;
use super::main_fetch::{needs_preflight, wrong_address_space};
use super::network_request::wire_request;
use super::preflight_cache::{Forced, Need};
use super::preflight_fetch::{cache_key, preflight_request};
use super::profile::{CacheModel, EmptyLocation, LeftHome, NullBody, PreflightCacheBypass};
use super::redirect_fetch::http_redirect_fetch;
use super::request::{CacheMode, CredentialsMode, RedirectMode};
use super::run::{Context, Run, Tainting};
use super::unsafe_request_headers::unsafe_names;
use super::{
    BodyAccess, Code, Event, FilteredResponse, MessageKind, PendingPreflight, PendingRequest,
    Profile, ResponseType, Step, WireFailure, WireResponse,
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
    run.transcript.events.push(Event::Sent(Box::new(wire.clone())));
    Step::Preflight(PendingPreflight { wire, run })
}

/// Where an engine asks anew, whatever it remembers.
fn bypasses_preflight_cache(run: &Run) -> bool {
    match run.switches().preflight_cache_bypass {
        PreflightCacheBypass::Never => false,
        PreflightCacheBypass::WithHttpCache => {
            matches!(cache_mode(run), CacheMode::NoStore | CacheMode::Reload | CacheMode::NoCache)
        }
        PreflightCacheBypass::AuthorConditions => {
            cache_mode(run) == CacheMode::NoStore && run.request.cache == CacheMode::Default
        }
        PreflightCacheBypass::Tainted => run.is_tainted_by_redirects(),
    }
}

/// The names that a preflight asks for: those that are unsafe, and in two engines some that a redirect
/// has taken away.
pub(crate) fn preflight_names(run: &Run) -> Vec<Vec<u8>> {
    let mut names = unsafe_names(run.headers(), run.switches());
    let just_rewritten = run.method_rewritten_at.is_some_and(|hop| hop + 1 == run.hop());
    let still_asked = |name: &[u8]| match run.profile {
        Profile::Webkit => true,
        // Firefox asks for what the body had, but for the hop that lost the body.
        Profile::Firefox => name != b"authorization" && !just_rewritten,
        _ => false,
    };
    if run.lost_names.iter().any(|name| still_asked(name)) {
        names.extend(run.lost_names.iter().filter(|name| still_asked(name)).cloned());
        names.sort();
        names.dedup();
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
    run.transcript.events.push(Event::Sent(Box::new(wire.clone())));
    Step::Request(PendingRequest { wire, run })
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
    run.transcript.events.push(Event::Received(Box::new(response.clone())));
    super::notes::on_answer(&mut run, &response);
    let mut passed = None;
    // E15: not on a 407, whose sender is a proxy and not the server.
    if run.tainting == Tainting::Cors && response.status != 407 {
        match check(&run, &response, site) {
            Ok(witness) => passed = Some(witness),
            Err(blockers) => {
                if matches!(run.switches().cache, CacheModel::Standard | CacheModel::Firefox) {
                    // D6. Chromium and WebKit keep what the preflight granted.
                    context.cache.clear_entries(&cache_key(&run));
                }
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
            RedirectMode::Manual => {
                let url = run.urls[run.hop()].clone();
                let hidden = FilteredResponse::opaque(ResponseType::OpaqueRedirect);
                let body = match run.switches().null_body {
                    NullBody::NeverEvenHidden => BodyAccess::Bytes(Vec::new()),
                    _ => BodyAccess::Hidden,
                };
                run.note(Code::OpaqueRedirect, [url.as_str()]);
                run.finish(FilteredResponse {
                    url: Some(super::scheme_fetch::without_fragment(&url)),
                    body,
                    ..hidden
                })
            }
            RedirectMode::Follow => http_redirect_fetch(run, &response, context),
        };
    }
    filter(run, &response, passed)
}

fn check(
    run: &Run,
    response: &WireResponse,
    site: BlockerSite,
) -> Result<super::cors_check::CorsCheckPassed, Vec<super::Blocker>> {
    let origin = run.serialized_origin();
    let kind = if is_redirect(run, response) { Checkable::Redirect } else { Checkable::Response };
    let checked = Checked {
        tainted: run.is_tainted_by_redirects(),
        origin: &origin,
        credentials: checked_credentials(run, kind),
        site,
    };
    cors_check(&checked, &response.headers, run.switches())
}

/// WebKit checks a redirect of a request that began at home and was sent elsewhere without a preflight, and
/// the preflight after such a redirect, as if credentials were included.
pub(crate) fn checked_credentials(run: &Run, message: Checkable) -> CredentialsMode {
    let mode = run.request.credentials;
    if mode != CredentialsMode::SameOrigin
        || run.switches().left_home == LeftHome::AsAsked
        || !run.is_own(&run.urls[0])
    {
        return mode;
    }
    let as_included = match message {
        Checkable::Response => false,
        Checkable::Redirect => !needs_preflight(run),
        Checkable::Preflight => run.hop() > 1,
    };
    if as_included { CredentialsMode::Include } else { mode }
}

/// What a CORS check is made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checkable {
    Response,
    Redirect,
    Preflight,
}

fn is_redirect(run: &Run, response: &WireResponse) -> bool {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return false;
    }
    let empty = response.headers.lines(b"location").all(<[u8]>::is_empty);
    let has_location = response.headers.contains(b"location");
    let shown = run.switches().empty_location == EmptyLocation::NoRedirect;
    has_location && !(empty && shown)
        || !has_location && run.request.redirect != RedirectMode::Follow
}

/// N3: a cache mode that forbids the network fails there.
pub(crate) fn cache_mode(run: &Run) -> CacheMode {
    let conditional = [
        &b"if-modified-since"[..],
        b"if-none-match",
        b"if-unmodified-since",
        b"if-match",
        b"if-range",
    ];
    let by_author = conditional.iter().any(|name| run.headers().contains(name));
    // J9: conditions that the author set are for the author to judge.
    if by_author && run.request.cache == CacheMode::Default {
        CacheMode::NoStore
    } else {
        run.request.cache
    }
}
