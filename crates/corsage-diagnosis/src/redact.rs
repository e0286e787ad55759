//! What identifies someone is never printed.

use corsage::browser::Header;

use crate::account::Line;
use crate::machine::text;

/// In place of a secret.
const HIDDEN: &str = "…";

/// A header line as it may be shown.
pub(crate) fn line(header: &Header) -> Line {
    let name = text(&header.name);
    let value = value(&name, &text(&header.value));
    Line { name, value }
}

/// The value of a header as it may be shown.
pub(crate) fn value(name: &str, value: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "authorization" | "proxy-authorization" => match value.split_once(' ') {
            Some((scheme, _)) => format!("{scheme} {HIDDEN}"),
            None => HIDDEN.to_owned(),
        },
        "cookie" => value
            .split(';')
            .map(|pair| match pair.split_once('=') {
                Some((name, _)) => format!("{}={HIDDEN}", name.trim()),
                None => HIDDEN.to_owned(),
            })
            .collect::<Vec<_>>()
            .join("; "),
        "set-cookie" => {
            let (pair, attributes) = value.split_once(';').unwrap_or((value, ""));
            let name = pair.split_once('=').map_or(pair, |(name, _)| name);
            if attributes.is_empty() {
                format!("{name}={HIDDEN}")
            } else {
                format!("{name}={HIDDEN};{attributes}")
            }
        }
        "x-api-key"
        | "x-auth-token"
        | "x-csrf-token"
        | "x-xsrf-token"
        | "x-access-token"
        | "x-amz-security-token" => HIDDEN.to_owned(),
        "location" => address(value),
        _ => value.to_owned(),
    }
}

/// A text that may be an address, without user name and password.
pub(crate) fn address(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{HIDDEN}@{host}{tail}"),
        None => text.to_owned(),
    }
}

/// A URL without user name and password.
pub(crate) fn url(url: &url::Url) -> String {
    if url.username().is_empty() && url.password().is_none() {
        return url.as_str().to_owned();
    }
    let mut shown = url.clone();
    // Fails only for URLs that cannot have them.
    let _ = shown.set_username(HIDDEN);
    let _ = shown.set_password(None);
    shown.as_str().replace("%E2%80%A6", HIDDEN)
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn secrets_are_replaced_and_the_rest_stays() {
        assert_eq!(value("Authorization", "Bearer abc"), "Bearer …");
        assert_eq!(value("cookie", "sid=1; theme=dark"), "sid=…; theme=…");
        assert_eq!(value("Set-Cookie", "sid=1; Path=/; HttpOnly"), "sid=…; Path=/; HttpOnly");
        assert_eq!(value("x-request-id", "1"), "1");
        assert_eq!(value("location", "http://u:p@a.example/x@y"), "http://…@a.example/x@y");
        assert_eq!(value("location", "/x@y"), "/x@y");
    }
}
