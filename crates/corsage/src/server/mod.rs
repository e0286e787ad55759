//! The server's half: a policy that is checked, compiled, and turned into response headers.

mod decision;
mod draft;
mod error;
mod policy;
mod request;

pub use decision::Decision;
pub use draft::{Credentials, CrossOriginResourcePolicy, PolicyDraft, Tolerance, Waiver};
pub use error::{Level, PolicyErrors, PolicyProblem};
pub use policy::Policy;
pub use request::Request;
