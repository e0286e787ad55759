//! Which language the catalogue speaks.

use std::fmt;
use std::str::FromStr;

use crate::table::{self, Table};
use crate::{fill, plural};

/// A language of the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Russian.
    Russian,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::Russian];

    /// The language's tag, as of [BCP 47](https://www.rfc-editor.org/info/bcp47): `en`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Russian => "ru",
        }
    }

    /// The language's own name for itself, for whoever chooses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Russian => "Русский",
        }
    }

    fn table(self) -> &'static Table {
        match self {
            Self::English => &table::EN,
            #[cfg(not(feature = "lent"))]
            Self::Russian => &table::RU,
            #[cfg(feature = "lent")]
            Self::Russian => table::lent(),
        }
    }

    /// The text of a key that is put together where it is asked for, `codes.bad-port.title` say;
    /// [`text!`](crate::text!) is for keys that are known beforehand.
    #[must_use]
    pub fn find(self, key: &str) -> Option<&'static str> {
        self.table().find(key)
    }

    /// The text of a key; the last part of the key itself where the catalogue has none, so that the
    /// gap is seen.
    #[must_use]
    pub fn get(self, key: &'static str) -> &'static str {
        self.find(key).unwrap_or(key)
    }

    /// The text of a key in the form for a number, with its places filled in; `{count}` is the number.
    #[must_use]
    pub fn get_counted(self, key: &str, count: u64, values: &[(&str, &str)]) -> String {
        let form = plural::form(self, count);
        let Some(template) = self.find(&format!("{key}.{form}")) else { return key.to_owned() };
        let number = count.to_string();
        let mut all = vec![("count", number.as_str())];
        all.extend_from_slice(values);
        fill(template, &all)
    }

    /// All keys and texts, as they may be lent to a program that has English alone.
    pub fn texts(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.table().texts.iter().copied()
    }

    /// The keys and texts of a section, without the section's name, in the order of its files.
    ///
    /// ```
    /// use corsage_texts::Language;
    ///
    /// let mut account = Language::English.section("account");
    /// assert_eq!(account.next(), Some(("may-read", "the page may read this response")));
    /// ```
    pub fn section(self, name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.table().texts.iter().filter_map(move |(key, text)| {
            Some((key.strip_prefix(name)?.strip_prefix('.')?, *text))
        })
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(tag: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|language| language.tag() == tag).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|language| language.tag()).collect();
            format!("{tag:?} is no language of the catalogue; it has {}", known.join(", "))
        })
    }
}
