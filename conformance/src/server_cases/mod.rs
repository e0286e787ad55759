//! One policy, one request, and what must come of it: through the core and through each adapter.

mod case;
mod engine;
mod judge;
mod run;
mod skip;

pub use engine::{Answer, Engine, Handler};
pub use run::{run, run_through};
