//! [Main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch): which way a request goes.

use super::address_space::is_local_name;
use super::bad_port::is_bad_port;
use super::http_fetch::{WithPreflight, http_fetch};
use super::local_network_access::connection_rule;
use super::profile::{AddressSpaceRule, Streams};
use super::run::{Context, Preflighted, Run, Tainting};
use super::scheme_fetch::scheme_fetch;
use super::unsafe_request_headers::unsafe_names;
use super::upgrade::upgrade;
use super::{AddressSpace, Code, Initiator, MessageKind, Mode, RedirectMode, SecureContext, Step};
use crate::terms::method;

pub(crate) fn main_fetch(mut run: Box<Run>, context: &mut Context<'_>) -> Step {
    let before = run.site(MessageKind::BeforeSending);
    upgrade(&mut run);
    let url = run.url().clone();
    if is_bad_port(&url) {
        let port = url.port_or_known_default().unwrap_or_default().to_string();
        return run.fail(before.about(Code::BadPort, port));
    }
    if is_mixed_content(&run) {
        return run.fail(before.about(Code::MixedContent, url.as_str()));
    }
    if let Some(violation) = violated_policy(&run) {
        return run.fail(violation);
    }
    if run.is_stream() && run.switches().streams == Streams::Refused {
        return run.fail(before.plain(Code::StreamNeedsHttp2));
    }
    run.update_referrer();
    // The switch of step 12, in its order.
    let basic = run.tainting == Tainting::Basic;
    let http = matches!(url.scheme(), "http" | "https");
    if basic && run.is_own(&url) || url.scheme() == "data" {
        if !http {
            return scheme_fetch(run, &url);
        }
        return http_fetch(run, WithPreflight::No, context);
    }
    match run.request.mode {
        Mode::Navigate | Mode::Websocket if http => http_fetch(run, WithPreflight::No, context),
        Mode::SameOrigin
            if !run.is_stream() || run.switches().streams != Streams::NeedHttp2AfterPreflight =>
        {
            run.fail(before.about(Code::SameOriginModeCrossOriginUrl, url.as_str()))
        }
        Mode::NoCors => {
            if run.request.redirect != RedirectMode::Follow {
                return run.fail(before.plain(Code::NoCorsRedirectModeNotFollow));
            }
            run.tainting = Tainting::Opaque;
            if !http {
                return scheme_fetch(run, &url);
            }
            http_fetch(run, WithPreflight::No, context)
        }
        _ if !http => run.fail(before.about(Code::SchemeNotCorsEnabled, url.scheme())),
        _ => {
            run.tainting = Tainting::Cors;
            run.note_preflight();
            let with = if needs_preflight(&run) { WithPreflight::Yes } else { WithPreflight::No };
            http_fetch(run, with, context)
        }
    }
}

/// The use-CORS-preflight flag, or an unsafe request with an unsafe method or an unsafe header.
pub(crate) fn needs_preflight(run: &Run) -> bool {
    let request = &run.request;
    let unsafe_request = request.initiator != Initiator::Other;
    request.use_cors_preflight
        || unsafe_request
            && (!method::is_safelisted(&request.method)
                || !unsafe_names(&request.headers, run.switches()).is_empty())
        || run.preflighted == Preflighted::Needed
}

/// [Mixed content](https://w3c.github.io/webappsec-mixed-content/#should-block-fetch), as far as the
/// request alone decides.
fn is_mixed_content(run: &Run) -> bool {
    let page_is_https = run.client.url.as_ref().is_some_and(|url| url.scheme() == "https");
    page_is_https
        && run.client.secure_context == SecureContext::Secure
        && matches!(run.url().scheme(), "http" | "ws")
        && !run.is_trustworthy(run.url())
        && !is_local_by_name(run)
}

/// What is bound for the local network cannot have a certificate, and is asked about instead.
fn is_local_by_name(run: &Run) -> bool {
    let enforced = run.switches().address_space == AddressSpaceRule::Enforced;
    run.request.target_address_space.is_some()
        || enforced
            && (AddressSpace::of_host(run.url().host_str().unwrap_or_default())
                == Some(AddressSpace::Local)
                || run.url().host_str().is_some_and(is_local_name))
}

/// Local Network Access, where the target's space shows in its address.
pub(crate) fn wrong_address_space(run: &Run) -> Option<super::Blocker> {
    let failure =
        connection_rule(run).check(AddressSpace::of_host(run.url().host_str()?)?).err()?;
    Some(
        run.site(MessageKind::BeforeSending)
            .about(failure.code(), run.url().host_str().unwrap_or_default()),
    )
}

/// The page's own policies: Content Security Policy and Integrity-Policy.
fn violated_policy(run: &Run) -> Option<super::Blocker> {
    let site = run.site(MessageKind::BeforeSending);
    let (request, policies) = (&run.request, &run.client.policies);
    let unmarked = request.integrity.is_empty() || request.mode == Mode::NoCors;
    if unmarked && policies.integrity_blocked.contains(&request.destination) {
        return Some(site.about(Code::IntegrityPolicy, run.url().as_str()));
    }
    let violated = policies.content_security.iter().find_map(|policy| {
        policy.violated_by(run.url(), request.destination, &run.client.origin, run.hop())
    })?;
    let mut blocker = site.about(Code::CspConnectSrc, run.url().as_str());
    blocker.header = Some("Content-Security-Policy");
    blocker.seen = Some(violated.into_bytes());
    Some(blocker)
}
