//! A set of origins in words that most programs have: exact origins, labels, ports.

use super::browser;
use super::cells::{cells, is_origin};
use super::graph::Graph;
use super::set::OriginSet;
use super::sites;
use crate::regexes::{Case, Flavour, Matcher, Reach};
use crate::{Depth, OriginMatcher};

/// How many origins are listed for a pattern that has no other words.
const MAX_LISTED: usize = 64;

/// A pattern that most programs have in their own notation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// Every origin.
    Any,
    /// This origin; `null` too.
    Exact(String),
    /// `scheme`, labels, `host`, which may have a port.
    Labels {
        /// `https`
        scheme: String,
        /// `example.com`, `example.com:8443`
        host: String,
        /// How many labels.
        depth: Depth,
    },
    /// This origin with any port or none.
    AnyPort(String),
}

/// What a matcher is in patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expressed {
    /// Patterns that are within the matcher.
    pub patterns: Vec<Pattern>,
    /// Whether they are all of it.
    pub is_whole: bool,
}

/// Says a matcher in patterns. What cannot be said is left out, never widened.
#[must_use]
pub fn express(matcher: &OriginMatcher) -> Expressed {
    let whole = |pattern| Expressed { patterns: vec![pattern], is_whole: true };
    match matcher {
        OriginMatcher::Any => whole(Pattern::Any),
        OriginMatcher::Exact(text) if is_origin(text) => whole(Pattern::Exact(text.clone())),
        OriginMatcher::ExactIgnoringCase(text) if is_origin(&text.to_ascii_lowercase()) => {
            whole(Pattern::Exact(text.to_ascii_lowercase()))
        }
        // No browser sends it.
        OriginMatcher::Exact(_) | OriginMatcher::ExactIgnoringCase(_) => {
            Expressed { patterns: Vec::new(), is_whole: true }
        }
        OriginMatcher::Labels { before, after, depth } => {
            match (before.strip_suffix("://"), after.strip_prefix('.')) {
                (Some(scheme), Some(host)) if !host.is_empty() => whole(Pattern::Labels {
                    scheme: scheme.to_owned(),
                    host: host.to_owned(),
                    depth: *depth,
                }),
                _ => by_language(matcher),
            }
        }
        OriginMatcher::AnyPort(text) if is_origin(text) => whole(Pattern::AnyPort(text.clone())),
        _ => by_language(matcher),
    }
}

fn by_language(matcher: &OriginMatcher) -> Expressed {
    let set = OriginSet::union([matcher]);
    let languages = [set.language.as_ref()];
    if let Some(graph) =
        browser::EVERY.as_ref().and_then(|every| Graph::walk(every, None, &languages))
    {
        match graph.vectors.iter().position(|vector| vector[0]) {
            None => return Expressed { patterns: Vec::new(), is_whole: set.undecided.is_none() },
            Some(inside) => {
                if let Some(mut texts) = graph.all(inside, MAX_LISTED) {
                    texts.retain(|text: &String| is_origin(text));
                    let patterns = texts.into_iter().map(Pattern::Exact).collect();
                    return Expressed { patterns, is_whole: true };
                }
                if !graph.vectors.iter().any(|vector| !vector[0]) {
                    return Expressed { patterns: vec![Pattern::Any], is_whole: true };
                }
            }
        }
    }
    by_candidates(matcher, set)
}

/// Patterns on the names that are written, as far as they are within the matcher.
fn by_candidates(matcher: &OriginMatcher, set: OriginSet) -> Expressed {
    let mut candidates = Vec::new();
    for domain in hosts(matcher.written()) {
        for scheme in ["https", "http"] {
            candidates.push(Pattern::AnyPort(format!("{scheme}://{domain}")));
            candidates.push(Pattern::Exact(format!("{scheme}://{domain}")));
            for depth in [Depth::Any, Depth::One] {
                candidates.push(Pattern::Labels {
                    scheme: scheme.to_owned(),
                    host: domain.clone(),
                    depth,
                });
            }
        }
    }
    let matchers: Vec<OriginMatcher> =
        candidates.iter().map(Pattern::registrable_matcher).collect();
    let mut sets = vec![set];
    sets.extend(matchers.iter().map(|matcher| OriginSet::union([matcher])));
    let mut all = vec![matcher];
    all.extend(&matchers);
    let found = cells(&sets, &all);
    let mut patterns = Vec::<Pattern>::new();
    let mut chosen = Vec::<usize>::new();
    for (index, candidate) in candidates.into_iter().enumerate() {
        let at = index + 1;
        let held = found.cells.iter().filter(|cell| cell.within[at]);
        let is_new = held.clone().any(|cell| !chosen.iter().any(|&other| cell.within[other]));
        if is_new && held.clone().all(|cell| cell.within[0]) {
            chosen.push(at);
            patterns.push(candidate);
        }
    }
    let is_whole = found.undecided.is_none()
        && found
            .cells
            .iter()
            .filter(|cell| cell.within[0])
            .all(|cell| chosen.iter().any(|&other| cell.within[other]));
    Expressed { patterns, is_whole }
}

/// Names that are written, and what is left of them when leading labels go.
fn hosts(written: &str) -> Vec<String> {
    let plain = written.to_ascii_lowercase().replace('\\', "");
    let mut hosts: Vec<String> = plain
        .split(|character: char| {
            !(character.is_ascii_alphanumeric() || matches!(character, '-' | '.'))
        })
        .map(|name| name.trim_matches(['.', '-']).to_owned())
        .filter(|name| name.contains('.') || name == "localhost")
        .collect();
    hosts.extend(sites::named(std::iter::once(written)).domains);
    hosts.sort();
    hosts.dedup();
    hosts.truncate(8);
    hosts
}

impl Pattern {
    /// The matcher of the pattern.
    #[must_use]
    pub fn matcher(&self) -> OriginMatcher {
        match self {
            Self::Any => OriginMatcher::Any,
            Self::Exact(text) => OriginMatcher::Exact(text.clone()),
            Self::Labels { scheme, host, depth } => OriginMatcher::Labels {
                before: format!("{scheme}://"),
                after: format!(".{host}"),
                depth: *depth,
            },
            Self::AnyPort(text) => OriginMatcher::AnyPort(text.clone()),
        }
    }

    /// The matcher of what can be registered of it: labels without the characters that only browsers take.
    fn registrable_matcher(&self) -> OriginMatcher {
        let Self::Labels { scheme, host, depth } = self else { return self.matcher() };
        let more = match depth {
            Depth::One => "",
            Depth::Any => "(?:[a-z0-9-]+\\.)*",
        };
        let expression = format!("{scheme}://{more}[a-z0-9-]+\\.{}", host.replace('.', "\\."));
        match Matcher::new(&expression, Flavour::Re2, Reach::Whole, Case::Sensitive) {
            Ok(matcher) => OriginMatcher::Regex(Box::new(matcher)),
            Err(_) => self.matcher(),
        }
    }

    /// The pattern as a regular expression that matches whole origins, in a syntax that every flavour reads.
    #[must_use]
    pub fn expression(&self) -> String {
        let plain = |text: &str| crate::regexes::escaped(text);
        match self {
            Self::Any => ".*".to_owned(),
            Self::Exact(text) => plain(text),
            Self::Labels { scheme, host, depth } => {
                let more = match depth {
                    Depth::One => "",
                    Depth::Any => "([a-z0-9_-]+\\.)*",
                };
                format!("{}{more}[a-z0-9_-]+\\.{}", plain(&format!("{scheme}://")), plain(host))
            }
            Self::AnyPort(text) => format!("{}(:[0-9]+)?", plain(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expressed(written: &str) -> Expressed {
        let matcher = Matcher::new(written, Flavour::Pcre, Reach::Part, Case::Insensitive);
        express(&OriginMatcher::Regex(Box::new(matcher.unwrap_or_else(|bad| panic!("{bad:?}")))))
    }

    fn exact(text: &str) -> Pattern {
        Pattern::Exact(text.to_owned())
    }

    #[test]
    fn a_finite_expression_is_a_list() {
        let said = expressed(r"^https://(app|admin)\.example\.com$");
        assert!(said.is_whole);
        assert_eq!(
            said.patterns,
            [exact("https://app.example.com"), exact("https://admin.example.com")]
        );
    }

    #[test]
    fn labels_are_recognised_in_an_expression() {
        let said = expressed(r"^https://([a-z0-9-]+\.)?example\.com$");
        assert!(said.is_whole, "{said:?}");
        let one = Pattern::Labels {
            scheme: "https".to_owned(),
            host: "example.com".to_owned(),
            depth: Depth::One,
        };
        assert_eq!(said.patterns, [exact("https://example.com"), one]);
    }

    #[test]
    fn what_is_not_said_is_left_out_and_never_widened() {
        let said = expressed(r"^https://.*\.example\.com");
        assert!(!said.is_whole);
        for pattern in &said.patterns {
            assert!(matches!(pattern, Pattern::Labels { .. }), "{pattern:?}");
        }
    }
}
