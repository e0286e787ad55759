//! `urllib.parse.urlsplit`, as far as origins need it.

/// The scheme in lower case, and what stands between `//` and the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) scheme: String,
    pub(super) netloc: String,
    /// Path, query or fragment: what an origin has none of.
    pub(super) rest: String,
}

/// Splits an address. `None`: the function raises.
pub(super) fn split(address: &str) -> Option<Split> {
    let address: String = address
        .trim_start_matches(|c: char| c <= ' ')
        .chars()
        .filter(|c| !matches!(c, '\t' | '\r' | '\n'))
        .collect();
    let mut scheme = String::new();
    let mut rest = address.as_str();
    if let Some(at) = address.find(':')
        && at > 0
        && address.starts_with(|c: char| c.is_ascii_alphabetic())
        && address[..at].bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    {
        scheme = address[..at].to_ascii_lowercase();
        rest = &address[at + 1..];
    }
    let mut netloc = "";
    if let Some(after) = rest.strip_prefix("//") {
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        netloc = &after[..end];
        rest = &after[end..];
        if netloc.contains('[') != netloc.contains(']') {
            return None;
        }
    }
    // Names beyond ASCII are checked for look-alikes of the separators there; none of those is an origin.
    Some(Split { scheme, netloc: netloc.to_owned(), rest: rest.to_owned() })
}
