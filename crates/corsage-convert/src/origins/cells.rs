//! Which combinations of sets an origin can be in, with a witness for each.

use std::collections::{BTreeMap, HashSet};

use corsage::terms::{BundledPublicSuffixes, Origin, PublicSuffixes};

use super::browser;
use super::graph::Graph;
use super::language::{Language, LanguageError};
use super::set::OriginSet;
use super::sites::{self, Sites};
use super::witness::{Holder, Witness};
use crate::OriginMatcher;

/// The origins that are in the same of all sets.
#[derive(Clone, Debug)]
pub struct Cell {
    /// For each set, whether they are in it.
    pub within: Vec<bool>,
    /// One of them: who can have it is what decides, then how short it is.
    pub witness: Witness,
}

/// All combinations that some browser's origin is in.
#[derive(Clone, Debug)]
pub struct Cells {
    /// Each with its witness.
    pub cells: Vec<Cell>,
    /// Why there may be more, where automata could not decide it.
    pub undecided: Option<LanguageError>,
}

/// The cells of some sets. `matchers` are what the sets were made of: they say which sites are named.
#[must_use]
pub fn cells(sets: &[OriginSet], matchers: &[&OriginMatcher]) -> Cells {
    let mut found = BTreeMap::<Vec<bool>, Witness>::new();
    let mut undecided = sets.iter().find_map(|set| set.undecided);
    let listed: HashSet<&str> =
        sets.iter().flat_map(|set| set.texts.iter().map(String::as_str)).collect();
    let named = sites::named(matchers.iter().map(|matcher| matcher.written()));
    let is_free = |origin: &str| !listed.contains(origin) && is_origin(origin);
    let languages: Vec<Option<&Language>> = sets.iter().map(|set| set.language.as_ref()).collect();

    for &text in &listed {
        if is_origin(text) {
            keep(&mut found, sets, text.to_owned(), &named);
        }
    }
    // What cannot be an automaton is tried on what is at hand, never declared decided.
    if sets.iter().any(|set| !set.applied.is_empty()) {
        for text in near_misses(matchers) {
            if is_origin(&text) {
                keep(&mut found, sets, text, &named);
            }
        }
    }
    let below = browser::below(&named.domains);
    let registrable = browser::registrable(&named.suffixes, "https", false);
    let unencrypted = browser::registrable(&named.suffixes, "https?", true);
    let stages = [
        (registrable.as_ref(), below.as_ref()),
        (unencrypted.as_ref(), below.as_ref()),
        (browser::ORDINARY.as_ref(), None),
        (browser::EVERY.as_ref(), None),
    ];
    // The last stage holds all the others: what it does not reach, nothing does.
    let mut reached = HashSet::new();
    let last = stages.len() - 1;
    for (stage, (within, outside)) in stages.into_iter().enumerate() {
        let Some(graph) = within.and_then(|within| Graph::walk(within, outside, &languages)) else {
            if stage == last {
                undecided = undecided.or(Some(LanguageError::TooLarge));
            }
            continue;
        };
        for (index, vector) in graph.vectors.iter().enumerate() {
            if !reached.insert(vector.clone()) {
                continue;
            }
            match graph.shortest(index, is_free) {
                Ok(Some(text)) => keep(&mut found, sets, text, &named),
                Ok(None) => {
                    // Only listed texts, or texts that are no origins: another stage may have better ones.
                    reached.remove(vector);
                }
                Err(()) if stage == last => {
                    undecided = undecided.or(Some(LanguageError::TooLarge));
                }
                Err(()) => {
                    reached.remove(vector);
                }
            }
        }
    }
    let cells = found.into_iter().map(|(within, witness)| Cell { within, witness }).collect();
    Cells { cells, undecided }
}

fn keep(
    found: &mut BTreeMap<Vec<bool>, Witness>,
    sets: &[OriginSet],
    origin: String,
    named: &Sites,
) {
    let within = sets.iter().map(|set| set.holds(&origin)).collect();
    let witness = Witness { holder: holder(&origin, named), origin };
    let order = |witness: &Witness| (witness.holder, witness.origin.len(), witness.origin.clone());
    match found.get_mut(&within) {
        Some(kept) if order(kept) <= order(&witness) => {}
        Some(kept) => *kept = witness,
        None => {
            found.insert(within, witness);
        }
    }
}

/// Whether a browser could send this.
pub(crate) fn is_origin(text: &str) -> bool {
    text == "null" || Origin::parse(text).is_ok_and(|origin| origin.to_string() == text)
}

fn holder(origin: &str, named: &Sites) -> Holder {
    if origin == "null" {
        return Holder::Null;
    }
    let Ok(Origin::Tuple(tuple)) = Origin::parse(origin) else { return Holder::Application };
    if !matches!(tuple.scheme(), "http" | "https") {
        return Holder::Application;
    }
    let host = tuple.host();
    match BundledPublicSuffixes.registrable_domain(host) {
        Some(domain) if named.domains.iter().any(|named| named == domain.trim_end_matches('.')) => {
            Holder::NamedSite
        }
        Some(domain)
            if is_registrable(domain) && tuple.port().is_none() && tuple.scheme() == "https" =>
        {
            Holder::Anybody
        }
        Some(domain) if is_registrable(domain) => Holder::AnybodyUnencrypted,
        _ => Holder::Host,
    }
}

/// Whether the list knows the suffix, and its registry would take the name.
fn is_registrable(domain: &str) -> bool {
    domain.split_once('.').is_some_and(|(label, suffix)| {
        BundledPublicSuffixes.is_public_suffix(suffix)
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

/// Origins near to what is written: as it stands, longer at both ends, with another port or scheme.
fn near_misses(matchers: &[&OriginMatcher]) -> Vec<String> {
    let mut texts = vec!["null".to_owned(), "https://a.com".to_owned(), "http://a.com".to_owned()];
    for matcher in matchers {
        for domain in sites::named(std::iter::once(matcher.written())).domains {
            for scheme in ["https", "http"] {
                for host in [
                    domain.clone(),
                    format!("a.{domain}"),
                    format!("a.a.{domain}"),
                    format!("app.{domain}"),
                    format!("evil.{domain}"),
                    format!("a{domain}"),
                    format!("a-{domain}"),
                    format!("{domain}.a.com"),
                    domain.replacen('.', "a", 1) + ".com",
                ] {
                    texts.push(format!("{scheme}://{host}"));
                    texts.push(format!("{scheme}://{host}:8443"));
                }
            }
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Depth;
    use crate::regexes::{Case, Flavour, Matcher, Reach};

    fn regex(written: &str) -> OriginMatcher {
        let matcher = Matcher::new(written, Flavour::Pcre, Reach::Part, Case::Sensitive);
        OriginMatcher::Regex(Box::new(matcher.unwrap_or_else(|bad| panic!("{written}: {bad:?}"))))
    }

    fn exact(text: &str) -> OriginMatcher {
        OriginMatcher::Exact(text.to_owned())
    }

    /// Each combination with its witness.
    fn told(matchers: &[OriginMatcher]) -> Vec<(Vec<bool>, String)> {
        let sets: Vec<OriginSet> =
            matchers.iter().map(|matcher| OriginSet::union([matcher])).collect();
        let matchers: Vec<&OriginMatcher> = matchers.iter().collect();
        let cells = cells(&sets, &matchers);
        assert_eq!(cells.undecided, None);
        cells.cells.into_iter().map(|cell| (cell.within, cell.witness.origin)).collect()
    }

    fn witness(told: &[(Vec<bool>, String)], within: &[bool]) -> Option<String> {
        told.iter().find(|(other, _)| other == within).map(|(_, witness)| witness.clone())
    }

    #[test]
    fn an_open_end_is_found_by_who_can_register_it() {
        let told = told(&[regex(r"^https://.*\.example\.com")]);
        assert_eq!(witness(&told, &[false]).as_deref(), Some("https://a.io"));
        // Not a host below example.com, whose owner is no stranger.
        assert_eq!(witness(&told, &[true]).as_deref(), Some("https://a.example.com.io"));
    }

    #[test]
    fn a_missing_dot_is_found() {
        let labels = OriginMatcher::Labels {
            before: "https://".to_owned(),
            after: ".example.com".to_owned(),
            depth: Depth::Any,
        };
        let told = told(&[regex(r"^https://[a-z0-9.-]*example\.com$"), labels]);
        assert_eq!(witness(&told, &[true, false]).as_deref(), Some("https://aexample.com"));
        assert_eq!(witness(&told, &[true, true]).as_deref(), Some("https://a.example.com"));
        // Labels may hold what the expression does not take.
        assert_eq!(witness(&told, &[false, true]).as_deref(), Some("https://_.example.com"));
    }

    #[test]
    fn one_label_and_any_depth_differ_in_the_second_label() {
        let labels = |depth| OriginMatcher::Labels {
            before: "https://".to_owned(),
            after: ".example.com".to_owned(),
            depth,
        };
        let told = told(&[labels(Depth::One), labels(Depth::Any)]);
        assert_eq!(witness(&told, &[false, true]).as_deref(), Some("https://a.a.example.com"));
        assert_eq!(witness(&told, &[true, false]), None);
    }

    #[test]
    fn a_language_that_is_listed_whole_leaves_nothing() {
        let told_all = told(&[
            regex(r"^https://[ab]\.example\.com$"),
            exact("https://a.example.com"),
            exact("https://b.example.com"),
        ]);
        assert_eq!(witness(&told_all, &[true, false, false]), None);
        let told_one =
            told(&[regex(r"^https://[ab]\.example\.com$"), exact("https://a.example.com")]);
        assert_eq!(witness(&told_one, &[true, false]).as_deref(), Some("https://b.example.com"));
    }

    #[test]
    fn two_long_lists_are_compared_in_time() {
        let list = |skipped: usize| -> Vec<OriginMatcher> {
            (0..100_000)
                .filter(|number| *number != skipped)
                .map(|number| exact(&format!("https://host{number}.example.com")))
                .collect()
        };
        let (a, b) = (list(7), list(99_000));
        let sets = [OriginSet::union(&a), OriginSet::union(&b)];
        let matchers: Vec<&OriginMatcher> = a.iter().chain(&b).collect();
        let cells = cells(&sets, &matchers);
        let witness = |within: [bool; 2]| {
            cells
                .cells
                .iter()
                .find(|cell| cell.within == within)
                .map(|cell| cell.witness.origin.as_str())
        };
        assert_eq!(witness([true, false]), Some("https://host99000.example.com"));
        assert_eq!(witness([false, true]), Some("https://host7.example.com"));
    }
}
