//! The gateway from outside: the real command, real sockets, upstreams and clients that misbehave.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod bodies;
mod deployment;
mod development;
mod endurance;
mod faults;
mod gateway_api;
mod groups;
mod grpc;
mod hostile;
mod load;
mod observe;
mod operations;
mod ownership;
mod protocols;
mod service;
mod streams;
mod support;
mod tls;
mod upstreams;
