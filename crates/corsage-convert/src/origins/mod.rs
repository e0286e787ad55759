//! Sets of origins as languages: which values of `Origin` a program tells apart, and a witness for each.

mod browser;
mod cells;
mod express;
mod graph;
mod language;
mod matcher;
mod set;
mod sites;
mod witness;

pub(crate) use cells::is_origin;
pub use cells::{Cell, Cells, cells};
pub use express::{Expressed, Pattern, express};
pub use language::{Language, LanguageError};
pub use set::OriginSet;
pub use witness::{Holder, Witness};
