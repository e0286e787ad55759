//! An exchange, as much of it as the filter looks at.

use std::sync::Arc;

use http::HeaderMap;

use crate::config::RouteConfig;
use crate::counters::CounterId;

/// A header line: its name in lower case, and its value.
pub(crate) type Line<'a> = (&'a [u8], &'a [u8]);

/// How loud a line of Envoy's log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Info = 2,
    #[cfg_attr(test, expect(dead_code, reason = "only where there is an Envoy"))]
    Warn = 3,
    Error = 4,
}

/// One exchange inside Envoy.
pub(crate) trait Stream {
    /// Shows the request's header lines, pseudo-headers among them.
    fn request_lines<T>(&self, read: impl FnOnce(&[Line<'_>]) -> T) -> T;

    /// Shows the response's.
    fn response_lines<T>(&self, read: impl FnOnce(&[Line<'_>]) -> T) -> T;

    /// Sets a response header; all earlier lines of that name are gone.
    fn set_response_header(&mut self, name: &str, value: &[u8]);

    /// Adds a line to the response.
    fn add_response_header(&mut self, name: &str, value: &[u8]);

    /// Removes a response header.
    fn remove_response_header(&mut self, name: &str);

    /// Answers in the upstream's place. `details` is for Envoy's access log.
    fn respond(&mut self, status: u16, headers: &HeaderMap, body: &str, details: &str);

    /// What the route says, if it has a word of its own.
    fn route_config(&self) -> Option<Arc<RouteConfig>>;

    /// Adds one to a counter, with the values of its labels.
    fn count(&self, counter: CounterId, labels: &[&str]);

    /// Writes into Envoy's log.
    fn log(&self, level: Level, text: &str);
}
