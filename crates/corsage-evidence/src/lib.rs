//! What people hold of a request that failed, read and never executed: lines of a browser's console,
//! commands and calls as developer tools copy them and as people write them, and HAR archives.
//!
//! Nothing here asks a network. What comes out is a code, a request, or a record that
//! `corsage-diagnosis` explains.
//!
//! ```
//! use corsage::browser::Code;
//!
//! let found = corsage_evidence::console::read(
//!     "Access to fetch at 'https://api.example/me' from origin 'https://app.example' has been \
//!      blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested \
//!      resource.",
//! );
//! assert_eq!(found[0].code, Some(Code::MissingAllowOrigin));
//! ```

pub mod console;
pub mod copied;
#[cfg(feature = "javascript")]
mod deep;
mod element;
pub mod har;
mod init;
mod page;
mod request;
mod sent_headers;
pub mod text;

pub use request::{Copied, Credentials, Load, Remark, UploadListener};
