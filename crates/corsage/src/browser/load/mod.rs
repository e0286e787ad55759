//! Loads: what a page asks for without calling `fetch()`. An image, a script, a style sheet, a font, a frame, a
//! worker, a beacon, a form: each becomes one request with a mode, a credentials mode and a destination of its own, and
//! each shows its success or failure to the page in its own way.
//!
//! [`load`] is driven like [`fetch`](super::fetch): it hands out the next request to send and is handed the answer.
//! What is common to both (redirects, the CORS check, preflights, protections) is decided by the fetch machine and
//! nowhere else.

mod answer;
mod content;
mod cors_settings_attribute;
mod document;
mod end;
mod frame;
mod kind;
mod machine;
mod media;
mod message;
mod mime_type;
mod opaque_response_blocking;
mod picture;
mod preload;
mod refusal;
mod request;
mod resource_timing;
mod script;
mod script_errors;
mod sight;
mod spec;
mod style;
mod switches;
mod worker;

pub(crate) use mime_type::is_javascript;

pub use content::{Content, IntegrityMatch, ScriptBody, Sniffed};
pub use cors_settings_attribute::CrossOriginAttribute;
pub use document::Document;
pub use end::{LoadSource, Loaded};
pub use kind::{LoadKind, UnknownLoadKind};
pub use machine::{LoadStep, PendingLoad, load};
pub use script_errors::{ErrorReport, ErrorReports, ThrownKind};
pub use sight::{Access, Capture, Exception, PageEvent, Sight, Timing, Use};
pub use spec::{Load, ScriptType};
