//! English.

mod api;
mod causes;
mod codes;
mod network;
mod notes;
mod preflight;
mod protections;
mod response;
mod topics;
mod words;

pub(super) use causes::cause;
pub(super) use codes::code;
pub(super) use topics::topic;
pub(super) use words::WORDS;
