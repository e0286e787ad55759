//! `--code`: what can be said without sending anything.

use corsage::browser::Code;
use corsage_diagnosis::{CodeText, Language, page};
use serde_json::json;

use super::arguments::Format;

/// A code's page.
pub(crate) fn code(code: Code, format: Format, language: Language) -> String {
    match format {
        Format::Human => page(code, language).trim_end().to_owned(),
        Format::Json => {
            let text = CodeText::of(code, Language::English);
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

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
