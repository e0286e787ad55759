//! [Determine request's referrer](https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer)

use url::Url;

use super::ReferrerPolicy;
use super::run::Run;
use crate::terms::{Origin, site};

/// A longer referrer is cut to its origin.
const MAX_REFERRER_BYTES: usize = 4096;

impl Run {
    /// Computed anew on every hop from what the hop before had: it only ever narrows.
    pub(crate) fn update_referrer(&mut self) {
        let Some(source) = self.referrer.take() else { return };
        let mut full = strip(&source);
        let origin_only = strip_to_origin(&source);
        if full.as_str().len() > MAX_REFERRER_BYTES {
            full = origin_only.clone();
        }
        let same_origin = match (Origin::from_url(&source), Origin::from_url(self.url())) {
            (Some(source), Some(target)) => source.is_same_origin(&target),
            _ => false,
        };
        // No engine's own notion: to WebKit `localhost.` is not trustworthy, and gets a referrer all the same.
        let trustworthy = |url: &Url| {
            Origin::from_url(url).is_some_and(|origin| site::is_potentially_trustworthy(&origin))
        };
        let downgrade = trustworthy(&full) && !trustworthy(self.url());
        self.referrer = match self.referrer_policy {
            ReferrerPolicy::NoReferrer => None,
            ReferrerPolicy::UnsafeUrl => Some(full),
            ReferrerPolicy::Origin => Some(origin_only),
            ReferrerPolicy::SameOrigin => same_origin.then_some(full),
            ReferrerPolicy::OriginWhenCrossOrigin => {
                Some(if same_origin { full } else { origin_only })
            }
            ReferrerPolicy::NoReferrerWhenDowngrade => (!downgrade).then_some(full),
            ReferrerPolicy::StrictOrigin => (!downgrade).then_some(origin_only),
            ReferrerPolicy::StrictOriginWhenCrossOrigin | ReferrerPolicy::Empty => {
                if same_origin {
                    Some(full)
                } else {
                    (!downgrade).then_some(origin_only)
                }
            }
        };
        if self.referrer_at_home.is_none() && self.is_own(self.url()) {
            self.referrer_at_home.clone_from(&self.referrer);
        }
    }
}

/// [Strip url for use as a referrer](https://w3c.github.io/webappsec-referrer-policy/#strip-url)
fn strip(url: &Url) -> Url {
    let mut url = url.clone();
    // Both fail only where a URL cannot have them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    url
}

fn strip_to_origin(url: &Url) -> Url {
    let mut url = strip(url);
    url.set_path("");
    url.set_query(None);
    url
}

pub(crate) fn referer_header(run: &Run) -> Option<String> {
    run.referrer.as_ref().map(|url| url.as_str().to_owned())
}

/// [Parse a referrer policy from a `Referrer-Policy` header](https://w3c.github.io/webappsec-referrer-policy/#parse-referrer-policy-from-header):
/// the last token that is one.
pub(crate) fn parse_referrer_policy(value: &[u8]) -> Option<ReferrerPolicy> {
    let tokens = value.split(|byte| *byte == b',').rev();
    tokens.map(<[u8]>::trim_ascii).find_map(|token| {
        let token = std::str::from_utf8(token).ok()?.to_ascii_lowercase();
        ReferrerPolicy::from_name(&token).filter(|policy| *policy != ReferrerPolicy::Empty)
    })
}

impl ReferrerPolicy {
    const NAMES: [(&str, Self); 9] = [
        ("", Self::Empty),
        ("no-referrer", Self::NoReferrer),
        ("no-referrer-when-downgrade", Self::NoReferrerWhenDowngrade),
        ("same-origin", Self::SameOrigin),
        ("origin", Self::Origin),
        ("strict-origin", Self::StrictOrigin),
        ("origin-when-cross-origin", Self::OriginWhenCrossOrigin),
        ("strict-origin-when-cross-origin", Self::StrictOriginWhenCrossOrigin),
        ("unsafe-url", Self::UnsafeUrl),
    ];

    /// The policy of that name; the empty string is [`ReferrerPolicy::Empty`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, policy)| *policy)
    }

    /// Its name, as headers and attributes write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let known = Self::NAMES.iter().find(|(_, policy)| *policy == self);
        known.map_or("", |(name, _)| name)
    }

    /// [Default referrer policy](https://w3c.github.io/webappsec-referrer-policy/#default-referrer-policy) where there
    /// is none.
    pub(crate) fn or_default(self) -> Self {
        if self == Self::Empty { Self::StrictOriginWhenCrossOrigin } else { self }
    }
}
