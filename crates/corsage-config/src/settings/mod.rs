//! The gateway's settings: what a file may say below `gateway`.

mod gateway;
mod limits;
mod listen;
mod log;
mod sound;
mod timeouts;
mod upstream;
mod words;

pub use gateway::{Admin, GatewaySettings, Threads, WebSocket};
pub use limits::{Limits, Pool};
pub use listen::{
    Certificate, ClientCertificates, Listen, ListenTls, Protocol, ProxyProtocol, TlsVersion,
};
pub use log::{AccessLog, Log, LogFormat, LogLevel, QueryLog};
pub(crate) use sound::check_settings;
pub use timeouts::Timeouts;
pub use upstream::{
    ActiveHealth, Balance, HostHeader, PassiveHealth, Upstream, UpstreamProtocol, UpstreamScheme,
    UpstreamTls, UpstreamUrl,
};
pub use words::{Acceptor, ForwardedHeaders, OriginCheck, TraceStart, UpstreamCors, Watch};
