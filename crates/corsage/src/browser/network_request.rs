//! [HTTP-network-or-cache fetch](https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch), up to the
//! point where bytes leave: the headers that the user agent adds.

use super::http_fetch::cache_mode;
use super::local_network_access::connection_rule;
use super::origin_header::{RedirectTaint, append_origin};
use super::profile::{
    NoCorsCredentials, OnlyIfCached, RangeEncoding, RangeRule, SameSiteChain, ScriptHeaders,
};
use super::referrer::referer_header;
use super::request::{Body, CacheMode, CredentialsMode};
use super::request_class::{CredentialsManner, LaterPreflightManner};
use super::run::{Preflighted, Run, Tainting};
use super::scheme_fetch::without_fragment;
use super::sec_fetch::append_fetch_metadata;
use super::{
    Code, CookieContext, EmbedderPolicy, Header, HeaderList, MessageKind, Mode, SendCredentials,
    UrlCredentials, WireRequest,
};
use crate::terms::{Origin, site};

pub(crate) fn wire_request(run: &mut Run) -> WireRequest {
    let credentials = send_credentials(run);
    let mut headers = run.request.headers.clone();
    rewrite_as_engine_does(run, &mut headers);
    if let Some(referer) = referer_header(run) {
        headers.append("Referer", referer);
    }
    append_origin(run, &mut headers);
    if run.method_rewritten_at.is_none() {
        let origin = headers.get(b"origin");
        run.first_origin = origin.map(|value| String::from_utf8_lossy(&value).into_owned());
    }
    if headers.get(b"origin").as_deref() == Some(b"null") && run.serialized_origin() != "null" {
        run.note(Code::OriginNullByReferrerPolicy, [run.client.origin.to_string()]);
    }
    append_fetch_metadata(run, MessageKind::Actual, &mut headers);
    if !headers.contains(b"accept") {
        headers.append("Accept", "*/*");
    }
    let cache = cache_mode(run);
    match cache {
        CacheMode::NoCache if !headers.contains(b"cache-control") => {
            headers.append("Cache-Control", "max-age=0");
        }
        CacheMode::NoStore | CacheMode::Reload if run.request.cache != CacheMode::Default => {
            if !headers.contains(b"pragma") {
                headers.append("Pragma", "no-cache");
            }
            if !headers.contains(b"cache-control") {
                headers.append("Cache-Control", "no-cache");
            }
        }
        _ => {}
    }
    if headers.contains(b"range") && run.switches().range_encoding == RangeEncoding::Identity {
        headers.append("Accept-Encoding", "identity");
    }
    WireRequest {
        method: run.request.method.clone(),
        url: without_fragment(run.url()),
        headers,
        body: match &run.request.body {
            Some(Body::Bytes(bytes)) => Some(bytes.clone()),
            _ => None,
        },
        body_is_stream: run.is_stream(),
        cache: match (cache, run.switches().only_if_cached) {
            // What force-cache is: the network where nothing is stored.
            (CacheMode::OnlyIfCached, OnlyIfCached::GoesToNetwork) => CacheMode::ForceCache,
            _ => cache,
        },
        credentials,
        url_credentials: url_credentials(run, credentials),
        cookies: cookie_context(run),
        connection: connection_rule(run),
        partition: run.client.top_level_origin.clone(),
        profile: run.profile,
    }
}

/// Credentials go along if they are included, or are for the same origin and the response is still basic; never where
/// the embedder bars them. [HTTP-network-or-cache fetch](https://fetch.spec.whatwg.org/#http-network-or-cache-fetch)
fn send_credentials(run: &mut Run) -> SendCredentials {
    let wanted = match run.request.credentials {
        CredentialsMode::Include => true,
        CredentialsMode::SameOrigin => {
            run.tainting == Tainting::Basic || takes_credentials_along(run)
        }
        CredentialsMode::Omit => false,
    };
    let wanted = wanted && !is_left_out_after_redirect(run);
    if !wanted {
        if run.tainting != Tainting::Basic {
            run.note(Code::CredentialsNotSent, ["credentials mode"]);
        }
        return SendCredentials::Exclude;
    }
    let elsewhere = run.urls.iter().any(|url| !run.is_own(url));
    let kept_home = run.request.manners.credentials == CredentialsManner::HomeAlone && elsewhere;
    let barred = kept_home
        || run.client.embedder_policy == EmbedderPolicy::Credentialless
            && run.tainting == Tainting::Opaque;
    if barred {
        run.note(Code::CoepCredentialless, [run.url().as_str().to_owned()]);
        return SendCredentials::Exclude;
    }
    SendCredentials::Include
}

/// WebKit decides once whether a no-cors request has credentials: where it begins.
fn takes_credentials_along(run: &Run) -> bool {
    run.switches().no_cors_credentials == NoCorsCredentials::TakenAlong
        && run.request.mode == Mode::NoCors
        && run.is_own(&run.urls[0])
}

fn is_left_out_after_redirect(run: &Run) -> bool {
    run.hop() > 0
        && run.request.manners.later_preflight == LaterPreflightManner::AsAtFirst
        && run.tainting == Tainting::Cors
        && run.preflighted == Preflighted::Needed
}

/// Step 14: not for a response tainted as "cors", not without credentials.
fn url_credentials(run: &Run, credentials: SendCredentials) -> UrlCredentials {
    let usable = run.request.use_url_credentials
        && credentials == SendCredentials::Include
        && run.tainting != Tainting::Cors
        && !(run.url().username().is_empty() && run.url().password().is_none());
    if usable { UrlCredentials::AnswerChallenge } else { UrlCredentials::Unused }
}

/// [Same-site mode](https://fetch.spec.whatwg.org/#determine-the-same-site-mode) of a subresource: all
/// cookies while page, address bar and every hop are of one site.
fn cookie_context(run: &Run) -> CookieContext {
    let suffixes = &*run.client.public_suffixes;
    let same_site = |origin: Option<Origin>| {
        origin.is_some_and(|origin| {
            site::is_same_site(&origin, &run.client.top_level_origin, suffixes)
        })
    };
    let target = same_site(Origin::from_url(run.url()));
    let page = site::is_same_site(&run.client.origin, &run.client.top_level_origin, suffixes);
    let chain = run.switches().same_site_chain == SameSiteChain::Ignored
        || run.redirect_taint() != RedirectTaint::CrossSite;
    if target && page && chain { CookieContext::Strict } else { CookieContext::CrossSite }
}

/// What leaves a browser differs from what the script set in three recorded ways.
fn rewrite_as_engine_does(run: &Run, headers: &mut HeaderList) {
    match run.switches().script_headers {
        ScriptHeaders::WithoutOwn => {
            // This engine sends its own in their place.
            headers.delete(b"user-agent");
            headers.delete(b"intervention");
            rewrite_range(run, headers);
        }
        ScriptHeaders::SingleLines => keep_single_lines(run, headers),
        ScriptHeaders::Widened => {
            if run.hop() > 0 && run.urls.iter().all(|url| run.is_own(url)) {
                headers.delete(b"user-agent");
            }
            widen_bytes(headers);
        }
        ScriptHeaders::AsSet => {}
    }
}

/// One range is written anew from its numbers; several, and what has none, go out as they are.
fn rewrite_range(run: &Run, headers: &mut HeaderList) {
    if run.switches().range != RangeRule::Signed64Rewritten {
        return;
    }
    let Some(value) = headers.get(b"range") else { return };
    if let Some(rewritten) = std::str::from_utf8(&value).ok().and_then(one_range) {
        headers.set("Range", rewritten);
    }
}

fn one_range(value: &str) -> Option<String> {
    let (unit, ranges) = value.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let mut ranges = ranges.split(',').map(str::trim).filter(|range| !range.is_empty());
    let (Some(range), None) = (ranges.next(), ranges.next()) else { return None };
    let (start, end) = range.split_once('-')?;
    let number = |text: &str| text.trim().parse::<i64>().ok();
    match (start.trim(), end.trim()) {
        ("", _) => None,
        (start, "") => Some(format!("bytes={}-", number(start)?)),
        (start, end) => Some(format!("bytes={}-{}", number(start)?, number(end)?)),
    }
}

/// Firefox's requests hold one line of these; the last one that is set remains.
const SINGLE: [&[u8]; 7] = [
    b"authorization",
    b"content-disposition",
    b"from",
    b"if-modified-since",
    b"if-unmodified-since",
    b"location",
    b"max-forwards",
];

fn keep_single_lines(run: &Run, headers: &mut HeaderList) {
    forget_before_empty_lines(headers);
    for name in SINGLE {
        keep_one(headers, name, |lines| lines.last());
    }
    // A body brings its type along, and so the first one; what follows a redirect has headers only.
    let with_body = run.request.body.is_some() && run.hop() == 0;
    keep_one(
        headers,
        b"content-type",
        |lines| if with_body { lines.first() } else { lines.last() },
    );
}

/// Setting an empty value there takes back what was set before, and what follows starts anew.
fn forget_before_empty_lines(headers: &mut HeaderList) {
    let lines: Vec<Header> = headers.iter().cloned().collect();
    let mut kept: Vec<Header> = Vec::new();
    for line in lines {
        let same = |known: &Header| known.name.eq_ignore_ascii_case(&line.name);
        if line.value.is_empty() || kept.iter().any(|known| same(known) && known.value.is_empty()) {
            kept.retain(|known| !same(known));
        }
        kept.push(line);
    }
    *headers = kept.into_iter().collect();
}

fn keep_one(
    headers: &mut HeaderList,
    name: &[u8],
    choose: impl Fn(&[Vec<u8>]) -> Option<&Vec<u8>>,
) {
    let lines: Vec<Vec<u8>> = headers.lines(name).map(<[u8]>::to_vec).collect();
    if let (Some(kept), true) = (choose(&lines), lines.len() > 1) {
        headers.set(name, kept);
    }
}

/// Bytes from 0x80 go out as the UTF-8 of the code points that they stand for.
fn widen_bytes(headers: &mut HeaderList) {
    let widened = headers.iter().cloned().map(|mut header| {
        if !header.value.is_ascii() {
            header.value =
                header.value.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes();
        }
        header
    });
    *headers = widened.collect();
}
