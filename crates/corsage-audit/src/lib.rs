//! What a browser can really exploit in a server's CORS policy, proved, and nothing else.
//!
//! [`audit`] asks a [`Target`] through a [`Wire`] of the caller's (this crate opens no socket), and returns
//! [`Findings`]. A finding names an origin that somebody can have, and is one only if the browser's half of
//! [`corsage`] says that a page there reads what the server meant for others. Probes follow from what was seen, so that
//! a sound server is asked a dozen times.
//!
//! ```
//! use corsage_audit::{Answer, Class, Failure, Sent, Target, Wire, audit};
//!
//! /// A server that lets every page read, with cookies.
//! struct Careless;
//! impl Wire for Careless {
//!     async fn send(&mut self, sent: &Sent) -> Result<Answer, Failure> {
//!         let mut answer = Answer::new(200);
//!         if let Some(origin) = sent.header("origin") {
//!             answer = answer.with("Access-Control-Allow-Origin", origin);
//!             answer = answer.with("Access-Control-Allow-Credentials", "true");
//!         }
//!         let signed_in = sent.header("cookie") == Some("sid=1");
//!         Ok(answer.with_body(if signed_in { "balance: 4711 euro" } else { "sign in" }))
//!     }
//! }
//!
//! # let rt = |f: std::pin::Pin<Box<dyn Future<Output = corsage_audit::Findings>>>| {
//! #     let mut f = f;
//! #     let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
//! #     loop { if let std::task::Poll::Ready(r) = f.as_mut().poll(&mut cx) { return r; } }
//! # };
//! let target = Target::new("https://api.example.com/me")?.cookie("sid=1");
//! let findings = rt(Box::pin(async move { audit(&target, &mut Careless).await }));
//! assert_eq!(findings.findings[0].class, Class::ReflectAny);
//! # Ok::<(), corsage_audit::TargetError>(())
//! ```

/// What is said of what was seen: in English, and told again by [`Findings::tell_in`].
macro_rules! told {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        corsage_texts::text!(corsage_texts::Language::English, $key $(, $name = $value)*)
    };
}

mod answer;
mod candidates;
mod checks;
mod class;
#[cfg(feature = "client")]
mod client_wire;
mod finding;
mod html;
#[cfg(feature = "client")]
mod name_server;
mod origins;
mod page;
mod poc;
mod private;
mod session;
mod severity;
mod target;
mod wire;

pub use answer::Answer;
pub use checks::audit;
pub use class::Class;
#[cfg(feature = "client")]
pub use client_wire::{ClientWire, Pace};
pub use finding::{Browser, Finding, Findings, Reproduction};
pub use html::html_report;
pub use poc::proof_of_concept;
pub use severity::{Severity, Who};
pub use target::{Credential, Depth, Network, Target, TargetError};
pub use wire::{Failure, Sender, Sent, Version, Wire};
