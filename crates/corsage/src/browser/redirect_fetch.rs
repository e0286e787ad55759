//! [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#concept-http-redirect-fetch): the next hop, as a request of
//! its own.

use url::Url;

use super::main_fetch::{main_fetch, needs_preflight};
use super::profile::{
    AboutBlank, AuthorizationOnReturn, BodyHeaders, DeleteAcrossOrigins, EmptyLocation,
    ExtraSafelist, LocationBytes, LocationCredentials, TwoLocations, UnfollowedLocation,
};
use super::referrer::parse_referrer_policy;
use super::run::{Context, Run, Tainting};
use super::unsafe_request_headers::unsafe_names;
use super::{
    Blocker, Code, FilteredResponse, Global, Header, HeaderList, MessageKind, Mode, ResponseType,
    Step, WireResponse,
};
use crate::terms::Origin;
use crate::terms::header_name::is_request_body_header;

/// The 21st is an error: [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#http-redirect-fetch).
const MAX_REDIRECTS: usize = 20;

pub(crate) fn http_redirect_fetch(
    mut run: Box<Run>,
    response: &WireResponse,
    context: &mut Context<'_>,
) -> Step {
    if is_blank_page_in_worker(&run, response) {
        return run.finish(FilteredResponse::opaque(ResponseType::Opaque));
    }
    let location = match next_url(&run, response) {
        Ok(location) => location,
        Err(refusal) => return run.fail(refusal),
    };
    if refuses_credentials(&run, &location) {
        let refusal = refusal(&run, response, Code::RedirectUrlHasCredentials);
        if !is_refused_after_preflight(&run, &location) {
            return run.fail(refusal);
        }
        run.refusal = Some(refusal);
    }
    if response.status != 303 && run.is_stream() {
        let refusal = refusal(&run, response, Code::StreamCannotBeReplayed);
        return run.fail(refusal);
    }
    rewrite_method(&mut run, response.status, &location);
    carry_authorization(&mut run, &location);
    if run.switches().extra_safelist == ExtraSafelist::ClientHints {
        withdraw_client_hints(&mut run, &location);
    }
    if let Some(policy) =
        response.headers.get(b"referrer-policy").and_then(|value| parse_referrer_policy(&value))
    {
        run.referrer_policy = policy;
    }
    let tainted = run.is_tainted_by_redirects();
    run.urls.push(location);
    if !tainted && run.is_tainted_by_redirects() && run.request.mode == Mode::Cors {
        let left = run.urls[run.hop() - 1].as_str().to_owned();
        run.note(Code::OriginNullOnRedirect, [left, run.url().as_str().to_owned()]);
    }
    main_fetch(run, context)
}

/// Firefox: a worker's no-cors fetch that is sent to `about:blank` gets it, as if it had asked for it.
fn is_blank_page_in_worker(run: &Run, response: &WireResponse) -> bool {
    run.switches().about_blank == AboutBlank::FetchedAndFollowed
        && run.client.global != Global::Window
        && run.request.mode == Mode::NoCors
        && location_url(run, &response.headers)
            .is_some_and(|url| url.scheme() == "about" && url.path() == "blank")
}

/// The steps that look at nothing but where the redirect leads.
fn next_url(run: &Run, response: &WireResponse) -> Result<Url, Blocker> {
    let code = match location_url(run, &response.headers) {
        None => Code::RedirectLocationInvalid,
        Some(location) if !matches!(location.scheme(), "http" | "https") => {
            Code::RedirectSchemeNotHttp
        }
        Some(_) if run.hop() >= MAX_REDIRECTS => Code::RedirectLimit,
        Some(location) => return Ok(location),
    };
    Err(refusal(run, response, code))
}

pub(crate) fn refusal(run: &Run, response: &WireResponse, code: Code) -> Blocker {
    Blocker {
        header: Some("Location"),
        seen: response.headers.get(b"location"),
        ..run.site(MessageKind::Actual).plain(code)
    }
}

/// Whether an engine sees nothing where `Location` is.
pub(crate) fn is_empty_location(run: &Run, headers: &HeaderList) -> bool {
    let joined = run.switches().two_locations == TwoLocations::Joined;
    let mut lines = headers.lines(b"location");
    lines.all(<[u8]>::is_empty) && !(joined && headers.lines(b"location").count() > 1)
}

/// Whether `Location` is refused although nobody follows it.
pub(crate) fn refuses_unfollowed(run: &Run, headers: &HeaderList) -> bool {
    let rule = run.switches().unfollowed_location;
    let mut lines = headers.lines(b"location");
    let Some(first) = lines.next() else { return false };
    match rule {
        UnfollowedLocation::Unread => false,
        UnfollowedLocation::NotFtp => {
            location_url(run, headers).is_some_and(|url| url.scheme() == "ftp")
        }
        _ if lines.any(|line| line != first) => true,
        UnfollowedLocation::OneOfAKind => false,
        // Chromium's hosts may hold blanks, until somebody asks for their address.
        UnfollowedLocation::Parsed => {
            let text: String = decode(first, LocationBytes::Kept).replace(' ', "");
            run.url().join(&text).is_err()
        }
    }
}

/// [Location URL](https://fetch.spec.whatwg.org/#concept-response-location-url)
fn location_url(run: &Run, headers: &HeaderList) -> Option<Url> {
    let lines: Vec<&[u8]> = headers.lines(b"location").collect();
    let value = match (lines.as_slice(), run.switches().two_locations) {
        ([], _) => return None,
        ([one], _) => one.to_vec(),
        ([first, rest @ ..], TwoLocations::SameOrFailure)
            if rest.iter().all(|line| line == first) =>
        {
            first.to_vec()
        }
        (lines, TwoLocations::Joined) => lines.join(&b", "[..]),
        _ => return None,
    };
    if value.is_empty() && run.switches().empty_location == EmptyLocation::FailureWhenFollowed {
        return None;
    }
    let text = decode(&value, run.switches().location_bytes);
    let mut url = run.url().join(&text).ok()?;
    if url.fragment().is_none() {
        url.set_fragment(run.url().fragment());
    }
    Some(url)
}

/// Bytes to a URL's text: a byte that is not ASCII is percent-encoded as it is.
fn decode(value: &[u8], rule: LocationBytes) -> String {
    if rule == LocationBytes::Replaced {
        return String::from_utf8_lossy(value).bytes().map(char::from).collect();
    }
    let mut text = String::with_capacity(value.len());
    for &byte in value {
        match (byte, rule) {
            (b'\t', LocationBytes::TabsEscaped) => text.push_str("%09"),
            (0x80.., _) => text.push_str(&format!("%{byte:02X}")),
            _ => text.push(char::from(byte)),
        }
    }
    text
}

fn refuses_credentials(run: &Run, location: &Url) -> bool {
    if location.username().is_empty() && location.password().is_none() {
        return false;
    }
    if run.switches().location_credentials == LocationCredentials::Always {
        return true;
    }
    // By the standard, only in mode "cors": towards another origin, or once the response is no longer basic.
    run.request.mode == Mode::Cors && (!run.is_own(location) || run.tainting == Tainting::Cors)
}

fn is_refused_after_preflight(run: &Run, location: &Url) -> bool {
    run.switches().location_credentials == LocationCredentials::AfterPreflight
        && run.tainting == Tainting::Basic
        && !run.is_own(location)
        && needs_preflight(run)
}

/// POST on 301 and 302, everything but GET and HEAD on 303, becomes a GET without a body.
fn rewrite_method(run: &mut Run, status: u16, location: &Url) {
    let method = run.request.method.clone();
    let rewritten = is_rewritten(&method, status);
    if !rewritten && becomes_get_elsewhere(run, location) {
        run.note(Code::MethodRewrittenOnRedirect, [&method[..], b"GET"]);
        run.request.method = b"GET".to_vec();
        run.request.body = None;
        return;
    }
    if !rewritten {
        restore_body_headers(run, status, location);
        return;
    }
    let unsafe_names = unsafe_names(run.headers(), run.switches());
    let lost = unsafe_names.into_iter().filter(|name| is_request_body_header(name));
    run.note(Code::MethodRewrittenOnRedirect, [&method[..], b"GET"]);
    run.request.method = b"GET".to_vec();
    run.request.body = None;
    run.lost_headers = run
        .request
        .headers
        .iter()
        .filter(|header| is_request_body_header(&header.name))
        .cloned()
        .collect();
    run.request.headers.retain(|header| !is_request_body_header(&header.name));
    run.lost_names.extend(lost);
    run.method_rewritten_at = Some(run.hop());
}

fn is_rewritten(method: &[u8], status: u16) -> bool {
    match status {
        301 | 302 => method == b"POST",
        303 => !matches!(method, b"GET" | b"HEAD"),
        _ => false,
    }
}

/// WebKit: a DELETE that is sent to another origin becomes a GET with the DELETE's headers.
fn becomes_get_elsewhere(run: &Run, location: &Url) -> bool {
    run.switches().delete_across_origins == DeleteAcrossOrigins::BecomesGet
        && run.request.method == b"DELETE"
        && Origin::from_url(run.url()) != Origin::from_url(location)
}

/// Two engines set the script's headers anew on the hops after the one that has lost the body.
fn restore_body_headers(run: &mut Run, status: u16, location: &Url) {
    let kept_method = matches!(status, 307 | 308);
    let at_home = run.is_own(location) && run.urls.iter().all(|url| run.is_own(url));
    let abroad = run.request.mode == Mode::Cors && !at_home;
    let is_restored = |name: &[u8]| match run.switches().body_headers {
        BodyHeaders::Gone => false,
        BodyHeaders::SentAgainUnlessRewritten => !is_rewritten(&run.first_method, status),
        BodyHeaders::SentAgain if abroad => true,
        BodyHeaders::SentAgain => {
            kept_method && name.eq_ignore_ascii_case(b"content-type") && !lost_on_leaving_home(run)
        }
    };
    let restored: Vec<Header> =
        run.lost_headers.iter().filter(|header| is_restored(&header.name)).cloned().collect();
    if restored.is_empty() {
        return;
    }
    run.lost_headers.retain(|header| !restored.contains(header));
    for header in restored {
        run.request.headers.append(&header.name, &header.value);
    }
}

/// Chromium: the client hints of old, but for `Save-Data`, are for the page's own origin where a redirect
/// leads, and for nobody where a worker fetches.
fn withdraw_client_hints(run: &mut Run, location: &Url) {
    let hints =
        [&b"device-memory"[..], b"downlink", b"dpr", b"ect", b"rtt", b"viewport-width", b"width"];
    if !run.is_own(location) || run.client.global != Global::Window {
        run.request
            .headers
            .retain(|header| !hints.iter().any(|hint| header.name.eq_ignore_ascii_case(hint)));
    }
}

fn lost_on_leaving_home(run: &Run) -> bool {
    run.method_rewritten_at
        .is_some_and(|hop| run.is_own(&run.urls[hop]) && !run.is_own(&run.urls[hop + 1]))
}

/// `Authorization` stays with the origin that it was for.
fn carry_authorization(run: &mut Run, location: &Url) {
    if Origin::from_url(run.url()) == Origin::from_url(location) {
        let again = run.switches().authorization_on_return == AuthorizationOnReturn::SentAgain;
        if let Some(value) = run.withdrawn.take_if(|_| again) {
            run.request.headers.append("Authorization", value);
        }
    } else if let Some(value) = run.request.headers.get(b"authorization") {
        run.request.headers.delete(b"authorization");
        run.lost_names.push(b"authorization".to_vec());
        run.note(Code::AuthorizationDroppedOnRedirect, [location.as_str()]);
        run.withdrawn = Some(value);
    }
}
