//! The admin listener.

mod asked_by;
mod metrics_page;
mod serve;

pub(crate) use serve::serve;
