//! What gateways and networks of clouds answer, whichever file says so: a template, Terraform's
//! configuration, the product's own document.
//!
//! The models follow the vendors' documentation: nobody outside can run these programs.

mod gateway;
mod mock;
mod read;

pub(crate) use gateway::{Gateway, Product};
pub(crate) use mock::{Fixed, Mock, MockPath, borders_of};
pub(crate) use read::{Names, gateway, quoted};
