//! Patterns of paths, as minimatch reads them.

use super::extended;
use crate::formats::{sample, wild::wild};
use crate::regexes::Matcher;

/// How many patterns the braces of one may stand for.
const MAX_ALTERNATIVES: usize = 1000;
/// How long a pattern may be.
const MAX_LENGTH: usize = 4096;

/// A pattern: one of its alternatives has to fit, or none where it is negated.
pub(super) struct Glob {
    negated: bool,
    alternatives: Vec<Vec<Segment>>,
}

enum Segment {
    /// `**`: any number of segments that do not begin with a dot.
    Any,
    /// Compared as it is.
    Text(String),
    /// With `*` and `?`.
    Wild(String),
    /// With classes and groups.
    Extended(Matcher),
}

impl Glob {
    /// Reads a pattern; `None` where it holds what has no model: ranges, escapes, what is not closed.
    pub(super) fn new(written: &str) -> Option<Self> {
        if written.trim() != written || written.is_empty() || written.len() > MAX_LENGTH {
            return None;
        }
        let (negated, pattern) = match written.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, written),
        };
        if pattern.contains('\\') {
            return None;
        }
        let pattern = normal(pattern);
        let mut alternatives = Vec::new();
        for alternative in braces(&pattern)? {
            let segments = alternative.split('/').skip(1).map(segment);
            alternatives.push(segments.collect::<Option<_>>()?);
        }
        Some(Self { negated, alternatives })
    }

    pub(super) fn fits(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        self.alternatives.iter().any(|segments| fits(segments, &parts)) != self.negated
    }

    /// A path for each alternative.
    pub(super) fn samples(&self) -> impl Iterator<Item = String> {
        self.alternatives.iter().map(|segments| {
            let mut path = String::new();
            for segment in segments {
                path.push('/');
                match segment {
                    Segment::Any => path.push('x'),
                    Segment::Text(text) => path.push_str(text),
                    Segment::Wild(text) => path.push_str(&text.replace(['*', '?'], "x")),
                    Segment::Extended(matcher) => {
                        path.push_str(sample::path(matcher.written()).trim_start_matches('/'));
                    }
                }
            }
            path
        })
    }
}

fn segment(written: &str) -> Option<Segment> {
    Some(match written {
        "**" => Segment::Any,
        text if text.contains(['[', ']', '(', ')', '|']) => {
            Segment::Extended(extended::matcher(text)?)
        }
        text if text.contains(['*', '?']) => Segment::Wild(text.to_owned()),
        text => Segment::Text(text.to_owned()),
    })
}

/// `path.posix.normalize` with a slash before it.
fn normal(pattern: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let mut normal: String = parts.iter().flat_map(|part| ["/", part]).collect();
    if normal.is_empty() || pattern.ends_with('/') {
        normal.push('/');
    }
    normal
}

/// Every pattern that braces stand for.
fn braces(pattern: &str) -> Option<Vec<String>> {
    let mut open = vec![pattern.to_owned()];
    let mut done = Vec::new();
    while let Some(pattern) = open.pop() {
        if open.len() + done.len() > MAX_ALTERNATIVES {
            return None;
        }
        // The innermost braces first: their end is the first end, their start the last before it.
        let Some(end) = pattern.find('}') else {
            if pattern.contains('{') {
                return None;
            }
            done.push(pattern);
            continue;
        };
        let start = pattern[..end].rfind('{')?;
        let inside = &pattern[start + 1..end];
        let is_variable = start > 0 && pattern.as_bytes()[start - 1] == b'$';
        if !inside.contains(',') || inside.contains("..") || is_variable {
            return None;
        }
        for part in inside.split(',') {
            open.push(format!("{}{part}{}", &pattern[..start], &pattern[end + 1..]));
        }
    }
    Some(done)
}

fn fits(segments: &[Segment], parts: &[&str]) -> bool {
    // Which beginnings of the path the segments so far fit.
    let mut reached = vec![false; parts.len() + 1];
    reached[0] = true;
    for segment in segments {
        let mut next = vec![false; parts.len() + 1];
        for at in 0..=parts.len() {
            match segment {
                Segment::Any => {
                    let comes_on = at > 0 && next[at - 1] && !parts[at - 1].starts_with('.');
                    next[at] = reached[at] || comes_on;
                }
                Segment::Text(text) => {
                    next[at] = at > 0 && reached[at - 1] && parts[at - 1] == text;
                }
                Segment::Wild(text) => {
                    next[at] = at > 0 && reached[at - 1] && fits_visibly(text, parts[at - 1]);
                }
                Segment::Extended(matcher) => {
                    next[at] = at > 0 && reached[at - 1] && matcher.is_match(parts[at - 1]);
                }
            }
        }
        reached = next;
    }
    reached[parts.len()]
}

/// `*` and `?` in one segment. Neither begins with the dot of a hidden name, and nothing fits nothing.
fn fits_visibly(pattern: &str, text: &str) -> bool {
    let is_hidden = text.starts_with('.') && !pattern.starts_with('.');
    !text.is_empty() && !is_hidden && wild(pattern, text)
}

#[cfg(test)]
mod tests {
    use super::Glob;

    fn fits(pattern: &str, path: &str) -> bool {
        Glob::new(pattern).unwrap().fits(path)
    }

    #[test]
    fn segments_and_stars() {
        assert!(fits("**", "/a/b"));
        assert!(fits("**/*", "/items"));
        assert!(fits("api/**", "/api/items"));
        assert!(fits("/api/**/own", "/api/own"));
        assert!(!fits("api/*", "/api/v1/items"));
        assert!(!fits("*", "/.hidden"));
        assert!(!fits("**", "/.well-known/x"));
        assert!(fits("*.{js,css}", "/app.css"));
        assert!(fits("!api/**", "/items"));
        assert!(!fits("items/", "/items"));
        assert!(Glob::new("a\\*").is_none());
    }

    #[test]
    fn classes_and_groups() {
        assert!(fits("@(api|public)/**", "/api/items") && !fits("@(api|public)/**", "/v1/items"));
        assert!(fits("public/+(items)", "/public/itemsitems"));
        assert!(fits("[ij]tems", "/items") && !fits("[ij]tems", "/atems"));
        assert!(fits("a/!(api)", "/a/items") && !fits("a/!(api)", "/a/api"));
        assert!(fits("*.!(js)", "/app.css") && !fits("*.!(js)", "/app.js"));
        // No group without a sign before it; an exclamation mark at the beginning is no sign.
        assert!(fits("(.*)", "/(.)x") && !fits("(.*)", "/items"));
        assert!(fits("!(api)/**", "/api/items"));
        assert!(Glob::new("@(a").is_none() && Glob::new("[a").is_none());
    }
}
