//! `--console`: what a pasted console says, failure by failure, and how to ask the server about it.

use corsage::browser::{Code, Severity};
use corsage_diagnosis::console::Browser;
use corsage_diagnosis::{Language, Topic, TopicKind};
use corsage_evidence::console::Recognised;
use serde_json::json;

use super::arguments::Format;
use super::style;
use crate::exit;

/// What is to be printed about a paste, and the exit code; `None` if nothing of it is known.
pub(crate) fn console(text: &str, format: Format) -> Option<(String, u8)> {
    let found = corsage_evidence::console::read(text);
    let first = found.first()?;
    let exit = exit_code(&found);
    let text = match format {
        Format::Human => human(&found),
        Format::Json => {
            // The first failure's members stand at the top: most pastes hold one.
            let mut value = members(first);
            value["failures"] = found.iter().map(members).collect::<Vec<_>>().into();
            value["schema"] = "corsage.console/1".into();
            serde_json::to_string_pretty(&value).unwrap_or_default()
        }
    };
    Some((text, exit))
}

/// A browser blocked: 1. Whether it did for a reason of CORS cannot be said, or the network failed: 3.
fn exit_code(found: &[Recognised]) -> u8 {
    let of = |found: &Recognised| match (found.code, found.topic) {
        (Some(code), _) if code.severity() == Severity::Note => exit::ALLOWED,
        (Some(code), _) if is_network(code) => exit::UNDECIDED,
        (Some(_), _) => exit::BLOCKED,
        (None, Some(Topic::HttpStatus)) => exit::UNDECIDED,
        (None, Some(topic)) => match topic.kind() {
            TopicKind::Short => exit::UNDECIDED,
            TopicKind::NotCors => exit::BLOCKED,
            TopicKind::Remark => exit::ALLOWED,
        },
        (None, None) => exit::UNDECIDED,
    };
    let codes: Vec<u8> = found.iter().map(of).collect();
    [exit::BLOCKED, exit::UNDECIDED]
        .into_iter()
        .find(|code| codes.contains(code))
        .unwrap_or(exit::ALLOWED)
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
        let text = Language::English.code(code);
        value["title"] = text.title.into();
        value["cause"] = text.cause.into();
        value["fix"] = json!({ "server": text.server, "page": text.page });
    } else if let Some(topic) = found.topic {
        let text = Language::English.topic(topic);
        value["title"] = text.title.into();
        value["cause"] = text.tells.into();
        value["next"] = text.next.into();
    }
    value["ask"] = follow_up(found).into();
    value
}

fn human(all: &[Recognised]) -> String {
    let mut out = String::new();
    for (index, found) in all.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.push_str(&one(found));
    }
    let firefox_or_safari = all.iter().any(|found| {
        found.code.is_some() && matches!(found.browser, Some(Browser::Firefox | Browser::Webkit))
    });
    if firefox_or_safari {
        out.push_str(&style::wrap(Language::English.words().ambiguous_console, 0, style::width()));
        out.push('\n');
    }
    out.trim_end().to_owned()
}

fn one(found: &Recognised) -> String {
    let language = Language::English;
    let words = language.words();
    let (title, mark) = match (found.code, found.topic) {
        (Some(code), _) => {
            let mark = format!(
                "{}[{code}]",
                if code.severity() == Severity::Note { "note" } else { "error" }
            );
            (language.code(code).title, mark)
        }
        (None, Some(topic)) => {
            let kind = match topic.kind() {
                TopicKind::Short => "undecided",
                TopicKind::NotCors => "not cors",
                TopicKind::Remark => "note",
            };
            (language.topic(topic).title, format!("{kind}[{}]", topic.as_str()))
        }
        (None, None) => ("", "undecided".to_owned()),
    };
    let mut out = format!("{}: {}\n", style::error(mark), style::strong(title));
    facts(found, &mut out);
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
            let text = language.code(code);
            // Where the line says what really happened, the code's general advice would mislead.
            match found.cause.map(|cause| language.cause(cause)) {
                Some(cause) => {
                    paragraph(words.cause, &format!("{}. {}", cause.title, cause.why));
                    paragraph(words.fix, cause.fix);
                }
                None => {
                    paragraph(words.cause, text.cause);
                    paragraph(words.fix_server, text.server);
                    paragraph(words.fix_page, text.page);
                    paragraph(words.page_false_alarm, text.false_alarm);
                }
            }
        }
        (None, Some(topic)) => {
            let text = language.topic(topic);
            paragraph(words.cause, text.tells);
            paragraph(words.next, text.next);
        }
        (None, None) => {}
    }
    let possible: Vec<&str> = found.possible.iter().map(|code| code.as_str()).collect();
    paragraph(words.console_possible, &possible.join(", "));
    if let Some(code) = found.code {
        out.push_str(&format!("{}: corsage explain --code {code}\n", words.learn));
    }
    if let Some(command) = follow_up(found) {
        out.push_str(&format!("{}: {}\n", words.ask_server, style::harmless(&command)));
    }
    out
}

fn facts(found: &Recognised, out: &mut String) {
    let mut fact = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            out.push_str(&format!("  {name:<9} {}\n", style::harmless(value)));
        }
    };
    fact("browser", found.browser.map(Browser::name));
    fact("method", found.method.as_deref());
    fact("url", found.url.as_deref());
    fact("first", found.redirected_from.as_deref());
    fact("page", found.origin.as_deref());
    fact("value", found.seen.as_deref());
    fact("subject", found.subject.as_deref());
    fact("status", found.status.map(|status| status.to_string()).as_deref());
    fact("times", (found.times > 1).then(|| found.times.to_string()).as_deref());
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
            words.extend(["--as", "style", "--mode", "cors"].map(str::to_owned))
        }
        _ => {}
    }
    Some(shell_words::join(words))
}
