//! The demo of `corsage demo`: scenarios of CORS, what the two engines predict of each, and two real
//! origins on this machine that show what happens.
//!
//! The prediction stands by itself, for whoever shows it elsewhere; without the feature `live` nothing
//! here opens a socket:
//!
//! ```
//! use corsage::browser::Profile;
//! use corsage_demo::{Language, Places, Rules, Session, Setting, predict, scenarios};
//!
//! let places = Places { page: 8001, api: 8002, partner: 8003, bare: 8004, bench: 8005 };
//! let rules = Rules::compile(&Rules::source_for(&places))?;
//! let no_rules = Rules::compile("")?;
//! for scenario in scenarios().map_err(|error| error.to_string())? {
//!     let setting = Setting {
//!         from: scenario.from,
//!         run: "example",
//!         profile: Profile::Standard,
//!         session: Session::None,
//!         rules: &rules,
//!         no_rules: &no_rules,
//!         places: &places,
//!         language: Language::English,
//!     };
//!     for prediction in predict(&setting, &scenario.steps)? {
//!         println!("{}: {}", scenario.id, prediction.got.outcome.as_str());
//!     }
//! }
//! # Ok::<(), String>(())
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(feature = "live")]
mod live;
mod prediction;

pub use corsage_texts::Language;
#[cfg(feature = "live")]
pub use live::{Format, Options, Until, policy_file, run};
pub use prediction::exchange::{Exchange, Line};
pub use prediction::outcome::{Cookie, Got, Observation, Outcome, Prediction, Reason, Sent};
pub use prediction::places::{Party, Places};
pub use prediction::predict::{Session, Setting, predict};
pub use prediction::rules::{Rule, Rules};
pub use prediction::scenario::{Call, Expect, Page, Scenario, all as scenarios};
