//! One folder for each program: how its text is read, and what it answers.
//!
//! Each has a function `read(&Source) -> Result<Box<dyn Program>, NotRead>`, named in `read.rs`.

pub(crate) mod agentgateway;
pub(crate) mod apache;
pub(crate) mod api_gateway;
pub(crate) mod caddy;
mod cloud;
pub(crate) mod cloudformation;
pub(crate) mod cloudfront;
pub(crate) mod corsage;
pub(crate) mod envoy;
pub(crate) mod envoy_gateway;
pub(crate) mod gateway_api;
pub(crate) mod gcs;
pub(crate) mod haproxy;
pub(crate) mod ingress_nginx;
pub(crate) mod istio;
pub(crate) mod kong;
mod kubernetes;
pub(crate) mod lighttpd;
pub(crate) mod netlify;
pub(crate) mod nginx;
#[cfg(feature = "ruby")]
pub(crate) mod rack_cors;
mod sample;
pub(crate) mod serverless;
mod several;
#[cfg(feature = "terraform")]
pub(crate) mod terraform;
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
#[cfg(feature = "javascript")]
pub(crate) mod vercel;

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
mod wild;
#[cfg(feature = "xml")]
mod xml;
