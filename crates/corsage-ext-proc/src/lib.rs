//! A CORS policy as a service that Envoy asks, by gRPC: `ext_proc`, and `ext_authz` as far as that can.
//!
//! The policies, their reload, metrics and the admin pages are the gateway's: a [`Gateway`](corsage_gateway::Gateway) that
//! is [`judging`](corsage_gateway::Gateway::judging) serves nobody itself, and this asks it.
//!
//! ```no_run
//! use corsage_ext_proc::{Address, Service};
//! use corsage_gateway::Gateway;
//!
//! let config = corsage_config::parse(
//!     "[gateway]\nadmin.listen = 'off'\n\n[[policy]]\nallow_origins = ['https://app.example.com']\n",
//!     "corsage.toml",
//! )?;
//! let address: Address = "unix:/run/corsage.sock".parse()?;
//! let service = Service::bind(&address)?;
//! let gateway = Gateway::builder().judging().run(&config)?;
//! service.start(&gateway)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod authorization;
mod exchange;
mod head;
mod messages;
mod mutation;
mod processor;
mod service;

pub use service::{Address, MalformedAddress, Service};
