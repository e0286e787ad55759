//! `corsage explain` against real servers, each broken in another way.

mod causes;
mod human;
mod schema;
mod support;
