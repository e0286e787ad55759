//! Policies, and which of them a request falls under.

mod compile;
mod entry;
mod file;
mod host;
mod path;
mod table;

pub(crate) use compile::compile_policies;
pub use entry::PolicyEntry;
pub(crate) use file::PolicyFile;
pub use host::HostPattern;
pub use path::PathPrefix;
pub use table::{PolicyTable, Selection};
