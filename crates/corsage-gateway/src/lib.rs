//! A reverse proxy that wears a CORS policy.
//!
//! [`Gateway::start`] takes a [`corsage_config::Config`] and serves until [`RunningGateway::shutdown`]. The policy
//! decides, by `corsage::server`; what is here moves bytes: it refuses requests that two readers
//! would read differently, answers preflights, forwards the rest, and puts the policy's headers on
//! every response, its own errors included.

mod accept;
mod admin;
mod body;
mod client_stream;
mod clock;
mod connection;
mod control;
mod cors;
mod exchange;
mod forward;
mod gateway;
mod gather;
mod guard;
mod hints;
mod judge;
mod lifecycle;
mod listener;
mod live;
mod observe;
mod onward;
mod preflight;
mod proxy;
mod random;
mod refused_preflights;
mod respond;
mod running;
mod start;
mod tls;
mod trace_context;
mod tunnel;
mod upstream;
mod wire;
mod worker;

pub use gateway::Gateway;
pub use judge::{Judge, Opened, Ruling};
pub use lifecycle::Source;
pub use observe::{LineForm, OwnLog, Repeats};
pub use running::RunningGateway;
pub use start::StartError;
