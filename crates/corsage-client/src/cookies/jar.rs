//! [Storage model](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis-22#section-5.7) and
//! [retrieval](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis-22#section-5.8).

use std::time::{Duration, SystemTime};

use corsage::browser::CookieContext;
use corsage::terms::{BundledPublicSuffixes, Origin, PublicSuffixes, site};
use url::{Host, Url};

use super::set_cookie::{MaxAge, SameSite, SetCookie};

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

/// Who sets or reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Http,
    Script,
}

/// No cookie lives longer, whatever it says.
const MAX_LIFETIME: Duration = Duration::from_secs(400 * 86_400);
/// For one host or domain; the oldest goes first.
const MAX_PER_DOMAIN: usize = 180;
const MAX_COOKIES: usize = 3300;

#[derive(Debug)]
pub(crate) struct CookieJar {
    cookies: Vec<Cookie>,
    /// Grows by one with each new cookie.
    clock: u64,
    third_party: ThirdPartyCookies,
}

#[derive(Clone, Debug)]
struct Cookie {
    name: Vec<u8>,
    value: Vec<u8>,
    domain: String,
    reach: Reach,
    path: Vec<u8>,
    secure: bool,
    http_only: bool,
    same_site: SameSite,
    /// `None`: until the jar is emptied.
    expires: Option<SystemTime>,
    created: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    HostOnly,
    Subdomains,
}

impl CookieJar {
    pub(crate) fn new(third_party: ThirdPartyCookies) -> Self {
        Self { cookies: Vec::new(), clock: 0, third_party }
    }

    pub(crate) fn clear(&mut self) {
        self.cookies.clear();
    }

    /// The cookies for a URL, as `Cookie` and `document.cookie` write them; `None` if there is none.
    pub(crate) fn cookie_string(
        &mut self,
        url: &Url,
        source: Source,
        context: CookieContext,
        now: SystemTime,
    ) -> Option<Vec<u8>> {
        self.cookies.retain(|cookie| cookie.is_alive(now));
        let host = url.host()?.to_owned();
        let mut found: Vec<&Cookie> = self
            .cookies
            .iter()
            .filter(|cookie| {
                cookie.is_for(&host)
                    && path_matches(url.path().as_bytes(), &cookie.path)
                    && (!cookie.secure || is_secure(url))
                    && (!cookie.http_only || source == Source::Http)
                    && self.goes_along(cookie.same_site, context)
            })
            .collect();
        found.sort_by_key(|cookie| (std::cmp::Reverse(cookie.path.len()), cookie.created));
        let pairs: Vec<Vec<u8>> = found.into_iter().map(Cookie::pair).collect();
        if pairs.is_empty() { None } else { Some(pairs.join(&b"; "[..])) }
    }

    fn goes_along(&self, same_site: SameSite, context: CookieContext) -> bool {
        match (context, self.third_party, same_site) {
            (CookieContext::Strict, ..) => true,
            (CookieContext::Lax, _, same_site) => same_site != SameSite::Strict,
            (CookieContext::CrossSite, ThirdPartyCookies::Block, _) => false,
            (CookieContext::CrossSite, _, SameSite::None) => true,
            (CookieContext::CrossSite, third_party, SameSite::Unset) => {
                third_party == ThirdPartyCookies::AllowWithoutSameSite
            }
            (CookieContext::CrossSite, ..) => false,
        }
    }

    /// Obeys a `Set-Cookie` line, or an assignment to `document.cookie`.
    pub(crate) fn set(
        &mut self,
        url: &Url,
        line: &[u8],
        source: Source,
        context: CookieContext,
        now: SystemTime,
    ) {
        let Some(cookie) = self.admit(url, line, source, context, now) else { return };
        let same = |other: &Cookie| {
            other.name == cookie.name
                && other.domain == cookie.domain
                && other.reach == cookie.reach
                && other.path == cookie.path
        };
        let mut created = None;
        if let Some(at) = self.cookies.iter().position(same) {
            if self.cookies[at].http_only && source == Source::Script {
                return;
            }
            created = Some(self.cookies.remove(at).created);
        }
        if !cookie.is_alive(now) {
            return;
        }
        self.clock += 1;
        let created = created.unwrap_or(self.clock);
        self.make_room(&cookie.domain, now);
        self.cookies.push(Cookie { created, ..cookie });
    }

    /// The cookie that a line makes, if it may be kept.
    fn admit(
        &self,
        url: &Url,
        line: &[u8],
        source: Source,
        context: CookieContext,
        now: SystemTime,
    ) -> Option<Cookie> {
        let parsed = SetCookie::parse(line)?;
        let host = url.host()?.to_owned();
        let (domain, reach) = domain(parsed.domain.as_deref(), &host)?;
        let has_root_path = parsed.path.as_deref() == Some(b"/");
        let path = parsed.path.unwrap_or_else(|| default_path(url));
        let sound = path.is_ascii()
            && (!parsed.secure || is_secure(url))
            && (!parsed.http_only || source == Source::Http)
            && (parsed.same_site != SameSite::None || parsed.secure)
            && self.goes_along(parsed.same_site, context);
        let prefix = Prefix::of(&parsed.name, &parsed.value)?;
        let keeps_promise = match prefix {
            Prefix::None => true,
            Prefix::Secure => parsed.secure,
            Prefix::Http => parsed.secure && parsed.http_only,
            Prefix::Host | Prefix::HostHttp => {
                parsed.secure
                    && reach == Reach::HostOnly
                    && has_root_path
                    && (prefix == Prefix::Host || parsed.http_only)
            }
        };
        let expires = match (parsed.max_age, parsed.expires) {
            (Some(MaxAge::Past), _) => Some(SystemTime::UNIX_EPOCH),
            (Some(MaxAge::For(time)), _) => now.checked_add(time.min(MAX_LIFETIME)),
            (None, Some(expires)) => Some(expires.min(now + MAX_LIFETIME)),
            (None, None) => None,
        };
        let cookie = Cookie {
            name: parsed.name,
            value: parsed.value,
            domain,
            reach,
            path,
            secure: parsed.secure,
            http_only: parsed.http_only,
            same_site: parsed.same_site,
            expires,
            created: 0,
        };
        let shadows = !cookie.secure
            && !is_secure(url)
            && self.cookies.iter().any(|other| other.is_shadowed_by(&cookie, now));
        (sound && keeps_promise && !shadows).then_some(cookie)
    }

    fn make_room(&mut self, domain: &str, now: SystemTime) {
        let of_domain = |cookie: &Cookie| cookie.domain == domain;
        let full = |cookies: &[Cookie]| {
            cookies.len() >= MAX_COOKIES
                || cookies.iter().filter(|cookie| of_domain(cookie)).count() >= MAX_PER_DOMAIN
        };
        if !full(&self.cookies) {
            return;
        }
        self.cookies.retain(|cookie| cookie.is_alive(now));
        while full(&self.cookies) {
            // The oldest, those of the domain and those that anybody on the network could read first.
            let order = |cookie: &Cookie| (!of_domain(cookie), cookie.secure, cookie.created);
            let oldest = (0..self.cookies.len()).min_by_key(|at| order(&self.cookies[*at]));
            let Some(oldest) = oldest else { return };
            self.cookies.remove(oldest);
        }
    }
}

impl Cookie {
    fn is_alive(&self, now: SystemTime) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }

    fn is_for(&self, host: &Host) -> bool {
        match self.reach {
            Reach::HostOnly => host.to_string() == self.domain,
            Reach::Subdomains => domain_matches(host, &self.domain),
        }
    }

    fn pair(&self) -> Vec<u8> {
        if self.name.is_empty() {
            self.value.clone()
        } else {
            [&self.name[..], b"=", &self.value].concat()
        }
    }

    /// A secure cookie is left alone by what comes over an insecure connection.
    fn is_shadowed_by(&self, new: &Self, now: SystemTime) -> bool {
        let overlap = |host: &str, domain: &str| {
            Host::parse(host).is_ok_and(|host| domain_matches(&host, domain))
        };
        self.secure
            && self.is_alive(now)
            && self.name == new.name
            && (overlap(&self.domain, &new.domain) || overlap(&new.domain, &self.domain))
            && path_matches(&new.path, &self.path)
    }
}

/// What a name's beginning promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Prefix {
    None,
    Secure,
    Host,
    Http,
    HostHttp,
}

impl Prefix {
    /// `None` for a value without a name that pretends to be a name with a prefix.
    fn of(name: &[u8], value: &[u8]) -> Option<Self> {
        let text = if name.is_empty() { value } else { name }.to_ascii_lowercase();
        let prefixes: [(&[u8], Self); 4] = [
            (b"__host-http-", Self::HostHttp),
            (b"__host-", Self::Host),
            (b"__http-", Self::Http),
            (b"__secure-", Self::Secure),
        ];
        let found = prefixes.iter().find(|(prefix, _)| text.starts_with(prefix));
        match found {
            None => Some(Self::None),
            Some(_) if name.is_empty() => None,
            Some((_, prefix)) => Some(*prefix),
        }
    }
}

/// The domain that a cookie is for; `None` if the attribute names one that the host is not in.
fn domain(attribute: Option<&[u8]>, host: &Host) -> Option<(String, Reach)> {
    let host_only = Some((host.to_string(), Reach::HostOnly));
    let Some(attribute) = attribute.filter(|attribute| !attribute.is_empty()) else {
        return host_only;
    };
    let text = std::str::from_utf8(attribute).ok()?;
    // Names beyond ASCII are written in their ASCII form, as in URLs.
    let text = if text.is_ascii() { text.to_owned() } else { Host::parse(text).ok()?.to_string() };
    if BundledPublicSuffixes.is_public_suffix(&text) || !text.contains('.') {
        return if host.to_string() == text { host_only } else { None };
    }
    domain_matches(host, &text).then_some((text, Reach::Subdomains))
}

fn domain_matches(host: &Host, domain: &str) -> bool {
    let Host::Domain(name) = host else { return host.to_string() == domain };
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn path_matches(path: &[u8], cookie_path: &[u8]) -> bool {
    path.strip_prefix(cookie_path).is_some_and(|rest| {
        rest.is_empty() || cookie_path.ends_with(b"/") || rest.starts_with(b"/")
    })
}

/// Up to the last slash.
fn default_path(url: &Url) -> Vec<u8> {
    match url.path().rfind('/') {
        None | Some(0) => b"/".to_vec(),
        Some(last) => url.path().as_bytes()[..last].to_vec(),
    }
}

fn is_secure(url: &Url) -> bool {
    Origin::from_url(url).is_some_and(|origin| site::is_potentially_trustworthy(&origin))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use corsage::browser::CookieContext;
    use url::Url;

    use super::{CookieJar, Source, ThirdPartyCookies};

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn jar() -> CookieJar {
        CookieJar::new(ThirdPartyCookies::Allow)
    }

    fn now() -> SystemTime {
        NOW + Duration::from_secs(1_800_000_000)
    }

    /// What is sent after some lines have been obeyed at a URL.
    fn after(url: &str, lines: &[&str], then: &str) -> String {
        let mut jar = jar();
        for line in lines {
            let url = Url::parse(url).unwrap();
            jar.set(&url, line.as_bytes(), Source::Http, CookieContext::Strict, now());
        }
        read(&mut jar, then, Source::Http)
    }

    fn read(jar: &mut CookieJar, url: &str, source: Source) -> String {
        let url = Url::parse(url).unwrap();
        let found = jar.cookie_string(&url, source, CookieContext::Strict, now());
        String::from_utf8(found.unwrap_or_default()).unwrap()
    }

    #[test]
    fn domains() {
        let set = "http://a.web.test/";
        for (attributes, then, sent) in [
            ("", "http://a.web.test/", true),
            ("", "http://b.a.web.test/", false),
            ("; Domain=a.web.test", "http://b.a.web.test:8080/", true),
            ("; Domain=.web.test", "http://c.web.test/", true),
            ("; Domain=WEB.test", "http://web.test/", true),
            ("; Domain=", "http://b.a.web.test/", false),
            ("; Domain=b.a.web.test", "http://b.a.web.test/", false),
            ("; Domain=eb.test", "http://a.web.test/", false),
            ("; Domain=test", "http://a.web.test/", false),
            ("; Domain=..web.test", "http://a.web.test/", false),
            ("; Domain=web.test.", "http://a.web.test/", false),
        ] {
            let found = after(set, &[&format!("x=1{attributes}")], then);
            assert_eq!(found == "x=1", sent, "{attributes} {then}");
        }
        assert_eq!(
            after("http://x.github.io/", &["x=1; Domain=github.io"], "http://x.github.io/"),
            ""
        );
        assert_eq!(
            after("http://github.io/", &["x=1; Domain=github.io"], "http://github.io/"),
            "x=1"
        );
        assert_eq!(after("http://127.0.0.1/", &["x=1; Domain=0.0.1"], "http://127.0.0.1/"), "");
        assert_eq!(
            after("http://127.0.0.1/", &["x=1; Domain=127.0.0.1"], "http://127.0.0.1/"),
            "x=1"
        );
        let idn = "http://xn--lve-6lad.web.test/";
        assert_eq!(after(idn, &["x=1; Domain=élève。web.test"], idn), "x=1");
        assert_eq!(after(idn, &["x=1; Domain=ÿlève.web.test"], idn), "");
    }

    #[test]
    fn paths_and_order() {
        let set = "http://a.test/one/two";
        for (attributes, then, sent) in [
            ("", "http://a.test/one", true),
            ("", "http://a.test/one/three", true),
            ("", "http://a.test/onetwo", false),
            ("; Path=/one/", "http://a.test/one", false),
            ("; Path=one", "http://a.test/one/", true),
            ("; Path=/", "http://a.test/", true),
            ("; Path=/\u{e9}", "http://a.test/%C3%A9", false),
        ] {
            let found = after(set, &[&format!("x=1{attributes}")], then);
            assert_eq!(found == "x=1", sent, "{attributes} {then}");
        }
        let lines = ["z=1; Path=/", "a=1; Path=/", "b=1", "z=2; Path=/"];
        assert_eq!(after(set, &lines, set), "b=1; z=2; a=1");
    }

    #[test]
    fn secure_cookies_are_left_alone() {
        let mut jar = jar();
        let mut set = |url: &str, line: &str| {
            let url = Url::parse(url).unwrap();
            jar.set(&url, line.as_bytes(), Source::Http, CookieContext::Strict, now());
        };
        set("https://a.test/", "x=1; Secure; Path=/p");
        set("http://a.test/", "x=2; Path=/p/q");
        set("http://a.test/", "x=3; Path=/");
        set("http://a.test/", "y=1; Secure");
        assert_eq!(read(&mut jar, "https://a.test/p/q", Source::Http), "x=1; x=3");
        assert_eq!(read(&mut jar, "http://a.test/p/q", Source::Http), "x=3");
    }

    #[test]
    fn prefixes_keep_their_promise() {
        let url = "https://a.web.test/p";
        for (line, kept) in [
            ("__Secure-x=1", false),
            ("__secure-x=1; Secure", true),
            ("__Host-x=1; Secure; Path=/", true),
            ("__Host-x=1; Secure", false),
            ("__HOST-x=1; Secure; Path=/; Domain=a.web.test", false),
            ("__Host-x=1; Path=/", false),
            ("__Http-x=1; Secure", false),
            ("__Http-x=1; Secure; HttpOnly", true),
            ("__Host-Http-x=1; Secure; Path=/", false),
            ("__Host-Http-x=1; Secure; Path=/; HttpOnly", true),
            ("=__Secure-x=1; Secure", false),
            ("__Host-x; Secure; Path=/", false),
        ] {
            assert_eq!(!after(url, &[line], url).is_empty(), kept, "{line}");
        }
    }

    #[test]
    fn scripts_neither_see_nor_touch_http_only_cookies() {
        let (mut jar, url) = (jar(), Url::parse("http://a.test/").unwrap());
        let strict = CookieContext::Strict;
        jar.set(&url, b"h=1; HttpOnly", Source::Http, strict, now());
        jar.set(&url, b"h=2", Source::Script, strict, now());
        jar.set(&url, b"h=; Max-Age=0", Source::Script, strict, now());
        jar.set(&url, b"n=1; HttpOnly", Source::Script, strict, now());
        jar.set(&url, b"s=1", Source::Script, strict, now());
        assert_eq!(read(&mut jar, "http://a.test/", Source::Script), "s=1");
        assert_eq!(read(&mut jar, "http://a.test/", Source::Http), "h=1; s=1");
    }

    #[test]
    fn lifetimes() {
        let url = "http://a.test/";
        for (attributes, kept) in [
            ("Max-Age=10", true),
            ("Max-Age=0", false),
            ("Max-Age=99999999999999999999999", true),
            ("Expires=Fri, 01 Jan 2038 00:00:00 GMT", true),
            ("Expires=Fri, 07 Aug 2007 08:04:19 GMT", false),
            ("Expires=Fri, 07 Aug 2007 08:04:19 GMT; Max-Age=10", true),
            ("Expires=never", true),
        ] {
            let found = after(url, &[&format!("x=1; {attributes}")], url);
            assert_eq!(!found.is_empty(), kept, "{attributes}");
        }
        let (mut jar, at) = (jar(), Url::parse(url).unwrap());
        jar.set(&at, b"x=1; Max-Age=10", Source::Http, CookieContext::Strict, now());
        let later = now() + Duration::from_secs(10);
        assert_eq!(jar.cookie_string(&at, Source::Http, CookieContext::Strict, later), None);
    }

    #[test]
    fn same_site_decides_both_ways() {
        let url = Url::parse("https://a.test/").unwrap();
        for (attributes, strict, lax, cross) in [
            ("SameSite=Strict", true, false, false),
            ("SameSite=Lax", true, true, false),
            ("", true, true, false),
            ("SameSite=None; Secure", true, true, true),
            ("SameSite=None", false, false, false),
        ] {
            for (context, sent) in [
                (CookieContext::Strict, strict),
                (CookieContext::Lax, lax),
                (CookieContext::CrossSite, cross),
            ] {
                let line = format!("x=1; {attributes}");
                let mut jar = jar();
                jar.set(&url, line.as_bytes(), Source::Http, CookieContext::Strict, now());
                let found = jar.cookie_string(&url, Source::Http, context, now());
                assert_eq!(found.is_some(), sent, "{attributes} sent, {context:?}");
                jar.clear();
                jar.set(&url, line.as_bytes(), Source::Http, context, now());
                let read = jar.cookie_string(&url, Source::Http, CookieContext::Strict, now());
                assert_eq!(read.is_some(), sent, "{attributes} set, {context:?}");
            }
        }
    }

    #[test]
    fn a_domain_keeps_a_bounded_number() {
        let (mut jar, url) = (jar(), Url::parse("https://a.test/").unwrap());
        for number in 0..1000 {
            let line = format!("x{number}=1");
            jar.set(&url, line.as_bytes(), Source::Http, CookieContext::Strict, now());
        }
        let sent = read(&mut jar, "https://a.test/", Source::Http);
        assert_eq!(sent.split("; ").count(), 180);
        assert!(sent.ends_with("x999=1"));
    }

    proptest::proptest! {
        #[test]
        fn no_line_makes_it_panic(line: Vec<u8>, attributes in "(; ?(domain|path|expires|max-age)=.{0,20}){0,4}") {
            let (mut jar, url) = (jar(), Url::parse("http://a.test/p").unwrap());
            jar.set(&url, &line, Source::Http, CookieContext::Strict, now());
            let line = format!("a=b{attributes}");
            jar.set(&url, line.as_bytes(), Source::Script, CookieContext::Strict, now());
        }
    }
}
