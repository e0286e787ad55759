//! Policies, and which of them a request falls under.

mod compile;
mod entry;
mod file;
mod fits;
mod groups;
mod host;
mod path;
mod table;

pub(crate) use compile::{check_methods, check_name, compile_policies};
pub use entry::PolicyEntry;
pub(crate) use file::PolicyFile;
pub(crate) use fits::Fits;
pub use groups::{AmbiguousPath, GroupTable};
pub use host::HostPattern;
pub use path::PathPrefix;
pub use table::{PolicyTable, Selection};
