//! Corsage as WebAssembly: the server's half by itself, and everything. What JavaScript sees of it is in
//! `packages/npm`.

// Elsewhere the command is the one with the system's own files, and asks no host.
#[cfg(all(feature = "explain", target_family = "wasm"))]
pub mod command;
#[cfg(feature = "explain")]
pub mod page;
pub mod policy;
#[cfg(feature = "explain")]
pub mod texts;

pub use policy::Policy;
