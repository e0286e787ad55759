//! From a file to rules.

use super::Rule;
use crate::document::{self, Node, Value};
use crate::regexes::{Case, Flavour, Matcher, Reach, escaped};
use crate::{NotRead, Refused, Source, Span, Why};

pub(super) fn rules(source: &Source<'_>) -> Result<Vec<Rule>, NotRead> {
    let is_toml = source.text.lines().any(|line| line.trim_start().starts_with("[["));
    let rules = if is_toml { tables(source.text)? } else { lines(source.text)? };
    if rules.is_empty() {
        let all = 0..source.text.len();
        return Err(NotRead::refused(Refused::new(all, "no headers", Why::NotModelled)));
    }
    Ok(rules)
}

fn tables(text: &str) -> Result<Vec<Rule>, NotRead> {
    let document = document::read_toml(text)?;
    let mut rules = Vec::new();
    for node in document.each("headers") {
        let path = node.get("for").ok_or_else(|| node.rejected("for"))?;
        let mut headers = Vec::new();
        for entry in node.get("values").map_or(&[][..], Node::entries) {
            let value = match &entry.node.value {
                Value::String(text) => text.clone(),
                Value::List(_) => entry.node.texts(&entry.key)?.join(", "),
                _ => return Err(entry.node.rejected(&entry.key)),
            };
            headers.push((entry.key.trim().to_owned(), joined(&value)));
        }
        if !headers.is_empty() {
            rules.push(rule(path.text("for")?.trim(), headers, path.span.clone())?);
        }
    }
    Ok(rules)
}

/// A path, its headers, and where the path stands.
type Written = (String, Vec<(String, String)>, Span);

/// A path on a line of its own, and the headers under it; what is neither is passed by.
fn lines(text: &str) -> Result<Vec<Rule>, NotRead> {
    let mut found: Vec<Written> = Vec::new();
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let start = at;
        at += whole.len();
        let line = whole.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with('/') {
            let start = start + whole.find('/').unwrap_or(0);
            found.push((line.to_owned(), Vec::new(), start..start + line.len()));
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let (name, value) = (name.trim(), value.trim());
        let Some((_, headers, _)) = found.last_mut() else { continue };
        if name.is_empty() || value.is_empty() {
            continue;
        }
        match headers.iter_mut().find(|(other, _)| other == name) {
            Some((_, old)) => *old = format!("{old}, {value}"),
            None => headers.push((name.to_owned(), value.to_owned())),
        }
    }
    found
        .into_iter()
        .filter(|(_, headers, _)| !headers.is_empty())
        .map(|(path, headers, span)| {
            let headers = headers.into_iter().map(|(name, value)| (name, joined(&value)));
            rule(&path, headers.collect(), span)
        })
        .collect()
}

/// The values of a list, each behind a comma and a blank.
fn joined(value: &str) -> String {
    let parts: Vec<&str> = value.trim().split(',').collect();
    let last = parts.len() - 1;
    let parts = parts.iter().enumerate().map(|(at, part)| {
        let part = if at > 0 { part.trim_start() } else { part };
        if at < last { part.trim_end() } else { part }
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn rule(path: &str, headers: Vec<(String, String)>, span: Span) -> Result<Rule, NotRead> {
    let parts = path.split('/').map(str::trim_end).filter(|part| !part.is_empty());
    let parts: Vec<String> = parts
        .map(|part| {
            if part.starts_with(':') {
                "([^/]+)".to_owned()
            } else if part == "*" {
                "?(.*)".to_owned()
            } else if part.contains('*') {
                part.replace('*', "(.*)")
            } else {
                escaped(part)
            }
        })
        .collect();
    let expression = format!("^/{}/?$", parts.join("/"));
    let matcher = Matcher::new(&expression, Flavour::JavaScript, Reach::Part, Case::Insensitive)
        .map_err(|_| NotRead::refused(Refused::new(span.clone(), path, Why::NotModelled)))?;
    Ok(Rule { path: path.to_owned(), matcher, headers, span })
}
