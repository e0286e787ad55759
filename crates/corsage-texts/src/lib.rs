//! Every text that users of Corsage read: explanations, problems, reports, the demo.
//!
//! Logic holds keys and facts, never sentences. A text is asked for by its key, and its places are
//! filled in where it is asked for; a key that is not in the catalogue does not compile:
//!
//! ```
//! use corsage_texts::{Language, text};
//!
//! assert_eq!(text!(Language::English, "account.may-read"), "the page may read this response");
//! assert_eq!(
//!     text!(Language::English, "account.executed-answered", status = 200),
//!     "the server answered 200",
//! );
//! // What counts something has a form for each number.
//! assert_eq!(text!(Language::English, "report.errors", count 1), "1 error");
//! assert_eq!(text!(Language::English, "report.errors", count 2), "2 errors");
//! ```
//!
//! ```compile_fail
//! # use corsage_texts::{Language, text};
//! text!(Language::English, "account.may-raed"); // no such key
//! ```
//!
//! # A language is a folder
//!
//! `en/` holds files of TOML. A key is the file's name and the keys within the file, joined by dots; the
//! files of a subfolder are one section. `{name}` is filled in. A table of `one`, `few`, `many` and `other`
//! is one text in [plural forms](https://unicode.org/reports/tr35/tr35-numbers.html#Language_Plural_Rules).
//! Another language is another folder, a line in `build.rs`, a variant of [`Language`] and its rule of
//! plurals. It has the same keys with the same places, and the forms of its own grammar. What it lacks is said
//! in English, and a test lists it: `cargo test -p corsage-texts`.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod choice;
mod fill;
mod language;
mod plural;
mod retell;
mod table;
#[cfg(test)]
mod translation_tests;

pub use fill::fill;
pub use language::Language;

#[doc(hidden)]
pub use table::is_known;
#[cfg(feature = "lent")]
pub use table::lend;

/// A text by its key: `text!(language, "section.key")`, with values `text!(language, "…", name = value)`,
/// or in the form for a number, which is filled in as `{count}`: `text!(language, "…", count number)`.
///
/// Without values it is a `&'static str`, else a `String`.
#[macro_export]
macro_rules! text {
    ($language:expr, $key:literal $(,)?) => {{
        const { assert!($crate::is_known($key), "the catalogue has no such key") };
        $crate::Language::get($language, $key)
    }};
    ($language:expr, $key:literal, count $count:expr $(, $name:ident = $value:expr)* $(,)?) => {{
        const { assert!($crate::is_known(concat!($key, ".other")), "the catalogue has no such key that counts") };
        $crate::Language::get_counted($language, $key, $count as u64, &[$((stringify!($name), &$value.to_string())),*])
    }};
    ($language:expr, $key:literal $(, $name:ident = $value:expr)+ $(,)?) => {{
        const { assert!($crate::is_known($key), "the catalogue has no such key") };
        $crate::fill($crate::Language::get($language, $key), &[$((stringify!($name), &$value.to_string())),+])
    }};
}
