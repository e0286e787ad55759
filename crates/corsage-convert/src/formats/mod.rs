//! One folder for each program: how its text is read, and what it answers.
//!
//! Each has a function `read(&Source) -> Result<Box<dyn Program>, NotRead>`, named in `read.rs`.

pub(crate) mod apache;
pub(crate) mod caddy;
pub(crate) mod corsage;
pub(crate) mod envoy;
pub(crate) mod envoy_gateway;
pub(crate) mod gateway_api;
pub(crate) mod haproxy;
pub(crate) mod ingress_nginx;
pub(crate) mod istio;
mod kubernetes;
pub(crate) mod lighttpd;
pub(crate) mod nginx;
mod sample;
pub(crate) mod traefik;
pub(crate) mod varnish;

#[cfg(feature = "javascript")]
pub mod express;
#[cfg(feature = "javascript")]
pub mod fastify;
#[cfg(feature = "javascript")]
pub mod hono;
#[cfg(feature = "javascript")]
pub mod koa;
#[cfg(feature = "javascript")]
pub mod next;
#[cfg(feature = "javascript")]
mod node;

#[cfg(feature = "python")]
pub mod aiohttp;
#[cfg(feature = "python")]
pub mod django;
#[cfg(feature = "python")]
pub mod flask;
#[cfg(feature = "python")]
pub mod litestar;
#[cfg(feature = "python")]
mod python;
#[cfg(feature = "python")]
pub mod sanic;
#[cfg(feature = "python")]
pub mod starlette;

#[cfg(feature = "xml")]
pub mod azure;
pub mod cloudflare_headers;
#[cfg(feature = "xml")]
pub mod jetty;
pub mod s3;
pub mod serve;
#[cfg(feature = "xml")]
mod servlet;
#[cfg(feature = "xml")]
pub mod spring;
#[cfg(feature = "xml")]
pub mod tomcat;
#[cfg(feature = "xml")]
mod wild;
mod xml;
