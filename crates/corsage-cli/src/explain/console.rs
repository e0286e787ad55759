//! `--console`: what a pasted console says, failure by failure, and how to ask the server about it.

use std::collections::HashMap;

use corsage::browser::{Code, Severity};
use corsage_diagnosis::console::Browser;
use corsage_diagnosis::{CauseText, CodeText, Topic, TopicKind, TopicText};
use corsage_evidence::console::Recognised;
use corsage_report::Outcome;
use corsage_texts::{Language, text};
use serde_json::json;

use super::arguments::Format;
use super::style;

/// What is to be printed about a paste, and how it ended; `None` if nothing of it is known.
pub(crate) fn console(text: &str, format: Format, language: Language) -> Option<(String, Outcome)> {
    let found = corsage_evidence::console::read(text);
    let first = found.first()?;
    let outcome = outcome(&found);
    let text = match format {
        Format::Human => human(&found, language),
        Format::Json => {
            // The first failure's members stand at the top: most pastes hold one.
            let mut value = members(first);
            value["failures"] = found.iter().map(members).collect::<Vec<_>>().into();
            value["schema"] = "corsage.console/1".into();
            serde_json::to_string_pretty(&value).unwrap_or_default()
        }
    };
    Some((text, outcome))
}

/// A browser blocked: 1. Whether it did for a reason of CORS cannot be said, or the network failed: 3.
fn outcome(found: &[Recognised]) -> Outcome {
    let of = |found: &Recognised| match (found.code, found.topic) {
        (Some(code), _) if code.severity() == Severity::Note => Outcome::Passed,
        (Some(code), _) if is_network(code) => Outcome::Undecided,
        (Some(_), _) => Outcome::Failed,
        (None, Some(Topic::HttpStatus)) => Outcome::Undecided,
        (None, Some(topic)) => match topic.kind() {
            TopicKind::Short => Outcome::Undecided,
            TopicKind::NotCors => Outcome::Failed,
            TopicKind::Remark => Outcome::Passed,
        },
        (None, None) => Outcome::Undecided,
    };
    let outcomes: Vec<Outcome> = found.iter().map(of).collect();
    [Outcome::Failed, Outcome::Undecided]
        .into_iter()
        .find(|outcome| outcomes.contains(outcome))
        .unwrap_or(Outcome::Passed)
}

fn is_network(code: Code) -> bool {
    use Code as C;
    matches!(
        code,
        C::DnsFailed
            | C::ConnectionFailed
            | C::TlsFailed
            | C::HttpMalformed
            | C::ContentDecodingFailed
            | C::TimedOut
            | C::Aborted
            | C::Offline
            | C::ClientCertificateNeeded
            | C::CacheMissOnlyIfCached
            | C::PreflightNetworkError
    )
}

fn members(found: &Recognised) -> serde_json::Value {
    let mut value = serde_json::to_value(found).unwrap_or_default();
    if let Some(code) = found.code {
        let text = CodeText::of(code, Language::English);
        value["title"] = text.title.into();
        value["cause"] = text.cause.into();
        value["fix"] = json!({ "server": text.server, "page": text.page });
    } else if let Some(topic) = found.topic {
        let text = TopicText::of(topic, Language::English);
        value["title"] = text.title.into();
        value["cause"] = text.tells.into();
        value["next"] = text.next.into();
    }
    value["ask"] = follow_up(found).into();
    value
}

fn human(all: &[Recognised], language: Language) -> String {
    let told: Vec<String> = together(all).iter().map(|group| one(group, language)).collect();
    let mut out = told.join("\n");
    let firefox_or_safari = all.iter().any(|found| {
        found.code.is_some() && matches!(found.browser, Some(Browser::Firefox | Browser::Webkit))
    });
    if firefox_or_safari {
        out.push_str(&style::wrap(text!(language, "account.ambiguous-console"), 0, style::width()));
        out.push('\n');
    }
    out.trim_end().to_owned()
}

/// Failures that differ by their address alone are explained once, where the first of them stands.
fn together(all: &[Recognised]) -> Vec<Vec<&Recognised>> {
    let mut groups: Vec<Vec<&Recognised>> = Vec::new();
    let mut places = HashMap::new();
    for found in all {
        let elsewhere = Recognised { url: None, times: 0, ..found.clone() };
        let place = *places.entry(format!("{elsewhere:?}")).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(found),
            None => groups.push(vec![found]),
        }
    }
    groups
}

fn one(group: &[&Recognised], language: Language) -> String {
    let Some(&found) = group.first() else { return String::new() };
    let mut out = heading(found, language);
    facts(group, language, &mut out);
    explanation(found, language, &mut out);
    if let Some(code) = found.code {
        out.push_str(&format!(
            "{}: corsage explain --code {code}\n",
            text!(language, "account.learn")
        ));
    }
    if let Some(command) = follow_up(found) {
        out.push_str(&format!(
            "{}: {}\n",
            text!(language, "account.ask-server"),
            style::harmless(&command)
        ));
    }
    out
}

fn heading(found: &Recognised, language: Language) -> String {
    let (title, mark) = match (found.code, found.topic) {
        (Some(code), _) => {
            let severity = match code.severity() {
                Severity::Note => text!(language, "explain.note"),
                _ => text!(language, "explain.error"),
            };
            (CodeText::of(code, language).title, format!("{severity}[{code}]"))
        }
        (None, Some(topic)) => {
            let kind = match topic.kind() {
                TopicKind::Short => text!(language, "explain.undecided"),
                TopicKind::NotCors => text!(language, "explain.not-cors"),
                TopicKind::Remark => text!(language, "explain.note"),
            };
            (TopicText::of(topic, language).title, format!("{kind}[{}]", topic.as_str()))
        }
        (None, None) => ("", text!(language, "explain.undecided").to_owned()),
    };
    format!("{}: {}\n", style::error(mark), style::strong(title))
}

/// Why, and what to do about it.
fn explanation(found: &Recognised, language: Language, out: &mut String) {
    let width = style::width();
    let mut paragraph = |name: &str, value: &str| {
        if !value.is_empty() {
            let first = name.chars().count() + 7;
            let value = style::wrap_hanging(value, first, 5, width);
            out.push_str(&format!("   {} {}: {value}\n", style::frame("="), style::strong(name)));
        }
    };
    match (found.code, found.topic) {
        (Some(code), _) => {
            let text = CodeText::of(code, language);
            // Where the line says what really happened, the code's general advice would mislead.
            match found.cause.map(|cause| CauseText::of(cause, language)) {
                Some(cause) => {
                    let why = format!("{}. {}", cause.title, cause.why);
                    paragraph(text!(language, "account.cause"), &why);
                    paragraph(text!(language, "account.fix"), cause.fix);
                }
                None => {
                    paragraph(text!(language, "account.cause"), text.cause);
                    paragraph(text!(language, "account.fix-server"), text.server);
                    paragraph(text!(language, "account.fix-page"), text.page);
                    paragraph(text!(language, "account.page-false-alarm"), text.false_alarm);
                }
            }
        }
        (None, Some(topic)) => {
            let text = TopicText::of(topic, language);
            paragraph(text!(language, "account.cause"), text.tells);
            paragraph(text!(language, "account.next"), text.next);
        }
        (None, None) => {}
    }
    // Of a line that says nothing the list would be that of everything.
    let possible: Vec<&str> =
        found.possible.iter().filter(|_| found.code.is_some()).map(|code| code.as_str()).collect();
    paragraph(text!(language, "account.console-possible"), &possible.join(", "));
}

/// Addresses of one failure that are written out.
const MOST_ADDRESSES: usize = 10;

fn facts(group: &[&Recognised], language: Language, out: &mut String) {
    let Some(&found) = group.first() else { return };
    let mut fact = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            out.push_str(&format!("  {name:<9} {}\n", style::harmless(value)));
        }
    };
    fact(text!(language, "explain.console-browser"), found.browser.map(Browser::name));
    fact(text!(language, "explain.console-method"), found.method.as_deref());
    for (index, found) in group.iter().take(MOST_ADDRESSES).enumerate() {
        let name = if index == 0 { text!(language, "explain.console-url") } else { "" };
        fact(name, found.url.as_deref());
    }
    let more = group.len().saturating_sub(MOST_ADDRESSES);
    if more > 0 {
        fact("", Some(&text!(language, "explain.and-more", count(more))));
    }
    fact(text!(language, "explain.console-first"), found.redirected_from.as_deref());
    fact(text!(language, "explain.console-page"), found.origin.as_deref());
    fact(text!(language, "explain.console-value"), found.seen.as_deref());
    fact(text!(language, "explain.console-subject"), found.subject.as_deref());
    fact(
        text!(language, "explain.console-status"),
        found.status.map(|status| status.to_string()).as_deref(),
    );
    let times: usize = group.iter().map(|found| found.times).sum();
    fact(
        text!(language, "explain.console-times"),
        (times > group.len()).then(|| times.to_string()).as_deref(),
    );
}

/// The command that asks the server what the line is about, with the preflight that the line speaks of.
fn follow_up(found: &Recognised) -> Option<String> {
    let url = found.redirected_from.as_ref().or(found.url.as_ref())?;
    let asks = url.starts_with("http://") || url.starts_with("https://");
    let own = found
        .topic
        .is_some_and(|topic| topic.kind() != TopicKind::Short && topic != Topic::HttpStatus);
    if !asks || own {
        return None;
    }
    let mut words: Vec<String> = ["corsage", "explain"].map(str::to_owned).into();
    words.push(url.clone());
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), value.to_owned()]);
    option("--from", found.origin.as_deref().unwrap_or("ORIGIN"));
    for (name, value) in method_and_header(found) {
        option(name, &value);
    }
    let code = found.code;
    if code.is_some_and(|code| {
        code.as_str().contains("credentials") && code != Code::RedirectUrlHasCredentials
    }) {
        option("--credentials", "include");
    }
    match found.api.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some("xmlhttprequest") => option("--api", "xhr"),
        Some("font") => option("--as", "font"),
        Some("script") => option("--as", "module"),
        Some("image") => words.extend(["--as", "image", "--mode", "cors"].map(str::to_owned)),
        Some("css stylesheet" | "stylesheet") => {
            words.extend(["--as", "style", "--mode", "cors"].map(str::to_owned));
        }
        _ => {}
    }
    Some(shell_words::join(words))
}

/// The method and the header with which the failure is met again.
fn method_and_header(found: &Recognised) -> Vec<(&'static str, String)> {
    use Code as C;
    let mut options = Vec::new();
    let subject = found.subject.as_deref();
    let code = found.code;
    let method = match code {
        Some(C::MethodNotAllowed | C::MethodCaseMismatch | C::MethodWildcardWithCredentials) => {
            subject.or(found.method.as_deref())
        }
        _ => found.method.as_deref(),
    };
    let header = match code {
        Some(
            C::HeaderNotAllowed
            | C::HeaderWildcardWithCredentials
            | C::AuthorizationNotCoveredByWildcard,
        ) => subject,
        _ => None,
    };
    let preflight = code.is_some_and(|code| code.as_str().starts_with("preflight-"));
    let asks_by_method = method.is_some_and(|method| !matches!(method, "GET" | "HEAD" | "POST"));
    if let Some(method) = method.filter(|method| *method != "GET") {
        options.push(("-X", method.to_owned()));
    } else if preflight && method.is_none() {
        options.push(("-X", "POST".to_owned()));
    }
    if let Some(name) = header {
        let value = match name.to_ascii_lowercase().as_str() {
            "content-type" => "application/json",
            "authorization" => "Bearer x",
            _ => "x",
        };
        options.push(("-H", format!("{name}: {value}")));
    } else if preflight && !asks_by_method {
        // Something asked for a preflight: most often this.
        options.push(("-H", "content-type: application/json".to_owned()));
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_by_its_address_alone_is_explained_once() {
        let line = |number: u32| {
            format!(
                "Access to fetch at 'https://api.example/{number}' from origin 'https://app.example' has been blocked \
                 by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.\n"
            )
        };
        let paste: String = (0..500).map(line).collect();
        let (told, outcome) = console(&paste, Format::Human, Language::English).unwrap();
        assert_eq!(outcome, Outcome::Failed);
        assert_eq!(told.matches("error[missing-allow-origin]").count(), 1, "{told}");
        assert!(
            told.contains("https://api.example/9\n") && told.contains("and 490 more"),
            "{told}"
        );
        // Another page is another failure.
        let other = line(1).replace("app.example", "www.example");
        let (told, _) = console(&(paste + &other), Format::Human, Language::English).unwrap();
        assert_eq!(told.matches("error[missing-allow-origin]").count(), 2, "{told}");
    }
}
