//! What is refused, or put in one form, before a request means anything.

mod head;
mod path;
mod raw_head;
mod verdict;

pub(crate) use head::{Inspected, inspect, is_hop_by_hop, is_host};
pub(crate) use path::is_plain as is_plain_path;
pub(crate) use raw_head::{BodyFraming, Framing, RawHead, field_named};
pub(crate) use verdict::Rejection;
