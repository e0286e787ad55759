//! The gateway's settings: what a file may say below `gateway`.

mod gateway;
mod group;
mod group_check;
mod limits;
mod listen;
mod log;
mod sound;
mod timeouts;
mod upstream;
mod websocket;
mod words;

pub use gateway::{Admin, GatewaySettings, Threads};
pub use group::{
    DEFAULT_GROUP, GroupHealth, GroupLimits, GroupPassiveHealth, GroupPool, GroupTimeouts,
    GroupWebSocket, Inherited, UpstreamGroup,
};
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
pub use websocket::WebSocket;
pub use words::{
    Acceptor, Development, ForwardedHeaders, OriginCheck, TraceStart, UpstreamCors, Watch,
};
