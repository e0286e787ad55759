//! `[gateway.websocket]`

use super::OriginCheck;
use crate::decode::settings;

settings! {
    /// WebSocket upgrades. Browsers send cookies with them from every origin, and ask nobody.
    pub struct WebSocket {
        /// Whether the `Origin` of an upgrade must be one that the policy allows, or the server's own.
        pub origins: OriginCheck = OriginCheck::Policy,
    }
}
