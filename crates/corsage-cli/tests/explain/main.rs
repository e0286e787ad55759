//! `corsage explain` against real servers, each broken in another way.

mod browsers;
mod causes;
mod console;
mod evidence;
mod human;
mod loads;
mod marionette;
mod readme;
mod schema;
mod support;
