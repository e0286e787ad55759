//! Path prefixes, and every way in which a server may read a path.
//!
//! A policy is chosen by the path that the gateway sees; what it protects is chosen by the path that the
//! upstream makes of it. Where the two could differ — an encoded slash, dot segments, a doubled slash, a
//! backslash, path parameters — every reading is tried, and only a policy that all of them choose is used.

use std::borrow::Cow;
use std::fmt;

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::decode::{Reader, Setting};
use crate::tree::Node;

/// A path and all below it, by whole segments: `/api` covers `/api` and `/api/x`, and not `/apix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPrefix {
    /// Percent-decoded, without the final slash; empty for `/`.
    decoded: Vec<u8>,
    /// As written.
    text: String,
}

impl PathPrefix {
    /// Parses a path that is in its normal form.
    ///
    /// # Errors
    /// The cause, and the way out.
    pub fn parse(text: &str) -> Result<Self, (String, String)> {
        let fault = |cause: &str, way_out: String| Err((cause.to_owned(), way_out));
        if !text.starts_with('/') {
            return fault(
                "a path begins with a slash",
                format!("write \"/{}\"", text.trim_start_matches('*')),
            );
        }
        if let Some(end) = text.find(['?', '#']) {
            return fault(
                "policies are chosen by the path alone",
                format!("write {:?}", &text[..end]),
            );
        }
        if let Some(prefix) = text.strip_suffix("/*").or_else(|| text.strip_suffix("/**")) {
            let prefix = if prefix.is_empty() { "/" } else { prefix };
            return fault("a path covers all below it as it is", format!("write {prefix:?}"));
        }
        if text.contains('*') {
            return fault(
                "a path has no wildcards",
                "write the part that does not vary: \"/api\"".to_owned(),
            );
        }
        if !Traits::of(text.as_bytes()).is_empty_but_for_percent() {
            let cause = "dot segments, doubled slashes, backslashes and `;` mean different things to different servers";
            return fault(cause, "write the path in its normal form".to_owned());
        }
        let mut decoded = written(text)?;
        if decoded.last() == Some(&b'/') {
            decoded.pop();
        }
        Ok(Self { decoded, text: text.to_owned() })
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// In bytes, percent-decoded.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.decoded
    }

    /// Whether this reading of a path lies at or below it.
    pub(super) fn covers(&self, reading: &[u8], letters: Letters) -> bool {
        let Some((start, rest)) = reading.split_at_checked(self.decoded.len()) else {
            return false;
        };
        let is_it = match letters {
            Letters::AsWritten => start == self.decoded,
            Letters::InAnyCase => start.eq_ignore_ascii_case(&self.decoded),
        };
        is_it && rest.first().is_none_or(|&byte| byte == b'/')
    }

    /// Whether it has a letter that some servers take for another.
    pub(super) fn has_capitals(&self) -> bool {
        self.decoded.iter().any(u8::is_ascii_uppercase)
    }
}

/// The bytes of a path that somebody has written down, with what is percent-encoded decoded: characters that mean the
/// same either way to everybody.
fn written(text: &str) -> Result<Vec<u8>, (String, String)> {
    let fault = |cause: &str, way_out: &str| Err((cause.to_owned(), way_out.to_owned()));
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some((&first, rest)) = bytes.split_first() {
        if first != b'%' {
            decoded.push(first);
            bytes = rest;
            continue;
        }
        match triple(bytes) {
            Some(byte) if is_harmless(byte) => decoded.push(byte),
            Some(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') => {
                let way_out = format!("write `{}` for `%{byte:02X}`", char::from(byte));
                return fault("a plain character is written encoded", &way_out);
            }
            Some(_) => {
                return fault(
                    "an encoded slash, dot, `;`, backslash or NUL is ambiguous",
                    "choose a shorter prefix",
                );
            }
            None => {
                return fault(
                    "after `%` stand two hexadecimal digits",
                    "write `%25` for the sign itself",
                );
            }
        }
        bytes = &bytes[3..];
    }
    Ok(decoded)
}

impl fmt::Display for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Setting for PathPrefix {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(node, reader)?;
        match Self::parse(&text) {
            Ok(prefix) => Some(prefix),
            Err((cause, way_out)) => {
                reader.error("wrong-value", node, cause, way_out);
                None
            }
        }
    }

    fn show(&self) -> serde_json::Value {
        self.text.as_str().into()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^/", "examples": ["/", "/api"] })
    }
}

/// Whether `/Admin` and `/admin` are two paths. To Express, ASP.NET and IIS they are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letters {
    AsWritten,
    InAnyCase,
}

/// How servers may read a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Readings<'p> {
    /// All alike.
    One(Cow<'p, [u8]>),
    /// In these ways.
    Several(Vec<Vec<u8>>),
    /// In more ways than are worth trying.
    Unbounded,
}

/// Longer paths that are also ambiguous are nobody's mistake; trying all readings would be work for an attacker.
const MAX_AMBIGUOUS_BYTES: usize = 2048;
/// No server decodes a path more often than this.
const MAX_DECODINGS: usize = 4;

impl<'p> Readings<'p> {
    /// Of a request's path, without its query.
    pub(super) fn of(path: &'p [u8]) -> Self {
        let traits = Traits::of(path);
        if traits.is_empty() {
            return Self::One(Cow::Borrowed(path));
        }
        let base = decode(path, is_harmless);
        let traits = Traits::of(&base);
        if traits.is_empty() {
            return Self::One(base);
        }
        if path.len() > MAX_AMBIGUOUS_BYTES || traits.nul {
            return Self::Unbounded;
        }

        // Decoding: not at all, what needs no encoding, everything, everything again and again.
        let mut decoded = vec![base.to_vec()];
        push_new(&mut decoded, decode(&base, is_unreserved).into_owned());
        let mut again = base.into_owned();
        for _ in 0..MAX_DECODINGS {
            let next = decode(&again, |_| true).into_owned();
            if next == again {
                break;
            }
            push_new(&mut decoded, next.clone());
            again = next;
        }
        if again.contains(&0) || decode(&again, |_| true) != again {
            return Self::Unbounded;
        }

        // And each of these: as it is, or with the one more thing that some servers do.
        for change in [
            slashes_from_backslashes,
            without_authority,
            without_parameters,
            without_doubled_slashes,
            without_dot_segments,
        ] {
            for i in 0..decoded.len() {
                let changed = change(&decoded[i]);
                push_new(&mut decoded, changed);
            }
        }
        if decoded.len() == 1 {
            return Self::One(Cow::Owned(decoded.swap_remove(0)));
        }
        Self::Several(decoded)
    }
}

fn push_new(readings: &mut Vec<Vec<u8>>, reading: Vec<u8>) {
    if !readings.contains(&reading) {
        readings.push(reading);
    }
}

/// What a path has that servers read differently.
#[derive(Clone, Copy, Debug, Default)]
struct Traits {
    percent: bool,
    nul: bool,
    structure: bool,
}

impl Traits {
    fn of(path: &[u8]) -> Self {
        let mut traits = Self::default();
        for (i, &byte) in path.iter().enumerate() {
            match byte {
                b'%' => {
                    traits.percent = true;
                    traits.nul |= path[i..].starts_with(b"%00");
                }
                0 => traits.nul = true,
                b'\\' | b';' => traits.structure = true,
                b'/' => {
                    let segment =
                        path[i + 1..].split(|&byte| byte == b'/').next().unwrap_or_default();
                    let last = i + 1 + segment.len() == path.len();
                    traits.structure |=
                        matches!(segment, b"." | b"..") || (segment.is_empty() && !last);
                }
                _ => {}
            }
        }
        traits
    }

    fn is_empty(self) -> bool {
        !self.percent && self.is_empty_but_for_percent()
    }

    fn is_empty_but_for_percent(self) -> bool {
        !self.nul && !self.structure
    }
}

/// The byte that `%XX` at the start of these bytes stands for.
fn triple(bytes: &[u8]) -> Option<u8> {
    let &[b'%', high, low, ..] = bytes else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// Decodes the triples whose byte is one of these.
fn decode(path: &[u8], which: impl Fn(u8) -> bool) -> Cow<'_, [u8]> {
    if !path.contains(&b'%') {
        return Cow::Borrowed(path);
    }
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((&first, after)) = rest.split_first() {
        match triple(rest) {
            Some(byte) if which(byte) => {
                decoded.push(byte);
                rest = &rest[3..];
            }
            _ => {
                decoded.push(first);
                rest = after;
            }
        }
    }
    Cow::Owned(decoded)
}

/// Whether a byte means the same encoded and plain: it has no part in a path's structure, and cannot be
/// written plainly by one client and encoded by another to reach a different policy.
fn is_harmless(byte: u8) -> bool {
    !is_unreserved(byte) && !matches!(byte, b'/' | b'\\' | b';' | b'%' | 0)
}

/// [Unreserved characters](https://www.rfc-editor.org/rfc/rfc3986#section-2.3): equal to their encoded form.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn slashes_from_backslashes(path: &[u8]) -> Vec<u8> {
    path.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect()
}

/// `//host/a` as `/a`: so Node's `new URL(request.url, base)` reads it, and whoever resolves a target as a reference.
fn without_authority(path: &[u8]) -> Vec<u8> {
    match path.strip_prefix(b"//") {
        Some(rest) => match rest.iter().position(|&byte| byte == b'/') {
            Some(end) => rest[end..].to_vec(),
            None => b"/".to_vec(),
        },
        None => path.to_vec(),
    }
}

/// `/a;x=1/b` as `/a/b`.
fn without_parameters(path: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(path.len());
    let mut inside = false;
    for &byte in path {
        match byte {
            b';' => inside = true,
            b'/' => inside = false,
            _ => {}
        }
        if !inside {
            plain.push(byte);
        }
    }
    plain
}

fn without_doubled_slashes(path: &[u8]) -> Vec<u8> {
    let mut plain = path.to_vec();
    plain.dedup_by(|next, byte| *next == b'/' && *byte == b'/');
    plain
}

/// [Remove dot segments](https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4)
fn without_dot_segments(path: &[u8]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut segments = path.split(|&byte| byte == b'/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            b".." => {
                kept.pop();
                if last {
                    kept.push(b"");
                }
            }
            b"." if last => kept.push(b""),
            b"." => {}
            _ => kept.push(segment),
        }
    }
    let mut plain = Vec::with_capacity(path.len());
    for segment in kept {
        plain.push(b'/');
        plain.extend_from_slice(segment);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_cover_whole_segments() {
        let rows = [
            ("/api", "/api", true),
            ("/api", "/api/", true),
            ("/api", "/api/x", true),
            ("/api", "/apix", false),
            ("/api", "/ap", false),
            ("/api", "/API", false),
            ("/api/", "/api", true),
            ("/", "/", true),
            ("/", "/x", true),
            ("/", "*", false),
            ("/caf%C3%A9", "/café/menu", true),
        ];
        for (prefix, path, covers) in rows {
            assert_eq!(
                PathPrefix::parse(prefix).unwrap().covers(path.as_bytes(), Letters::AsWritten),
                covers,
                "{prefix} {path}"
            );
        }
        let api = PathPrefix::parse("/api").unwrap();
        assert!(api.covers(b"/API/x", Letters::InAnyCase));
        assert!(!api.covers(b"/APIx", Letters::InAnyCase));
    }

    #[test]
    fn a_prefix_must_be_in_its_normal_form() {
        for text in [
            "", "api", "/a?b", "/a#b", "/*", "/a/*", "/a*b", "//a", "/a//b", "/./a", "/a/..",
            "/a;b", "/a\\b", "/a%2Fb", "/%2e", "/%zz", "/%41",
        ] {
            assert!(PathPrefix::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ordinary_paths_have_one_reading() {
        for path in
            ["/", "/api/x", "/.well-known/x", "/a.b/..c", "/api/", "*", "/%C3%A9", "/a%20b", "/%3F"]
        {
            assert!(matches!(Readings::of(path.as_bytes()), Readings::One(_)), "{path}");
        }
    }

    #[test]
    fn every_known_reading_is_tried() {
        let rows = [
            ("/public/../admin", "/admin"),
            ("/public/%2e%2e/admin", "/admin"),
            ("/public/%2E./admin", "/admin"),
            ("/public/..%2fadmin", "/admin"),
            ("/public%2f..%2fadmin", "/admin"),
            ("/public/%252e%252e/admin", "/admin"),
            ("/public/..%252fadmin", "/admin"),
            ("/public/..;/admin", "/admin"),
            ("/public/..;a=b/admin", "/admin"),
            ("/public/..%3b/admin", "/admin"),
            ("/public\\..\\admin", "/admin"),
            ("/public%5c..%5cadmin", "/admin"),
            ("//admin", "/admin"),
            ("//x/admin", "/admin"),
            ("//x@y/admin", "/admin"),
            ("/\\x/admin", "/admin"),
            ("/%5cx/admin", "/admin"),
            ("//x//admin", "/admin"),
            ("//x", "/"),
            ("/public//../admin", "/admin"),
            ("/public//../admin", "/public/admin"),
            ("/%61dmin", "/admin"),
            ("/%2561dmin", "/admin"),
            ("/./admin/.", "/admin/"),
            ("/public/../admin", "/public/../admin"),
        ];
        for (path, reading) in rows {
            match Readings::of(path.as_bytes()) {
                Readings::Several(readings) => {
                    assert!(
                        readings.iter().any(|r| r == reading.as_bytes()),
                        "{path} as {reading}"
                    );
                }
                other => panic!("{path}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_cannot_be_tried_in_full_is_said_to_be_so() {
        let long = format!("/{}/../x", "a".repeat(MAX_AMBIGUOUS_BYTES));
        for path in ["/a%00/../b", "/%2525252525252541", &long] {
            assert_eq!(Readings::of(path.as_bytes()), Readings::Unbounded, "{path}");
        }
    }
}
