//! The admin listener.

mod metrics_page;
mod serve;

pub(crate) use serve::serve;
