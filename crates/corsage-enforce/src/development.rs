//! What a page on the developer's own machine is answered, and what would block it in production.
//!
//! The page's origin is another one there: `http://localhost:5173` stands for `https://app.example.com`. So the policy is
//! asked about the origin that it allows; what it says then is what the page will meet. The answer that the page gets
//! meanwhile is another policy's, made for this one request, which grants what it asks for.

use corsage::server::{Credentials, Outcome, Policy, PolicyDraft, Request};
use corsage::terms::loopback::is_loopback_host;
use http::{HeaderValue, header};

use crate::Judgement;

/// What is done for a page on this machine, while its server is being developed.
#[derive(Clone, Debug)]
pub struct Development {
    /// What the page is answered: that it may.
    pub judgement: Judgement,
    /// The origin that the policy was asked about in its place, if that is another.
    pub stands_for: Option<String>,
    /// What production would say, if that is no.
    pub blocked: Option<Blocked>,
}

/// What would block a page in production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The code of the rule that would refuse, or of the browser's that would.
    pub code: &'static str,
    /// The code, and what the policy lacks, in words for its owner.
    pub text: String,
}

/// Looks at a request as a developer's machine does. `None` if it is not from a page on this machine, or from the
/// server's own: then it is answered as in production.
///
/// ```
/// use corsage::server::{PolicyDraft, Request};
/// use corsage_enforce::develop;
/// use http::{HeaderMap, HeaderValue, Method};
///
/// let policy = PolicyDraft::new().origins(["https://app.example"]).compile()?;
/// let mut headers = HeaderMap::new();
/// headers.insert("origin", HeaderValue::from_static("http://localhost:5173"));
/// headers.insert("access-control-request-method", HeaderValue::from_static("PUT"));
/// let developed = develop(&policy, &Request::new(&Method::OPTIONS, &headers)).expect("it is from this machine");
/// assert_eq!(developed.stands_for.as_deref(), Some("https://app.example"));
/// assert_eq!(developed.blocked.expect("PUT is not listed").code, "method-not-allowed");
/// assert!(developed.judgement.is_preflight());
/// assert_eq!(developed.judgement.refusal(), None);
///
/// headers.insert("origin", HeaderValue::from_static("https://evil.example"));
/// assert!(develop(&policy, &Request::new(&Method::OPTIONS, &headers)).is_none());
/// # Ok::<(), corsage::server::PolicyErrors>(())
/// ```
#[must_use]
pub fn develop(policy: &Policy, request: &Request<'_>) -> Option<Development> {
    let origin = request.headers().get(header::ORIGIN)?.to_str().ok()?;
    if !is_on_this_machine(origin) || policy.decide(request).is_own_origin() {
        return None;
    }
    let granting = granting(policy, origin, request)?;
    let stand_in = if policy.admits_origin(origin) { None } else { stand_in(policy) };
    let mut headers = request.headers().clone();
    if let Some(stand_in) = &stand_in {
        headers.insert(header::ORIGIN, HeaderValue::from_str(stand_in).ok()?);
    }
    let asked = Request::new(request.method(), &headers);
    Some(Development {
        judgement: Judgement::of(&granting, None, request),
        blocked: blocked(policy, &asked),
        stands_for: stand_in,
    })
}

/// Whether an origin is of a page that this machine serves.
fn is_on_this_machine(origin: &str) -> bool {
    let Some((scheme, rest)) = origin.split_once("://") else { return false };
    let host = match rest.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => rest,
    };
    matches!(scheme, "http" | "https") && is_loopback_host(host)
}

/// A policy that grants this request, and shows of its answer what the policy in force would show.
fn granting(policy: &Policy, origin: &str, request: &Request<'_>) -> Option<Policy> {
    let lists = |name| {
        let lines = request.headers().get_all(name).iter().filter_map(|line| line.to_str().ok());
        let names = lines.flat_map(|line| line.split(',')).map(|name| name.trim().to_owned());
        names.filter(|name| !name.is_empty()).collect::<Vec<_>>()
    };
    let safe = ["GET", "HEAD", "POST"];
    let methods = lists(header::ACCESS_CONTROL_REQUEST_METHOD);
    let draft = PolicyDraft::new()
        .origins([origin])
        .methods(methods.into_iter().filter(|method| !safe.contains(&&**method)))
        .headers(lists(header::ACCESS_CONTROL_REQUEST_HEADERS))
        .expose(policy.draft().expose_headers.iter().filter(|name| **name != "*").cloned())
        .credentials(Credentials::Allow)
        .preflight(policy.draft().preflight)
        // Else the browser would remember what is granted here for longer than it stays true.
        .max_age(std::time::Duration::ZERO);
    draft.compile().ok()
}

/// An origin that the policy allows, for one that it does not know.
fn stand_in(policy: &Policy) -> Option<String> {
    let mut origins = policy.draft().allow_origins.iter();
    let made = |pattern: &str| pattern.trim_end_matches(":*").replace(['*', '?'], "page");
    origins.find_map(|pattern| Some(made(pattern)).filter(|made| policy.admits_origin(made)))
}

/// What would refuse the request, here or in the browser.
fn blocked(policy: &Policy, request: &Request<'_>) -> Option<Blocked> {
    let decision = policy.decide(request);
    let decided = decision.outcome();
    if let (Some(code), text) = (decided.reason(), decided.to_string()) {
        return Some(Blocked { code, text });
    }
    // A cookie goes along from another origin only where the page asks for that.
    let with_credentials = decided == Outcome::Share
        && policy.draft().allow_credentials == Credentials::Omit
        && request.headers().contains_key(header::COOKIE);
    let any = policy.draft().allow_origins.iter().any(|origin| origin == "*");
    let code = if any { "wildcard-origin-with-credentials" } else { "allow-credentials-not-true" };
    with_credentials.then(|| Blocked {
        code,
        text: format!(
            "{code}: a cookie came, so the page asks with credentials; set allow_credentials if it may"
        ),
    })
}
