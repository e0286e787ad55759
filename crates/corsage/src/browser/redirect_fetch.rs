//! [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#concept-http-redirect-fetch): the next hop, as a request of
//! its own.

use url::Url;

use super::main_fetch::{main_fetch, needs_preflight};
use super::profile::{
    AuthorizationOnReturn, BodyHeaders, DeleteAcrossOrigins, EmptyLocation, LocationBytes,
    LocationCredentials, TwoLocations,
};
use super::referrer::parse_referrer_policy;
use super::run::{Context, Run, Tainting};
use super::unsafe_request_headers::unsafe_names;
use super::{Code, HeaderList, MessageKind, Mode, Step, WireResponse};
use crate::terms::Origin;
use crate::terms::header_name::is_request_body_header;

/// H4: the 21st is an error.
const MAX_REDIRECTS: usize = 20;

pub(crate) fn http_redirect_fetch(
    mut run: Box<Run>,
    response: &WireResponse,
    context: &mut Context<'_>,
) -> Step {
    let site = run.site(MessageKind::Actual);
    let seen = response.headers.get(b"location");
    let refuse =
        |code| super::Blocker { seen: seen.clone(), header: Some("Location"), ..site.plain(code) };
    let Some(location) = location_url(&run, &response.headers) else {
        return run.fail(refuse(Code::RedirectLocationInvalid));
    };
    if !matches!(location.scheme(), "http" | "https") {
        return run.fail(refuse(Code::RedirectSchemeNotHttp));
    }
    if run.hop() >= MAX_REDIRECTS {
        return run.fail(refuse(Code::RedirectLimit));
    }
    if refuses_credentials(&run, &location) {
        let refusal = refuse(Code::RedirectUrlHasCredentials);
        if !is_refused_after_preflight(&run, &location) {
            return run.fail(refusal);
        }
        run.refusal = Some(refusal);
    }
    if response.status != 303 && run.is_stream() {
        return run.fail(refuse(Code::StreamCannotBeReplayed));
    }
    rewrite_method(&mut run, response.status, &location);
    carry_authorization(&mut run, &location);
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
    if value.is_empty() && run.switches().empty_location == EmptyLocation::Failure {
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
    // H5 and H6.
    run.request.mode == Mode::Cors && (!run.is_own(location) || run.tainting == Tainting::Cors)
}

fn is_refused_after_preflight(run: &Run, location: &Url) -> bool {
    run.switches().location_credentials == LocationCredentials::AfterPreflight
        && run.tainting == Tainting::Basic
        && !run.is_own(location)
        && needs_preflight(run)
}

/// H8: POST on 301 and 302, everything but GET and HEAD on 303, becomes a GET without a body.
fn rewrite_method(run: &mut Run, status: u16, location: &Url) {
    let method = run.request.method.clone();
    let rewritten = match status {
        301 | 302 => method == b"POST",
        303 => !matches!(&*method, b"GET" | b"HEAD"),
        _ => false,
    };
    if !rewritten && becomes_get_elsewhere(run, location) {
        run.note(Code::MethodRewrittenOnRedirect, [&method[..], b"GET"]);
        run.request.method = b"GET".to_vec();
        run.request.body = None;
        return;
    }
    if !rewritten {
        restore_body_headers(run, status);
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

/// WebKit: a DELETE that is sent to another origin becomes a GET with the DELETE's headers.
fn becomes_get_elsewhere(run: &Run, location: &Url) -> bool {
    run.switches().delete_across_origins == DeleteAcrossOrigins::BecomesGet
        && run.request.method == b"DELETE"
        && Origin::from_url(run.url()) != Origin::from_url(location)
}

/// Two engines set the script's headers anew on the hops after the one that has lost the body.
fn restore_body_headers(run: &mut Run, status: u16) {
    let again = match run.switches().body_headers {
        BodyHeaders::Gone => false,
        BodyHeaders::SentAgainByMethodKeepers => matches!(status, 307 | 308),
        BodyHeaders::SentAgain => run.request.mode == Mode::Cors,
    };
    if again {
        for header in &std::mem::take(&mut run.lost_headers) {
            run.request.headers.append(&header.name, &header.value);
        }
    }
}

/// H9: `Authorization` stays with the origin that it was for.
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
