//! [`@fastify/cors`](https://github.com/fastify/fastify-cors) in a fastify application.

mod cors;
mod exchange;
mod instance;
mod serve;
mod world;

use self::world::Application;
use super::node;
use crate::{NotRead, Program, Source};

/// Reads a fastify application.
///
/// # Errors
/// What is not understood, or what fastify refuses when it starts.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let environment = &source.circumstances.environment;
    node::read(source, || Application::new(environment.clone()))
}
