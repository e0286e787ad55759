//! [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0): may this request be sent?

use std::time::Duration;

use super::cors_check::{Checked, cors_check, effective_lines};
use super::http_fetch::{preflight_names, send};
use super::origin_header::serialize;
use super::preflight_cache::{CacheKey, Grant, WithCredentials};
use super::profile::{
    CacheModel, MalformedMaxAge, PreflightCacheBypass, PreflightReferrer, StoredWildcard, Switches,
    TaintedPreflight, Wildcard,
};
use super::referrer::referer_header;
use super::request::CacheMode;
use super::run::{Context, Run};
use super::scheme_fetch::without_fragment;
use super::sec_fetch::append_fetch_metadata;
use super::{
    Blocker, Code, ConnectionRule, CookieContext, HeaderList, MessageKind, ReferrerPolicy,
    SendCredentials, Step, UrlCredentials, WireFailure, WireRequest, WireResponse,
};
use crate::terms::caps::DEFAULT_MAX_AGE;
use crate::terms::header_name::is_non_wildcard_request_header;
use crate::terms::header_values::{Malformed, delta_seconds, token_list};
use crate::terms::method;
use crate::terms::{Origin, site};

/// The request: `OPTIONS`, without credentials, without a body, never cached, never redirected.
pub(crate) fn preflight_request(run: &Run, names: &[Vec<u8>]) -> WireRequest {
    let mut headers = HeaderList::new();
    headers.append("Accept", "*/*");
    headers.append("Access-Control-Request-Method", &run.request.method);
    if !names.is_empty() {
        headers.append("Access-Control-Request-Headers", names.join(&b','));
    }
    if let Some(referer) = preflight_referrer(run) {
        headers.append("Referer", referer);
    }
    headers.append("Origin", preflight_origin(run));
    append_fetch_metadata(run, MessageKind::Preflight, &mut headers);
    WireRequest {
        method: b"OPTIONS".to_vec(),
        url: without_fragment(run.url()),
        headers,
        body: None,
        body_is_stream: false,
        cache: CacheMode::NoStore,
        credentials: SendCredentials::Exclude,
        url_credentials: UrlCredentials::Unused,
        cookies: CookieContext::CrossSite,
        // Recorded: what the local network forbids shows on the request itself.
        connection: ConnectionRule::Anywhere,
        partition: run.client.top_level_origin.clone(),
        profile: run.profile,
    }
}

/// WebKit's preflight after leaving home names the referrer that the request had there; another site is told no more
/// than the origin, as ever.
fn preflight_referrer(run: &Run) -> Option<String> {
    let at_home = run.referrer_at_home.as_ref().filter(|_| {
        run.switches().preflight_referrer == PreflightReferrer::AsAtHome
            && (run.referrer_policy == ReferrerPolicy::SameOrigin || is_within_site(run))
    });
    let told = || at_home.map(|url| url.as_str().to_owned());
    if is_within_site(run) {
        told().or_else(|| referer_header(run))
    } else {
        referer_header(run).or_else(told)
    }
}

fn is_within_site(run: &Run) -> bool {
    let suffixes = &*run.client.public_suffixes;
    Origin::from_url(run.url())
        .is_some_and(|target| site::is_same_site(&run.client.origin, &target, suffixes))
}

/// Firefox's preflight names the page even where its request says `null`.
fn preflight_origin(run: &Run) -> String {
    match run.switches().tainted_preflight {
        TaintedPreflight::Null => run.serialized_origin(),
        TaintedPreflight::PageOrigin => serialize(&run.client.origin),
    }
}

pub(crate) fn cache_key(run: &Run) -> CacheKey {
    CacheKey {
        partition: run.client.top_level_origin.to_string(),
        origin: preflight_origin(run),
        // With its fragment, in the text and in all three engines.
        url: run.url().as_str().to_owned(),
        credentials: if run.is_include() { WithCredentials::Yes } else { WithCredentials::No },
    }
}

/// Judges the answer. All conditions are looked at, so that the transcript names them all.
pub(crate) fn receive(
    mut run: Box<Run>,
    response: Result<WireResponse, WireFailure>,
    context: &mut Context<'_>,
) -> Step {
    let site = run.site(MessageKind::Preflight);
    let response = match response {
        Ok(response) => response,
        Err(failure) => {
            context.cache.clear_entries(&cache_key(&run));
            let mut blocker = site.about(Code::PreflightNetworkError, failure.code().as_str());
            blocker.seen = Some(run.url().as_str().as_bytes().to_vec());
            return run.fail(blocker);
        }
    };
    let mut blockers = Vec::new();
    let origin = preflight_origin(&run);
    let checked = Checked {
        origin: &origin,
        tainted: run.is_tainted_by_redirects() && origin == "null",
        credentials: run.request.credentials,
        site,
    };
    // Firefox: to the page's own server this is no cross-origin request, redirects or not.
    let at_home =
        run.switches().tainted_preflight == TaintedPreflight::PageOrigin && run.is_own(run.url());
    if !at_home && let Err(failed) = cors_check(&checked, &response.headers, run.switches()) {
        blockers.extend(failed);
    }
    if !(200..300).contains(&response.status) {
        let redirect =
            (300..400).contains(&response.status) && response.headers.contains(b"location");
        let code = if redirect { Code::PreflightRedirect } else { Code::PreflightStatusNotOk };
        let mut blocker = site.about(code, response.status.to_string());
        if redirect {
            blocker.header = Some("Location");
            blocker.seen = response.headers.get(b"location");
        }
        blockers.push(blocker);
    }
    let may_cache = blockers.is_empty();
    let lists = Lists::of(&response.headers, &run);
    blockers.extend(lists.blockers(&run));
    if blockers.is_empty() {
        run.store(&response, lists, context);
        return send(run);
    }
    // WebKit remembers what an answer lists even where it refuses this request.
    if may_cache
        && run.switches().cache == CacheModel::Webkit
        && lists.methods.is_ok()
        && lists.headers.is_ok()
    {
        run.store(&response, lists, context);
    } else {
        context.cache.clear_entries(&cache_key(&run));
    }
    run.fail_all(blockers)
}

struct Lists {
    methods: Result<Vec<Vec<u8>>, Malformed>,
    headers: Result<Vec<Vec<u8>>, Malformed>,
    raw: HeaderList,
}

const ALLOW_METHODS: &str = "Access-Control-Allow-Methods";
const ALLOW_HEADERS: &str = "Access-Control-Allow-Headers";

impl Lists {
    fn of(headers: &HeaderList, run: &Run) -> Self {
        let list = |name: &str| {
            token_list(headers.lines(name.as_bytes()))
                .map(|list| list.into_iter().map(<[u8]>::to_vec).collect())
        };
        let mut methods: Result<Vec<Vec<u8>>, Malformed> = list(ALLOW_METHODS);
        // [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch): so that a forced preflight of a safelisted method is remembered.
        if methods.as_ref().is_ok_and(Vec::is_empty)
            && !headers.contains(ALLOW_METHODS.as_bytes())
            && run.request.use_cors_preflight
        {
            methods = Ok(vec![run.request.method.clone()]);
        }
        Self { methods, headers: list(ALLOW_HEADERS), raw: headers.clone() }
    }

    fn blockers(&self, run: &Run) -> Vec<Blocker> {
        let site = run.site(MessageKind::Preflight);
        let malformed =
            |code, name: &'static str| site.header(code, name, self.raw.get(name.as_bytes()), b"");
        let mut blockers = Vec::new();
        if self.methods.is_err() {
            blockers.push(malformed(Code::PreflightInvalidAllowMethods, ALLOW_METHODS));
        }
        if self.headers.is_err() {
            blockers.push(malformed(Code::PreflightInvalidAllowHeaders, ALLOW_HEADERS));
        }
        if let Ok(methods) = &self.methods {
            blockers.extend(self.judge_method(run, methods));
        }
        if let Ok(headers) = &self.headers {
            blockers.extend(
                preflight_names(run)
                    .iter()
                    .filter_map(|name| self.judge_header(run, headers, name)),
            );
        }
        blockers
    }

    fn judge_method(&self, run: &Run, methods: &[Vec<u8>]) -> Option<Blocker> {
        let asked = &run.request.method;
        let wildcard = methods.iter().any(|listed| listed == b"*");
        if methods.contains(asked) || method::is_safelisted(asked) || wildcard && !run.is_include()
        {
            return None;
        }
        let code = if methods.iter().any(|listed| listed.eq_ignore_ascii_case(asked)) {
            Code::MethodCaseMismatch
        } else if wildcard {
            Code::MethodWildcardWithCredentials
        } else {
            Code::MethodNotAllowed
        };
        let site = run.site(MessageKind::Preflight);
        let seen = self.raw.get(ALLOW_METHODS.as_bytes());
        Some(Blocker {
            subject: Some(asked.clone()),
            ..site.header(code, ALLOW_METHODS, seen, asked)
        })
    }

    fn judge_header(&self, run: &Run, headers: &[Vec<u8>], name: &[u8]) -> Option<Blocker> {
        if headers.iter().any(|listed| listed.eq_ignore_ascii_case(name)) {
            return None;
        }
        let wildcard = headers.iter().any(|listed| listed == b"*");
        let authorization = is_non_wildcard_request_header(name);
        let covered =
            !authorization || run.switches().authorization == Wildcard::CoversAuthorization;
        if wildcard && !run.is_include() && covered {
            return None;
        }
        let code = match (wildcard, run.is_include()) {
            (false, _) => Code::HeaderNotAllowed,
            (true, true) => Code::HeaderWildcardWithCredentials,
            (true, false) => Code::AuthorizationNotCoveredByWildcard,
        };
        let site = run.site(MessageKind::Preflight);
        let seen = self.raw.get(ALLOW_HEADERS.as_bytes());
        Some(Blocker {
            subject: Some(name.to_vec()),
            ..site.header(code, ALLOW_HEADERS, seen, name)
        })
    }
}

impl Run {
    fn store(&mut self, response: &WireResponse, lists: Lists, context: &mut Context<'_>) {
        let unstored = self.switches().preflight_cache_bypass
            == PreflightCacheBypass::WithHttpCache
            && self.request.cache == CacheMode::NoStore;
        if unstored {
            return;
        }
        let asks_authorization = self.headers().contains(b"authorization");
        let (Ok(methods), Ok(headers)) = (lists.methods, lists.headers) else { return };
        let listed = |name: &[u8]| headers.iter().any(|known| known.eq_ignore_ascii_case(name));
        if asks_authorization && listed(b"*") && !listed(b"authorization") {
            self.note(Code::WildcardCoversAuthorization, ["authorization"]);
        }
        let switches = self.switches();
        let max_age = match max_age(&response.headers, switches) {
            Some(age) => age,
            None => {
                let value = response.headers.get(b"access-control-max-age").unwrap_or_default();
                self.note(Code::PreflightNotCached, [value]);
                match switches.cache {
                    // By the text an age of zero ends the entries that are listed, and no others.
                    CacheModel::Standard => Duration::ZERO,
                    CacheModel::Firefox => return,
                    CacheModel::Chromium | CacheModel::Webkit => {
                        context.cache.clear_entries(&cache_key(self));
                        return;
                    }
                }
            }
        };
        if max_age > switches.max_age_cap {
            self.note(Code::MaxAgeCapped, [switches.max_age_cap.as_secs().to_string()]);
        }
        let wildcard = methods.iter().chain(&headers).any(|value| value == b"*");
        if wildcard && switches.stored_wildcard == StoredWildcard::Literal {
            self.note(Code::WildcardNotCached, ["*"]);
        }
        let grant = Grant { methods, headers, max_age: max_age.min(switches.max_age_cap) };
        context.cache.store(cache_key(self), grant, switches.cache, context.now);
    }
}

/// `None`: this answer is not remembered.
fn max_age(headers: &HeaderList, switches: &Switches) -> Option<Duration> {
    let lines = effective_lines(headers, b"access-control-max-age", switches);
    if lines.is_empty() {
        return Some(DEFAULT_MAX_AGE);
    }
    let age = match delta_seconds(lines.iter().copied()) {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(Malformed) => {
            let value = lines.join(&b", "[..]);
            // A number that no integer holds is as malformed as letters are.
            if value.is_empty() {
                return Some(DEFAULT_MAX_AGE);
            }
            let number = std::str::from_utf8(&value).ok().and_then(|text| text.parse::<i64>().ok());
            let negative = value.starts_with(b"-") && number.is_some();
            let rule =
                if negative { switches.negative_max_age } else { switches.malformed_max_age };
            match rule {
                MalformedMaxAge::FiveSeconds => DEFAULT_MAX_AGE,
                MalformedMaxAge::NotCached => return None,
            }
        }
    };
    (age > Duration::ZERO).then_some(age)
}
