//! `corsage explain` against real servers, each broken in another way.

mod causes;
mod console;
mod evidence;
mod human;
mod marionette;
mod readme;
mod schema;
mod support;
