//! Numbers, text, addresses and paths.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value as Json;

use super::{Reader, Setting};
use crate::tree::{Node, Value};

/// The text of a string, or a report.
fn string<'n>(node: &'n Node, reader: &mut Reader<'_>) -> Option<&'n str> {
    match &node.value {
        Value::String(text) | Value::Untyped(text) => Some(text),
        _ => {
            let example = match node.text() {
                Some(text) => format!("it between quotation marks: {text:?}"),
                None => "text between quotation marks".to_owned(),
            };
            reader.wrong_type(node, "a string", &example);
            None
        }
    }
}

/// Reads a string and parses it.
pub(super) fn parse<T>(
    node: &Node,
    reader: &mut Reader<'_>,
    example: &str,
    parse: impl FnOnce(&str) -> Result<T, (String, String)>,
) -> Option<T> {
    let (Value::String(text) | Value::Untyped(text)) = &node.value else {
        reader.wrong_type(node, "a string", example);
        return None;
    };
    match parse(text) {
        Ok(value) => Some(value),
        Err((cause, way_out)) => {
            reader.error("wrong-value", node, cause, way_out);
            None
        }
    }
}

impl Setting for String {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        string(node, reader).map(str::to_owned)
    }

    fn show(&self) -> Json {
        self.as_str().into()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl Setting for bool {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            Value::Boolean(value) => Some(*value),
            Value::Untyped(text) if text == "true" => Some(true),
            Value::Untyped(text) if text == "false" => Some(false),
            _ => {
                reader.wrong_type(node, "a boolean", "true or false, without quotation marks");
                None
            }
        }
    }

    fn show(&self) -> Json {
        (*self).into()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "boolean" })
    }
}

/// An integer as written: `1_000`, `0x1F`, `-3`.
pub(super) fn integer(text: &str) -> Option<i128> {
    let text = text.replace('_', "");
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return i128::from_str_radix(digits, radix).ok();
        }
    }
    text.parse().ok()
}

fn unsigned(node: &Node, reader: &mut Reader<'_>, max: u64) -> Option<u64> {
    let number = match &node.value {
        Value::Integer(text) => integer(text),
        Value::Untyped(text) => match integer(text) {
            Some(number) => Some(number),
            None => {
                reader.wrong_type(node, "an integer", "digits only: 100");
                return None;
            }
        },
        _ => {
            reader.wrong_type(node, "an integer", "digits only, without quotation marks: 100");
            return None;
        }
    };
    match number.and_then(|number| u64::try_from(number).ok()).filter(|number| *number <= max) {
        Some(number) => Some(number),
        None => {
            let way_out = format!("write a number from 0 to {max}");
            reader.error("wrong-value", node, "the number is out of range", way_out);
            None
        }
    }
}

macro_rules! unsigned {
    ($($type:ty)*) => { $(
        impl Setting for $type {
            const OFF: bool = true;

            fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
                // TOML's integers end there; a larger limit is no limit.
                let max = u64::try_from(<$type>::MAX).unwrap_or(u64::MAX).min(i64::MAX as u64);
                unsigned(node, reader, max).and_then(|number| Self::try_from(number).ok())
            }

            fn show(&self) -> Json {
                (*self).into()
            }

            fn schema(_: &mut SchemaGenerator) -> Schema {
                let max = u64::try_from(<$type>::MAX).unwrap_or(u64::MAX).min(i64::MAX as u64);
                json_schema!({ "type": "integer", "minimum": 0, "maximum": max })
            }
        }
    )* };
}

unsigned!(u16 u32 u64 usize);

impl Setting for SocketAddr {
    const OFF: bool = true;

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        parse(node, reader, "\"127.0.0.1:8080\"", |text| {
            if let Ok(address) = text.parse() {
                return Ok(address);
            }
            let port = text.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
            Err(match port {
                Some(port) if text.starts_with("localhost:") => (
                    "an address to listen on is an IP address, not a name".to_owned(),
                    format!("write \"127.0.0.1:{port}\""),
                ),
                Some(port) if text.starts_with(':') || text.starts_with("*:") => (
                    "the IP address is missing".to_owned(),
                    format!(
                        "write \"0.0.0.0:{port}\" for every IPv4 address, \"[::]:{port}\" for every address, \"127.0.0.1:{port}\" for this machine alone"
                    ),
                ),
                _ if text.parse::<IpAddr>().is_ok() => {
                    ("the port is missing".to_owned(), format!("write \"{text}:8080\""))
                }
                _ if text.parse::<u16>().is_ok() => {
                    ("the IP address is missing".to_owned(), format!("write \"127.0.0.1:{text}\""))
                }
                _ => (
                    "an address is an IP address, a colon and a port from 0 to 65535".to_owned(),
                    "write \"127.0.0.1:8080\"; IPv6 goes between brackets: \"[::1]:8080\""
                        .to_owned(),
                ),
            })
        })
    }

    fn show(&self) -> Json {
        self.to_string().into()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["127.0.0.1:8080", "[::]:8080"] })
    }
}

impl Setting for IpNet {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        parse(node, reader, "\"10.0.0.0/8\"", |text| {
            if let Ok(address) = text.parse::<IpAddr>() {
                return Ok(IpNet::from(address));
            }
            let network: IpNet = text.parse().map_err(|_| {
                (
                    "a network is an IP address, a slash and the number of bits that are fixed"
                        .to_owned(),
                    "write \"10.0.0.0/8\", \"fd00::/8\", or one address: \"10.1.2.3\"".to_owned(),
                )
            })?;
            if network != network.trunc() {
                return Err((
                    format!("bits are set beyond the first {}", network.prefix_len()),
                    format!("write \"{}\"", network.trunc()),
                ));
            }
            Ok(network)
        })
    }

    fn show(&self) -> Json {
        self.to_string().into()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["10.0.0.0/8", "fd00::/8"] })
    }
}

impl Setting for PathBuf {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let path = parse(node, reader, "\"certificate.pem\"", |text| {
            if text.is_empty() {
                return Err((
                    "the path is empty".to_owned(),
                    "name a file, or drop the key".to_owned(),
                ));
            }
            Ok(text.to_owned())
        })?;
        Some(reader.resolve(&path))
    }

    fn show(&self) -> Json {
        self.to_string_lossy().into()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}
