//! The JSON and its schema: the committed schema is the one that the types make, and what the
//! command prints obeys it. `CORSAGE_BLESS=1` writes the file anew.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::support::Server;

fn printed() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_corsage"))
        .env("CORSAGE_LANG", "en")
        .args(["explain", "--schema"])
        .output()
        .expect("the command runs");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn the_committed_schema_is_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/explain.schema.json");
    let schema = printed();
    if std::env::var_os("CORSAGE_BLESS").is_some() {
        std::fs::write(&path, &schema).expect("written");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == schema,
        "docs/explain.schema.json is not current; CORSAGE_BLESS=1 writes it"
    );
}

#[test]
fn what_is_printed_obeys_the_schema() {
    let schema: Value = serde_json::from_str(&printed()).expect("JSON");
    let mut problems = Vec::new();
    for case in super::causes::cases() {
        let server = Server::start(case.answers.clone(), &case.page);
        let run = server.explain(&case.page, &case.args, "json");
        let account: Value = serde_json::from_str(&run.out).expect("JSON");
        let mut found = Vec::new();
        check(&schema, &schema, &account, "$", &mut found);
        problems.extend(found.into_iter().map(|problem| format!("{}: {problem}", case.name)));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_wrong_account_would_be_noticed() {
    let schema: Value = serde_json::from_str(&printed()).expect("JSON");
    let mut found = Vec::new();
    let wrong = serde_json::json!({ "schema": "corsage.account/0", "verdict": "perhaps", "x": 1 });
    check(&schema, &schema, &wrong, "$", &mut found);
    for needed in ["$.schema", "$.verdict", "$.x", "\"rerun\" is missing"] {
        assert!(found.iter().any(|problem| problem.contains(needed)), "{needed}: {found:?}");
    }
}

/// The part of JSON Schema that the schema uses. An object may hold nothing that is not described.
fn check(root: &Value, schema: &Value, value: &Value, place: &str, problems: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).expect("a definition");
        return check(root, target, value, place, problems);
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[key].as_array() {
            let fits = choices.iter().any(|choice| {
                let mut found = Vec::new();
                check(root, choice, value, place, &mut found);
                found.is_empty()
            });
            if !fits {
                problems.push(format!("{place}: {value} is none of {key}"));
            }
            return;
        }
    }
    if let Some(wanted) = schema.get("const").filter(|wanted| *wanted != value) {
        problems.push(format!("{place}: {value} is not {wanted}"));
    }
    if let Some(names) = schema["enum"].as_array().filter(|names| !names.contains(value)) {
        problems.push(format!("{place}: {value} is not among {} names", names.len()));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !types.is_empty() && !types.contains(&name) {
        problems.push(format!("{place}: {name}, not {types:?}"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(root, &schema["items"], item, &format!("{place}[{index}]"), problems);
    }
    let Some(members) = value.as_object() else { return };
    for (name, member) in members {
        match schema["properties"].get(name) {
            Some(described) => check(root, described, member, &format!("{place}.{name}"), problems),
            None => problems.push(format!("{place}.{name} is not described")),
        }
    }
    for needed in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !members.contains_key(needed) {
            problems.push(format!("{place}: \"{needed}\" is missing"));
        }
    }
}
