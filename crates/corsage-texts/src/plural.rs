//! Which form of a text goes with a number.
//!
//! The [rules of Unicode's CLDR](https://unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html)
//! for whole numbers. They are written out rather than taken from a library, which would bring three dozen
//! crates for a line a language; a test holds them to the library.

use crate::Language;

/// The form for this number: `one`, `few`, `many` or `other`.
pub(crate) const fn form(language: Language, count: u64) -> &'static str {
    match language {
        Language::English => match count {
            1 => "one",
            _ => "other",
        },
        Language::Russian => match (count % 10, count % 100) {
            (1, last) if last != 11 => "one",
            (2..=4, last) if !(12 <= last && last <= 14) => "few",
            _ => "many",
        },
    }
}

#[cfg(test)]
mod tests {
    use icu_plurals::{PluralCategory, PluralRules};

    use super::form;
    use crate::Language;

    #[test]
    fn forms_are_those_of_unicode() {
        for language in Language::ALL {
            let locale: icu_locale_core::Locale = language.tag().parse().unwrap();
            let rules = PluralRules::try_new_cardinal(locale.into()).unwrap();
            for count in (0..=1_200).chain([10_001, 1_000_011, 1_000_021, u64::MAX]) {
                let expected = match rules.category_for(count) {
                    PluralCategory::One => "one",
                    PluralCategory::Few => "few",
                    PluralCategory::Many => "many",
                    _ => "other",
                };
                assert_eq!(form(language, count), expected, "{language}: {count}");
            }
        }
    }

    #[test]
    fn russian_counts() {
        let said = |count: u64| Language::Russian.get_counted("report.errors", count, &[]);
        for (count, word) in [
            (0, "ошибок"),
            (1, "ошибка"),
            (2, "ошибки"),
            (4, "ошибки"),
            (5, "ошибок"),
            (11, "ошибок"),
            (12, "ошибок"),
            (14, "ошибок"),
            (20, "ошибок"),
            (21, "ошибка"),
            (22, "ошибки"),
            (25, "ошибок"),
            (100, "ошибок"),
            (101, "ошибка"),
            (111, "ошибок"),
            (112, "ошибок"),
            (121, "ошибка"),
            (1_011, "ошибок"),
            (1_021, "ошибка"),
        ] {
            assert_eq!(said(count), format!("{count} {word}"));
        }
    }
}
