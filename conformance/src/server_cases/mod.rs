//! One policy, one request, and what must come of it: through the core and through each adapter.

mod actix_engine;
mod case;
mod engine;
mod judge;
mod raw_http;
mod run;
mod skip;

pub use engine::{Answer, Engine, Handler};
pub use run::run;
