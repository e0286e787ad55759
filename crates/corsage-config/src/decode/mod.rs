//! From the tree to typed settings, without stopping at the first fault.

mod choice;
mod list;
mod names;
mod reader;
mod scalars;
mod setting;
mod table;
mod units;

pub(crate) use choice::{choice, read_word, words_schema};
pub(crate) use names::{camel_case, nearest};
pub(crate) use reader::Reader;
pub(crate) use setting::{Scalar, Setting};
pub(crate) use table::{Field, long_form, object_schema, record, settings};
pub use units::ByteSize;
