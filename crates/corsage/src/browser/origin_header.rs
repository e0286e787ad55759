//! [Append a request `Origin` header](https://fetch.spec.whatwg.org/#append-a-request-origin-header), and
//! the redirect-taint that turns it into `null`.

use url::Url;

use super::profile::{NavigationOrigin, NonCorsOrigin, OpaqueGetOrigin, RewrittenOrigin};
use super::request_class::{OriginManner, Referrer};
use super::run::{Run, Tainting};
use super::{HeaderList, Mode, ReferrerPolicy};
use crate::terms::{Origin, site};

/// [Redirect-taint](https://fetch.spec.whatwg.org/#concept-request-tainted-origin)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RedirectTaint {
    SameOrigin,
    SameSite,
    CrossSite,
}

pub(crate) fn serialize(origin: &Origin) -> String {
    origin.to_string()
}

impl Run {
    pub(crate) fn redirect_taint(&self) -> RedirectTaint {
        let mut taint = RedirectTaint::SameOrigin;
        for pair in self.urls.windows(2) {
            let (last, next) = (Origin::from_url(&pair[0]), Origin::from_url(&pair[1]));
            let (Some(last), Some(next)) = (last, next) else { return RedirectTaint::CrossSite };
            // The first hop away from home does not taint; one between two foreign origins does.
            if next.is_same_origin(&last) || self.client.origin.is_same_origin(&last) {
                continue;
            }
            let suffixes = &*self.client.public_suffixes;
            if !site::is_same_site(&self.client.origin, &last, suffixes) {
                return RedirectTaint::CrossSite;
            }
            taint = RedirectTaint::SameSite;
        }
        taint
    }

    pub(crate) fn is_tainted_by_redirects(&self) -> bool {
        self.redirect_taint() != RedirectTaint::SameOrigin
            && matches!(self.client.origin, Origin::Tuple(_))
    }

    /// [Byte-serializing a request origin](https://fetch.spec.whatwg.org/#byte-serializing-a-request-origin)
    pub(crate) fn serialized_origin(&self) -> String {
        if self.redirect_taint() != RedirectTaint::SameOrigin {
            return "null".into();
        }
        match (self.request.manners.origin, &self.client.url) {
            (OriginManner::OfPageUrl, Some(page)) => page.origin().ascii_serialization(),
            _ => serialize(&self.client.origin),
        }
    }
}

pub(crate) fn append_origin(run: &Run, headers: &mut HeaderList) {
    let origin = run.serialized_origin();
    let unread = run.tainting == Tainting::Opaque || run.request.mode == Mode::Navigate;
    let opaque_get = unread && run.is_include() && says_storage_access(run);
    if run.tainting == Tainting::Cors || run.request.mode == Mode::Websocket {
        headers.append("Origin", origin);
    } else if !matches!(&*run.request.method, b"GET" | b"HEAD") {
        let hidden = run.request.mode != Mode::Cors && (hides_origin(run) || is_led_away(run));
        headers.append("Origin", if hidden { "null".into() } else { origin });
    } else if let Some(first) = kept_origin(run) {
        headers.append("Origin", first);
    } else if opaque_get || is_sent_at_home(run) {
        headers.append("Origin", origin);
    }
}

/// [Storage Access Headers](https://privacycg.github.io/storage-access-headers/): an opaque page that could
/// ask for the site's cookies says so, and then says where it comes from.
fn says_storage_access(run: &Run) -> bool {
    let first = Origin::from_url(&run.urls[0]);
    let unbroken = match run.switches().opaque_get_origin {
        OpaqueGetOrigin::None => false,
        OpaqueGetOrigin::Null => run.method_rewritten_at.is_none(),
        OpaqueGetOrigin::NullAtFirstOrigin => {
            run.urls.iter().all(|url| Origin::from_url(url) == first)
        }
    };
    let suffixes = &*run.client.public_suffixes;
    unbroken
        && matches!(run.client.origin, Origin::Opaque(_))
        && first.is_some_and(|target| {
            site::is_same_site(&target, &run.client.top_level_origin, suffixes)
        })
}

fn is_sent_at_home(run: &Run) -> bool {
    run.request.mode == Mode::Cors && run.request.manners.origin == OriginManner::AtHomeToo
}

/// WebKit: a POST that a redirect turned into a GET goes on saying what it said first, `null` included, as
/// long as no redirect leaves the origin.
fn kept_origin(run: &Run) -> Option<&str> {
    let rewritten_at = run.method_rewritten_at?;
    let stayed = run.urls[rewritten_at..]
        .windows(2)
        .all(|pair| Origin::from_url(&pair[0]) == Origin::from_url(&pair[1]));
    let kept = run.switches().rewritten_origin == RewrittenOrigin::AsFirstSent
        && stayed
        && run.request.mode != Mode::Navigate;
    run.first_origin.as_deref().filter(|_| kept)
}

fn hides_origin(run: &Run) -> bool {
    let own = run.is_own(run.url());
    if run.switches().non_cors_origin == NonCorsOrigin::UntilLeavingHome {
        return run.hop() > 0 && run.is_own(&run.urls[0]) && !own;
    }
    if run.request.referrer == Referrer::None {
        return true;
    }
    match run.referrer_policy {
        ReferrerPolicy::NoReferrer => true,
        ReferrerPolicy::SameOrigin => !own,
        ReferrerPolicy::NoReferrerWhenDowngrade
        | ReferrerPolicy::StrictOrigin
        | ReferrerPolicy::StrictOriginWhenCrossOrigin => {
            is_downgrade(run.client.url.as_ref(), run.url())
        }
        _ => false,
    }
}

/// WebKit: a form that a redirect sends on to another origin.
fn is_led_away(run: &Run) -> bool {
    run.request.mode == Mode::Navigate
        && run.switches().navigation_origin == NavigationOrigin::NullOnceLed
        && run.urls.windows(2).any(|pair| Origin::from_url(&pair[0]) != Origin::from_url(&pair[1]))
}

fn is_downgrade(from: Option<&Url>, to: &Url) -> bool {
    from.is_some_and(|from| from.scheme() == "https") && to.scheme() != "https"
}
