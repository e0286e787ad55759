//! What a proxy does with one exchange under the CORS policies of a file, whatever proxy it is.
//!
//! A [`Judgement`] is taken when a request's head has come, and answers what is asked until its response has gone:
//! whether it is answered here, whether it is refused, and what goes on the response. [`Rules`] are a file's policies
//! with what the file says besides about CORS, for a proxy that keeps nothing of its own beside each policy.
//!
//! ```
//! use corsage::server::Request;
//! use corsage_enforce::{Rules, Step};
//! use http::{HeaderMap, HeaderValue, Method};
//!
//! let config = corsage_config::parse(
//!     "[[policy]]\nallow_origins = ['https://app.example']\nallow_methods = ['PUT']\n",
//!     "corsage.toml",
//! )?;
//! let rules = Rules::of(&config).expect("it has a policy");
//! let mut headers = HeaderMap::new();
//! headers.insert("origin", HeaderValue::from_static("https://app.example"));
//! let judged = rules.judge("api.example", "/orders", &Request::new(&Method::GET, &headers));
//! let Step::PassOn(mut judgement) = judged.step() else { panic!("a GET goes on") };
//! let mut response = HeaderMap::new();
//! judgement.apply_to_upstream(&mut response, rules.upstream_cors());
//! assert_eq!(response["access-control-allow-origin"], "https://app.example");
//! # Ok::<(), corsage_config::Problems>(())
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod development;
mod judgement;
mod news;
mod rules;

pub use development::{Blocked, Development, develop};
pub use judgement::{Judgement, Step, worth_telling};
pub use news::News;
pub use rules::{Judged, Rules};
