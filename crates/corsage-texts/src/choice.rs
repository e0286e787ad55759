//! Which language somebody is spoken to in.

use crate::Language;

/// The variables that name a language, the strongest first: our own, then those of
/// [POSIX](https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html#tag_08_02).
const VARIABLES: [&str; 4] = ["CORSAGE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"];

impl Language {
    /// The language that an environment asks for: the first of `CORSAGE_LANG`, `LC_ALL`, `LC_MESSAGES` and `LANG` that
    /// is there and not empty decides. What the catalogue does not speak is English, and so is a locale whose encoding
    /// is not UTF-8, because other letters than English ones would not arrive.
    ///
    /// ```
    /// use corsage_texts::Language;
    ///
    /// let of = |set: &[(&str, &str)]| {
    ///     Language::of_environment(|name| {
    ///         set.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
    ///     })
    /// };
    /// assert_eq!(of(&[("LANG", "ru_RU.UTF-8")]), Language::Russian);
    /// assert_eq!(of(&[("LANG", "ru_RU.UTF-8"), ("LC_MESSAGES", "C")]), Language::English);
    /// assert_eq!(of(&[]), Language::English);
    /// ```
    #[must_use]
    pub fn of_environment(value: impl Fn(&str) -> Option<String>) -> Self {
        VARIABLES
            .into_iter()
            .find_map(|name| value(name).filter(|value| !value.is_empty()))
            .map_or_else(Self::default, |locale| Self::of_locale(&locale))
    }

    /// The language of a locale such as `ru_RU.UTF-8`, or of a tag such as `ru-RU`.
    fn of_locale(locale: &str) -> Self {
        let locale = locale.split_once('@').map_or(locale, |(before, _)| before);
        let (locale, encoding) = locale.split_once('.').unwrap_or((locale, "UTF-8"));
        if !["utf-8", "utf8"].contains(&encoding.to_ascii_lowercase().as_str()) {
            return Self::English;
        }
        Self::of_tag(locale).unwrap_or_default()
    }

    /// The language of a tag, whatever region or script it goes on with; none if the catalogue does not speak it.
    fn of_tag(tag: &str) -> Option<Self> {
        let first = tag.split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(first))
    }

    /// The language that a browser asks for: the one that the list of
    /// [`Accept-Language`](https://www.rfc-editor.org/rfc/rfc9110#name-accept-language) likes best of those that the
    /// catalogue speaks.
    ///
    /// ```
    /// use corsage_texts::Language;
    ///
    /// assert_eq!(Language::of_accept_language("ru-RU,ru;q=0.9,en;q=0.8"), Language::Russian);
    /// assert_eq!(Language::of_accept_language("en;q=0.5, ru;q=0.7"), Language::Russian);
    /// assert_eq!(Language::of_accept_language("de, ru;q=0, *"), Language::English);
    /// ```
    #[must_use]
    pub fn of_accept_language(list: &str) -> Self {
        let mut best = (Self::default(), 0.0);
        for item in list.split(',') {
            let (tag, parameters) = item.split_once(';').unwrap_or((item, ""));
            let weight = match parameters.trim().strip_prefix("q=") {
                Some(weight) => weight.trim().parse::<f32>().unwrap_or(0.0),
                None => 1.0,
            };
            if let Some(language) = Self::of_tag(tag.trim())
                && weight > best.1
            {
                best = (language, weight);
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use crate::Language::{self, English, Russian};

    fn of(set: &[(&str, &str)]) -> Language {
        Language::of_environment(|name| {
            set.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_strongest_variable_that_says_something_decides() {
        assert_eq!(of(&[("LANG", "ru_RU.UTF-8"), ("CORSAGE_LANG", "en")]), English);
        assert_eq!(of(&[("LANG", "en_US.UTF-8"), ("CORSAGE_LANG", "ru")]), Russian);
        assert_eq!(of(&[("LC_ALL", "C"), ("LC_MESSAGES", "ru_RU.UTF-8")]), English);
        assert_eq!(of(&[("LC_ALL", "ru_RU.UTF-8"), ("LC_MESSAGES", "C")]), Russian);
        assert_eq!(of(&[("LC_ALL", ""), ("LC_MESSAGES", ""), ("LANG", "ru_RU.utf8")]), Russian);
        assert_eq!(of(&[("LC_MESSAGES", "ru_UA.UTF-8"), ("LANG", "en_US.UTF-8")]), Russian);
    }

    #[test]
    fn what_is_not_spoken_or_would_not_arrive_is_english() {
        for locale in ["C", "C.UTF-8", "POSIX", "de_DE.UTF-8", "ru_RU.KOI8-R", "rus", "-", "@", "."]
        {
            assert_eq!(of(&[("LANG", locale)]), English, "{locale}");
        }
        for locale in ["ru", "RU", "ru-RU", "ru_RU", "ru_RU.UTF-8@euro", "ru@latin"] {
            assert_eq!(of(&[("LANG", locale)]), Russian, "{locale}");
        }
    }

    #[test]
    fn nothing_in_a_list_of_languages_surprises() {
        for list in ["", ",", ";q=1", "ru;q=x", "*", "ru;q=-1", "ru;q=NaN"] {
            assert_eq!(Language::of_accept_language(list), English, "{list}");
        }
    }
}
