//! A file's name as a [URI reference](https://www.rfc-editor.org/rfc/rfc3986#section-4.1).

use std::fmt::Write as _;

/// A relative name stays relative, with slashes; an absolute one becomes a `file:` URI.
pub(super) fn uri(file_name: &str) -> String {
    let name = file_name.replace('\\', "/");
    let name = name.strip_prefix("./").unwrap_or(&name);
    let drive = name.as_bytes().get(1) == Some(&b':');
    let mut uri = String::with_capacity(name.len());
    if drive {
        uri.push_str("file:///");
    } else if name.starts_with('/') {
        uri.push_str("file://");
    }
    for (index, byte) in name.bytes().enumerate() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            b':' if drive && index == 1 => uri.push(':'),
            // Writing to a string cannot fail.
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    // An empty reference means the document itself, which this is not.
    if uri.is_empty() { "%20".to_owned() } else { uri }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn names_become_references() {
        for (name, expected) in [
            ("corsage.toml", "corsage.toml"),
            ("./config/a b.toml", "config/a%20b.toml"),
            ("config\\api.toml", "config/api.toml"),
            ("<stdin>", "%3Cstdin%3E"),
            ("/etc/corsage.toml", "file:///etc/corsage.toml"),
            ("C:\\corsage.toml", "file:///C:/corsage.toml"),
            ("http:x", "http%3Ax"),
            ("é.toml", "%C3%A9.toml"),
        ] {
            assert_eq!(uri(name), expected);
        }
    }
}
