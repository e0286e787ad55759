//! The account of one request: its parts, and how each is found.

mod answers;
mod blockers;
mod browsers;
mod build;
mod detail;
mod load;
mod model;
mod notes;
mod wire;

pub(crate) use blockers::{Found, is_network};
pub use build::{account, judge};
pub use model::{
    Account, Answer, Answered, BlockerAccount, BrowserAccount, CauseAccount, ChangesAccount,
    DiffLine, FixAccount, HopAccount, Line, LoadAccount, MessageAccount, MessageName,
    NearMissAccount, NextAccount, NoteAccount, Offence, PreflightAccount, PreloadAccount,
    RequestAccount, SCHEMA, Seen, SeesAccount, Verdict,
};
pub(crate) use notes::Remark;
pub(crate) use wire::{credentials, location, method, page_origin, requested_headers};
