//! WebKit: a sentence about the check, then `Fetch API cannot load … due to access control checks.`

use corsage::browser::load::LoadKind;
use corsage::browser::{Code, Destination};

use super::{Api, Occasion, Tainting, webkit_loads};

pub(super) fn printed(occasion: &Occasion<'_>) -> Vec<String> {
    let Some(reason) = reason(occasion) else {
        let of_load = occasion.api.load().and_then(|kind| webkit_loads::printed(kind, occasion));
        return of_load.unwrap_or_else(|| other(occasion));
    };
    let first = match occasion.redirects_to {
        // Nobody asks whether it may be followed.
        Some(target) if target.starts_with("ftp:") => "FTP URLs are disabled".to_owned(),
        Some(target) if !preflight(occasion.code) => format!(
            "Cross-origin redirection to {} denied by Cross-Origin Resource Sharing policy: {reason}",
            without_credentials(target)
        ),
        _ => reason,
    };
    with_cannot_load(first, occasion)
}

/// What follows the reason.
fn cannot_load(reason: &str, occasion: &Occasion<'_>) -> Option<String> {
    let api = match occasion.api {
        Api::Fetch => "Fetch API",
        Api::XmlHttpRequest => "XMLHttpRequest",
        Api::Load(kind, _) => return webkit_loads::after_cors(kind, reason, occasion),
        Api::Element(destination) => {
            let kind = match destination {
                Destination::Image => LoadKind::Image,
                Destination::Script => LoadKind::Script,
                Destination::Track => LoadKind::Track,
                _ => return None,
            };
            return webkit_loads::after_cors(kind, reason, occasion);
        }
    };
    Some(format!("{api} cannot load {} due to access control checks.", occasion.url))
}

/// A reason, and what follows it.
fn with_cannot_load(reason: String, occasion: &Occasion<'_>) -> Vec<String> {
    let then = cannot_load(&reason, occasion);
    std::iter::once(reason).chain(then).collect()
}

fn without_credentials(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => url.to_owned(),
    }
}

fn preflight(code: Code) -> bool {
    code.as_str().starts_with("preflight-")
}

fn reason(occasion: &Occasion<'_>) -> Option<String> {
    use Code as C;
    let seen = occasion.seen.unwrap_or_default();
    let subject = occasion.subject.unwrap_or_default();
    let status = occasion.status.unwrap_or_default();
    let origin = occasion.sent_origin;
    let not_allowed = || {
        format!(
            "Origin {origin} is not allowed by Access-Control-Allow-Origin. Status code: {status}"
        )
    };
    Some(match occasion.code {
        C::PreflightRedirect | C::PreflightStatusNotOk => {
            format!("Preflight response is not successful. Status code: {status}")
        }
        C::PreflightMultipleAllowOrigin | C::MultipleAllowOrigin if seen.contains(',') => {
            "Access-Control-Allow-Origin cannot contain more than one origin.".to_owned()
        }
        C::PreflightMissingAllowOrigin
        | C::PreflightMultipleAllowOrigin
        | C::PreflightInvalidAllowOrigin
        | C::PreflightAllowOriginMismatch
        | C::MissingAllowOrigin
        | C::MultipleAllowOrigin
        | C::InvalidAllowOrigin
        | C::AllowOriginMismatch
        | C::AllowOriginMismatchTainted => not_allowed(),
        C::PreflightWildcardOriginWithCredentials | C::WildcardOriginWithCredentials => {
            "Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true."
                .to_owned()
        }
        C::PreflightAllowCredentialsNotTrue | C::AllowCredentialsNotTrue => {
            "Credentials flag is true, but Access-Control-Allow-Credentials is not \"true\"."
                .to_owned()
        }
        C::PreflightInvalidAllowMethods => {
            format!("Header Access-Control-Allow-Methods has an invalid value: {seen}")
        }
        C::PreflightInvalidAllowHeaders => {
            format!("Header Access-Control-Allow-Headers has an invalid value: {seen}")
        }
        C::MethodNotAllowed | C::MethodCaseMismatch | C::MethodWildcardWithCredentials => {
            format!("Method {subject} is not allowed by Access-Control-Allow-Methods.")
        }
        C::HeaderNotAllowed | C::HeaderWildcardWithCredentials => format!(
            "Request header field {} is not allowed by Access-Control-Allow-Headers.",
            header_name(subject)
        ),
        C::RedirectLocationInvalid if occasion.tainting != Tainting::Cors => return None,
        C::RedirectSchemeNotHttp | C::RedirectLocationInvalid => {
            "not allowed to follow a cross-origin CORS redirection with non CORS scheme".to_owned()
        }
        C::RedirectUrlHasCredentials => {
            let target = occasion.redirects_to.unwrap_or(subject);
            format!("redirection URL {target} has credentials")
        }
        _ => return None,
    })
}

/// Names that WebKit knows are printed as it spells them, all others as the page does.
fn header_name(name: &str) -> &str {
    const KNOWN: &[&str] = &[
        "Accept",
        "Accept-Language",
        "Accept-Ranges",
        "Access-Control-Allow-Credentials",
        "Access-Control-Allow-Headers",
        "Access-Control-Allow-Methods",
        "Access-Control-Allow-Origin",
        "Access-Control-Expose-Headers",
        "Access-Control-Max-Age",
        "Age",
        "Authorization",
        "Cache-Control",
        "Content-Disposition",
        "Content-Encoding",
        "Content-Language",
        "Content-Range",
        "Content-Security-Policy",
        "Content-Security-Policy-Report-Only",
        "Content-Transfer-Encoding",
        "Content-Type",
        "Default-Style",
        "ETag",
        "Expires",
        "If-Match",
        "If-Modified-Since",
        "If-None-Match",
        "If-Range",
        "If-Unmodified-Since",
        "Last-Event-ID",
        "Last-Modified",
        "Location",
        "Ping-From",
        "Ping-To",
        "Pragma",
        "Purpose",
        "Range",
        "Refresh",
        "Server",
        "Timing-Allow-Origin",
        "User-Agent",
        "Vary",
        "X-Content-Type-Options",
        "X-DNS-Prefetch-Control",
        "X-Frame-Options",
        "X-Powered-By",
        "X-XSS-Protection",
    ];
    KNOWN.iter().find(|known| known.eq_ignore_ascii_case(name)).copied().unwrap_or(name)
}

fn other(occasion: &Occasion<'_>) -> Vec<String> {
    use Code as C;
    let url = occasion.url;
    match occasion.code {
        C::SameOriginModeCrossOriginUrl => vec![format!("Fetch API cannot load {url}.")],
        C::SchemeNotCorsEnabled => with_cannot_load(
            "Cross origin requests are only supported for HTTP.".to_owned(),
            occasion,
        ),
        C::BadPort => {
            let url = occasion.redirects_to.unwrap_or(url);
            let port = port(url).map_or_else(String::new, |port| format!(" {port}"));
            vec![format!("Not allowed to use restricted network port{port}: {url}")]
        }
        C::MixedContent => vec![format!(
            "[blocked] The page at {}/ requested insecure content from {url}. This content was blocked and must be served over HTTPS.",
            occasion.page_origin
        )],
        C::CspConnectSrc => {
            let target = occasion.redirects_to;
            let refused = format!(
                "Refused to connect to {} because it does not appear in the connect-src directive of the Content Security Policy.",
                target.unwrap_or(url)
            );
            match target {
                Some(target) => {
                    let blocked = "Blocked by Content Security Policy.".to_owned();
                    let then = Occasion { url: target, ..occasion.clone() };
                    std::iter::once(refused).chain(with_cannot_load(blocked, &then)).collect()
                }
                None => vec![refused],
            }
        }
        C::RedirectModeError => with_cannot_load(
            format!("Not allowed to follow a redirection while loading {url}"),
            occasion,
        ),
        C::RedirectLimit => {
            with_cannot_load("Load cannot follow more than 20 redirections".to_owned(), occasion)
        }
        // What comes first is the network's own sentence, which differs from system to system.
        C::PreflightNetworkError if occasion.api.load().is_none() => {
            cannot_load("", occasion).into_iter().collect()
        }
        C::CorpNotSameOrigin | C::CorpNotSameSite | C::CorpRequiredByCoep => with_cannot_load(
            format!(
                "Cancelled load to {url} because it violates the resource's Cross-Origin-Resource-Policy response header."
            ),
            occasion,
        ),
        C::ForbiddenHeaderDropped => vec![format!(
            "Refused to set unsafe header \"{}\"",
            occasion.subject.unwrap_or_default()
        )],
        _ => Vec::new(),
    }
}

fn port(url: &str) -> Option<u16> {
    let authority = url.split_once("://")?.1.split('/').next()?;
    authority.rsplit_once(':')?.1.parse().ok()
}
