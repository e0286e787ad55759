//! What programs on Node have in common: how its server keeps header lines, and what a module sees of a
//! request.

mod borders;
mod headers;
mod module;
mod rehearse;
mod request;

use borders::borders;
use rehearse::rehearse;

pub(crate) use headers::{Headers, append_vary, is_value};
pub(crate) use module::{Server, read};
pub(crate) use request::{behind_answer, headers_object};
