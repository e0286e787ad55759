//! One folder for each program: how its text is read, and what it answers.
//!
//! Each has a function `read(&Source) -> Result<Box<dyn Program>, NotRead>`, named in `read.rs`.

pub(crate) mod corsage;
pub(crate) mod nginx;
mod sample;
