//! [Cookies](https://www.rfc-editor.org/rfc/rfc6265): kept by a library; which of them go along is decided
//! by the context that the machine hands over.

use cookie_store::{CookieStore, RawCookie};
use corsage::browser::CookieContext;
use url::Url;

/// Whether cookies go to another site than the one in the address bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThirdPartyCookies {
    /// Those with `SameSite=None; Secure` do.
    #[default]
    Allow,
    /// None does.
    Block,
    /// Those without `SameSite` do too, as before 2020 and in WebKitGTK.
    AllowWithoutSameSite,
}

#[derive(Debug)]
pub(crate) struct CookieJar {
    store: CookieStore,
    third_party: ThirdPartyCookies,
}

impl CookieJar {
    pub(crate) fn new(third_party: ThirdPartyCookies) -> Self {
        Self { store: CookieStore::new(), third_party }
    }

    pub(crate) fn clear(&mut self) {
        self.store.clear();
    }

    /// The `Cookie` header, if there is anything to send.
    pub(crate) fn header(&self, url: &Url, context: CookieContext) -> Option<String> {
        let mut cookies = self.store.matches(url);
        cookies.retain(|cookie| self.goes_along(cookie, context));
        // RFC 6265, 5.4: longer paths first.
        cookies.sort_by_key(|cookie| std::cmp::Reverse(cookie.path().map_or(0, str::len)));
        let pairs: Vec<String> =
            cookies.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value())).collect();
        if pairs.is_empty() { None } else { Some(pairs.join("; ")) }
    }

    fn goes_along(&self, cookie: &cookie_store::Cookie<'_>, context: CookieContext) -> bool {
        let same_site = cookie.same_site();
        match (context, self.third_party) {
            (CookieContext::Strict, _) => true,
            (CookieContext::Lax, _) => same_site.is_none_or(|setting| !setting.is_strict()),
            (CookieContext::CrossSite, ThirdPartyCookies::Block) => false,
            (CookieContext::CrossSite, ThirdPartyCookies::Allow) => {
                same_site.is_some_and(|setting| setting.is_none())
            }
            (CookieContext::CrossSite, ThirdPartyCookies::AllowWithoutSameSite) => {
                same_site.is_none_or(|setting| setting.is_none())
            }
        }
    }

    /// Obeys a `Set-Cookie` line. A cross-site response sets only what would be sent back to it.
    pub(crate) fn set_by_response(&mut self, url: &Url, line: &[u8], context: CookieContext) {
        let line = String::from_utf8_lossy(line);
        let Ok(cookie) = RawCookie::parse(line.as_ref()) else { return };
        let refused = context == CookieContext::CrossSite
            && match self.third_party {
                ThirdPartyCookies::Block => true,
                ThirdPartyCookies::Allow => {
                    cookie.same_site().is_none_or(|setting| !setting.is_none())
                }
                ThirdPartyCookies::AllowWithoutSameSite => {
                    cookie.same_site().is_some_and(|setting| !setting.is_none())
                }
            };
        // `SameSite=None` without `Secure` is rejected by every browser.
        let unsound = cookie.same_site().is_some_and(|setting| setting.is_none())
            && cookie.secure() != Some(true);
        if !refused && !unsound {
            // What the store will not have, a browser ignores too.
            let _ = self.store.parse(&line, url);
        }
    }

    pub(crate) fn set_by_script(&mut self, url: &Url, line: &str) {
        if RawCookie::parse(line).is_ok_and(|cookie| cookie.http_only() != Some(true)) {
            let _ = self.store.parse(line, url);
        }
    }

    pub(crate) fn document_cookie(&self, url: &Url) -> String {
        let cookies =
            self.store.matches(url).into_iter().filter(|cookie| cookie.http_only() != Some(true));
        cookies
            .map(|cookie| format!("{}={}", cookie.name(), cookie.value()))
            .collect::<Vec<_>>()
            .join("; ")
    }
}
