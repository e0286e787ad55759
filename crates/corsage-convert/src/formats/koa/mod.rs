//! [`@koa/cors`](https://github.com/koajs/cors) in a koa application.

mod context;
mod cors;
mod world;

use self::world::Application;
use super::node;
use crate::{NotRead, Program, Source};

/// Reads a koa application.
///
/// # Errors
/// What is not understood, or what koa refuses when it loads the module.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let environment = &source.circumstances.environment;
    node::read(source, || Application::new(environment.clone()))
}
