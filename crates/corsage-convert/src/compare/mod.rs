//! Two programs, compared by what a browser would do with their answers.

mod ask;
mod behind;
mod difference;
mod page;
mod questions;

pub use ask::{Asking, compare};
pub use behind::Scene;
pub use difference::{Comparison, Difference, Direction, Verdict};
pub use page::{PageRequest, PageResult, Saw, page, page_in};
pub use questions::Questions;
pub(crate) use questions::{UNLISTED_HEADER, UNLISTED_METHOD};
