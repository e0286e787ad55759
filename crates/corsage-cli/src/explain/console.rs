//! `--console`: what a pasted console says, failure by failure, and how to ask the server about it.

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
    let mut out = String::new();
    for (index, found) in all.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.push_str(&one(found, language));
    }
    let firefox_or_safari = all.iter().any(|found| {
        found.code.is_some() && matches!(found.browser, Some(Browser::Firefox | Browser::Webkit))
    });
    if firefox_or_safari {
        out.push_str(&style::wrap(text!(language, "account.ambiguous-console"), 0, style::width()));
        out.push('\n');
    }
    out.trim_end().to_owned()
}

fn one(found: &Recognised, language: Language) -> String {
    let (title, mark) = match (found.code, found.topic) {
        (Some(code), _) => {
            let mark = format!(
                "{}[{code}]",
                if code.severity() == Severity::Note {
                    text!(language, "explain.note")
                } else {
                    text!(language, "explain.error")
                }
            );
            (CodeText::of(code, language).title, mark)
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
    let mut out = format!("{}: {}\n", style::error(mark), style::strong(title));
    facts(found, language, &mut out);
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
                    paragraph(
                        text!(language, "account.cause"),
                        &format!("{}. {}", cause.title, cause.why),
                    );
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

fn facts(found: &Recognised, language: Language, out: &mut String) {
    let mut fact = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            out.push_str(&format!("  {name:<9} {}\n", style::harmless(value)));
        }
    };
    fact(text!(language, "explain.console-browser"), found.browser.map(Browser::name));
    fact(text!(language, "explain.console-method"), found.method.as_deref());
    fact(text!(language, "explain.console-url"), found.url.as_deref());
    fact(text!(language, "explain.console-first"), found.redirected_from.as_deref());
    fact(text!(language, "explain.console-page"), found.origin.as_deref());
    fact(text!(language, "explain.console-value"), found.seen.as_deref());
    fact(text!(language, "explain.console-subject"), found.subject.as_deref());
    fact(
        text!(language, "explain.console-status"),
        found.status.map(|status| status.to_string()).as_deref(),
    );
    fact(
        text!(language, "explain.console-times"),
        (found.times > 1).then(|| found.times.to_string()).as_deref(),
    );
}

/// The command that asks the server what the line is about, with the preflight that the line speaks of.
fn follow_up(found: &Recognised) -> Option<String> {
    use Code as C;
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
        option("-X", method);
    } else if preflight && method.is_none() {
        option("-X", "POST");
    }
    if let Some(name) = header {
        let value = match name.to_ascii_lowercase().as_str() {
            "content-type" => "application/json",
            "authorization" => "Bearer x",
            _ => "x",
        };
        option("-H", &format!("{name}: {value}"));
    } else if preflight && !asks_by_method {
        // Something asked for a preflight: most often this.
        option("-H", "content-type: application/json");
    }
    if code.is_some_and(|code| {
        code.as_str().contains("credentials") && code != C::RedirectUrlHasCredentials
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
