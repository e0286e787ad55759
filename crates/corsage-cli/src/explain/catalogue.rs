//! `--code` and `--console`: what can be said without sending anything.

use corsage::browser::Code;
use corsage_diagnosis::console::{Browser, Recognised, recognise};
use corsage_diagnosis::{Language, page};
use serde_json::json;

use super::arguments::Format;
use super::style;

/// A code's page.
pub(crate) fn code(code: Code, format: Format) -> String {
    match format {
        Format::Human => page(code, Language::English).trim_end().to_owned(),
        Format::Json => {
            let text = Language::English.code(code);
            pretty(&json!({
                "schema": "corsage.code/1",
                "code": code.as_str(),
                "title": text.title,
                "cause": text.cause,
                "fix": { "server": text.server, "page": text.page },
                "false_alarm": text.false_alarm,
            }))
        }
    }
}

/// What a console line says; `None` if it is none that is known.
pub(crate) fn console(text: &str, format: Format) -> Option<String> {
    // A whole console may be pasted: the first line that says something counts.
    let found = recognise(text).or_else(|| text.lines().find_map(recognise))?;
    Some(match format {
        Format::Human => human(&found),
        Format::Json => {
            let text = Language::English.code(found.code);
            let mut value = serde_json::to_value(&found).unwrap_or_default();
            if let Some(members) = value.as_object_mut() {
                members.insert("schema".to_owned(), "corsage.console/1".into());
                members.insert("title".to_owned(), text.title.into());
                members.insert("cause".to_owned(), text.cause.into());
                members
                    .insert("fix".to_owned(), json!({ "server": text.server, "page": text.page }));
            }
            pretty(&value)
        }
    })
}

fn human(found: &Recognised) -> String {
    let text = Language::English.code(found.code);
    let width = style::width();
    let mut out = format!(
        "{}: {}\n",
        style::error(format!("error[{}]", found.code)),
        style::strong(text.title)
    );
    let mut fact = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            out.push_str(&format!("  {name:<9} {}\n", style::harmless(value)));
        }
    };
    fact("browser", &found.browser.map(|browser| browser.name().to_owned()));
    fact("url", &found.url);
    fact("first", &found.redirected_from);
    fact("page", &found.origin);
    fact("value", &found.seen);
    fact("subject", &found.subject);
    fact("status", &found.status.map(|status| status.to_string()));
    let words = Language::English.words();
    let mut paragraph = |name: &str, value: &str| {
        if !value.is_empty() {
            let lead = format!("   = {name}: ");
            out.push_str(&format!(
                "   {} {}: {}\n",
                style::frame("="),
                style::strong(name),
                style::wrap_hanging(value, lead.chars().count(), 5, width)
            ));
        }
    };
    // Where the line says what really happened, the code's general advice would mislead.
    match found.cause.map(|cause| Language::English.cause(cause)) {
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
    out.push_str(&format!("{}: corsage explain --code {}\n", words.learn, found.code));
    if let (Some(url), Some(origin)) =
        (found.redirected_from.as_ref().or(found.url.as_ref()), &found.origin)
    {
        out.push_str(&format!(
            "{}: {}\n",
            words.ask_server,
            shell_words::join(["corsage", "explain", url, "--from", origin])
        ));
    }
    if found.browser == Some(Browser::Firefox) || found.browser == Some(Browser::Webkit) {
        out.push_str(&style::wrap(words.ambiguous_console, 0, width));
        out.push('\n');
    }
    out.trim_end().to_owned()
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
