//! The demo's part of the catalogue.

use corsage_texts::{Language, fill};
use serde_json::{Map, Value};

/// The demo's texts in one language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Texts(Language);

impl Texts {
    pub(crate) fn of(language: Language) -> Self {
        Self(language)
    }

    pub(crate) fn language(self) -> Language {
        self.0
    }

    /// The text at a dotted path; the path itself where there is none, so that a gap is seen.
    pub(crate) fn get<'a>(&self, path: &'a str) -> &'a str {
        self.0.find(&format!("demo.{path}")).unwrap_or(path)
    }

    /// The text at a path, with `{name}` filled in.
    pub(crate) fn fill(&self, path: &str, values: &[(&str, &str)]) -> String {
        fill(self.get(path), values)
    }

    /// All of it, for the page: tables within tables, as the paths have them.
    pub(crate) fn table(&self) -> Value {
        let mut root = Map::new();
        for (path, text) in self.0.section("demo") {
            put(&mut root, path, text);
        }
        Value::Object(root)
    }

    /// The keys of one table, in their order.
    #[cfg(test)]
    pub(crate) fn keys(&self, table: &str) -> Vec<String> {
        self.table()[table].as_object().unwrap().keys().cloned().collect()
    }
}

fn put(table: &mut Map<String, Value>, path: &str, text: &str) {
    match path.split_once('.') {
        None => drop(table.insert(path.to_owned(), text.into())),
        Some((name, rest)) => {
            let inner = table.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prediction::scenario;

    #[test]
    fn texts_are_found_and_filled_in() {
        let texts = Texts::of(Language::English);
        assert_eq!(texts.get("outcomes.readable"), "readable");
        assert_eq!(texts.get("no.such.text"), "no.such.text");
        assert_eq!(texts.fill("page.step", &[("n", "1"), ("count", "2")]), "Call 1 of 2");
        assert_eq!(texts.table()["outcomes"]["readable"], "readable");
    }

    #[test]
    fn other_languages_have_their_own() {
        let texts = Texts::of(Language::Russian);
        assert_eq!(texts.table()["page"]["run_all"], "Повторить все");
        assert_eq!(texts.keys("scenarios"), Texts::of(Language::English).keys("scenarios"));
    }

    #[test]
    fn every_scenario_has_its_texts_and_every_text_its_scenario() {
        let texts = Texts::of(Language::English);
        let scenarios = scenario::all().unwrap();
        assert!(scenarios.len() >= 12);
        let mut ids: Vec<_> = scenarios.iter().map(|scenario| scenario.id.as_str()).collect();
        let mut told = texts.keys("scenarios");
        ids.sort_unstable();
        told.sort_unstable();
        assert_eq!(ids, told);
        let mut groups: Vec<_> = scenarios.iter().map(|s| s.group.as_str()).collect();
        groups.dedup();
        assert_eq!(groups, texts.keys("groups"), "groups, in the order of their headings");
    }
}
