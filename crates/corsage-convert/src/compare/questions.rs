//! Which requests tell two programs apart.

use std::collections::BTreeSet;

use crate::origins::{Cells, OriginSet, cells};
use crate::{Borders, OriginMatcher};

/// A method that no policy lists.
pub(crate) const UNLISTED_METHOD: &str = "CORSAGE";
/// A header that no policy lists.
pub(crate) const UNLISTED_HEADER: &str = "x-corsage-probe";
/// Asked about always: what pages use.
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", UNLISTED_METHOD];
/// Asked about always: what pages send.
const HEADERS: &[&str] = &["authorization", "content-type", UNLISTED_HEADER];
/// The host where no program names one.
const HOST: &str = "api.example.com";

/// All that is asked, for some programs together.
#[derive(Clone, Debug)]
pub struct Questions {
    /// One origin for each way that the programs tell origins apart.
    pub cells: Cells,
    /// The sets of the cells, in their order.
    pub sets: Vec<OriginSet>,
    /// The methods.
    pub methods: Vec<String>,
    /// The headers.
    pub headers: Vec<String>,
    /// The hosts.
    pub hosts: Vec<String>,
    /// The paths.
    pub paths: Vec<String>,
}

impl Questions {
    /// What the borders of some programs tell apart.
    #[must_use]
    pub fn of(borders: &[&Borders]) -> Self {
        let null = OriginMatcher::Exact("null".to_owned());
        let mut sets = vec![OriginSet::union([&null])];
        let mut matchers = vec![&null];
        for border in borders {
            for origin in &border.origins {
                sets.push(OriginSet::union([&origin.matcher]));
                matchers.push(&origin.matcher);
            }
            for list in &border.origin_lists {
                sets.push(OriginSet::union(list.iter().map(|origin| &origin.matcher)));
                matchers.extend(list.iter().map(|origin| &origin.matcher));
            }
        }
        let cells = cells(&sets, &matchers);
        let all = |of: fn(&Borders) -> &BTreeSet<String>, always: &[&str]| -> Vec<String> {
            let mut values: BTreeSet<String> =
                always.iter().map(|&value| value.to_owned()).collect();
            for border in borders {
                values.extend(of(border).iter().cloned());
            }
            values.into_iter().collect()
        };
        let headers = all(|borders| &borders.headers, HEADERS);
        let mut hosts = all(|borders| &borders.hosts, &[]);
        if hosts.is_empty() {
            hosts.push(HOST.to_owned());
        }
        Self {
            cells,
            sets,
            methods: all(|borders| &borders.methods, METHODS),
            headers: headers.into_iter().map(|name| name.to_ascii_lowercase()).collect(),
            hosts,
            paths: all(|borders| &borders.paths, &["/"]),
        }
    }
}
