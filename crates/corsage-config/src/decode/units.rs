//! Durations and sizes, with their units.

use std::fmt;
use std::time::Duration;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value as Json;

use super::scalars::{integer, parse};
use super::{Reader, Setting};
use crate::tree::{Node, Value};

impl Setting for Duration {
    const OFF: bool = true;

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if let Value::Integer(text) | Value::Float(text) = &node.value {
            let way_out = format!("write \"{text}s\" for seconds, \"{text}ms\" for milliseconds");
            reader.error("wrong-type", node, "a duration without a unit", way_out);
            return None;
        }
        if !matches!(node.value, Value::String(_) | Value::Untyped(_)) {
            reader.wrong_type(node, "a duration", "a number and a unit: \"10s\", \"10m\", \"2h\"");
            return None;
        }
        parse(node, reader, "\"10s\"", |text| {
            humantime::parse_duration(text).map_err(|error| {
                (
                    format!("not a duration: {error}"),
                    "write a number and a unit: \"500ms\", \"10s\", \"10m\", \"2h\", \"1h 30m\""
                        .to_owned(),
                )
            })
        })
    }

    fn show(&self) -> Json {
        humantime::format_duration(*self).to_string().into()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["500ms", "10s", "10m", "2h"] })
    }
}

/// A number of bytes; `"32KiB"` in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(u64);

const UNITS: [(&str, u64); 7] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
];

impl ByteSize {
    /// That many bytes.
    #[must_use]
    pub const fn bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// That many times 1024 bytes.
    #[must_use]
    pub const fn kibibytes(kibibytes: u64) -> Self {
        Self(kibibytes << 10)
    }

    /// How many bytes.
    #[must_use]
    pub const fn as_bytes(self) -> u64 {
        self.0
    }

    /// How many bytes, as a length in memory.
    #[must_use]
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
        let number = u64::try_from(integer(&text[..end])?).ok()?;
        let unit = text[end..].trim();
        let factor = if unit.is_empty() || unit.eq_ignore_ascii_case("b") {
            1
        } else {
            UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?.1
        };
        number.checked_mul(factor).map(Self)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |&&(_, factor): &&(&str, u64)| self.0 > 0 && self.0.is_multiple_of(factor);
        match UNITS.iter().find(fits) {
            Some((unit, factor)) => write!(f, "{}{unit}", self.0 / factor),
            None => write!(f, "{}B", self.0),
        }
    }
}

impl Setting for ByteSize {
    const OFF: bool = true;

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = match &node.value {
            Value::Integer(text) | Value::String(text) | Value::Untyped(text) => text,
            _ => {
                reader.wrong_type(node, "a size", "a number and a unit: \"32KiB\"");
                return None;
            }
        };
        let size = Self::parse(text);
        if size.is_none() {
            let way_out = "write a number and a unit: \"32KiB\", \"1MiB\", \"10GiB\"";
            reader.error("wrong-value", node, "not a size in bytes", way_out);
        }
        size
    }

    fn show(&self) -> Json {
        self.to_string().into()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string" }],
            "examples": ["32KiB", "1MiB"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_shown() {
        for (text, bytes, shown) in [
            ("32KiB", 32 << 10, "32KiB"),
            ("1 MiB", 1 << 20, "1MiB"),
            ("10gib", 10 << 30, "10GiB"),
            ("5MB", 5_000_000, "5MB"),
            ("1_000", 1000, "1kB"),
            ("7", 7, "7B"),
            ("0", 0, "0B"),
        ] {
            let size = ByteSize::parse(text).unwrap();
            assert_eq!(size.as_bytes(), bytes, "{text}");
            assert_eq!(size.to_string(), shown, "{text}");
            assert_eq!(ByteSize::parse(shown), Some(size), "{shown}");
        }
        for text in
            ["", "KiB", "-1", "1.5MiB", "99999999999999999999", "99999999TiB", "1 parsec", "é"]
        {
            assert_eq!(ByteSize::parse(text), None, "{text}");
        }
    }
}
