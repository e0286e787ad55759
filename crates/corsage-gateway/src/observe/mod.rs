//! What is counted and written down.

mod access_log;
mod log_sink;
mod metrics;
mod outcome;
mod refused_origins;

pub(crate) use access_log::{Finish, LogEntry};
pub(crate) use log_sink::{LogBuffer, LogSink};
pub(crate) use metrics::{BUCKETS_US, Metrics, RouteMetrics};
pub(crate) use outcome::Outcome;
pub(crate) use refused_origins::RefusedOrigins;
