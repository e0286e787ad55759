//! A text to be read, and what is known of the place where it is used.

use std::collections::BTreeMap;
use std::ops::Range;

/// A place in a source: bytes from, up to and not including.
pub type Span = Range<usize>;

/// A configuration's text.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The text; empty where there is no configuration at all.
    pub text: &'a str,
    /// The file's name, where it has one.
    pub name: Option<&'a str>,
    /// What is known apart from the text.
    pub circumstances: &'a Circumstances,
}

/// What the text itself does not say, and its meaning depends on.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// Which of several programs that read this format: a store's server, a Gateway API controller, a
    /// framework's generation.
    pub implementation: Option<String>,
    /// The environment's variables, where they are known. Unknown is not the same as empty.
    pub environment: Option<BTreeMap<String, String>>,
    /// The paths that the text's names stand for, where it does not say them: a decorator that is put on
    /// handlers elsewhere, a resource that is called by its name.
    pub worn: BTreeMap<String, Vec<String>>,
    /// Where the text is used.
    pub placement: Placement,
}

/// Where a text is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// Where texts of the format are by default.
    #[default]
    Main,
    /// In a directory that is served: Apache's `.htaccess`.
    Directory,
}
