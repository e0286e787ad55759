//! How bad it is: computed from what was seen, never looked up.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know: nothing is lost by it.
    Info,
    /// It breaks the owner's own pages, or helps only who is nearly inside.
    Low,
    /// Somebody with a foothold reads what is not theirs.
    Medium,
    /// Anybody does.
    High,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

/// Who can run a script at an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// Whoever likes: the name can be registered, or is nobody's.
    Anyone,
    /// Whoever controls another name of the same registrable domain.
    Sibling,
    /// The same, of a domain that the owner trusts.
    Partner,
    /// Whoever sits between the user and the network.
    Network,
    /// Whoever serves another port of a trusted host.
    OtherPort,
    /// A program on the user's own machine.
    LocalProgram,
    /// A machine of the user's local network.
    LocalNetwork,
    /// An extension of the user's browser, or an application with pages of its own.
    Application,
    /// The owner: no finding.
    Owner,
    /// Nobody: no browser has this origin.
    Nobody,
}

impl Who {
    /// How bad it is if they read what is not for them.
    pub(crate) fn severity(self) -> Severity {
        match self {
            Self::Anyone => Severity::High,
            Self::Sibling | Self::Partner | Self::Network | Self::LocalNetwork => Severity::Medium,
            Self::OtherPort | Self::LocalProgram => Severity::Low,
            // Whoever installs one gives it much already, and few browsers treat them alike.
            Self::Application | Self::Owner | Self::Nobody => Severity::Info,
        }
    }
}
