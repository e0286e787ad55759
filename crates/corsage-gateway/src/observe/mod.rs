//! What is counted and written down.

mod access_log;
mod fold;
mod json_line;
mod log_buffer;
mod log_sink;
mod metrics;
mod outcome;
mod own_log;
mod owners;

pub(crate) use access_log::{Finish, Head, LogEntry, LoggedRequest};
pub(crate) use json_line::Text;
pub(crate) use log_buffer::LogBuffer;
pub(crate) use log_sink::{LogSink, Lost, Output};
pub(crate) use metrics::{BUCKETS_US, Metrics, RouteMetrics};
pub(crate) use outcome::Outcome;
pub use own_log::{LineForm, OwnLog, Repeats};
pub(crate) use owners::Owners;
