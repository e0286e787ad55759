//! A document without its format: TOML, YAML, environment and command line all become this tree.

mod node;
mod toml;
mod yaml;

pub(crate) use node::{Entry, Node, Step, Value};
pub(crate) use toml::read_toml;
pub(crate) use yaml::read_yaml;
