//! [Hono's `cors`](https://github.com/honojs/hono) in a hono application.

mod context;
mod cors;
mod paths;
mod world;

use self::world::Application;
use super::node;
use crate::{NotRead, Program, Source};

/// Reads a hono application.
///
/// # Errors
/// What is not understood, or what hono refuses when it loads the module.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let environment = &source.circumstances.environment;
    node::read(source, || Application::new(environment.clone()))
}
