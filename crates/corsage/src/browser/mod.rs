//! The browser's half: what a user agent sends, checks, and lets a page read.
//!
//! A fetch is a value that is stepped: [`fetch`] answers with the next HTTP request to send, or
//! with the end; whoever drives it sends that request, however it likes, and hands the response
//! to the step that asked for it.

mod client;
mod code;
mod fetch;
mod filtered_response;
mod header_list;
mod network_error;
mod preflight_cache;
mod profile;
mod request;
mod transcript;
mod wire;

pub use client::{AddressSpace, Client, EmbedderPolicy, Global, SecureContext};
pub use code::{Code, Severity};
pub use fetch::{Finished, PendingPreflight, PendingRequest, Step, fetch};
pub use filtered_response::{BodyAccess, FilteredResponse, ResponseType};
pub use header_list::{Header, HeaderList};
pub use network_error::{Blocker, MessageKind, NearMiss, NetworkError};
pub use preflight_cache::PreflightCache;
pub use profile::Profile;
pub use request::{
    Body, CacheMode, CredentialsMode, Destination, Initiator, Mode, RedirectMode, ReferrerPolicy,
    Request, RequestError, RequestInit,
};
pub use transcript::{Event, Note, Transcript};
pub use wire::{CookieContext, SendCredentials, WireFailure, WireRequest, WireResponse};
