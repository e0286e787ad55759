//! The policies in force, by path: the text that is shown, and what it compiles to.

use corsage::server::Policy;
use corsage_config::{Colour, Config};
use corsage_texts::Language;

use super::places::{Party, Places};

/// The demo's policy file; the origins of a run are filled in.
const SOURCE: &str = include_str!("corsage.toml");

/// Who has the say about a request.
pub enum Rule<'a> {
    /// This policy.
    Policy(&'a Policy),
    /// There are policies, and none is for it: nothing is allowed.
    Nothing,
    /// There is no policy at all: the API.
    Api,
}

/// A policy file that compiles.
pub struct Rules {
    source: String,
    config: Config,
}

impl Rules {
    /// The demo's policy file, with the origins of a run filled in.
    #[must_use]
    pub fn source_for(places: &Places) -> String {
        SOURCE
            .replace("{page}", &places.page_origin())
            .replace("{partner}", &places.origin_of(Party::Partner))
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// Every problem, as `corsage check` prints them.
    pub fn compile(source: &str) -> Result<Self, String> {
        Self::compile_in(source, Language::English)
    }

    /// [`compile`](Self::compile), with problems in another language.
    ///
    /// # Errors
    /// Every problem, as `corsage check` prints them.
    pub fn compile_in(source: &str, language: Language) -> Result<Self, String> {
        match corsage_config::parse(source, FILE) {
            Ok(config) => Ok(Self { source: source.to_owned(), config }),
            Err(problems) => Err(problems.render_in(language, Colour::Plain)),
        }
    }

    /// The whole text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it says.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Who has the say about a request, as the gateway sees it; `method` is the one that a
    /// preflight asks for.
    pub fn rule(&self, host: &str, path: &str, method: &str) -> Rule<'_> {
        let policies = &self.config.policies;
        match policies.select(host, path, method).entry() {
            Some(entry) => Rule::Policy(&entry.policy),
            None if policies.entries().is_empty() => Rule::Api,
            None => Rule::Nothing,
        }
    }

    /// The text of each policy, with what is said above it.
    pub fn texts(&self) -> Vec<String> {
        self.source
            .split("\n\n")
            .filter(|part| part.contains("[[policy]]"))
            .map(|part| part.trim().to_owned())
            .collect()
    }

    /// Which of the policies is in force at a path.
    pub fn index_of(&self, path: &str) -> Option<usize> {
        let entry = self.config.policies.select("", path, "GET").entry()?;
        self.config.policies.entries().iter().position(|other| other.name == entry.name)
    }
}

/// What problems call the text.
const FILE: &str = "corsage.toml";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prediction::sample_api::PATHS;

    fn rules() -> Rules {
        let places = Places { page: 1, api: 2, partner: 3, bare: 4, bench: 5 };
        Rules::compile(&Rules::source_for(&places)).unwrap_or_else(|report| panic!("{report}"))
    }

    #[test]
    fn the_embedded_file_compiles_without_a_remark() {
        let rules = rules();
        assert!(rules.config().remarks.is_empty(), "{}", rules.config().remarks);
        assert!(!rules.source().contains('{'), "every origin is filled in");
    }

    #[test]
    fn each_policy_is_shown_where_it_is_in_force() {
        let rules = rules();
        let texts = rules.texts();
        assert_eq!(texts.len(), rules.config().policies.entries().len());
        for path in PATHS {
            let first = path.split('/').nth(1).unwrap();
            match rules.index_of(path) {
                Some(index) => assert!(texts[index].contains(&format!("\"/{first}\"")), "{path}"),
                None => assert_eq!(first, "internal", "{path}"),
            }
        }
    }

    #[test]
    fn a_faulty_file_is_reported_with_its_places() {
        let report = Rules::compile("[[policy]]\nallow_orgins = []\n").err().unwrap();
        assert!(report.contains("corsage.toml:2"), "{report}");
    }
}
