//! `corsage.toml`

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value};

/// What a conversion decides of a policy; all else stays as it is.
const WRITTEN: &[&str] = &[
    "allow_origins",
    "allow_credentials",
    "allow_methods",
    "allow_headers",
    "expose_headers",
    "max_age",
];
/// Which requests a policy is for.
const ROUTE: &[&str] = &["hosts", "paths"];

/// Each policy goes into the one for the same hosts and paths, or comes last.
pub(super) fn edit(file: &str, written: &str) -> Option<String> {
    let mut document: DocumentMut = file.parse().ok()?;
    let new: DocumentMut = written.parse().ok()?;
    let new = new.get("policy")?.as_array_of_tables()?;
    let entry = document.entry("policy").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let policies = entry.as_array_of_tables_mut()?;
    for policy in new {
        let is_same = |other: &Table| ROUTE.iter().all(|key| said(other, key) == said(policy, key));
        let position = policies.iter().position(is_same);
        match position.and_then(|position| policies.get_mut(position)) {
            Some(old) => merge(old, policy),
            None => policies.push(policy.clone()),
        }
    }
    Some(document.to_string())
}

fn merge(old: &mut Table, new: &Table) {
    for (key, item) in new {
        if key == "name" || said(old, key) == said(new, key) {
            continue;
        }
        let Some(value) = item.as_value() else { continue };
        match old.get_mut(key).and_then(Item::as_value_mut) {
            Some(there) => {
                let decor = there.decor().clone();
                *there = value.clone();
                *there.decor_mut() = decor;
            }
            None => {
                old.insert(key, item.clone());
            }
        }
    }
    for key in WRITTEN.iter().filter(|key| !new.contains_key(key)) {
        old.remove(key);
    }
}

/// A value without the way in which it is written.
fn said(table: &Table, key: &str) -> Option<String> {
    fn plain(value: &Value) -> String {
        match value {
            Value::String(text) => format!("{:?}", text.value()),
            Value::Array(items) => {
                format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(","))
            }
            other => other.to_string().trim().to_owned(),
        }
    }
    table.get(key).and_then(Item::as_value).map(plain)
}
