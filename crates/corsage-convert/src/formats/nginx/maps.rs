//! `map`: a variable from a table.

use std::collections::BTreeMap;

use super::build::{Builder, Built, body, wrong_count};
use super::model::{HostWildcard, Map};
use super::parse::{Directive, Word, refused};
use super::value::{Value, rejected};
use crate::Why;
use crate::regexes::Case;

/// Reads a `map` block; answers the variable's name with it.
pub(super) fn map(builder: &mut Builder, directive: &Directive) -> Built<(String, Map)> {
    let [source, target] = directive.args.as_slice() else { return Err(wrong_count(directive)) };
    let Some(name) = target.text.strip_prefix('$').filter(|name| !name.is_empty()) else {
        return Err(rejected(target, "invalid variable name"));
    };
    let mut map = Map {
        source: Value::compile(source)?,
        volatile: false,
        hostnames: false,
        default: None,
        exact: BTreeMap::new(),
        wildcards: Vec::new(),
        expressions: Vec::new(),
        span: directive.span.clone(),
    };
    let block = body(directive)?;
    // `hostnames` holds for the keys after it; it is written first by everybody.
    for entry in block {
        entry_of(builder, &mut map, entry)?;
    }
    Ok((name.to_ascii_lowercase(), map))
}

fn entry_of(builder: &mut Builder, map: &mut Map, entry: &Directive) -> Built<()> {
    let key = &entry.name;
    let value = match entry.args.as_slice() {
        [] => match key.text.as_str() {
            "hostnames" => {
                map.hostnames = true;
                return Ok(());
            }
            "volatile" => {
                map.volatile = true;
                return Ok(());
            }
            _ => return Err(rejected(key, "invalid number of the map parameters")),
        },
        [value] => value,
        _ => return Err(rejected(key, "invalid number of the map parameters")),
    };
    match key.text.as_str() {
        "include" => return Err(refused(entry.span.clone(), "include", Why::Elsewhere)),
        "default" => {
            if map.default.is_some() {
                return Err(rejected(key, "duplicate default map parameter"));
            }
            map.default = Some(Value::compile(value)?);
            return Ok(());
        }
        _ => {}
    }
    let value = Value::compile(value)?;
    if let Some(written) = key.text.strip_prefix('~') {
        let (written, case) = match written.strip_prefix('*') {
            Some(written) => (written, Case::Insensitive),
            None => (written, Case::Sensitive),
        };
        if written.is_empty() {
            return Err(rejected(key, "empty regex in map"));
        }
        let expression = builder.expression(written, key, case)?;
        map.expressions.push((expression, value));
        return Ok(());
    }
    let text = key.text.strip_prefix('\\').unwrap_or(&key.text).to_ascii_lowercase();
    if map.hostnames { hostname(map, key, &text, value) } else { exact(map, key, text, value) }
}

fn exact(map: &mut Map, key: &Word, text: String, value: Value) -> Built<()> {
    if map.exact.insert(text, value).is_some() {
        return Err(rejected(key, "conflicting parameter"));
    }
    Ok(())
}

/// With `hostnames`, a star may be the first label or the last one, and nothing else.
fn hostname(map: &mut Map, key: &Word, text: &str, value: Value) -> Built<()> {
    if text.contains("..") || text.matches('*').count() > 1 {
        return Err(rejected(key, "invalid hostname or wildcard"));
    }
    if let Some(domain) = text.strip_prefix('.').filter(|domain| !domain.is_empty()) {
        exact(map, key, domain.to_owned(), value.clone())?;
        wildcard(map, key, HostWildcard::Head(domain.to_owned()), value)?;
    } else if let Some(domain) = text.strip_prefix("*.").filter(|domain| !domain.is_empty()) {
        wildcard(map, key, HostWildcard::Head(domain.to_owned()), value)?;
    } else if let Some(domain) = text.strip_suffix(".*").filter(|domain| !domain.is_empty()) {
        wildcard(map, key, HostWildcard::Tail(domain.to_owned()), value)?;
    } else if text.contains('*') {
        return Err(rejected(key, "invalid hostname or wildcard"));
    } else {
        exact(map, key, text.to_owned(), value)?;
    }
    Ok(())
}

fn wildcard(map: &mut Map, key: &Word, wildcard: HostWildcard, value: Value) -> Built<()> {
    if map.wildcards.iter().any(|(other, _)| *other == wildcard) {
        return Err(rejected(key, "conflicting parameter"));
    }
    map.wildcards.push((wildcard, value));
    Ok(())
}

impl Map {
    /// The value for a key, without expressions: the longest wildcard wins, heads before tails.
    pub(super) fn plain(&self, key: &str) -> Option<&Value> {
        let mut key = key.to_ascii_lowercase();
        if self.hostnames && key.ends_with('.') {
            key.pop();
        }
        if let Some(value) = self.exact.get(&key) {
            return Some(value);
        }
        let mut best: Option<(usize, &Value)> = None;
        for (wildcard, value) in &self.wildcards {
            let weight = match wildcard {
                HostWildcard::Head(domain) => key
                    .strip_suffix(domain.as_str())
                    .filter(|before| before.len() > 1 && before.ends_with('.'))
                    .map(|_| domain.len() + 1_000_000),
                HostWildcard::Tail(domain) => key
                    .strip_prefix(domain.as_str())
                    .filter(|after| after.len() > 1 && after.starts_with('.'))
                    .map(|_| domain.len()),
            };
            if let Some(weight) =
                weight.filter(|weight| best.is_none_or(|(most, _)| *weight > most))
            {
                best = Some((weight, value));
            }
        }
        best.map(|(_, value)| value)
    }
}
