//! From a draft to a policy: everything that does not depend on a request is decided here, once.

use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::check_lists::check_lists;
use super::check_origins::check_origins;
use super::constant_value::constant_value;
use super::error::Report;
use super::lines::PreparedLines;
use super::origin_set::OriginSet;
use super::pattern::is_pattern;
use super::policy::{Compiled, HeaderRule, MethodRule, OriginRule};
use super::{
    Credentials, CrossOriginResourcePolicy, DisallowedWrites, DynamicOrigins, Policy, PolicyDraft,
    PolicyErrors, PreflightStyle, VariesBy,
};
use crate::terms::{PublicSuffixes, method};

impl PolicyDraft {
    /// Checks the draft in full, and prepares every answer.
    ///
    /// With the feature `public-suffix-list`, which is on unless it is switched off, the bundled list guards against
    /// subdomains of a public suffix. Without it a policy that needs the guard compiles with a warning; or hand in a
    /// list with [`compile_with`](Self::compile_with).
    ///
    /// # Errors
    /// All problems of the draft, errors, warnings and notes, if any of them is an error.
    pub fn compile(self) -> Result<Policy, PolicyErrors> {
        #[cfg(feature = "public-suffix-list")]
        return compile(self, Some(&crate::terms::BundledPublicSuffixes));
        #[cfg(not(feature = "public-suffix-list"))]
        compile(self, None)
    }

    /// As [`compile`](Self::compile), with a Public Suffix List of the caller's.
    ///
    /// # Errors
    /// All problems of the draft, errors, warnings and notes, if any of them is an error.
    pub fn compile_with(self, suffixes: &dyn PublicSuffixes) -> Result<Policy, PolicyErrors> {
        compile(self, Some(suffixes))
    }
}

fn compile(
    mut draft: PolicyDraft,
    suffixes: Option<&dyn PublicSuffixes>,
) -> Result<Policy, PolicyErrors> {
    let mut report = Report::default();
    let set = check_origins(&draft, suffixes, &mut report);
    check_lists(&draft, &mut report);
    if report.has_errors() {
        return Err(PolicyErrors { problems: report.problems });
    }
    draft.allow_origins.shrink_to_fit();
    let origins = origin_rule(&draft, set);
    let methods = method_rule(&draft);
    let headers = header_rule(&draft);
    // In the order of `Lines`.
    let lines = PreparedLines::new([
        actual_headers(&draft, &origins),
        withheld_headers(&draft, &origins),
        preflight_headers(&draft, &origins, &methods, &headers),
        preflight_withheld_headers(&draft, &origins, &methods, &headers),
    ]);
    let mut compiled = Compiled {
        lines,
        debug_header: draft
            .debug_header
            .as_deref()
            .and_then(|name| HeaderName::from_bytes(name.as_bytes()).ok()),
        varies_by: varies_by(&draft, &origins),
        status_by_origin: None,
        origins,
        methods,
        headers,
        problems: report.problems,
        draft,
    };
    if compiled.debug_header.is_none() && !compiled.echoes() {
        compiled.status_by_origin = Some(compiled.preflight_status());
    }
    Ok(Policy(Arc::new(compiled)))
}

fn origin_rule(draft: &PolicyDraft, set: OriginSet) -> OriginRule {
    let list = &draft.allow_origins;
    match (list.len(), list.get(0)) {
        (1, Some("*")) if draft.allow_credentials == Credentials::Allow => OriginRule::Every,
        (1, Some("*")) => OriginRule::Any,
        // The Gateway API wants an only origin, too, to be sent to nobody else.
        (1, Some(one))
            if draft.dynamic_origins.is_none()
                && !is_pattern(one)
                && draft.preflight != PreflightStyle::GatewayApi =>
        {
            match constant_value(one) {
                Some(value) => OriginRule::One(value),
                None => OriginRule::Set(set),
            }
        }
        _ => OriginRule::Set(set),
    }
}

fn varies_by(draft: &PolicyDraft, origins: &OriginRule) -> VariesBy {
    let take_more = |rules: &DynamicOrigins| rules.are_looked_up() || rules.see_requests();
    if draft.debug_header.is_some()
        || draft.disallowed_writes == DisallowedWrites::Refuse
        || draft.dynamic_origins.as_ref().is_some_and(take_more)
    {
        return VariesBy::Request;
    }
    match origins {
        OriginRule::Any | OriginRule::One(_) => VariesBy::Nothing,
        OriginRule::Every | OriginRule::Set(_) => VariesBy::Origin,
    }
}

fn method_rule(draft: &PolicyDraft) -> MethodRule {
    if !draft.allow_methods.iter().any(|text| text == "*") {
        let normalized =
            draft.allow_methods.iter().map(|text| method::normalize(text.as_bytes()).into());
        MethodRule::Listed(normalized.collect())
    } else if draft.allow_credentials == Credentials::Allow {
        MethodRule::Every
    } else {
        MethodRule::Wildcard
    }
}

fn header_rule(draft: &PolicyDraft) -> HeaderRule {
    let names = &draft.allow_headers;
    if !names.iter().any(|text| text == "*") {
        HeaderRule::Listed(
            names.iter().map(|text| text.to_ascii_lowercase().into_bytes().into()).collect(),
        )
    } else if draft.allow_credentials == Credentials::Allow {
        HeaderRule::Every
    } else if names.iter().any(|text| text.eq_ignore_ascii_case("authorization")) {
        HeaderRule::WildcardAndAuthorization
    } else {
        HeaderRule::WildcardWithoutAuthorization
    }
}

/// What every response carries to a page that may read it; `Access-Control-Allow-Origin` is put in
/// its place when it depends on the request.
fn actual_headers(draft: &PolicyDraft, origins: &OriginRule) -> HeaderMap {
    let mut headers = HeaderMap::new();
    put_origin(&mut headers, origins);
    put_credentials(&mut headers, draft);
    put_list(&mut headers, ACCESS_CONTROL_EXPOSE_HEADERS, &draft.expose_headers);
    put_beside_cors(&mut headers, draft);
    if let Some(vary) = vary_of(draft, origins) {
        headers.insert(VARY, vary);
    }
    headers
}

/// What every response carries to everybody else.
fn withheld_headers(draft: &PolicyDraft, origins: &OriginRule) -> HeaderMap {
    let mut headers = only_vary(vary_of(draft, origins));
    put_beside_cors(&mut headers, draft);
    headers
}

fn only_vary(vary: Option<HeaderValue>) -> HeaderMap {
    vary.into_iter().map(|value| (VARY, value)).collect()
}

fn preflight_headers(
    draft: &PolicyDraft,
    origins: &OriginRule,
    methods: &MethodRule,
    names: &HeaderRule,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    put_origin(&mut headers, origins);
    put_credentials(&mut headers, draft);
    match methods {
        MethodRule::Listed(list) => {
            let text: Vec<_> = list.iter().map(|name| String::from_utf8_lossy(name)).collect();
            put_text(&mut headers, ACCESS_CONTROL_ALLOW_METHODS, &text.join(", "));
        }
        MethodRule::Wildcard => put_text(&mut headers, ACCESS_CONTROL_ALLOW_METHODS, "*"),
        MethodRule::Every => {}
    }
    match names {
        HeaderRule::Listed(_) => {
            put_list(&mut headers, ACCESS_CONTROL_ALLOW_HEADERS, &draft.allow_headers);
        }
        HeaderRule::WildcardWithoutAuthorization => {
            put_text(&mut headers, ACCESS_CONTROL_ALLOW_HEADERS, "*");
        }
        HeaderRule::WildcardAndAuthorization => {
            put_text(&mut headers, ACCESS_CONTROL_ALLOW_HEADERS, "*, authorization");
        }
        HeaderRule::Every => {}
    }
    if let Some(age) = draft.max_age {
        put_text(&mut headers, ACCESS_CONTROL_MAX_AGE, &age.as_secs().to_string());
    }
    if draft.preflight == PreflightStyle::GatewayApi {
        put_list(&mut headers, ACCESS_CONTROL_EXPOSE_HEADERS, &draft.expose_headers);
    }
    if let Some(vary) = preflight_vary(draft, origins, methods, names) {
        headers.insert(VARY, vary);
    }
    headers
}

/// To strangers a preflight's answer says nothing of the policy, but for the one origin that every other
/// answer says too: with it, the browser's console can name the origin that would have been right. That
/// origin depends on nobody, and answers to `OPTIONS` are not cached (RFC 9110, 9.3.7): no `Vary`.
fn preflight_withheld_headers(
    draft: &PolicyDraft,
    origins: &OriginRule,
    methods: &MethodRule,
    names: &HeaderRule,
) -> HeaderMap {
    let mut headers = only_vary(preflight_vary(draft, origins, methods, names));
    if let OriginRule::One(_) = origins {
        put_origin(&mut headers, origins);
    }
    headers
}

fn put_origin(headers: &mut HeaderMap, origins: &OriginRule) {
    match origins {
        OriginRule::Any => put_text(headers, ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        OriginRule::One(origin) => {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        }
        // A place for the request's own.
        OriginRule::Set(_) | OriginRule::Every => {
            put_text(headers, ACCESS_CONTROL_ALLOW_ORIGIN, "null");
        }
    }
}

fn put_credentials(headers: &mut HeaderMap, draft: &PolicyDraft) {
    if draft.allow_credentials == Credentials::Allow {
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
}

/// Fields that are no part of CORS, and go to every page.
fn put_beside_cors(headers: &mut HeaderMap, draft: &PolicyDraft) {
    put_list(headers, HeaderName::from_static("timing-allow-origin"), &draft.timing_allow_origins);
    if let Some(policy) = draft.cross_origin_resource_policy {
        let value = match policy {
            CrossOriginResourcePolicy::SameOrigin => "same-origin",
            CrossOriginResourcePolicy::SameSite => "same-site",
            CrossOriginResourcePolicy::CrossOrigin => "cross-origin",
        };
        put_text(headers, HeaderName::from_static("cross-origin-resource-policy"), value);
    }
}

fn put_list(headers: &mut HeaderMap, name: HeaderName, list: &[String]) {
    if !list.is_empty() {
        put_text(headers, name, &list.join(", "));
    }
}

fn put_text(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    // The checks have let only tokens and origins through; both are valid values.
    if let (false, Some(value)) = (text.is_empty(), constant_value(text)) {
        headers.insert(name, value);
    }
}

/// Exactly those request headers on which the answer depends.
fn vary_of(draft: &PolicyDraft, origins: &OriginRule) -> Option<HeaderValue> {
    vary(draft, origins, &[])
}

fn preflight_vary(
    draft: &PolicyDraft,
    origins: &OriginRule,
    methods: &MethodRule,
    names: &HeaderRule,
) -> Option<HeaderValue> {
    let mut also = Vec::new();
    if matches!(methods, MethodRule::Every) {
        also.push(ACCESS_CONTROL_REQUEST_METHOD.as_str());
    }
    if matches!(names, HeaderRule::Every | HeaderRule::WildcardWithoutAuthorization) {
        also.push(ACCESS_CONTROL_REQUEST_HEADERS.as_str());
    }
    vary(draft, origins, &also)
}

fn vary(draft: &PolicyDraft, origins: &OriginRule, also: &[&str]) -> Option<HeaderValue> {
    let mut names: Vec<&str> = Vec::new();
    if matches!(origins, OriginRule::Set(_) | OriginRule::Every) {
        names.push("Origin");
    }
    names.extend(also);
    names.extend(draft.vary_also.iter().map(String::as_str));
    if names.is_empty() { None } else { constant_value(&names.join(", ")) }
}
