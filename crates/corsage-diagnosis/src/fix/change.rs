//! Single changes of a response or of the page's call, and what repairs a blocker.

use corsage::browser::{Blocker, Code, Header, HeaderList, RequestInit, WireResponse};
use schemars::JsonSchema;
use serde::Serialize;

use crate::machine::{lines_of, list_of, text};
use crate::replay::Asked;

/// One change of one response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Change {
    /// One line with this value, in place of all there were.
    Set {
        /// The header.
        header: String,
        /// Its value.
        value: String,
    },
    /// One more item in a list.
    Add {
        /// The header.
        header: String,
        /// The item.
        item: String,
    },
    /// This item in place of a `*` that does not count.
    Name {
        /// The header.
        header: String,
        /// The item.
        item: String,
    },
    /// Another status.
    Status {
        /// The status.
        status: u16,
    },
    /// No redirect.
    Unredirect {
        /// Where it led.
        location: String,
    },
}

/// What repairs a blocker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Patch {
    /// Changes of the response that failed.
    Response(Vec<Change>),
    /// A change of the page's call.
    Page(PageChange),
    /// No change of a header or of the call repairs it.
    None,
}

/// A change of the page's call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageChange {
    /// Do not set these headers.
    RemoveHeaders(Vec<String>),
    /// Another method.
    Method(String),
    /// Mode `cors`.
    ModeCors,
    /// `crossorigin` on the element.
    Crossorigin,
    /// Redirect mode `follow`.
    FollowRedirects,
    /// A policy of the page that lets the URL through.
    AllowSource {
        /// The directive as it is.
        directive: String,
        /// The origin to add to it.
        source: String,
    },
}

/// The response that a blocker speaks of, as far as changes need it.
pub(crate) struct Target<'a> {
    /// The response.
    pub(crate) response: Option<&'a WireResponse>,
    /// The origin as it was sent.
    pub(crate) sent_origin: &'a str,
}

/// What repairs this blocker alone.
pub(crate) fn changes(blocker: &Blocker, target: &Target<'_>, init: &RequestInit) -> Patch {
    use Code as C;
    let set = |header: &str, value: &str| Change::Set {
        header: header.to_owned(),
        value: value.to_owned(),
    };
    let subject = blocker.subject.as_deref().map(text).unwrap_or_default();
    match blocker.code {
        C::PreflightMissingAllowOrigin
        | C::PreflightMultipleAllowOrigin
        | C::PreflightInvalidAllowOrigin
        | C::PreflightAllowOriginMismatch
        | C::PreflightWildcardOriginWithCredentials
        | C::MissingAllowOrigin
        | C::MultipleAllowOrigin
        | C::InvalidAllowOrigin
        | C::AllowOriginMismatch
        | C::WildcardOriginWithCredentials => {
            // Allowing `null` would let in every sandboxed frame: never proposed.
            if target.sent_origin == "null" {
                return Patch::None;
            }
            Patch::Response(vec![set("access-control-allow-origin", target.sent_origin)])
        }
        C::PreflightAllowCredentialsNotTrue | C::AllowCredentialsNotTrue => {
            Patch::Response(vec![set("access-control-allow-credentials", "true")])
        }
        C::PreflightInvalidAllowMethods => {
            repaired_list("access-control-allow-methods", target.response)
        }
        C::PreflightInvalidAllowHeaders => {
            repaired_list("access-control-allow-headers", target.response)
        }
        C::MethodCaseMismatch if has_lower_case(&subject) => {
            Patch::Page(PageChange::Method(subject.to_ascii_uppercase()))
        }
        C::MethodNotAllowed | C::MethodCaseMismatch => Patch::Response(vec![Change::Add {
            header: "access-control-allow-methods".to_owned(),
            item: subject,
        }]),
        C::MethodWildcardWithCredentials => Patch::Response(vec![Change::Name {
            header: "access-control-allow-methods".to_owned(),
            item: subject,
        }]),
        C::HeaderNotAllowed
        | C::HeaderWildcardWithCredentials
        | C::AuthorizationNotCoveredByWildcard => {
            if is_response_header(&subject) {
                let names = init
                    .headers
                    .iter()
                    .map(|(name, _)| text(name))
                    .filter(|name| is_response_header(name))
                    .collect();
                return Patch::Page(PageChange::RemoveHeaders(names));
            }
            let header = "access-control-allow-headers".to_owned();
            Patch::Response(vec![if blocker.code == C::HeaderWildcardWithCredentials {
                Change::Name { header, item: subject }
            } else {
                Change::Add { header, item: subject }
            }])
        }
        C::RedirectUrlHasCredentials => {
            let location = target
                .response
                .and_then(|response| joined(&response.headers, "location"))
                .and_then(|location| url::Url::parse(&location).ok());
            match location {
                Some(mut url) => {
                    // Neither fails: a URL with user information can be without it.
                    let _ = url.set_username("");
                    let _ = url.set_password(None);
                    Patch::Response(vec![set("location", url.as_str())])
                }
                None => Patch::None,
            }
        }
        C::PreflightStatusNotOk => Patch::Response(vec![Change::Status { status: 204 }]),
        C::PreflightRedirect => {
            let location = target
                .response
                .and_then(|response| joined(&response.headers, "location"))
                .unwrap_or_default();
            Patch::Response(vec![Change::Unredirect { location }])
        }
        C::CorpNotSameOrigin | C::CorpNotSameSite | C::CorpRequiredByCoep => {
            Patch::Response(vec![set("cross-origin-resource-policy", "cross-origin")])
        }
        C::CspConnectSrc => {
            let directive = blocker.seen.as_deref().map(text).unwrap_or_default();
            match url::Url::parse(&subject) {
                Ok(url) => Patch::Page(PageChange::AllowSource {
                    directive,
                    source: url.origin().ascii_serialization(),
                }),
                Err(_) => Patch::None,
            }
        }
        C::CanvasTainted | C::TrackWithoutCrossorigin | C::IntegrityOnOpaque => {
            Patch::Page(PageChange::Crossorigin)
        }
        C::FrameWithoutEmbedderPolicy => {
            Patch::Response(vec![set("cross-origin-embedder-policy", "require-corp")])
        }
        // A page of HTML in place of a file is another answer altogether: no header repairs it.
        C::ScriptTypeNotJavascript | C::StyleTypeNotCss | C::EventStreamTypeWrong
            if is_html(blocker) =>
        {
            Patch::None
        }
        C::ScriptTypeNotJavascript | C::StyleTypeNotCss | C::EventStreamTypeWrong => {
            let wanted = blocker.wanted.as_deref().map(text).unwrap_or_default();
            Patch::Response(vec![set("content-type", &wanted)])
        }
        C::SameOriginModeCrossOriginUrl => Patch::Page(PageChange::ModeCors),
        C::NoCorsRedirectModeNotFollow | C::RedirectModeError => {
            Patch::Page(PageChange::FollowRedirects)
        }
        _ => Patch::None,
    }
}

fn is_html(blocker: &Blocker) -> bool {
    blocker.seen.as_deref().is_some_and(|seen| seen.trim_ascii_start().starts_with(b"text/html"))
}

/// Whether a method is one that pages should have spelled in upper case.
pub(crate) fn has_lower_case(method: &str) -> bool {
    method.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// Headers of responses that pages send by mistake.
pub(crate) fn is_response_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("access-control-allow-")
        || name.starts_with("access-control-expose-")
        || name == "access-control-max-age"
}

/// The names that can be saved from a list with bad items.
fn repaired_list(header: &str, response: Option<&WireResponse>) -> Patch {
    let seen = response.and_then(|response| joined(&response.headers, header)).unwrap_or_default();
    let items: Vec<&str> = seen
        .split(|c: char| !(c.is_ascii_alphanumeric() || "!#$%&*+-.^_`|~".contains(c)))
        .filter(|item| !item.is_empty())
        .collect();
    Patch::Response(vec![Change::Set { header: header.to_owned(), value: items.join(", ") }])
}

/// A response with changes made to it.
pub(crate) fn apply(response: &mut WireResponse, changes: &[Change]) {
    for change in changes {
        match change {
            Change::Set { header, value } => set(&mut response.headers, header, value),
            Change::Add { header, item } => {
                let value = match joined(&response.headers, header) {
                    Some(list) if !list.trim().is_empty() => format!("{list}, {item}"),
                    _ => item.clone(),
                };
                set(&mut response.headers, header, &value);
            }
            Change::Name { header, item } => {
                let list = joined(&response.headers, header).unwrap_or_default();
                let names =
                    list.split(',').map(str::trim).filter(|name| !matches!(*name, "*" | ""));
                let names: Vec<&str> = names.chain([item.as_str()]).collect();
                set(&mut response.headers, header, &names.join(", "));
            }
            Change::Status { status } => response.status = *status,
            Change::Unredirect { .. } => {
                response.status = 204;
                remove(&mut response.headers, "location");
            }
        }
    }
}

/// The call with a change made to it.
pub(crate) fn apply_to_page(asked: &mut Asked, change: &PageChange) {
    use corsage::browser::{Mode, RedirectMode};
    let (init, client) = (&mut asked.init, &mut asked.client);
    match change {
        PageChange::Crossorigin => {
            let changed =
                asked.loads.last().and_then(corsage::browser::load::Load::with_crossorigin);
            if let (Some(last), Some(changed)) = (asked.loads.last_mut(), changed) {
                *last = changed;
            }
        }
        PageChange::RemoveHeaders(names) => init.headers.retain(|(name, _)| {
            !names.iter().any(|removed| removed.as_bytes().eq_ignore_ascii_case(name))
        }),
        PageChange::Method(method) => init.method = Some(method.clone().into_bytes()),
        PageChange::ModeCors => init.mode = Some(Mode::Cors),
        PageChange::FollowRedirects => init.redirect = Some(RedirectMode::Follow),
        // The policies let everything through from here on: each directive is reported once.
        PageChange::AllowSource { directive, .. } => {
            let name = directive.split_ascii_whitespace().next().unwrap_or_default();
            client.policies.content_security.retain(|policy| policy.directive(name).is_none());
        }
    }
}

/// That header once, with that value.
pub(crate) fn set(headers: &mut HeaderList, name: &str, value: &str) {
    let mut kept = without(headers, name);
    kept.push(Header { name: name.as_bytes().to_vec(), value: value.as_bytes().to_vec() });
    *headers = list_of(kept);
}

fn remove(headers: &mut HeaderList, name: &str) {
    *headers = list_of(without(headers, name));
}

fn without(headers: &HeaderList, name: &str) -> Vec<Header> {
    lines_of(headers)
        .filter(|header| !header.name.eq_ignore_ascii_case(name.as_bytes()))
        .cloned()
        .collect()
}

/// All lines of a header, joined as the standard joins them.
pub(crate) fn joined(headers: &HeaderList, name: &str) -> Option<String> {
    let values: Vec<String> = lines_of(headers)
        .filter(|header| header.name.eq_ignore_ascii_case(name.as_bytes()))
        .map(|header| text(&header.value))
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}
