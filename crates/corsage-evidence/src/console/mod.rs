//! From what a browser printed in its console back to codes: tolerant of what versions, languages, quotes
//! and copying changed in the wording.

mod alternatives;
mod chromium;
mod clean;
mod edge;
mod firefox;
mod loads;
mod network;
mod paste;
mod recognised;
mod short_names;
mod topics;
mod translated;
mod webkit;

pub use paste::read;
pub use recognised::Recognised;

/// Recognises one message that a browser printed.
///
/// ```
/// use corsage::browser::Code;
/// use corsage_evidence::console::recognise;
///
/// let line = "Access to fetch at 'https://api.example/me' from origin 'https://app.example' has \
///     been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the \
///     requested resource.";
/// assert_eq!(recognise(line).and_then(|found| found.code), Some(Code::MissingAllowOrigin));
/// assert_eq!(recognise("Uncaught ReferenceError: x is not defined"), None);
/// ```
#[must_use]
pub fn recognise(message: &str) -> Option<Recognised> {
    let line = clean::normal(message);
    if line.is_empty() {
        return None;
    }
    let mut found = chromium::recognise(&line)
        .or_else(|| firefox::recognise(&line))
        .or_else(|| topics::before_all(&line))
        .or_else(|| loads::recognise(&line))
        .or_else(|| edge::recognise(&line))
        .or_else(|| webkit::recognise(&line))
        .or_else(|| translated::recognise(&line))
        .or_else(|| topics::recognise(&line))
        .or_else(|| network::recognise(&line))
        .or_else(|| short_names::recognise(&line))?;
    alternatives::declare(&mut found);
    Some(found)
}
