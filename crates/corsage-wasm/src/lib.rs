//! Corsage as WebAssembly: the server's half by itself, and everything. What JavaScript sees of it is in
//! `packages/npm`.

// Elsewhere the command is the one with the system's own files, and asks no host.
#[cfg(all(feature = "all", target_family = "wasm"))]
pub mod command;
#[cfg(feature = "all")]
pub mod page;
pub mod policy;

pub use policy::Policy;
