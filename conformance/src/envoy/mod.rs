//! A real Envoy that wears a policy, by each of the two ways in which it can.

mod bootstrap;
mod engine;
mod ext_proc;
mod process;

pub use bootstrap::{Bootstrap, Route, cors_filter, http_filter, module_filter, module_route};
pub use engine::{EnvoyEngine, Worn};
pub use ext_proc::{By, ExtProc};
pub use process::{Envoy, SKIP, module_folder, skipped};
