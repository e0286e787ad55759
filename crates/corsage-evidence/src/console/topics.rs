//! Messages that are taken for CORS and are something else, or that say too little.

use corsage::browser::Code;
use corsage_diagnosis::console::Browser;
use corsage_diagnosis::{Cause, Topic};

use super::recognised::{Recognised, between, first_url, owned, status};

/// What would otherwise be taken for a failure.
pub(super) fn before_all(line: &str) -> Option<Recognised> {
    let has = |sign: &str| line.contains(sign);
    if has("eport-only") || has("[Report Only]") || has("report only") {
        return Some(with_url(Recognised::topic(Topic::ReportOnly, None), line));
    }
    if has("ource map") && (has("Could not load content") || has("error")) {
        return None;
    }
    service_worker(line).or_else(|| policy(line))
}

/// A service worker that answers with a response of the wrong kind.
fn service_worker(line: &str) -> Option<Recognised> {
    let says = |signs: &[&str]| signs.iter().any(|sign| line.contains(sign));
    let worker = says(&["FetchEvent", "ServiceWorker", "service worker"]);
    let refused = says(&["respondWith", "resulted in a network error", "served by service worker"]);
    if !(worker && refused && line.contains("paque")) {
        return None;
    }
    let browser = match line {
        line if line.contains("resulted in a network error") => Browser::Chromium,
        line if line.contains("ServiceWorker") => Browser::Firefox,
        _ => Browser::Webkit,
    };
    let mut found = Recognised::code(Code::OpaqueResponse, Some(browser));
    found.cause = Some(Cause::ServiceWorker);
    Some(with_url(found, line))
}

/// Content-Security-Policy: only `connect-src` is about requests of scripts.
fn policy(line: &str) -> Option<Recognised> {
    let named =
        ["Content Security Policy", "Content-Security-Policy", "ERR_BLOCKED_BY_CSP", "blocked:csp"];
    if !named.iter().any(|name| line.contains(name)) || line.contains("frame-ancestors") {
        return None;
    }
    let connects = line.contains("connect-src")
        || line.contains("efused to connect")
        || line.starts_with("Fetch API")
        || line.contains("ERR_BLOCKED_BY_CSP")
        || line.contains("Connecting to ");
    let url = first_url(line);
    let socket = url.is_some_and(|url| url.starts_with("ws:") || url.starts_with("wss:"));
    let mut found = if connects && !socket {
        Recognised::code(Code::CspConnectSrc, None)
    } else {
        Recognised::topic(Topic::ContentSecurityPolicy, None)
    };
    found.seen =
        owned(between(line, "directive: '", "'.").or_else(|| {
            line.split_once("directive: '").map(|(_, rest)| rest.trim_end_matches('\''))
        }));
    Some(with_url(found, line))
}

const CODES: &[(&[&str], Code)] = &[
    (&["Refused to get unsafe header"], Code::HeaderNotExposed),
    (&["Authorization will not be covered by the wildcard"], Code::WildcardCoversAuthorization),
    (&["SecurityError", "The operation is insecure"], Code::CanvasTainted),
];

const TOPICS: &[(&[&str], Topic)] = &[
    (&["WebSocket connection to"], Topic::WebSocket),
    (&["WebSocket", "failed"], Topic::WebSocket),
    (&["establish a connection to the server at ws"], Topic::WebSocket),
    (&["connection to ws", "was interrupted"], Topic::WebSocket),
    (&["postMessage"], Topic::PostMessage),
    (&["X-Frame-Options"], Topic::FrameRefused),
    (&["frame-ancestors"], Topic::FrameRefused),
    (&["Refused to display"], Topic::FrameRefused),
    (&["Blocked a frame with origin"], Topic::FrameAccess),
    (&["accessing a cross-origin frame"], Topic::FrameAccess),
    (&["Permission denied to access property"], Topic::FrameAccess),
    (&["Permission denied to get property"], Topic::FrameAccess),
    (&["Unsafe JavaScript attempt to access frame"], Topic::FrameAccess),
    (&["Not allowed to load local resource"], Topic::LocalFile),
    (&["may not load or link to file:"], Topic::LocalFile),
    (&["ERR_FILE_NOT_FOUND"], Topic::LocalFile),
    (&["Access-Control-Allow-Private-Network"], Topic::PrivateNetworkAccess),
    (&["SameSite"], Topic::Cookie),
    (&["samesite"], Topic::Cookie),
    (&["Partitioned cookie"], Topic::Cookie),
    (&["'Partitioned'"], Topic::Cookie),
    (&["Cookie '", "rejected"], Topic::Cookie),
    (&["third-party cookie"], Topic::Cookie),
    (&["Third-party cookie"], Topic::Cookie),
    (&["Set-Cookie", "blocked"], Topic::Cookie),
    (&["anifest", "failed"], Topic::Manifest),
    (&["anifest:", "Syntax error"], Topic::Manifest),
    (&["anifest from", "could not be"], Topic::Manifest),
    (&["disallowed for cross-origin requests that require preflight"], Topic::OldRedirectRule),
    (&["Invalid CORS request"], Topic::ServerCorsLayer),
    (&["Disallowed CORS "], Topic::ServerCorsLayer),
    (&["ot allowed by CORS"], Topic::ServerCorsLayer),
    (&["CORS protocol does not allow specifying a wildcard"], Topic::ServerCorsLayer),
    (&["allowCredentials is true", "allowedOrigins"], Topic::ServerCorsLayer),
    (&["Script error."], Topic::ScriptError),
    (&["ERR_FAILED"], Topic::NetErrFailed),
    (&["the server responded with a status of"], Topic::HttpStatus),
    (&["Request failed with status code"], Topic::HttpStatus),
    (&["AxiosError: Network Error"], Topic::RequestFailed),
    (&["Error: Network Error"], Topic::RequestFailed),
    (&["ERR_NETWORK"], Topic::RequestFailed),
    (&["Failed to fetch"], Topic::RequestFailed),
    (&["NetworkError when attempting to fetch resource"], Topic::RequestFailed),
    (&["Network request failed"], Topic::RequestFailed),
    (&["TypeError: Load failed"], Topic::RequestFailed),
    (&["TypeError: cancelled"], Topic::RequestFailed),
    (&["A network error occurred"], Topic::RequestFailed),
    (&["NetworkError"], Topic::RequestFailed),
    (&["Http failure response for", "0 Unknown Error"], Topic::RequestFailed),
    (&["Unable to load", "Network Error"], Topic::RequestFailed),
    (&["XMLHttpRequest error"], Topic::RequestFailed),
    // Internet Explorer and Edge before it was Chromium, by the number of Windows' error.
    (&["Network Error 0x"], Topic::RequestFailed),
    (&["ClientException"], Topic::RequestFailed),
];

pub(super) fn recognise(line: &str) -> Option<Recognised> {
    let fits = |signs: &[&str]| signs.iter().all(|sign| line.contains(sign));
    // A picture of a source map or an icon says nothing about the page's requests.
    if line.contains("source map") {
        return None;
    }
    if let Some((_, code)) = CODES.iter().find(|(signs, _)| fits(signs)) {
        let mut found = Recognised::code(*code, None);
        found.subject = owned(between(line, "unsafe header '", "'"));
        // WebKit's words for every SecurityError that it does not explain.
        if *code == Code::CanvasTainted {
            found.possible.push(Code::WorkerNotSameOrigin);
        }
        return Some(with_url(found, line));
    }
    // What has a code of its own says more.
    if let Some(found) = super::network::recognise(line) {
        return Some(found);
    }
    if let Some((method, url, code)) = status_line(line) {
        // Scripts ask by OPTIONS next to never, and browsers before every other method.
        let mut found = match method {
            "OPTIONS" => Recognised::code(Code::PreflightStatusNotOk, None),
            _ => Recognised::topic(Topic::HttpStatus, None),
        };
        found.method = Some(method.to_owned());
        found.url = owned(Some(url));
        found.status = Some(code);
        return Some(found);
    }
    let exact = ["Load failed", "Network Error", "Failed to fetch", "Network request failed"];
    let topic = if exact.contains(&line.trim_end_matches('.')) {
        Topic::RequestFailed
    } else {
        TOPICS.iter().find(|(signs, _)| fits(signs)).map(|(_, topic)| *topic)?
    };
    let mut found = with_url(Recognised::topic(topic, None), line);
    found.status = status(line).or_else(|| {
        let after = line.split_once("ERR_FAILED ")?.1;
        after.get(..3)?.parse().ok()
    });
    found.method = method(line);
    if topic == Topic::FrameAccess {
        found.origin = owned(between(line, "with origin '", "'"));
        found.url = None;
    }
    Some(found)
}

/// `POST https://… 500 (Internal Server Error)`
fn status_line(line: &str) -> Option<(&str, &str, u16)> {
    let url = first_url(line)?;
    let at = line.find(url)?;
    let method = line[..at].trim_end().rsplit(' ').next()?;
    let status = line[at + url.len()..].trim_start().get(..3)?.parse().ok()?;
    let upper = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
    (upper && (400..600).contains(&status)).then_some((method, url, status))
}

/// The method before the URL.
pub(super) fn method(line: &str) -> Option<String> {
    let at = line.find(first_url(line)?)?;
    let word = line[..at].trim_end().rsplit(' ').next()?;
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"];
    known.contains(&word).then(|| word.to_owned())
}

fn with_url(mut found: Recognised, line: &str) -> Recognised {
    found.url = owned(first_url(line));
    found
}
