//! The servers behind the gateway.

mod call;
mod cluster;
mod connect;
mod endpoint;
mod gate;
mod health;
mod heard;
mod pool;
mod probe;

pub(crate) use call::{Call, CallError, Called, call};
pub(crate) use cluster::{Cluster, Member};
pub(crate) use connect::ConnectError;
pub(crate) use endpoint::{Endpoint, LoadError};
pub(crate) use health::{Probe, State};
pub(crate) use pool::{Lease, Limits as PoolLimits};
pub(crate) use probe::probe_forever;
