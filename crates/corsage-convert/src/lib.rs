//! One CORS policy in every format.
//!
//! Other programs say CORS in their own words: annotations, filters, directives, options of a function.
//! [`read()`] makes a [`Program`] of such a text: a model that answers a request as the real program does,
//! line for line, and that names its [`Borders`]: every question it puts to a request. What a model does
//! not understand is [`Refused`] with its place in the text, never guessed.
//!
//! Everything else here asks those two faces only. Two programs are compared by putting the requests to
//! both that their borders tell apart; a policy in the neutral form is what was learnt by asking.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod answered;
mod asked;
mod behind;
mod borders;
pub mod compare;
mod conversion;
#[cfg(any(feature = "javascript", feature = "python"))]
mod deep;
mod document;
pub mod edit;
pub mod findings;
mod format;
pub mod formats;
pub mod infer;
#[cfg(feature = "javascript")]
mod javascript;
pub mod neutral;
pub mod origins;
mod program;
#[cfg(feature = "python")]
mod python;
mod read;
mod recognise;
mod refused;
pub mod regexes;
pub mod report;
mod source;
mod units;
pub mod write;

pub use answered::Answered;
pub use asked::Asked;
pub use behind::{Behind, BehindAnswer, BehindResponse, VaryIs};
pub use borders::{Borders, Depth, OriginBorder, OriginMatcher};
pub use conversion::{Checked, Conversion, convert};
pub use format::{Format, UnknownFormat};
pub use program::Program;
pub use read::{NotRead, read};
pub use recognise::recognise;
pub use refused::{Refused, Rejected, Why};
pub use source::{Circumstances, Placement, Source, Span};
pub use units::{FilePlace, Piece, Unit, Units, units};
