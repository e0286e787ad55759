//! The Public Suffix List as text that is looked through. As code, which is what the crate `psl` makes of it,
//! the list takes ten times as much of a module that pages fetch. Its data is under the MPL-2.0.

use std::cmp::Ordering;
use std::sync::LazyLock;

use psl_types::{Info, Type};

/// A rule a line: labels from the last to the first, a `!` behind exceptions, in the order of bytes. A tab stands for a label
/// that the line above has, too.
const PACKED: &str = include_str!("rules.txt");

/// The rules with all their labels, unpacked once.
static RULES: LazyLock<String> = LazyLock::new(|| {
    let mut rules = String::with_capacity(2 * PACKED.len());
    let mut above: Vec<&str> = Vec::new();
    for line in PACKED.lines() {
        let own = line.trim_start_matches('\t');
        above.truncate(line.len() - own.len());
        above.extend(own.split('.'));
        for (at, label) in above.iter().enumerate() {
            rules.push_str(if at == 0 { "" } else { "." });
            rules.push_str(label);
        }
        rules.push('\n');
    }
    rules
});

/// The list of `rules.txt`. Which part of it a rule stands in is not kept: every rule is said to be ICANN's.
#[derive(Clone, Copy, Debug)]
pub(super) struct List;

impl psl_types::List for List {
    /// [The list's algorithm](https://github.com/publicsuffix/list/wiki/Format#formal-algorithm).
    fn find<'a, T: Iterator<Item = &'a [u8]>>(&self, labels: T) -> Info {
        let mut found = Info { len: 0, typ: None };
        let mut name: Vec<u8> = Vec::new();
        for label in labels {
            let parent = name.len();
            if parent > 0 {
                name.extend_from_slice(b".*");
                let is_wild = holds(&name);
                name.truncate(parent);
                if is_wild {
                    found = Info { len: parent + 1 + label.len(), typ: Some(Type::Icann) };
                }
                name.push(b'.');
            }
            name.extend_from_slice(label);
            if parent == 0 {
                // Whatever no rule names is a suffix of one label.
                found.len = label.len();
            }
            name.push(b'!');
            let is_exception = holds(&name);
            name.pop();
            if is_exception {
                return Info { len: parent, typ: Some(Type::Icann) };
            }
            if holds(&name) {
                found = Info { len: name.len(), typ: Some(Type::Icann) };
            }
        }
        found
    }
}

/// Whether a line says exactly this.
fn holds(rule: &[u8]) -> bool {
    let text = RULES.as_bytes();
    let (mut low, mut high) = (0, text.len());
    while low < high {
        let middle = low.midpoint(high);
        let start = text[low..middle].iter().rposition(|&byte| byte == b'\n');
        let start = start.map_or(low, |at| low + at + 1);
        let end = text[middle..high].iter().position(|&byte| byte == b'\n');
        let end = end.map_or(high, |at| middle + at);
        match text[start..end].cmp(rule) {
            Ordering::Equal => return true,
            Ordering::Less => low = (end + 1).min(high),
            Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use psl_types::List as _;

    use super::{List, RULES, holds};

    /// Every rule, what is above and below it, and what no rule names.
    fn names() -> BTreeSet<String> {
        let mut names = BTreeSet::from(["localhost", "a.b.unheard-of", ".."].map(str::to_owned));
        for rule in RULES.lines() {
            let mut labels: Vec<&str> = rule.trim_end_matches('!').split('.').rev().collect();
            if labels[0] == "*" {
                labels[0] = "wild";
            }
            let name = labels.join(".");
            names.extend([format!("a.b.{name}"), format!("a.{name}"), format!("{name}.")]);
            names.extend((0..labels.len()).map(|from| labels[from..].join(".")));
        }
        names
    }

    /// `*.run.app` has a longer rule beside it, `*.mtls.run.app`. The crate forgets the shorter one for `mtls.run.app`, which
    /// is a suffix by the list's algorithm, and in browsers.
    fn is_forgotten(name: &str) -> bool {
        let reversed: Vec<&str> = name.split('.').rev().collect();
        let Some((_, parent)) = reversed.split_last() else { return false };
        let longer = format!("\n{}.", reversed.join("."));
        holds(format!("{}.*", parent.join(".")).as_bytes()) && RULES.contains(&longer)
    }

    /// `scripts/public-suffixes` makes the text from the crate that every other build asks.
    #[test]
    fn text_and_code_are_one_list() {
        let names = names();
        assert!(names.len() > 30_000, "{}", names.len());
        let mut forgotten = 0;
        for name in names {
            let (ours, theirs) = (List.suffix(name.as_bytes()), psl::suffix(name.as_bytes()));
            let told = |suffix: Option<psl::Suffix<'_>>| {
                suffix.map(|one| (one.as_bytes().to_vec(), one.is_known()))
            };
            if told(ours) == told(theirs) {
                let domain =
                    |list: Option<psl::Domain<'_>>| list.map(|one| one.as_bytes().to_vec());
                let (ours, theirs) = (List.domain(name.as_bytes()), psl::domain(name.as_bytes()));
                assert_eq!(domain(ours), domain(theirs), "{name}");
            } else {
                assert!(is_forgotten(&name), "{name}: {ours:?}, {theirs:?}");
                assert_eq!(ours.map(|one| one.as_bytes()), Some(name.as_bytes()), "{name}");
                forgotten += 1;
            }
        }
        assert!(forgotten < 50, "{forgotten}");
    }
}
