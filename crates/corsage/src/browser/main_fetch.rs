//! [Main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch): which way a request goes.

use super::bad_port::is_bad_port;
use super::http_fetch::{WithPreflight, http_fetch};
use super::profile::{AddressSpaceRule, Streams};
use super::run::{Context, Preflighted, Run, Tainting};
use super::scheme_fetch::scheme_fetch;
use super::unsafe_request_headers::unsafe_names;
use super::{
    AddressSpace, Code, Initiator, MessageKind, Mode, Profile, RedirectMode, SecureContext, Step,
};
use crate::terms::{Origin, method, site};

pub(crate) fn main_fetch(mut run: Box<Run>, context: &mut Context<'_>) -> Step {
    let before = run.site(MessageKind::BeforeSending);
    let url = run.url().clone();
    if is_bad_port(&url) {
        let port = url.port_or_known_default().unwrap_or_default().to_string();
        return run.fail(before.about(Code::BadPort, port));
    }
    if is_mixed_content(&run) {
        return run.fail(before.about(Code::MixedContent, url.as_str()));
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
        // Chromium asks first even so, and fails when it is to send the stream.
        Mode::SameOrigin if !(run.profile == Profile::Chromium && run.is_stream()) => {
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
    let Some(origin) = Origin::from_url(run.url()) else { return false };
    let page_is_https = run.client.url.as_ref().is_some_and(|url| url.scheme() == "https");
    page_is_https
        && run.client.secure_context == SecureContext::Secure
        && matches!(run.url().scheme(), "http" | "ws")
        && !site::is_potentially_trustworthy(&origin)
        && run.request.target_address_space.is_none()
}

/// `targetAddressSpace`, where the target's own space shows in its address.
pub(crate) fn wrong_address_space(run: &Run) -> Option<super::Blocker> {
    let wanted = run.request.target_address_space?;
    let actual = literal_address_space(run.url())?;
    let exempt = run.tainting == Tainting::Basic;
    if exempt || run.switches().address_space == AddressSpaceRule::Ignored || wanted == actual {
        return None;
    }
    Some(
        run.site(MessageKind::BeforeSending)
            .about(Code::LnaAddressSpaceMismatch, run.url().host_str().unwrap_or_default()),
    )
}

fn literal_address_space(url: &url::Url) -> Option<AddressSpace> {
    match url.host()? {
        url::Host::Ipv4(address) => Some(AddressSpace::of(address.into())),
        url::Host::Ipv6(address) => Some(AddressSpace::of(address.into())),
        url::Host::Domain(name) if name == "localhost" || name.ends_with(".localhost") => {
            Some(AddressSpace::Loopback)
        }
        url::Host::Domain(_) => None,
    }
}
