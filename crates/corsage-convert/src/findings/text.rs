//! What only the text shows: values that are not taken, what is granted by default; and where to point.

use super::code::FindingCode;
use super::look::Finding;
use crate::formats::ingress_nginx;
use crate::neutral::{AnsweredOrigin, Names, RoutedPolicy, RuleOrigins};
use crate::{Format, OriginMatcher, Span};

/// A text as its author wrote it.
pub(super) struct Written<'t> {
    format: Format,
    text: &'t str,
    /// The objects that enable CORS by annotations, where the format has them.
    ingresses: Vec<ingress_nginx::Written>,
    /// Settings of objects in which nothing is switched on.
    inactive: Vec<(String, Span)>,
}

impl<'t> Written<'t> {
    pub(super) fn of(format: Format, text: &'t str) -> Self {
        let (ingresses, inactive) = match format {
            Format::IngressNginx => (ingress_nginx::written(text), ingress_nginx::inactive(text)),
            _ => (Vec::new(), Vec::new()),
        };
        Self { format, text, ingresses, inactive }
    }

    /// What is wrong with what is written, or with what is not.
    pub(super) fn findings(&self, policies: &[RoutedPolicy]) -> Vec<Finding> {
        let ingresses = self.ingresses.iter().flat_map(ingress);
        let defaults = DEFAULTS
            .iter()
            .filter(|default| default.formats.contains(&self.format))
            .filter(|default| !default.words.iter().any(|word| mentions(self.text, word)))
            .filter(|default| policies.iter().any(default.is_granted))
            .map(|default| finding(FindingCode::DefaultGrants, 0..0, default.granted));
        let inactive = self.inactive.iter().map(|(name, span)| {
            finding(FindingCode::InactiveSettings, span.clone(), name.as_str())
        });
        ingresses.chain(defaults).chain(inactive).collect()
    }

    /// Where to point for what no border is to blame for: at the value where it is written, else at the setting.
    pub(super) fn place(&self, finding: &Finding) -> Span {
        let of_route = self.ingresses.iter().find(|ingress| {
            ingress.hosts.iter().any(|host| finding.route.starts_with(host.as_str()))
        });
        match of_route {
            Some(ingress) => ingress.setting(annotation(finding.code)),
            None => place(self.text, finding),
        }
    }
}

/// The annotation that a finding is about.
fn annotation(code: FindingCode) -> &'static str {
    match code {
        FindingCode::StarWithCredentials | FindingCode::AnyOriginWithCredentials => {
            "cors-allow-credentials"
        }
        FindingCode::MaxAgeBeyondBrowsers => "cors-max-age",
        FindingCode::NeedlessMethod | FindingCode::MethodCase => "cors-allow-methods",
        _ => "cors-allow-origin",
    }
}

/// Something that a program grants where nothing is written of it.
struct Default {
    formats: &'static [Format],
    /// The settings, one of which would have been written.
    words: &'static [&'static str],
    granted: &'static str,
    is_granted: fn(&RoutedPolicy) -> bool,
}

const DEFAULTS: &[Default] = &[
    Default {
        formats: &[
            Format::Express,
            Format::Nestjs,
            Format::Fastify,
            Format::Hono,
            Format::Koa,
            Format::Flask,
        ],
        words: &["origin", "origins", "resources", "CORS_ORIGINS"],
        granted: "no origin is written: every origin is let in",
        is_granted: every_origin,
    },
    Default {
        formats: &[Format::Express, Format::Nestjs, Format::Fastify, Format::Hono, Format::Koa],
        words: &["allowedHeaders", "allowHeaders", "headers"],
        granted: "no request headers are written: whatever is asked for is granted",
        is_granted: every_header,
    },
    Default {
        formats: &[Format::Flask],
        words: &["allow_headers", "CORS_ALLOW_HEADERS"],
        granted: "no request headers are written: whatever is asked for is granted",
        is_granted: every_header,
    },
    Default {
        formats: &[Format::Express, Format::Nestjs, Format::Hono, Format::Koa, Format::Flask],
        words: &["methods", "allowMethods", "CORS_METHODS"],
        granted: "no methods are written: DELETE is granted",
        is_granted: deletes,
    },
    Default {
        formats: &[Format::Jetty],
        words: &["allowCredentials"],
        granted: "allowCredentials is not written: it is true",
        is_granted: credentials,
    },
    Default {
        formats: &[Format::Jetty],
        words: &["allowedOrigins"],
        granted: "allowedOrigins is not written: every origin is let in",
        is_granted: every_origin,
    },
];

/// What Ingress objects are granted where they do not write it.
const OF_INGRESSES: [(&str, &str); 3] = [
    ("cors-allow-origin", "cors-allow-origin is not written: every origin is let in"),
    ("cors-allow-credentials", "cors-allow-credentials is not written: it is true"),
    ("cors-allow-methods", "cors-allow-methods is not written: PUT, PATCH and DELETE are granted"),
];

fn every_origin(policy: &RoutedPolicy) -> bool {
    policy.rules.iter().any(|rule| match &rule.origins {
        RuleOrigins::AllBut(_) => true,
        RuleOrigins::These(borders) | RuleOrigins::Mixed { inside: borders, .. } => {
            rule.answered == AnsweredOrigin::Star
                || borders.iter().any(|border| matches!(border.matcher, OriginMatcher::Any))
        }
    })
}

fn every_header(policy: &RoutedPolicy) -> bool {
    policy.rules.iter().any(|rule| rule.headers == Names::Mirrored)
}

fn deletes(policy: &RoutedPolicy) -> bool {
    policy.rules.iter().any(|rule| match &rule.methods {
        Names::Listed(names) => names.iter().any(|name| name == "DELETE"),
        Names::Star | Names::Mirrored => true,
    })
}

fn credentials(policy: &RoutedPolicy) -> bool {
    policy.rules.iter().any(|rule| rule.credentials)
}

fn ingress(written: &ingress_nginx::Written) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, granted) in OF_INGRESSES {
        if !written.has(name) {
            found.push(finding(FindingCode::DefaultGrants, written.span.clone(), granted));
        }
    }
    found.extend(written.ignored.iter().map(|value| {
        let code =
            if value.opens { FindingCode::ValueFailsOpen } else { FindingCode::ValueIgnored };
        finding(code, value.span.clone(), value.value.as_str())
    }));
    found
}

fn finding(code: FindingCode, span: Span, value: impl Into<String>) -> Finding {
    Finding { code, span, value: value.into(), route: String::new(), witness: None }
}

/// Whether a word stands in a text, and no part of a longer one.
fn mentions(text: &str, word: &str) -> bool {
    find(text, word).is_some()
}

fn find(text: &str, word: &str) -> Option<usize> {
    let is_part =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    text.match_indices(word).map(|(at, _)| at).find(|&at| {
        let bytes = text.as_bytes();
        !is_part(at.checked_sub(1).and_then(|before| bytes.get(before)))
            && !is_part(bytes.get(at + word.len()))
    })
}

/// The same in a text that is not known to have objects.
fn place(text: &str, finding: &Finding) -> Span {
    let value = finding.value.as_str();
    if value.len() > 1
        && let Some(at) = find(text, value)
    {
        return at..at + value.len();
    }
    let lower = text.to_ascii_lowercase();
    let words: &[&str] = match finding.code {
        FindingCode::StarWithCredentials | FindingCode::AnyOriginWithCredentials => {
            &["credentials", "cors"]
        }
        FindingCode::MaxAgeBeyondBrowsers => &["max-age", "maxage", "max_age", "cors"],
        FindingCode::NeedlessMethod | FindingCode::MethodCase => &["methods", "cors"],
        _ => &["allow-origin", "alloworigin", "allow_origin", "origin", "cors"],
    };
    words.iter().find_map(|word| lower.find(word).map(|at| at..at + word.len())).unwrap_or(0..0)
}

#[cfg(test)]
mod tests {
    use corsage_texts::Language;

    use super::{DEFAULTS, OF_INGRESSES};

    #[test]
    fn what_is_granted_can_be_retold() {
        let defaults = DEFAULTS.iter().map(|default| default.granted);
        for granted in defaults.chain(OF_INGRESSES.iter().map(|(_, granted)| *granted)) {
            let told = Language::Russian.retell("problems", granted);
            assert!(told.is_some(), "add to crates/corsage-texts/en/problems.toml: {granted:?}");
        }
    }
}
