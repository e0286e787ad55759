//! The scenarios: one list, read from `scenarios.toml`, for the terminal, the page and the tests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

use super::places::{Party, Places};

/// The list as data.
const SCENARIOS: &str = include_str!("scenarios.toml");

/// One situation: one or more calls of `fetch`, or loads of elements, by one page.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Key of its texts.
    pub id: String,
    /// Under which heading it stands.
    #[serde(default)]
    pub group: String,
    /// Which page fetches.
    #[serde(default)]
    pub from: Page,
    /// The calls, one after another.
    pub steps: Vec<Call>,
}

/// The page that calls `fetch`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Page {
    /// The demo's own page.
    #[default]
    #[serde(rename = "page")]
    Own,
    /// A page of the other origin, in a frame.
    Partner,
    /// A sandboxed frame, whose origin is opaque.
    Sandbox,
}

/// One call of `fetch(url, init)`, or one load.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Call {
    /// Whom it asks.
    #[serde(default)]
    pub to: Party,
    /// The path of the URL.
    pub path: String,
    /// What loads it, if it is no `fetch()`: the kind by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<String>,
    /// The element's `crossorigin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crossorigin: Option<String>,
    /// The element's `integrity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integrity: Option<String>,
    /// As in `init`; left out where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// As in `init`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// As in `init`: always a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// As in `init`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// As in `init`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
    /// As in `init`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect: Option<String>,
    /// What browsers are known to do, by hand.
    #[serde(default, skip_serializing)]
    pub expect: Option<Expect>,
}

/// What a step is known to end with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// `readable`, `opaque` or `blocked`.
    pub outcome: String,
    /// The status that the page reads.
    pub status: Option<u16>,
    /// The code of the blocker.
    pub code: Option<String>,
}

impl Call {
    /// The address to fetch. The query tells runs apart: in caches, and in the wire log.
    pub fn url(&self, places: &Places, run: &str) -> Result<Url, url::ParseError> {
        let mut url = Url::parse(&places.origin_of(self.to))?.join(&self.path)?;
        url.query_pairs_mut().append_pair(RUN, run);
        Ok(url)
    }
}

/// The query parameter that names a run.
pub(crate) const RUN: &str = "run";

/// The embedded list.
///
/// # Errors
/// None that a test would not have found: the text is part of the program.
pub fn all() -> Result<Vec<Scenario>, toml::de::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        scenario: Vec<Scenario>,
    }
    toml::from_str::<File>(SCENARIOS).map(|file| file.scenario)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_says_what_is_known_of_it() {
        for scenario in all().unwrap() {
            for step in &scenario.steps {
                let expect = step.expect.as_ref().unwrap_or_else(|| panic!("{}", scenario.id));
                assert_eq!(expect.outcome == "blocked", expect.code.is_some(), "{}", scenario.id);
            }
        }
    }
}
