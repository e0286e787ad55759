//! Paths as hono's routers read them.

use crate::regexes::{Case, Flavour, Matcher, Reach};

/// `*` at the end is anything, also nothing; elsewhere it is a segment, and so is `:name`. `None`: no model.
pub(super) fn path_matcher(path: &str) -> Option<Matcher> {
    let mut written = String::from("^");
    let (body, end) = match path.strip_suffix("/*") {
        Some(body) => (body, "(?:/.*)?$"),
        None if path == "*" => ("", ".*$"),
        None => (path, "$"),
    };
    for (at, segment) in body.split('/').enumerate() {
        if at > 0 {
            written.push('/');
        }
        match segment {
            "*" => written.push_str("[^/]+"),
            // Expressions and optional segments have no model.
            _ if segment.contains(['{', '?']) => return None,
            _ if segment.starts_with(':') => written.push_str("[^/]+"),
            _ => {
                for c in segment.chars() {
                    if c.is_ascii_punctuation() {
                        written.push('\\');
                    }
                    written.push(c);
                }
            }
        }
    }
    written.push_str(end);
    Matcher::new(&written, Flavour::JavaScript, Reach::Part, Case::Sensitive).ok()
}

/// One path after another, with one slash between them.
pub(super) fn merged(base: &str, path: &str) -> String {
    let path = path.trim_start_matches('/');
    let base = base.trim_end_matches('/');
    if path.is_empty() && !base.is_empty() {
        return base.to_owned();
    }
    format!("{base}/{path}")
}
