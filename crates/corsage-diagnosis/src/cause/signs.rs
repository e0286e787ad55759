//! The table of signs: which evidence speaks for which cause. Rows stand in order of how sure they
//! are; every row that applies is reported, and the first one leads.

use corsage::browser::load::{CrossOriginAttribute, LoadKind};
use corsage::browser::{AddressSpace, Code, Destination, Mode, NearMiss};
use corsage::terms::caps::WEBKIT_MAX_AGE;

use corsage_texts::{fill, text};

use super::login::leads_to_login;
use super::{Cause, Evidence, answers, application, layers};
use crate::CodeText;
use crate::account::{Found, MessageName};
use crate::fix::{has_lower_case, is_response_header, joined};
use crate::machine::{is_cross_site, lines_of, text};
use crate::near_miss::{Near, near};
use crate::observation::Reachable;

/// A cause with the values for its texts.
pub(crate) struct Suspect {
    pub(crate) cause: Cause,
    pub(crate) values: Vec<(&'static str, String)>,
}

/// Values of a row that applies; `None` if it does not.
pub(super) type Values = Option<Vec<(&'static str, String)>>;

/// All causes that the evidence speaks for.
pub(crate) fn causes(evidence: &Evidence<'_>) -> Vec<Suspect> {
    let mut suspects: Vec<Suspect> = Vec::new();
    for (cause, applies) in ROWS {
        if let Some(mut values) = applies(evidence) {
            for (name, value) in general(evidence) {
                if values.iter().all(|(given, _)| *given != name) {
                    values.push((name, value));
                }
            }
            suspects.push(Suspect { cause: *cause, values });
        }
    }
    suspects
}

/// A cause, and whether the evidence speaks for it.
type Row = (Cause, fn(&Evidence<'_>) -> Values);

const ROWS: &[Row] = &[
    (Cause::WebSocket, |e| yes(matches!(e.scheme().as_str(), "ws" | "wss"))),
    (Cause::RefusedByApi, |e| {
        yes(e.first().is_some_and(|found| {
            found.blocker.code.severity() == corsage::browser::Severity::Thrown
        }))
    }),
    (Cause::ExtensionOrigin, |e| yes(!e.found.is_empty() && e.origin().contains("-extension://"))),
    (Cause::LocalNetwork, local_network),
    (Cause::PreflightDropped, |e| {
        yes(e.has(&[Code::PreflightNetworkError])
            && e.observation.reachable == Some(Reachable::Connects))
    }),
    (Cause::NotCors, |e| {
        let applies = e.first().is_some_and(|found| crate::account::is_network(found.blocker.code))
            && !(e.has(&[Code::PreflightNetworkError])
                && e.observation.reachable == Some(Reachable::Connects));
        applies.then(|| network_values(e))
    }),
    (Cause::ManifestCredentials, manifest_credentials),
    (Cause::PageSendsResponseHeader, page_sends_response_header),
    (Cause::RedirectCredentials, |e| yes(e.has(&[Code::RedirectUrlHasCredentials]))),
    (Cause::RedirectLoop, redirect_loop),
    (Cause::LoginRedirect, login_redirect),
    (Cause::HttpToHttps, http_to_https),
    (Cause::PreflightRedirect, |e| {
        e.find(&[Code::PreflightRedirect])?;
        if login_redirect(e).is_some() {
            return None;
        }
        Some(vec![("location", e.redirect_of_first().unwrap_or_default())])
    }),
    (Cause::RefusedByCorsLayer, answers::refused_by_cors_layer),
    (Cause::PreflightNotMatched, answers::preflight_not_matched),
    (Cause::RateLimit, answers::rate_limit),
    (Cause::ProxyErrorWithoutCors, answers::proxy_error),
    (Cause::Authentication, answers::authentication),
    (Cause::NoRoute, answers::no_route),
    (Cause::PreflightFirewall, |e| {
        with_status(preflight_status(e, |s| matches!(s, 403 | 406)).filter(|_| at_the_edge(e)))
    }),
    (Cause::PreflightAuthentication, |e| {
        with_status(preflight_status(e, |s| matches!(s, 401 | 403 | 407)))
    }),
    (Cause::PreflightServerError, |e| with_status(preflight_status(e, |s| s >= 500 && s != 501))),
    (Cause::PreflightStatus, |e| {
        with_status(preflight_status(e, |s| (s < 500 || s == 501) && !matches!(s, 401 | 403 | 407)))
    }),
    (Cause::CacheVary, cached_copy),
    (Cause::NullOrigin, |e| {
        let applies = !e.found.is_empty() && e.origin() == "null";
        let without_credentials = crate::account::credentials(&e.observation.init)
            != corsage::browser::CredentialsMode::Include;
        let star = if without_credentials {
            text!(e.language, "account.star-without-credentials")
        } else {
            ""
        };
        applies.then(|| vec![("star", star.to_owned())])
    }),
    (Cause::ErrorWithoutCors, answers::error_without_cors),
    (Cause::RedirectOrigin, redirect_origin),
    (Cause::BadAllowOriginSyntax, list_of_origins),
    (Cause::MultipleAllowOrigin, |e| {
        let found = e.find(&[Code::MultipleAllowOrigin, Code::PreflightMultipleAllowOrigin])?;
        Some(vec![("seen", seen(found)), ("layers", layers::described(e, found))])
    }),
    (Cause::BadAllowOriginSyntax, |e| origin_value(e, |near| near.is_syntax())),
    (Cause::HostSpelling, |e| origin_value(e, |near| near.is(HOST_SPELLINGS))),
    (Cause::OriginMismatch, |e| {
        origin_value(e, |near| !near.is_syntax() && !near.is(HOST_SPELLINGS))
            .filter(|_| e.origin() != "null")
    }),
    (Cause::WildcardCredentials, |e| {
        yes(e.has(&[
            Code::WildcardOriginWithCredentials,
            Code::PreflightWildcardOriginWithCredentials,
        ]))
    }),
    (Cause::CredentialsNotAllowed, |e| {
        yes(e.has(&[Code::AllowCredentialsNotTrue, Code::PreflightAllowCredentialsNotTrue])
            && !e.has(&[
                Code::WildcardOriginWithCredentials,
                Code::PreflightWildcardOriginWithCredentials,
                Code::MissingAllowOrigin,
                Code::PreflightMissingAllowOrigin,
            ]))
    }),
    (Cause::InvalidToken, |e| {
        let found =
            e.find(&[Code::PreflightInvalidAllowMethods, Code::PreflightInvalidAllowHeaders])?;
        Some(vec![("seen", seen(found))])
    }),
    (Cause::LowerCaseMethod, |e| method_case(e, has_lower_case)),
    (Cause::MethodCase, |e| method_case(e, |method| !has_lower_case(method))),
    (Cause::LiteralStar, |e| {
        yes(e.has(&[
            Code::MethodWildcardWithCredentials,
            Code::HeaderWildcardWithCredentials,
            Code::AuthorizationNotCoveredByWildcard,
            Code::WildcardCoversAuthorization,
            Code::ExposeWildcardWithCredentials,
        ]))
    }),
    (Cause::MethodNotAllowed, |e| {
        subject(e.find(&[Code::MethodNotAllowed]).filter(|_| preflight_was_meant(e)))
    }),
    (Cause::HeaderNotAllowed, |e| {
        let names: Vec<String> = e
            .found
            .iter()
            .filter(|found| found.blocker.code == Code::HeaderNotAllowed)
            .filter_map(|found| found.blocker.subject.as_deref().map(text))
            .filter(|name| !is_response_header(name))
            .collect();
        (!names.is_empty() && preflight_was_meant(e)).then(|| vec![("names", names.join(", "))])
    }),
    (Cause::UploadListenerOrStream, |e| {
        yes(e.observation.init.use_cors_preflight
            && e.first().is_some_and(|found| found.message == MessageName::Preflight))
    }),
    (Cause::KeepaliveOrBeacon, |e| {
        yes(e.observation.init.keepalive
            && e.first().is_some_and(|found| found.message == MessageName::Preflight))
    }),
    (Cause::SchemeOrPolicy, |e| {
        let found = e.find(&[
            Code::SchemeNotCorsEnabled,
            Code::SchemeNotFetchable,
            Code::MixedContent,
            Code::CspConnectSrc,
            Code::IntegrityPolicy,
            Code::BadPort,
            Code::SameOriginModeCrossOriginUrl,
            Code::CorpNotSameOrigin,
            Code::CorpNotSameSite,
            Code::CorpRequiredByCoep,
            Code::OrbBlocked,
            Code::NosniffBlocked,
            Code::MimeTypeBlocked,
            Code::IntegrityMismatch,
            Code::IntegrityOnOpaque,
            Code::NotFetchedByEngine,
            Code::WorkerNotSameOrigin,
            Code::TrackWithoutCrossorigin,
            Code::SvgReferenceNotSameOrigin,
            Code::FrameWithoutEmbedderPolicy,
            Code::LoadStatusNotOk,
            Code::ScriptTypeNotJavascript,
            Code::StyleTypeNotCss,
            Code::EventStreamTypeWrong,
            Code::ContentNotDecodable,
            Code::WebSocketNotAccepted,
        ])?;
        let text = CodeText::of(found.blocker.code, e.language);
        let fix = if text.server.is_empty() { text.page } else { text.server };
        Some(vec![
            ("title", text.title.to_owned()),
            ("why", text.cause.to_owned()),
            ("fix", without_full_stop(fix)),
        ])
    }),
    (Cause::ElementCrossorigin, |e| {
        // Fonts and module scripts always use CORS: there is nothing to decide.
        yes(e.observation.init.destination != Destination::Empty
            && !matches!(e.observation.init.destination, Destination::Font)
            && (e.observation.init.mode != Some(Mode::Cors) || e.observation.init.keepalive)
            && (!e.found.is_empty() || e.has(&[Code::OpaqueResponse]))
            && !is_decided_otherwise(e))
    }),
    (Cause::LayerOrder, layer_order),
    (Cause::OriginSetByHand, |e| {
        let names = e.set_by_page(|name| {
            matches!(name.to_ascii_lowercase().as_str(), "origin" | "referer" | "cookie" | "host")
        });
        (!names.is_empty()).then(|| vec![("names", names.join(", "))])
    }),
    (Cause::NoAllowOrigin, |e| {
        let found = e.missing().filter(|_| !e.has(&[Code::PreflightRedirect]))?;
        let status = found.response.as_ref().map_or(0, |response| response.status);
        yes(status < 400 && e.origin() != "null")
    }),
    (Cause::ThirdPartyApi, third_party_api),
    (Cause::ApplicationOrigin, |e| {
        let shell = application::shell(&e.origin()).filter(|_| !e.found.is_empty())?;
        Some(vec![
            ("shell", shell.name.to_owned()),
            ("origins", shell.origins.join(", ")),
            ("native", shell.native.to_owned()),
        ])
    }),
    (Cause::Opaque, |e| {
        yes(e.observation.init.mode == Some(Mode::NoCors)
            && e.observation.init.destination == Destination::Empty)
    }),
    (Cause::Cookies, |e| {
        yes(e.has(&[Code::CredentialsNotSent, Code::SetCookieIgnored]) && e.missing().is_none())
    }),
    (Cause::NotExposed, |e| {
        let remark = e.remark(&[
            Code::HeaderNotExposed,
            Code::ExposeHeadersInvalid,
            Code::ExposeWildcardWithCredentials,
        ])?;
        let names = remark.words(e.language);
        let exposed = crate::fix::exposed_now(e.observation);
        let all: Vec<&str> =
            exposed.iter().map(String::as_str).chain(names.iter().map(String::as_str)).collect();
        Some(vec![("names", names.join(", ")), ("list", all.join(", "))])
    }),
    (Cause::CacheVary, |e| yes(e.has(&[Code::VaryOriginMissing]) && cached_copy(e).is_none())),
    (Cause::LocalNetwork, |e| {
        (e.found.is_empty()
            && e.remark(&[Code::LnaPermissionPrompt, Code::LnaInsecureContext]).is_some())
        .then(|| near_place(e))
    }),
    (Cause::AnyOriginReflected, answers::any_origin_reflected),
    (Cause::PreflightCache, preflight_cache),
];

pub(super) fn yes(applies: bool) -> Values {
    applies.then(Vec::new)
}

/// Values that every text may use.
fn general(evidence: &Evidence<'_>) -> Vec<(&'static str, String)> {
    let first = evidence.first();
    let server = evidence
        .servers
        .iter()
        .rev()
        .find(|server| server.kind.is_front())
        .or_else(|| evidence.servers.first())
        .map_or_else(
            || text!(evidence.language, "account.server-unnamed").to_owned(),
            |server| server.kind.name().to_owned(),
        );
    vec![
        ("origin", evidence.origin()),
        ("method", crate::account::method(&evidence.observation.init)),
        ("url", evidence.observation.init.url.clone()),
        ("location", evidence.redirect_of_first().unwrap_or_default()),
        ("seen", first.map(seen).unwrap_or_default()),
        (
            "status",
            first
                .and_then(|found| found.response.as_ref())
                .map(|response| response.status.to_string())
                .unwrap_or_default(),
        ),
        ("server", server),
    ]
}

/// Whether the preflight's answer was made by something that knows CORS: where it was not, a
/// missing list says nothing.
fn preflight_was_meant(evidence: &Evidence<'_>) -> bool {
    !evidence.has(&[
        Code::PreflightStatusNotOk,
        Code::PreflightRedirect,
        Code::PreflightMissingAllowOrigin,
    ])
}

fn seen(found: &Found) -> String {
    found.blocker.seen.as_deref().map(text).unwrap_or_default()
}

fn subject(found: Option<&Found>) -> Values {
    let subject = found?.blocker.subject.as_deref().map(text)?;
    Some(vec![("subject", subject)])
}

fn with_status(status: Option<u16>) -> Values {
    Some(vec![("status", status?.to_string())])
}

/// How far one gets, step by step, and what is known about the step that fails.
fn network_values(evidence: &Evidence<'_>) -> Vec<(&'static str, String)> {
    let language = evidence.language;
    let failure = evidence.observation.exchanges.iter().rev().find_map(|x| x.answer.as_ref().err());
    let said = failure.map(|failure| failure.text.clone()).unwrap_or_default();
    let code = failure.map_or(Code::ConnectionFailed, |failure| failure.kind.code());
    let (template, detail) = match &evidence.observation.reachable {
        Some(Reachable::NoAddress) => (text!(language, "account.step-no-address"), said),
        Some(Reachable::NoConnection(problem)) => {
            (text!(language, "account.step-no-connection"), problem.clone())
        }
        Some(Reachable::Connects) if code == Code::TlsFailed => {
            (text!(language, "account.step-no-tls"), said)
        }
        Some(Reachable::Connects) => (text!(language, "account.step-no-answer"), said),
        None => (text!(language, "account.step-unknown"), said),
    };
    let text = CodeText::of(code, language);
    let fix = if text.server.is_empty() { text.page } else { text.server };
    vec![
        ("title", text.title.to_owned()),
        ("steps", fill(template, &[("detail", &detail)])),
        ("fix", without_full_stop(fix)),
    ]
}

/// A sentence as the end of a line that has none.
fn without_full_stop(sentence: &str) -> String {
    sentence.strip_suffix('.').unwrap_or(sentence).to_owned()
}

/// Whether the answer comes from a network's edge, where firewalls sit.
fn at_the_edge(evidence: &Evidence<'_>) -> bool {
    use crate::fix::ServerKind as S;
    let edge = |kind| {
        matches!(kind, S::Cloudflare | S::CloudFront | S::ApiGatewayRest | S::ApiGatewayHttp)
    };
    !evidence.servers.is_empty() && evidence.servers.iter().all(|server| edge(server.kind))
}

/// Several origins in one line come from a configuration that joins a list.
fn list_of_origins(evidence: &Evidence<'_>) -> Values {
    let found = evidence.find(&[Code::MultipleAllowOrigin, Code::PreflightMultipleAllowOrigin])?;
    let response = found.response.as_ref()?;
    let lines = lines_of(&response.headers)
        .filter(|line| line.name.eq_ignore_ascii_case(b"access-control-allow-origin"))
        .count();
    let value = seen(found);
    let items: Vec<&str> = value.split([',', ' ']).filter(|item| !item.is_empty()).collect();
    let distinct = items.iter().enumerate().all(|(i, item)| !items[..i].contains(item));
    (lines == 1 && distinct && !items.contains(&"*")).then(|| vec![("seen", value.clone())])
}

fn method_case(evidence: &Evidence<'_>, wanted: impl Fn(&str) -> bool) -> Values {
    let values = subject(evidence.find(&[Code::MethodCaseMismatch]))?;
    values.iter().any(|(_, method)| wanted(method)).then_some(values)
}

fn preflight_status(evidence: &Evidence<'_>, wanted: impl Fn(u16) -> bool) -> Option<u16> {
    // Whoever is known to have answered is not suspected twice.
    if answers::is_understood(evidence) {
        return None;
    }
    let found = evidence.find(&[Code::PreflightStatusNotOk])?;
    found.response.as_ref().map(|response| response.status).filter(|status| wanted(*status))
}

fn local_network(evidence: &Evidence<'_>) -> Values {
    evidence
        .find(&[
            Code::LnaInsecureContext,
            Code::LnaPermissionDenied,
            Code::LnaPermissionPrompt,
            Code::LnaPermissionsPolicy,
            Code::LnaAddressSpaceMismatch,
        ])
        .map(|_| near_place(evidence))
}

/// From where the target may be asked without a permission.
fn near_place(evidence: &Evidence<'_>) -> Vec<(&'static str, String)> {
    let machine = evidence.observation.target_space == Some(AddressSpace::Loopback);
    let place = if machine {
        text!(evidence.language, "account.place-same-machine")
    } else {
        text!(evidence.language, "account.place-same-network")
    };
    vec![("place", place.to_owned())]
}

fn page_sends_response_header(evidence: &Evidence<'_>) -> Values {
    let names = evidence.set_by_page(is_response_header);
    (!names.is_empty()).then(|| vec![("names", names.join(", "))])
}

fn redirect_loop(evidence: &Evidence<'_>) -> Values {
    let found = evidence.find(&[
        Code::RedirectLimit,
        Code::RedirectLocationInvalid,
        Code::RedirectSchemeNotHttp,
        Code::RedirectModeError,
    ])?;
    let location = found
        .response
        .as_ref()
        .and_then(|response| joined(&response.headers, "location"))
        .unwrap_or_default();
    Some(vec![("location", location)])
}

fn login_redirect(evidence: &Evidence<'_>) -> Values {
    if evidence.found.is_empty() {
        return None;
    }
    let location = evidence.observation.exchanges.iter().find_map(leads_to_login)?;
    Some(vec![("location", location)])
}

fn http_to_https(evidence: &Evidence<'_>) -> Values {
    let first = evidence.first()?;
    let location = evidence.locations().into_iter().find_map(|location| {
        let to = url::Url::parse(&location).ok()?;
        let from = first.request.as_ref()?;
        let from_http = evidence.observation.exchanges.iter().any(|exchange| {
            exchange.request.url.scheme() == "http" && exchange.request.url.host() == to.host()
        });
        (from_http && to.scheme() == "https" && from.url.host() == to.host()).then_some(location)
    })?;
    Some(vec![("location", location)])
}

fn cached_copy(evidence: &Evidence<'_>) -> Values {
    let found = evidence.find(&[Code::MissingAllowOrigin, Code::AllowOriginMismatch])?;
    let response = found.response.as_ref()?;
    yes(response.status < 400 && Evidence::from_cache(response))
}

fn redirect_origin(evidence: &Evidence<'_>) -> Values {
    let found = evidence.find(&[
        Code::AllowOriginMismatchTainted,
        Code::MissingAllowOrigin,
        Code::AllowOriginMismatch,
        Code::WildcardOriginWithCredentials,
        Code::AllowCredentialsNotTrue,
        Code::PreflightMissingAllowOrigin,
        Code::PreflightStatusNotOk,
        Code::PreflightAllowOriginMismatch,
    ])?;
    let on_redirect = found
        .response
        .as_ref()
        .is_some_and(|response| matches!(response.status, 301 | 302 | 303 | 307 | 308));
    yes(found.blocker.hop > 0 || (on_redirect && found.message == MessageName::Request))
}

/// The same host, to whoever wrote it.
const HOST_SPELLINGS: &[NearMiss] = &[NearMiss::Idn, NearMiss::TrailingDot];

fn origin_value(evidence: &Evidence<'_>, wanted: impl Fn(Near) -> bool) -> Values {
    let found = evidence.find(&[
        Code::AllowOriginMismatch,
        Code::InvalidAllowOrigin,
        Code::PreflightAllowOriginMismatch,
        Code::PreflightInvalidAllowOrigin,
    ])?;
    let value = seen(found);
    let near = near(&value, &found.sent_origin().unwrap_or_default());
    wanted(near).then(|| vec![("seen", value)])
}

/// One of two answers carries CORS headers and the other does not.
fn layer_order(evidence: &Evidence<'_>) -> Values {
    let has_allow_origin = |response: &corsage::browser::WireResponse| {
        joined(&response.headers, "access-control-allow-origin").is_some()
    };
    let preflight = evidence.preflight().and_then(|exchange| exchange.answer.as_ref().ok());
    let first = evidence.first()?;
    let response = first.response.as_ref()?;
    let applies = match first.message {
        // The preflight was granted, the response lacks the header.
        MessageName::Request => {
            first.blocker.code == Code::MissingAllowOrigin
                && preflight.is_some_and(has_allow_origin)
        }
        // A CORS layer spoke, and something behind it refused; or OPTIONS was answered by a router
        // that lists methods and knows nothing of CORS.
        MessageName::Preflight => {
            let refused = evidence.has(&[Code::PreflightStatusNotOk]) && has_allow_origin(response);
            let routed = evidence.has(&[Code::PreflightMissingAllowOrigin])
                && !evidence.has(&[Code::PreflightStatusNotOk, Code::PreflightRedirect])
                && joined(&response.headers, "allow").is_some();
            refused || routed
        }
        MessageName::Probe | MessageName::None => false,
    };
    let language = evidence.language;
    let why = match first.message {
        MessageName::Request => text!(language, "account.layer-skips-response"),
        _ if has_allow_origin(response) => text!(language, "account.layer-before-refusal"),
        _ => text!(language, "account.layer-behind-router"),
    };
    applies.then(|| vec![("why", why.to_owned())])
}

fn third_party_api(evidence: &Evidence<'_>) -> Values {
    let found = evidence.missing().filter(|_| !evidence.has(&[Code::PreflightRedirect]))?;
    let request = found.request.as_ref()?;
    let elsewhere = is_cross_site(&request.url, &evidence.observation.client.origin);
    let named = request.url.domain().is_some_and(|host| host != "localhost");
    let status = found.response.as_ref().map_or(0, |response| response.status);
    yes(elsewhere && named && status < 400 && evidence.knows_no_cors())
}

fn preflight_cache(evidence: &Evidence<'_>) -> Values {
    let response = evidence.preflight()?.answer.as_ref().ok()?;
    let age: u64 = joined(&response.headers, "access-control-max-age")?.parse().ok()?;
    let on_preflight =
        evidence.first().is_some_and(|found| found.message == MessageName::Preflight);
    (age > WEBKIT_MAX_AGE.as_secs() && !on_preflight).then(|| vec![("seconds", age.to_string())])
}

/// A manifest is asked for without cookies of other sites, whatever the page's own requests carry.
fn manifest_credentials(e: &Evidence<'_>) -> Values {
    let load = e.observation.loads.last()?;
    let without = load.kind() == LoadKind::Manifest
        && load.cross_origin_attribute() != CrossOriginAttribute::UseCredentials;
    let refused = e.observation.exchanges.iter().any(|exchange| {
        let status = exchange.answer.as_ref().map(|response| response.status);
        matches!(status, Ok(401 | 403)) || leads_to_login(exchange).is_some()
    });
    yes(without && refused)
}

/// `crossorigin` decides nothing about these, or nobody could write it there.
fn is_decided_otherwise(e: &Evidence<'_>) -> bool {
    let Some(load) = e.observation.loads.last() else { return false };
    load.cross_origin_attribute() == CrossOriginAttribute::NoCors
        && load.with_crossorigin().is_none()
        && load.kind() != LoadKind::Beacon
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_a_row_or_a_reason() {
        // A service worker is never seen from outside; it is known from console lines only.
        let without = [Cause::ServiceWorker];
        for cause in Cause::ALL {
            let rows = ROWS.iter().filter(|(row, _)| row == cause).count();
            assert_eq!(rows == 0, without.contains(cause), "{}", cause.as_str());
        }
    }
}
