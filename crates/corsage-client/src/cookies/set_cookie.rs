//! [The `Set-Cookie` header field](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis-22#section-5.6),
//! and what a script assigns to `document.cookie`.

use std::time::{Duration, SystemTime};

use super::date::parse_cookie_date;

/// Of name and value together.
const MAX_PAIR_BYTES: usize = 4096;
/// Of an attribute's value; a longer one is as if it were not there.
const MAX_ATTRIBUTE_BYTES: usize = 1024;

/// A line, parsed; whether the cookie is kept depends on where it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SetCookie {
    pub(crate) name: Vec<u8>,
    pub(crate) value: Vec<u8>,
    pub(crate) expires: Option<SystemTime>,
    pub(crate) max_age: Option<MaxAge>,
    /// Without a leading dot, in lower case; empty if the attribute was.
    pub(crate) domain: Option<Vec<u8>>,
    /// As given, if it begins with a slash.
    pub(crate) path: Option<Vec<u8>>,
    pub(crate) secure: bool,
    pub(crate) http_only: bool,
    pub(crate) same_site: SameSite,
}

/// How long a cookie lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MaxAge {
    /// Zero and less.
    Past,
    /// From now on.
    For(Duration),
}

/// The `SameSite` attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SameSite {
    /// Absent, or unknown.
    #[default]
    Unset,
    None,
    Lax,
    Strict,
}

impl SetCookie {
    /// `None` for what is ignored altogether.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        if line.iter().any(|byte| matches!(byte, 0x00..=0x08 | 0x0A..=0x1F | 0x7F)) {
            return None;
        }
        let mut parts = line.split(|byte| *byte == b';');
        let pair = parts.next().unwrap_or_default();
        let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (trim(&pair[..at]), trim(&pair[at + 1..])),
            None => (&b""[..], trim(pair)),
        };
        let length = name.len() + value.len();
        if length == 0 || length > MAX_PAIR_BYTES {
            return None;
        }
        let mut cookie = Self { name: name.to_vec(), value: value.to_vec(), ..Self::default() };
        for part in parts {
            cookie.take_attribute(part);
        }
        Some(cookie)
    }

    /// The last of a name counts.
    fn take_attribute(&mut self, part: &[u8]) {
        let (name, value) = match part.iter().position(|byte| *byte == b'=') {
            Some(at) => (trim(&part[..at]), trim(&part[at + 1..])),
            None => (trim(part), &b""[..]),
        };
        if value.len() > MAX_ATTRIBUTE_BYTES {
            return;
        }
        match &*name.to_ascii_lowercase() {
            b"expires" => self.expires = parse_cookie_date(value).or(self.expires),
            b"max-age" => self.max_age = parse_max_age(value).or(self.max_age),
            b"domain" => {
                let bare = value.strip_prefix(b".").unwrap_or(value);
                self.domain = Some(bare.to_ascii_lowercase());
            }
            b"path" => self.path = value.starts_with(b"/").then(|| value.to_vec()),
            b"secure" => self.secure = true,
            b"httponly" => self.http_only = true,
            b"samesite" => {
                self.same_site = match &*value.to_ascii_lowercase() {
                    b"none" => SameSite::None,
                    b"lax" => SameSite::Lax,
                    b"strict" => SameSite::Strict,
                    _ => SameSite::Unset,
                }
            }
            _ => {}
        }
    }
}

fn parse_max_age(value: &[u8]) -> Option<MaxAge> {
    let (sign, digits) = match value {
        [b'-', digits @ ..] => (b'-', digits),
        digits => (b'+', digits),
    };
    if digits.is_empty() && sign == b'+' || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let seconds = digits.iter().fold(0_u64, |number, digit| {
        number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
    });
    Some(if sign == b'-' || seconds == 0 {
        MaxAge::Past
    } else {
        MaxAge::For(Duration::from_secs(seconds))
    })
}

/// Spaces and tabs.
fn trim(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    &bytes[start..end]
}

#[cfg(test)]
mod tests {
    use super::{MaxAge, SameSite, SetCookie};

    #[test]
    fn names_and_values() {
        for (line, pair) in [
            ("  test=== 13  ;foo;;;   bar", Some(("test", "== 13"))),
            ("test\t=\t21\t \t;\tttt", Some(("test", "21"))),
            ("test7", Some(("", "test7"))),
            ("=test=2", Some(("", "test=2"))),
            ("test22=", Some(("test22", ""))),
            ("a=\"1;2\"", Some(("a", "\"1"))),
            ("", None),
            ("=", None),
            ("; a=b", None),
            (" \t", None),
            ("a=\u{1}", None),
            ("a=b; path=\u{7f}", None),
        ] {
            let parsed = SetCookie::parse(line.as_bytes());
            let found = parsed.map(|cookie| (cookie.name, cookie.value));
            assert_eq!(found, pair.map(|(n, v)| (n.into(), v.into())), "{line:?}");
        }
        let long = |bytes: usize| SetCookie::parse(format!("a={}", "b".repeat(bytes)).as_bytes());
        assert!(long(4095).is_some());
        assert!(long(4096).is_none());
    }

    #[test]
    fn the_last_attribute_of_a_name_counts() {
        let parse =
            |attributes: &str| SetCookie::parse(format!("a=b; {attributes}").as_bytes()).unwrap();
        assert_eq!(parse("Path=/a; PATH=/b").path.unwrap(), b"/b");
        assert_eq!(parse("Path=/a; path=b").path, None);
        assert_eq!(parse("Domain=.A.test; Domain").domain.unwrap(), b"");
        assert_eq!(parse("domain=.A.test").domain.unwrap(), b"a.test");
        assert_eq!(parse("samesite=Lax; SameSite=x").same_site, SameSite::Unset);
        assert_eq!(parse("max-age=5; max-age=2.63,").max_age, parse("max-age=5").max_age);
        assert_eq!(parse("max-age=-20").max_age, Some(MaxAge::Past));
        assert_eq!(parse("max-age=+1").max_age, None);
        assert!(!parse("\"Secure\"; Secure qux").secure);
        assert_eq!(parse(&format!("path=/{}", "a".repeat(1024))).path, None);
    }
}
