//! The admin listener.

mod asked_by;
mod metrics_page;
mod serve;
mod upstreams_page;

pub(crate) use serve::serve;
