//! The server's half: a policy that is checked, compiled, and turned into response headers.
//!
//! [`PolicyDraft`] → [`compile`](PolicyDraft::compile) → [`Policy`] → [`decide`](Policy::decide) →
//! [`Decision`] → headers.

mod check_lists;
mod check_origins;
mod compile;
mod constant_value;
mod decision;
mod draft;
mod dynamic_origins;
mod error;
mod handling;
mod lines;
mod origin_list;
mod origin_lookup;
mod origin_set;
mod outcome;
mod pattern;
mod plain_handling;
mod plain_preflight;
mod plain_request;
mod policy;
mod problem_code;
mod problem_texts;
mod recorded_decision;
mod request;
mod response_header_map;
mod response_headers;
mod shared_policy;

pub use decision::Decision;
pub use draft::{
    Credentials, CrossOriginResourcePolicy, DisallowedWrites, PolicyDraft, PreflightStyle,
    PrivateNetworkAccess, Tolerance, UnknownWaiver, Waiver,
};
pub use dynamic_origins::{DynamicOrigins, OriginVerdict};
pub use error::{Level, PolicyErrors, PolicyProblem};
pub use handling::{Handling, Panics, PolicySource};
pub use origin_list::OriginList;
pub use origin_lookup::{LocalOriginLookup, OriginLookup, PendingVerdict};
pub use outcome::{OriginRefusal, Outcome, OutcomeKind, PreflightRefusal, RefusalKind};
pub use plain_handling::{PlainHandling, PlainHeaders};
pub use plain_preflight::{PlainGrant, PlainPreflight};
pub use plain_request::PlainRequest;
pub use policy::{Policy, VariesBy};
pub use problem_code::PolicyProblemCode;
pub use recorded_decision::{RecordDecisions, RecordedDecision};
pub use request::Request;
pub use response_header_map::ResponseHeaderMap;
pub use response_headers::{PendingHeaders, PendingPreflight, Replaced, has_cors_headers};
pub use shared_policy::{PolicyChange, SharedPolicy};
