//! [CORS settings attributes](https://html.spec.whatwg.org/multipage/urls-and-fetching.html#cors-settings-attributes):
//! `crossorigin`, and what a [potential-CORS request](https://html.spec.whatwg.org/multipage/urls-and-fetching.html#create-a-potential-cors-request)
//! makes of it.

use crate::browser::{CredentialsMode, Mode};

/// The states of `crossorigin`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CrossOriginAttribute {
    /// The attribute is missing.
    #[default]
    NoCors,
    /// `anonymous`, the empty string, and whatever else is no keyword.
    Anonymous,
    /// `use-credentials`.
    UseCredentials,
}

impl CrossOriginAttribute {
    /// The state that an attribute's value stands for.
    ///
    /// ```
    /// use corsage::browser::load::CrossOriginAttribute::{Anonymous, NoCors, UseCredentials};
    /// use corsage::browser::load::CrossOriginAttribute as Attribute;
    /// assert_eq!(Attribute::parse(None), NoCors);
    /// assert_eq!(Attribute::parse(Some("")), Anonymous);
    /// assert_eq!(Attribute::parse(Some("Use-Credentials")), UseCredentials);
    /// assert_eq!(Attribute::parse(Some("true")), Anonymous);
    /// ```
    #[must_use]
    pub fn parse(value: Option<&str>) -> Self {
        match value {
            None => Self::NoCors,
            Some(value) if value.eq_ignore_ascii_case("use-credentials") => Self::UseCredentials,
            Some(_) => Self::Anonymous,
        }
    }

    /// Its keyword; `None` if the attribute is missing.
    #[must_use]
    pub const fn keyword(self) -> Option<&'static str> {
        match self {
            Self::NoCors => None,
            Self::Anonymous => Some("anonymous"),
            Self::UseCredentials => Some("use-credentials"),
        }
    }

    /// The mode of a potential-CORS request.
    pub(super) const fn potential_mode(self) -> Mode {
        match self {
            Self::NoCors => Mode::NoCors,
            Self::Anonymous | Self::UseCredentials => Mode::Cors,
        }
    }

    /// The credentials mode of a potential-CORS request.
    pub(super) const fn potential_credentials(self) -> CredentialsMode {
        match self {
            Self::Anonymous => CredentialsMode::SameOrigin,
            Self::NoCors | Self::UseCredentials => CredentialsMode::Include,
        }
    }

    /// [CORS settings attribute credentials mode](https://html.spec.whatwg.org/multipage/urls-and-fetching.html#cors-settings-attribute-credentials-mode),
    /// of what is always asked for with CORS.
    pub(super) const fn credentials(self) -> CredentialsMode {
        match self {
            Self::NoCors | Self::Anonymous => CredentialsMode::SameOrigin,
            Self::UseCredentials => CredentialsMode::Include,
        }
    }
}
