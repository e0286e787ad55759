//! What real browsers did with loads that are not `fetch()`, beside what the browser half predicts.

mod canon;
mod case;
mod console;
mod explained;
mod page;
mod perform;
mod run;
mod script_body;
mod world;

pub use console::run as run_console;
pub use run::run;
