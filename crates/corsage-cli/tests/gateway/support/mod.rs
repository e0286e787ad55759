//! What all these tests need: the command, an upstream of one's own making, a client of raw bytes.

mod client;
mod gateway;
mod upstream;

pub(crate) use client::{Client, Response, read_head};
pub(crate) use gateway::{Gateway, ORIGIN, POLICY, eventually, free_address};
pub(crate) use upstream::{Request, Upstream, read_request, respond};
