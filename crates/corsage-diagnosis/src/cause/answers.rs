//! Who made an answer that fails: the server's own CORS layer, authentication, a router, a proxy, a limit.

use corsage::browser::{Code, WireResponse};

use super::Evidence;
use super::signs::{Values, yes};
use crate::account::MessageName;
use crate::fix::joined;
use crate::machine::{lines_of, text};
use crate::observation::Question;

/// What CORS layers say when they refuse, in lower case: a word for whom, and one for that.
const SUBJECTS: &[&str] = &["cors", "origin", "origins", "cross-origin", "crossorigin"];
const REFUSALS: &[&str] = &[
    "invalid",
    "disallowed",
    "not allowed",
    "notallowed",
    "not permitted",
    "forbidden",
    "denied",
    "reject",
    "blocked",
    "refused",
    "unauthorized",
    "not in",
    "not whitelisted",
    "is not",
];

/// The answer that fails: the first one, if it came.
fn failing<'e>(evidence: &'e Evidence<'_>) -> Option<&'e WireResponse> {
    evidence.first()?.response.as_ref()
}

fn status_of(response: Option<&WireResponse>) -> u16 {
    response.map_or(0, |response| response.status)
}

fn header(response: &WireResponse, name: &str) -> Option<String> {
    joined(&response.headers, name)
}

fn has_allow_origin(response: &WireResponse) -> bool {
    header(response, "access-control-allow-origin").is_some()
}

/// Whether the CORS check fails for want of headers, or for the status of a preflight.
fn is_unanswered(evidence: &Evidence<'_>) -> bool {
    evidence.has(&[
        Code::MissingAllowOrigin,
        Code::PreflightMissingAllowOrigin,
        Code::PreflightStatusNotOk,
    ])
}

/// What the server's CORS layer says, if it says so: "Invalid CORS request", "Disallowed CORS origin".
fn said(body: &str) -> Option<String> {
    // Pages of proxies talk of much; a refusal is short.
    let plain = without_tags(body);
    plain
        .split(['\n', '{', '}', '"'])
        .map(str::trim)
        .find(|sentence| {
            let lower = sentence.to_ascii_lowercase();
            let mut words = lower.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
            words.any(|word| SUBJECTS.contains(&word))
                && REFUSALS.iter().any(|word| lower.contains(word))
        })
        .map(|sentence| sentence.chars().take(120).collect())
}

fn without_tags(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut inside = false;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                out.push('\n');
            }
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

/// The CORS layer of the server itself refuses: it says so, it varies by Origin, or the refusal
/// vanishes without Origin.
pub(super) fn refused_by_cors_layer(evidence: &Evidence<'_>) -> Values {
    if !is_unanswered(evidence) {
        return None;
    }
    let response = failing(evidence)?;
    let status = response.status;
    let shown = |how: String| Some(vec![("status", status.to_string()), ("how", how)]);
    if status >= 400
        && let Some(said) = said(&evidence.body())
    {
        return shown(format!("\"{said}\""));
    }
    if !matches!(status, 400 | 401 | 403 | 404 | 405 | 406 | 500) || challenges(response) {
        return None;
    }
    let without = evidence.probed(Question::WithoutOrigin);
    let ok =
        |response: Option<&WireResponse>| response.is_some_and(|response| response.status < 400);
    let with = match evidence.first()?.message {
        MessageName::Preflight => evidence.probed(Question::Read),
        _ => Some(response),
    };
    // The same GET is answered without Origin and refused with it.
    if ok(without) && with.is_some_and(|with| with.status >= 400 && !has_allow_origin(with)) {
        return shown(format!("{} without Origin", status_of(without)));
    }
    let varies = header(response, "vary")
        .is_some_and(|vary| vary.split(',').any(|name| name.trim().eq_ignore_ascii_case("origin")));
    if status == 403 && varies && without.is_none_or(|without| without.status != 403) {
        return shown("403, Vary: Origin".to_owned());
    }
    None
}

/// A preflight for something else passes: the policy has this route and origin, but not this method,
/// or not these headers, and lets the rest through to a router.
pub(super) fn preflight_not_matched(evidence: &Evidence<'_>) -> Values {
    evidence.find(&[Code::PreflightStatusNotOk, Code::PreflightMissingAllowOrigin])?;
    let granted = |question| {
        evidence
            .probed(question)
            .is_some_and(|answer| (200..300).contains(&answer.status) && has_allow_origin(answer))
    };
    if !granted(Question::PlainPreflight) || refused_by_cors_layer(evidence).is_some() {
        return None;
    }
    let preflight = &evidence.preflight()?.request.headers;
    let method = joined(preflight, "access-control-request-method").unwrap_or_default();
    let headers = joined(preflight, "access-control-request-headers").unwrap_or_default();
    let subject = if granted(Question::SameHeaders) || headers.is_empty() {
        method
    } else if method == "GET" {
        headers
    } else {
        format!("{method} ({headers})")
    };
    let status = status_of(failing(evidence)).to_string();
    Some(vec![("subject", subject), ("status", status)])
}

/// Too many requests.
pub(super) fn rate_limit(evidence: &Evidence<'_>) -> Values {
    let response = failing(evidence).filter(|_| is_unanswered(evidence))?;
    (response.status == 429).then(|| vec![("status", response.status.to_string())])
}

/// A proxy, gateway or firewall answers by itself.
pub(super) fn proxy_error(evidence: &Evidence<'_>) -> Values {
    let response = failing(evidence).filter(|_| is_unanswered(evidence))?;
    if refused_by_cors_layer(evidence).is_some() || preflight_not_matched(evidence).is_some() {
        return None;
    }
    let on_preflight = evidence.first()?.message == MessageName::Preflight;
    // Firewalls that refuse OPTIONS have a row of their own.
    let by_front = if on_preflight {
        is_unreachable(response.status)
    } else {
        is_unreachable(response.status) || is_from_front(evidence, response)
    };
    by_front.then(|| vec![("status", response.status.to_string())])
}

/// Statuses that only somebody in front of the application answers with.
pub(crate) fn is_unreachable(status: u16) -> bool {
    matches!(status, 502..=504 | 520..=530)
}

/// Whether an answer looks made by a proxy, gateway or firewall itself.
fn is_from_front(evidence: &Evidence<'_>, response: &WireResponse) -> bool {
    let html = header(response, "content-type")
        .is_some_and(|value| value.to_ascii_lowercase().starts_with("text/html"));
    let front = evidence.servers.iter().any(|server| server.kind.is_front())
        && evidence.servers.iter().all(|server| server.kind.is_front());
    matches!(response.status, 403 | 408 | 413 | 414 | 431 | 494..=499) && (front || html)
}

fn challenges(response: &WireResponse) -> bool {
    header(response, "www-authenticate").is_some()
}

/// Authentication refuses the request itself, with Origin and without.
pub(super) fn authentication(evidence: &Evidence<'_>) -> Values {
    let found = evidence.find(&[Code::MissingAllowOrigin])?;
    let response = found.response.as_ref()?;
    let refused = response.status == 401 || (response.status == 403 && challenges(response));
    if !refused || refused_by_cors_layer(evidence).is_some() {
        return None;
    }
    Some(vec![("status", response.status.to_string())])
}

/// There is nothing at this address, with Origin and without.
pub(super) fn no_route(evidence: &Evidence<'_>) -> Values {
    let found = evidence.find(&[Code::MissingAllowOrigin])?;
    let response = found.response.as_ref()?;
    let without = evidence.probed(Question::WithoutOrigin)?;
    let missing = matches!(response.status, 404 | 405 | 410 | 501)
        && without.status == response.status
        && refused_by_cors_layer(evidence).is_none();
    missing.then(|| vec![("status", response.status.to_string())])
}

/// The application failed, and its error carries no CORS headers.
pub(super) fn error_without_cors(evidence: &Evidence<'_>) -> Values {
    let found = evidence.find(&[Code::MissingAllowOrigin])?;
    let response = found.response.as_ref().filter(|response| response.status >= 400)?;
    (!is_understood(evidence)).then(|| vec![("status", response.status.to_string())])
}

/// Whether it is known who made the failing answer.
pub(super) fn is_understood(evidence: &Evidence<'_>) -> bool {
    let rows: [fn(&Evidence<'_>) -> Values; 6] = [
        refused_by_cors_layer,
        preflight_not_matched,
        rate_limit,
        proxy_error,
        authentication,
        no_route,
    ];
    rows.iter().any(|row| row(evidence).is_some())
}

/// An origin that nobody has was let in, with credentials.
pub(super) fn any_origin_reflected(evidence: &Evidence<'_>) -> Values {
    let answer = evidence.probed(Question::OtherOrigin)?;
    let asked = evidence
        .observation
        .beyond
        .probes
        .iter()
        .find(|probed| probed.question == Question::OtherOrigin)
        .and_then(|probed| joined(&probed.exchange.request.headers, "origin"))?;
    let echoed = lines_of(&answer.headers).any(|line| {
        line.name.eq_ignore_ascii_case(b"access-control-allow-origin") && text(&line.value) == asked
    });
    yes(echoed && header(answer, "access-control-allow-credentials").as_deref() == Some("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fronts_are_told_by_their_statuses() {
        assert!(is_unreachable(502) && is_unreachable(525) && !is_unreachable(500));
    }

    #[test]
    fn refusals_are_heard() {
        for body in [
            "Invalid CORS request",
            "Disallowed CORS origin, method",
            "<pre>Error: Not allowed by CORS<br> &nbsp; at origin (/app.js:3:9)</pre>",
            "{\"message\":\"Origin https://app.example is not allowed\"}",
            "<h1>Forbidden</h1><p>cross-origin request denied</p>",
        ] {
            assert!(said(body).is_some(), "{body}");
        }
        for body in [
            "",
            "<html><head><title>502 Bad Gateway</title></head><body>Bad gateway</body></html>",
            "{\"error\":\"unauthorized\"}",
            "original not found",
        ] {
            assert_eq!(said(body), None, "{body}");
        }
    }
}
