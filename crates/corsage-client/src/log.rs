//! What passed over the network, message by message.

use std::net::SocketAddr;
use std::time::Duration;

use corsage::browser::{HeaderList, WireFailure};
use url::Url;

/// One request and what came of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The method.
    pub method: Vec<u8>,
    /// The URL.
    pub url: Url,
    /// The request's lines as they were sent.
    pub request: HeaderList,
    /// What came back.
    pub outcome: Outcome,
    /// Whose address answered.
    pub peer: Option<SocketAddr>,
    /// From the first byte sent to the response's head.
    pub duration: Duration,
}

/// What came back.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A response's head.
    Response {
        /// The status.
        status: u16,
        /// The lines as they came.
        headers: HeaderList,
    },
    /// A stored response; nothing was sent.
    FromCache,
    /// Nothing.
    Failed {
        /// What kind of failure.
        failure: WireFailure,
        /// What the operating system, or TLS, said.
        detail: String,
    },
}
