//! [The package `cors`](https://github.com/expressjs/cors) in an express application, and NestJS's
//! `enableCors`, which is the same package.

mod cors;
mod exchange;
mod paths;
mod serve;
mod talk;
mod world;

use self::paths::Generation;
use self::world::{Application, Framework};
use super::node;
use crate::{NotRead, Program, Source};

/// Reads an express application.
///
/// # Errors
/// What is not understood, or what express refuses when it loads the module.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let four = source.circumstances.implementation.as_deref().is_some_and(|it| it.contains('4'));
    let generation = if four { Generation::Four } else { Generation::Five };
    read_for(source, Framework::Express(generation))
}

/// Reads what makes a NestJS application, on its express platform.
///
/// # Errors
/// What is not understood, or what Nest refuses when it loads the module.
pub fn read_nestjs(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    read_for(source, Framework::Nestjs)
}

fn read_for(source: &Source<'_>, framework: Framework) -> Result<Box<dyn Program>, NotRead> {
    let environment = &source.circumstances.environment;
    node::read(source, || Application::new(framework, environment.clone()))
}
