//! What each browser prints in its console. The way back from such a line to its code is in
//! `corsage-evidence`.
//!
//! These texts belong to the browsers: they are not part of the catalogue, and not translated
//! (Firefox translates its own; the English ones are given).

mod chromium;
mod chromium_loads;
pub(crate) mod firefox;
mod firefox_loads;
mod printed;
mod webkit;
mod webkit_loads;

use printed::file;
pub use printed::{Api, Browser, Occasion, Tainting, printed};
