//! Rules as JSON.

use serde::Deserialize;

use super::rule::Rule;
use crate::{NotRead, Refused, Span, Why};

#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    #[serde(rename_all = "PascalCase")]
    Configuration {
        #[serde(rename = "CORSRules")]
        rules: Vec<Written>,
    },
    /// The console shows the list alone.
    List(Vec<Written>),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    #[serde(default)]
    allowed_origins: Vec<String>,
    #[serde(default)]
    allowed_methods: Vec<String>,
    #[serde(default)]
    allowed_headers: Vec<String>,
    #[serde(default)]
    expose_headers: Vec<String>,
    max_age_seconds: Option<i64>,
}

/// The rules of a text; none where there is no text.
pub(super) fn rules(text: &str) -> Result<Option<Vec<Rule>>, NotRead> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let document: Document = serde_json::from_str(text).map_err(|error| {
        let span = place(text, error.line(), error.column());
        NotRead::refused(Refused::new(span, "JSON", Why::Syntax))
    })?;
    let (Document::Configuration { rules } | Document::List(rules)) = document;
    let mut from = 0;
    let mut read = Vec::new();
    for rule in rules {
        // A rule stands where its first origin does, each after the one before it.
        let whole = 0..text.len();
        let mut place = |origin: &String| {
            let found = find(text, from, origin);
            from = found.as_ref().map_or(from, |span| span.end);
            found.unwrap_or(whole.clone())
        };
        let origin_spans: Vec<_> = rule.allowed_origins.iter().map(&mut place).collect();
        let span = origin_spans.first().unwrap_or(&whole).clone();
        read.push(Rule {
            origins: rule.allowed_origins,
            origin_spans,
            methods: rule.allowed_methods,
            headers: rule.allowed_headers,
            expose: rule.expose_headers,
            ages: usize::from(rule.max_age_seconds.is_some()),
            max_age: rule.max_age_seconds,
            span,
            scattered: false,
        });
    }
    Ok(Some(read))
}

fn find(text: &str, from: usize, value: &str) -> Option<Span> {
    let quoted = serde_json::to_string(value).ok()?;
    let at = text.get(from..)?.find(&quoted)? + from;
    Some(at..at + quoted.len())
}

fn place(text: &str, line: usize, column: usize) -> Span {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let at = (start + column.saturating_sub(1)).min(text.len());
    at..(at + 1).min(text.len())
}
