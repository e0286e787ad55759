//! Files that are made from the types, and must be current. `UPDATE=1` writes them anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

#[test]
fn the_schema_in_the_repository_is_current() {
    is_current("docs/corsage.schema.json", &format!("{:#}\n", corsage_config::json_schema()));
}

#[test]
fn the_reference_in_the_repository_is_current() {
    let schema = corsage_config::json_schema();
    let mut text = String::from(
        "# Reference of `corsage.toml`\n\n\
         Made from the types that are read; `UPDATE=1 cargo test -p corsage-config --test generated` makes it anew.\n\
         Every key is accepted in camelCase too. YAML is read from files that end in `.yaml` or `.yml`.\n\n\
         Editors complete and check the file with [corsage.schema.json](corsage.schema.json).\n",
    );
    table(&mut text, "gateway", &schema["properties"]["gateway"]);
    let policies = &schema["properties"]["policy"]["anyOf"][0]["items"];
    table(&mut text, "policy", policies);
    text.push_str("\n## Environment\n\nScalars of the gateway can be set by variables; they replace what the file says.\n\n");
    text.push_str("| variable | field |\n| --- | --- |\n");
    for (name, field) in corsage_config::variables() {
        writeln!(text, "| `{name}` | `{field}` |").unwrap();
    }
    is_current("docs/configuration.md", &text);
}

fn table(text: &mut String, name: &str, schema: &Value) {
    let object = object(schema);
    writeln!(text, "\n## `{name}`\n\n{}\n", object["description"].as_str().unwrap_or_default())
        .unwrap();
    text.push_str("| key | value | default | |\n| --- | --- | --- | --- |\n");
    let properties = object["properties"].as_object().unwrap();
    let mut below = Vec::new();
    for (key, property) in properties {
        let inner = inner(property);
        if inner["properties"].is_object() && key != "tolerate" {
            below.push((key, inner));
        }
        let default = match property.get("default") {
            Some(Value::Object(_)) | None => String::new(),
            Some(default) => format!("`{default}`"),
        };
        let description = property["description"].as_str().unwrap_or_default().replace('\n', " ");
        writeln!(text, "| `{key}` | {} | {default} | {description} |", kind(property)).unwrap();
    }
    for (key, schema) in below {
        table(text, &format!("{name}.{key}"), schema);
    }
}

/// The table among the forms that a value may have.
fn object(schema: &Value) -> &Value {
    let forms = schema["anyOf"].as_array();
    forms
        .and_then(|forms| forms.iter().find(|form| form["properties"].is_object()))
        .unwrap_or(schema)
}

/// Through lists and options to what is in them.
fn inner(schema: &Value) -> &Value {
    if let Some(items) = schema.get("items") {
        return inner(items);
    }
    match schema["anyOf"].as_array() {
        Some(forms) => {
            forms.iter().map(inner).find(|form| form["properties"].is_object()).unwrap_or(schema)
        }
        None => schema,
    }
}

fn kind(schema: &Value) -> String {
    if let Some(word) = schema.get("const") {
        return format!("`{word}`");
    }
    if let Some(forms) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        let mut kinds: Vec<String> = forms.iter().map(kind).collect();
        kinds.dedup();
        return kinds.join(", ");
    }
    match schema["type"].as_str() {
        Some("array") => format!("list of {}", kind(&schema["items"])),
        Some("object") => "table".to_owned(),
        Some(kind) => kind.to_owned(),
        None => String::new(),
    }
}

fn is_current(file: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "{file} is not current: UPDATE=1 cargo test -p corsage-config --test generated"
    );
}
