//! [Local Network Access check](https://wicg.github.io/local-network-access/#local-network-access-check): draft of
//! 2026-04-22. Where a connection leads is known when it stands; what may come of it is known before.

use super::profile::AddressSpaceRule;
use super::run::{Run, Tainting};
use super::{AddressSpace, SecureContext, WireFailure, WireRequest};

/// What the user, or the page's Permissions-Policy, says of requests to a less public address space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LocalNetworkPermission {
    /// Allowed.
    #[default]
    Granted,
    /// Refused.
    Denied,
    /// Nobody has been asked yet.
    Prompt,
    /// The page may not even ask.
    DisallowedByPolicy,
}

/// Where a request's connection may lead.
///
/// ```
/// use corsage::browser::{AddressSpace, ConnectionRule, WireFailure};
/// let rule = ConnectionRule::Only(AddressSpace::Local);
/// assert!(rule.check(AddressSpace::Local).is_ok());
/// assert_eq!(
///     rule.check(AddressSpace::Loopback),
///     Err(WireFailure::LocalNetworkAddressSpaceMismatch)
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConnectionRule {
    /// Anywhere.
    #[default]
    Anywhere,
    /// To this space, which the script has named.
    Only(AddressSpace),
    /// To nothing less public than this, or it fails so.
    NotBelow(AddressSpace, WireFailure),
}

impl ConnectionRule {
    /// To be asked with the space of the address that was connected to, before anything is sent.
    ///
    /// # Errors
    /// What the request fails with.
    pub fn check(&self, connected: AddressSpace) -> Result<(), WireFailure> {
        match self {
            Self::Only(wanted) if *wanted != connected => {
                Err(WireFailure::LocalNetworkAddressSpaceMismatch)
            }
            Self::NotBelow(floor, failure) if connected < *floor => Err(failure.clone()),
            _ => Ok(()),
        }
    }
}

impl WireRequest {
    /// Asks [`ConnectionRule::check`] of [`WireRequest::connection`].
    ///
    /// # Errors
    /// What the request fails with.
    pub fn check_connection(&self, connected: AddressSpace) -> Result<(), WireFailure> {
        self.connection.check(connected)
    }
}

pub(crate) fn connection_rule(run: &Run) -> ConnectionRule {
    if run.switches().address_space == AddressSpaceRule::Ignored {
        return ConnectionRule::Anywhere;
    }
    if run.tainting == Tainting::Basic && run.is_trustworthy(run.url()) {
        return ConnectionRule::Anywhere;
    }
    let named = run.request.target_address_space.filter(|_| run.tainting != Tainting::Basic);
    let refusal = match (run.client.secure_context, run.client.policies.local_network) {
        (SecureContext::Insecure, _) => Some(WireFailure::LocalNetworkInsecureContext),
        (_, LocalNetworkPermission::DisallowedByPolicy) => {
            Some(WireFailure::LocalNetworkPermissionsPolicy)
        }
        (_, LocalNetworkPermission::Denied) => Some(WireFailure::LocalNetworkPermissionDenied),
        (_, LocalNetworkPermission::Prompt) => Some(WireFailure::LocalNetworkPermissionPrompt),
        (_, LocalNetworkPermission::Granted) => None,
    };
    match (named, run.client.address_space, refusal) {
        (Some(named), Some(client), Some(refusal)) if named < client => {
            ConnectionRule::NotBelow(client, refusal)
        }
        (Some(named), ..) => ConnectionRule::Only(named),
        (None, Some(client), Some(refusal)) => ConnectionRule::NotBelow(client, refusal),
        _ => ConnectionRule::Anywhere,
    }
}
