//! Fixes: what to change in which response, and how that is written for the server in use.

mod change;
mod grant;
mod server_kind;
mod snippet;

pub use change::Change;
pub(crate) use change::{
    PageChange, Patch, Target, apply, apply_to_page, changes, has_lower_case, is_response_header,
    joined, set,
};
pub use grant::Grant;
pub(crate) use grant::{exposed_now, grant};
pub(crate) use server_kind::detect_by_traces;
pub use server_kind::{DetectedServer, ServerKind, detect_servers};
pub use snippet::{Part, Snippet, snippet};
