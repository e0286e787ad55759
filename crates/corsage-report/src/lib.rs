//! What a tool found, and how it is told: one scale of severity, one kind of problem with its place,
//! its cause and its way out, and a renderer for every reader.
//!
//! A tool makes [`Problem`]s, puts those of one file into [`Problems`], and those of a whole run into
//! a [`Report`]. The report is rendered in one of the [`Format`]s, and its [`Outcome`] is the
//! command's exit code.
//!
//! ```
//! use corsage_report::{Colour, Format, Outcome, Place, Problem, Problems, Report, Severity};
//!
//! let text = "allow_origins = [\"https://app.example/\"]\n";
//! let slash = Problem::new(Severity::Error, "trailing-slash")
//!     .field("allow_origins[0]")
//!     .value("https://app.example/")
//!     .cause("an origin ends after the host or port, and browsers send no slash")
//!     .way_out("remove the slash")
//!     .place(Place::File(17..39));
//!
//! let mut report = Report::new("corsage check");
//! report.add(Problems::new("corsage.toml", text, vec![slash]));
//!
//! assert_eq!(report.outcome(Severity::Error), Outcome::Failed);
//! let shown = report.render(Format::Human, Colour::Plain);
//! assert!(shown.contains("corsage.toml:1:18"));
//! let annotation = report.render(Format::Github, Colour::Plain);
//! assert!(annotation.starts_with("::error file=corsage.toml,line=1,"));
//! ```
//!
//! The renderers are leaves: none of them knows another, and nothing that finds problems knows a renderer.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod outcome;
mod place;
mod problem;
mod problems;
mod render;
mod report;

pub use corsage::Severity;
pub use outcome::Outcome;
pub use place::Place;
pub use problem::Problem;
pub use problems::Problems;
pub use render::{Colour, Format};
pub use report::{Report, Rule};
