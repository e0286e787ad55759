//! The whole file: `gateway` and `policy`.

use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

use crate::decode::{Field, Reader, Setting, object_schema};
use crate::policy::{GroupTable, PolicyFile, compile_policies};
use crate::settings::{GatewaySettings, check_settings};
use crate::tree::{Node, Step, Value};
use crate::{PolicyTable, Problems};
use corsage_report::Problem;

const FIELDS: [Field; 2] = [
    Field {
        name: "gateway",
        also: None,
        required: false,
        doc: &["The gateway: where it listens, what stands behind it, its limits."],
    },
    Field {
        name: "policy",
        also: Some("policies"),
        required: false,
        doc: &["Policies: the first that fits a request decides it."],
    },
];

/// Reads the tree in full.
pub(crate) fn read_document(
    root: &Node,
    mut reader: Reader<'_>,
) -> (Option<(GatewaySettings, PolicyTable)>, Vec<Problem>) {
    let Some(entries) = reader.table(root, &FIELDS) else { return (None, reader.into_problems()) };
    let gateway = reader.entry::<GatewaySettings>(entries, &FIELDS[0]).unwrap_or_default();
    let policies = root.nearest(&[Step::Key(&["policy", "policies"])]);
    let files = if std::ptr::eq(policies, root) {
        Vec::new()
    } else {
        read_policies(policies, &mut reader)
    };
    let mut problems = reader.into_problems();
    check_settings(root, &gateway, &mut problems);
    let entries = compile_policies(&files, &gateway.groups, &mut problems);
    let table = PolicyTable::new(entries, GroupTable::new(gateway.groups.clone()));
    (Some((gateway, table)), problems)
}

/// Policies that cannot be read keep their place, so that the others keep their numbers.
fn read_policies<'n>(
    node: &'n Node,
    reader: &mut Reader<'_>,
) -> Vec<(Option<PolicyFile>, &'n Node, String)> {
    let items: Vec<&Node> = match &node.value {
        Value::List(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        // `[policy]`, where there is but one.
        Value::Table(_) => vec![node],
        _ => {
            reader.inside("policy".to_owned(), |reader| {
                reader.wrong_type(
                    node,
                    "a table, or a list of them",
                    "[[policy]] above each policy's keys",
                );
            });
            Vec::new()
        }
    };
    items
        .into_iter()
        .enumerate()
        .map(|(index, item)| {
            let field = format!("policy[{index}]");
            let file = reader.inside(field.clone(), |reader| PolicyFile::read(item, reader));
            (file, item, field)
        })
        .collect()
}

/// The JSON Schema (draft 2020-12) of the file, for editors.
///
/// ```
/// let schema = corsage_config::json_schema();
/// assert_eq!(schema["properties"]["gateway"]["type"], "object");
/// ```
#[must_use]
pub fn json_schema() -> Json {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let gateway = GatewaySettings::schema(&mut generator);
    let policies = <Vec<PolicyFile>>::schema(&mut generator);
    let [gateway_field, policy_field] = FIELDS;
    let described = [(gateway_field, gateway, None), (policy_field, policies, None)];
    let doc = ["A file of Corsage: the gateway, and the policies that it wears."];
    let mut schema = object_schema(&doc, None, described);
    let object = schema.ensure_object();
    object.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    object.insert("title".to_owned(), "corsage.toml".into());
    schema.into()
}

/// A file that holds: the gateway's settings and its policies, compiled.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The gateway.
    pub gateway: GatewaySettings,
    /// The policies.
    pub policies: PolicyTable,
    /// Warnings and notes.
    pub remarks: Problems,
}

impl Config {
    /// A number that differs where the effective settings differ: the version of a policy in force.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        // FNV-1a: a name for a version, no protection against anyone.
        self.show().to_string().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    /// The effective settings, defaults included, as a file would have them.
    #[must_use]
    pub fn show(&self) -> Json {
        let policies: Vec<Json> =
            self.policies.entries().iter().map(|entry| PolicyFile::from(entry).show()).collect();
        without_nulls(serde_json::json!({ "gateway": self.gateway.show(), "policy": policies }))
    }

    /// [`Config::show`] as TOML.
    #[must_use]
    pub fn show_toml(&self) -> String {
        toml::to_string_pretty(&self.show()).unwrap_or_default()
    }
}

/// TOML has no null: what is not set is left out.
fn without_nulls(value: Json) -> Json {
    match value {
        Json::Object(entries) => Json::Object(
            entries
                .into_iter()
                .filter(|(_, v)| !v.is_null())
                .map(|(k, v)| (k, without_nulls(v)))
                .collect(),
        ),
        Json::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}
