//! Every human text of the demo, from one catalogue.

use toml::{Table, Value};

/// The English catalogue.
const ENGLISH: &str = include_str!("texts.en.toml");

/// A catalogue of texts in one language.
#[derive(Clone, Debug)]
pub(crate) struct Texts(Table);

impl Texts {
    /// The embedded English texts. Tests hold that they parse.
    pub(crate) fn english() -> Self {
        Self(ENGLISH.parse().unwrap_or_default())
    }

    /// The text at a dotted path; the path itself where there is none, so that a gap is seen.
    pub(crate) fn get<'a>(&'a self, path: &'a str) -> &'a str {
        let mut table = &self.0;
        for part in path.split('.') {
            match table.get(part) {
                Some(Value::Table(inner)) => table = inner,
                Some(Value::String(text)) => return text,
                _ => break,
            }
        }
        path
    }

    /// The text at a path, with `{name}` filled in.
    pub(crate) fn fill(&self, path: &str, values: &[(&str, &str)]) -> String {
        values.iter().fold(self.get(path).to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    }

    /// All of it, for the page.
    pub(crate) fn table(&self) -> &Table {
        &self.0
    }

    /// The keys of one table, in their order.
    #[cfg(test)]
    pub(crate) fn keys(&self, table: &str) -> Vec<&str> {
        self.0[table].as_table().unwrap().keys().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_parses_and_fills_in() {
        ENGLISH.parse::<Table>().unwrap();
        let texts = Texts::english();
        assert_eq!(texts.get("outcomes.readable"), "readable");
        assert_eq!(texts.get("no.such.text"), "no.such.text");
        assert_eq!(texts.fill("page.step", &[("n", "1"), ("count", "2")]), "Call 1 of 2");
    }
}
