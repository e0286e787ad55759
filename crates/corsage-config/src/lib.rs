//! `corsage.toml`: from text to settings and compiled policies, or to every problem at once.
//!
//! ```
//! let problems = corsage_config::parse(
//!     r#"
//! [gateway]
//! upstreams = "127.0.0.1:3000"
//!
//! [[policy]]
//! allow_orgins = ["https://app.example.com"]
//! "#,
//!     "corsage.toml",
//! )
//! .unwrap_err();
//! // Neither hides the other; each has its place, its cause and its way out.
//! let report = problems.to_string();
//! assert!(report.contains("corsage.toml:3:13: error: gateway.upstreams.url"));
//! assert!(report.contains("corsage.toml:6:1: error: policy[0].allow_orgins"));
//! ```
//!
//! A file is read into a tree that knows where each value was written (TOML and YAML alike, then the
//! `CORSAGE_*` variables of the environment, then arguments of the command); the tree is read into
//! [`GatewaySettings`] and drafts of policies; the core compiles the drafts. Faults of syntax, type and
//! meaning are all reported by the same run, as far as the file can be read.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod decode;
mod document;
mod environment;
mod load;
mod policy;
mod settings;
mod tree;

pub use corsage_report::{Colour, Place, Problem, Problems, Severity};
pub use decode::ByteSize;
pub use document::{Config, json_schema};
pub use environment::variables;
pub use ipnet::IpNet;
pub use load::{LoadError, Loader, UnreadableFile, load, parse};
pub use policy::{
    AmbiguousPath, GroupTable, HostPattern, PathPrefix, PolicyEntry, PolicyTable, Selection,
};
pub use settings::*;
