//! Near misses: differences so small that their author does not see them.

use url::Url;

use crate::terms::loopback::is_loopback_host;

/// How the value of `Access-Control-Allow-Origin` almost is the origin that was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NearMiss {
    /// Nothing.
    Empty,
    /// `null`, or the origin became `null` on the way.
    Null,
    /// Quotes around it.
    Quotes,
    /// Several origins in one value.
    List,
    /// A pattern, which no browser reads.
    Pattern,
    /// A slash after the origin.
    TrailingSlash,
    /// A path after the origin.
    Path,
    /// No scheme before the host.
    NoScheme,
    /// Letters outside ASCII.
    Idn,
    /// Upper and lower case.
    Case,
    /// The port.
    Port,
    /// http and https.
    Scheme,
    /// With and without `www.`
    Www,
    /// With and without a dot at the host's end.
    TrailingDot,
    /// Two names of one machine, such as `localhost` and `127.0.0.1`.
    Loopback,
}

impl NearMiss {
    /// The difference between a value seen and the origin wanted; `None` if it is no small one.
    ///
    /// ```
    /// use corsage::browser::NearMiss;
    /// let between = |seen| NearMiss::between(seen, "https://app.example");
    /// assert_eq!(between("https://app.example/"), Some(NearMiss::TrailingSlash));
    /// assert_eq!(between("https://App.example"), Some(NearMiss::Case));
    /// assert_eq!(between("https://other.test"), None);
    /// ```
    #[must_use]
    pub fn between(seen: &str, wanted: &str) -> Option<Self> {
        let seen = seen.trim();
        let by_look = || {
            Some(match seen {
                "" => Self::Empty,
                "null" => Self::Null,
                _ if seen.starts_with(['"', '\'', '`']) || seen.ends_with(['"', '\'', '`']) => {
                    Self::Quotes
                }
                _ if seen.contains([',', ' ', ';']) => Self::List,
                _ if seen.contains(['*', '^', '(']) => Self::Pattern,
                _ if seen.strip_suffix('/') == Some(wanted) => Self::TrailingSlash,
                _ if !seen.contains("://") => Self::NoScheme,
                _ if !seen.is_ascii() => Self::Idn,
                _ if seen.eq_ignore_ascii_case(wanted) => Self::Case,
                _ => return None,
            })
        };
        by_look().or_else(|| between_urls(&Url::parse(seen).ok()?, &Url::parse(wanted).ok()?))
    }
}

fn between_urls(seen: &Url, wanted: &Url) -> Option<NearMiss> {
    let (seen_host, wanted_host) = (seen.host_str()?, wanted.host_str()?);
    let same_port = seen.port_or_known_default() == wanted.port_or_known_default()
        || (seen.port().is_none() && wanted.port().is_none());
    if seen_host == wanted_host {
        return match (seen.scheme() == wanted.scheme(), same_port) {
            (true, true) if seen.path().len() > 1 => Some(NearMiss::Path),
            // What the URL parser makes equal: a default port, another spelling of an address.
            (true, true) => None,
            (true, false) => Some(NearMiss::Port),
            (false, _) => Some(NearMiss::Scheme),
        };
    }
    if seen_host.trim_end_matches('.') == wanted_host.trim_end_matches('.') {
        return Some(NearMiss::TrailingDot);
    }
    let bare = |host: &'_ str| host.strip_prefix("www.").unwrap_or(host).to_owned();
    if bare(seen_host) == bare(wanted_host) {
        return Some(NearMiss::Www);
    }
    let loopback = is_loopback_host(seen_host) && is_loopback_host(wanted_host);
    loopback.then_some(NearMiss::Loopback)
}
