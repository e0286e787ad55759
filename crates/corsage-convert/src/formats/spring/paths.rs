//! Patterns of paths, as `AntPathMatcher` reads them.

use crate::formats::wild::wild;

/// A pattern whose segments are texts with `*` and `?`, or `**`.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    written: String,
    segments: Vec<String>,
}

impl Pattern {
    /// Reads a pattern; `None` where it holds a variable.
    pub(super) fn new(written: &str) -> Option<Self> {
        if written.contains(['{', '}']) {
            return None;
        }
        Some(Self { written: written.to_owned(), segments: segments(written) })
    }

    pub(super) fn written(&self) -> &str {
        &self.written
    }

    pub(super) fn fits(&self, path: &str) -> bool {
        if path.starts_with('/') != self.written.starts_with('/') {
            return false;
        }
        let parts = segments(path);
        let slash = |text: &str| text.ends_with('/');
        let last_is_deep = self.segments.last().is_some_and(|last| last == "**");
        if !last_is_deep && slash(path) != slash(&self.written) {
            // One that ends in a star takes the folder that has nothing in it.
            let (rest, is_star) = match self.segments.split_last() {
                Some((last, rest)) => (rest, last == "*"),
                None => (&self.segments[..], false),
            };
            return is_star && slash(path) && fits(rest, &parts);
        }
        fits(&self.segments, &parts)
    }
}

fn segments(path: &str) -> Vec<String> {
    path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn fits(segments: &[String], parts: &[String]) -> bool {
    let mut reached = vec![false; parts.len() + 1];
    reached[0] = true;
    for segment in segments {
        let mut next = vec![false; parts.len() + 1];
        for at in 0..=parts.len() {
            next[at] = if segment == "**" {
                reached[at] || at > 0 && next[at - 1]
            } else {
                at > 0 && reached[at - 1] && wild(segment, &parts[at - 1])
            };
        }
        reached = next;
    }
    reached[parts.len()]
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn segments_and_stars() {
        let fits = |pattern: &str, path: &str| Pattern::new(pattern).unwrap().fits(path);
        assert!(fits("/**", "/"));
        assert!(fits("/**", "/api/items"));
        assert!(fits("/api/**", "/api"));
        assert!(fits("/api/*", "/api/items"));
        assert!(!fits("/api/*", "/api/v1/items"));
        assert!(!fits("/api/*", "/api"));
        assert!(!fits("/api", "/api/"));
        assert!(fits("/*/items", "/api/items"));
        assert!(!fits("api/**", "/api/items"));
        assert!(Pattern::new("/api/{id}").is_none());
    }
}
