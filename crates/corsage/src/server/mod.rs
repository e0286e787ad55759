//! The server's half: a policy that is checked, compiled, and turned into response headers.
//!
//! [`PolicyDraft`] → [`compile`](PolicyDraft::compile) → [`Policy`] → [`decide`](Policy::decide) →
//! [`Decision`] → headers.

mod check_lists;
mod check_origins;
mod compile;
mod constant_value;
mod decide;
mod decision;
mod draft;
mod dynamic_origins;
mod error;
mod lines;
mod mount;
mod origin_list;
mod origin_lookup;
mod origin_mistakes;
mod origin_set;
mod outcome;
mod particular;
mod pattern;
mod pending_headers;
mod policy;
mod policy_source;
mod preflight_lines;
pub mod presets;
mod problem_code;
mod problem_texts;
mod recorded_decision;
mod request;
mod request_lines;
mod response_header_map;
mod served;
mod shared_policy;

pub use decide::{ByOrigin, Handling};
pub use decision::Decision;
pub use draft::{
    Credentials, CrossOriginResourcePolicy, DisallowedWrites, PolicyDraft, PreflightStyle,
    PrivateNetworkAccess, Tolerance, UnknownWaiver, Waiver,
};
pub use dynamic_origins::{DynamicOrigins, OriginVerdict};
pub use error::{PolicyErrors, PolicyProblem};
pub use mount::{LOOKUP_LIMIT, Mount, WebSockets};
pub use origin_list::OriginList;
pub use origin_lookup::{LocalOriginLookup, OriginLookup, PendingVerdict};
pub use outcome::{OriginRefusal, Outcome, OutcomeKind, PreflightRefusal, RefusalKind};
pub use pending_headers::{PendingHeaders, PreparedHeaders, Replaced, has_cors_headers};
pub use policy::{Policy, ReadHeaders, VariesBy};
pub use policy_source::{Panics, PolicySource};
pub use preflight_lines::{PreflightGrant, PreflightLines};
pub use problem_code::PolicyProblemCode;
pub use recorded_decision::{Decided, RecordDecisions, RecordedDecision};
pub use request::Request;
pub use request_lines::{HeaderLine, RequestLines};
pub use response_header_map::ResponseHeaderMap;
pub use served::{Execution, Served};
pub use shared_policy::{PolicyChange, SharedPolicy};
