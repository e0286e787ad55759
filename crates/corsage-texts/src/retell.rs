//! Sentences of those who speak English alone, told in another language.

use crate::{Language, fill};

impl Language {
    /// A sentence of a section, told in this language; `None` if the section has no such sentence.
    ///
    /// The core and the readers of configurations have no catalogue: an error must speak without one. So their
    /// sentences are in the catalogue once more, as English texts with `{places}` for what varies, and a sentence that
    /// fits one is told again by the same key. What stands in a place is retold too if it is a sentence itself, else
    /// it stays as it is: names and values have no language. Of several texts that fit, the one with the fewest
    /// letters in its places is meant.
    ///
    /// ```
    /// use corsage_texts::Language;
    ///
    /// let told = Language::Russian.retell("problems", "unknown key `path`");
    /// assert_eq!(told.as_deref(), Some("неизвестный ключ `path`"));
    /// assert_eq!(Language::Russian.retell("problems", "nobody says this"), None);
    /// ```
    #[must_use]
    pub fn retell(self, section: &str, sentence: &str) -> Option<String> {
        let (key, places) = Self::English
            .section(section)
            .filter_map(|(key, template)| Some((key, places(template, sentence)?)))
            .min_by_key(|(_, places)| places.iter().map(|(_, value)| value.len()).sum::<usize>())?;
        let template = self.find(&format!("{section}.{key}"))?;
        // What stands in a place is shorter than the sentence, so this ends.
        let retold: Vec<(&str, String)> = places
            .into_iter()
            .map(|(name, value)| {
                (name, self.retell(section, value).unwrap_or_else(|| value.to_owned()))
            })
            .collect();
        let values: Vec<(&str, &str)> =
            retold.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Some(fill(template, &values))
    }
}

/// What a sentence has in the places of a template; `None` if it is another sentence.
fn places<'t, 's>(template: &'t str, sentence: &'s str) -> Option<Vec<(&'t str, &'s str)>> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    let (mut template, mut rest) = (template, sentence);
    // The place that ends where the next words begin.
    let mut open: Option<&str> = None;
    loop {
        let (words, place, after) = match split_at_place(template) {
            Some((words, place, after)) => (words, Some(place), after),
            None => (template, None, ""),
        };
        match open {
            None => rest = rest.strip_prefix(words)?,
            Some(name) => {
                // The last words are the sentence's last, however often they come before.
                let at = match place {
                    None => {
                        rest.len().checked_sub(words.len()).filter(|_| rest.ends_with(words))?
                    }
                    Some(_) => rest.find(words)?,
                };
                let value = &rest[..at];
                // The same place twice has the same value twice.
                if value.is_empty()
                    || found.iter().any(|(other, was)| *other == name && *was != value)
                {
                    return None;
                }
                found.push((name, value));
                rest = &rest[at + words.len()..];
            }
        }
        match place {
            None => return rest.is_empty().then_some(found),
            Some(name) => {
                open = Some(name);
                template = after;
            }
        }
    }
}

/// The words before the first place, its name, and what comes after it.
fn split_at_place(template: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(at) = template[from..].find('{') {
        let open = from + at;
        let close = open + template[open..].find('}')?;
        let name = &template[open + 1..close];
        if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            return Some((&template[..open], name, &template[close + 1..]));
        }
        from = open + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::places;
    use crate::Language;

    #[test]
    fn what_varies_is_found() {
        assert_eq!(places("unknown key `{key}`", "unknown key `a`"), Some(vec![("key", "a")]));
        assert_eq!(
            places("`{a}` and `{b}` are one", "`x` and `y` are one"),
            Some(vec![("a", "x"), ("b", "y")])
        );
        assert_eq!(places("no {x} here", "no `a` here here"), Some(vec![("x", "`a` here")]));
        assert_eq!(places("as it is", "as it is"), Some(vec![]));
    }

    #[test]
    fn other_sentences_are_not_taken_for_it() {
        for sentence in
            ["", "unknown key", "unknown key ``", "unknown key `a` or so", "known key `a`"]
        {
            assert_eq!(places("unknown key `{key}`", sentence), None, "{sentence:?}");
        }
        assert_eq!(places("{a} and {a}", "x and y"), None);
        assert_eq!(places("{a} and {a}", "x and x").map(|found| found.len()), Some(2));
        // Braces that are no places are words.
        assert_eq!(places("{ a = \"{x}\" }", "{ a = \"é\" }"), Some(vec![("x", "é")]));
    }

    #[test]
    fn the_closest_sentence_is_told_and_its_parts_too() {
        let told = |sentence| Language::Russian.retell("problems", sentence).unwrap();
        assert_eq!(
            told("expected a list, found an integer `5`"),
            "ожидается список, а здесь целое число `5`"
        );
        assert_eq!(told("write a number from 0 to 9"), "укажите число от 0 до 9");
        assert_eq!(told("write digits only: 100"), "укажите только цифры: 100");
        assert_eq!(
            told("https://*.a.example admits it already"),
            "его уже пропускает https://*.a.example"
        );
    }

    /// English is retold as it was: every text of the section fits itself, and nothing closer.
    #[test]
    fn english_stays_as_it_is() {
        for (key, text) in Language::English.section("problems") {
            assert_eq!(Language::English.retell("problems", text).as_deref(), Some(text), "{key}");
        }
    }
}
