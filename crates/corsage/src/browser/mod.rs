//! The browser's half: what a user agent sends, checks, and lets a page read.
//!
//! A fetch is a value that is stepped: [`fetch`] answers with the next HTTP request to send, or
//! with the end; whoever drives it sends that request, however it likes, and hands the response
//! to the step that asked for it.

mod address_space;
mod bad_port;
mod blob_url;
mod blocker;
mod client;
mod code;
mod content_security_policy;
mod cors_check;
mod cross_origin_resource_policy;
mod fetch;
mod filtered_response;
mod header_list;
mod http_fetch;
pub mod load;
mod local_network_access;
mod main_fetch;
mod near_miss;
mod network_error;
mod network_request;
mod notes;
mod origin_header;
mod page_policies;
mod preflight_cache;
mod preflight_fetch;
mod profile;
mod redirect_fetch;
mod referrer;
mod request;
mod request_class;
mod run;
mod scheme_fetch;
mod sec_fetch;
mod transcript;
mod unsafe_request_headers;
mod upgrade;
mod wire;

pub use blob_url::BlobUrl;
pub use client::{AddressSpace, Client, EmbedderPolicy, Global, SecureContext};
pub use code::{Code, Severity};
pub use content_security_policy::ContentSecurityPolicy;
pub use fetch::{Finished, Message, Pending, Step, fetch};
pub use filtered_response::{BodyAccess, FilteredResponse, ResponseType};
pub use header_list::{Header, HeaderList};
pub use local_network_access::{ConnectionRule, LocalNetworkPermission};
pub use near_miss::NearMiss;
pub use network_error::{Blocker, MessageKind, NetworkError};
pub use page_policies::{HstsHost, InsecureRequests, PagePolicies};
pub use preflight_cache::PreflightCache;
pub use profile::{NoVarySearch, Profile, UnknownProfile};
pub use request::{
    Body, CacheMode, CredentialsMode, Destination, Initiator, Mode, RedirectMode, ReferrerPolicy,
    RequestInit,
};
pub use request_class::{Request, RequestError};
pub use transcript::{Event, Note, Transcript};
pub use wire::{
    CookieContext, SendCredentials, UrlCredentials, WireFailure, WireRequest, WireResponse,
};
