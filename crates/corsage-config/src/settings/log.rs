//! `[gateway.log]`

use std::path::PathBuf;
use std::time::Duration;

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::decode::{Reader, Setting, choice, settings};
use crate::tree::{Node, Value};

settings! {
    /// What is logged, and where.
    pub struct Log {
        /// How much the gateway tells of itself, on standard error.
        pub level: LogLevel = LogLevel::Info,
        /// How that is written.
        pub format: LogFormat = LogFormat::Text,
        /// Where the access log goes, one JSON object a request.
        pub access: AccessLog = AccessLog::Stdout,
        /// What of a URL's query the access log has.
        pub query: QueryLog = QueryLog::Redact,
        /// How often at most the same refused origin is told of.
        pub refused_origin_every: Duration = Duration::from_secs(600),
    }
}

choice! {
    /// How much is logged.
    pub enum LogLevel {
        /// What failed.
        Error = "error",
        /// And what looks wrong.
        Warn = "warn",
        /// And what happened: starts, reloads, newly refused origins.
        Info = "info",
        /// And what may help to find a fault.
        Debug = "debug",
        /// Everything.
        Trace = "trace",
    }
}

choice! {
    /// How the log is written.
    pub enum LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
}

choice! {
    /// What of a URL's query is logged.
    pub enum QueryLog {
        /// That there is one: queries carry tokens and names.
        Redact = "redact",
        /// All of it.
        Keep = "keep",
    }
}

/// Where the access log goes: `"off"`, `"stdout"`, or a file, which is opened again on SIGUSR1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessLog {
    /// Nowhere.
    Off,
    /// To standard output.
    Stdout,
    /// To this file.
    File(PathBuf),
}

impl Setting for AccessLog {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            Value::String(text) | Value::Untyped(text) if text == "off" => Some(Self::Off),
            Value::String(text) | Value::Untyped(text) if text == "stdout" => Some(Self::Stdout),
            _ => {
                let text = String::read(node, reader)?;
                if !text.contains('/') {
                    let way_out =
                        format!("write \"stdout\", \"off\", or a path with a slash: \"./{text}\"");
                    reader.error("wrong-value", node, "the access log goes to a path", way_out);
                    return None;
                }
                PathBuf::read(node, reader).map(Self::File)
            }
        }
    }

    fn show(&self) -> serde_json::Value {
        match self {
            Self::Off => "off".into(),
            Self::Stdout => "stdout".into(),
            Self::File(path) => path.show(),
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["off", "stdout", "/var/log/corsage/access.log"] })
    }
}
