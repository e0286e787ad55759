//! `corsage audit` from outside: what it asks, what it tells, and what hostile servers make of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod checks;
mod configurations;
mod hostile;
mod inputs;
mod libraries;
mod manners;
mod outputs;
mod real_servers;
mod resume;
mod services;
mod support;
