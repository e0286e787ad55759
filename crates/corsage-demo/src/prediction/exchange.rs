//! One request and its answer, as the demo's servers see them.

use serde::Serialize;

/// One header line.
pub type Line = (String, String);

/// A request in front of the gateway, and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// The run that its query names.
    #[serde(skip)]
    pub run: String,
    /// The method, as sent.
    pub method: String,
    /// Scheme, host and port asked.
    pub target_origin: String,
    /// Path, without the query.
    pub path: String,
    /// The request's header lines.
    pub request_headers: Vec<Line>,
    /// The answer's status; 0 until there is one.
    pub status: u16,
    /// The answer's header lines.
    pub response_headers: Vec<Line>,
    /// Whether the gateway passed it on.
    pub reached_api: bool,
}

impl Exchange {
    /// The value of a request header, if it was sent.
    pub fn request_header(&self, name: &str) -> Option<&str> {
        self.request_headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}
