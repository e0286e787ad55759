//! One origin that stands for many.

use std::fmt;

/// An origin that stands for all that are in the same sets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Witness {
    /// The value of `Origin`.
    pub origin: String,
    /// Who can have it.
    pub holder: Holder,
}

/// Who can have an origin, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// Anybody who registers the name.
    Anybody,
    /// Anybody who registers the name, or who sits on the network of a page there: it is not encrypted.
    AnybodyUnencrypted,
    /// Whoever runs a site that the policies name, or a host below it.
    NamedSite,
    /// A host that nobody can register: an address, a name without dots, a test's name.
    Host,
    /// Any sandboxed frame, any `data:` document, any local file.
    Null,
    /// An extension, or an application that carries its own pages.
    Application,
}

impl Holder {
    /// A stable name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Anybody => "anybody",
            Self::AnybodyUnencrypted => "anybody-unencrypted",
            Self::NamedSite => "named-site",
            Self::Host => "host",
            Self::Null => "null",
            Self::Application => "application",
        }
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.origin)
    }
}
