//! What really passed over the wire, as the demo's servers saw it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, Method, Uri};

use crate::prediction::exchange::{Exchange, Line};
use crate::prediction::scenario::RUN;

/// The log. A clone is the same log.
#[derive(Clone, Debug, Default)]
pub(crate) struct WireLog(Arc<Mutex<VecDeque<Exchange>>>);

/// Enough for every scenario in a dozen tabs; the oldest is forgotten.
const CAPACITY: usize = 1024;

impl WireLog {
    /// Notes a request before it is passed on, and answers with a handle for its response.
    pub(crate) fn request(
        &self,
        target_origin: &str,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) {
        let mut log = self.lock();
        if log.len() == CAPACITY {
            log.pop_front();
        }
        log.push_back(Exchange {
            run: run_of(uri),
            method: method.to_string(),
            target_origin: target_origin.to_owned(),
            path: uri.path().to_owned(),
            request_headers: lines(headers),
            status: 0,
            response_headers: Vec::new(),
            reached_api: false,
        });
    }

    /// Notes that the API was asked.
    pub(crate) fn reached_api(&self, method: &Method, uri: &Uri) {
        self.with_pending(method, uri, |exchange| exchange.reached_api = true);
    }

    /// Notes the answer to the pending request of that method and address.
    pub(crate) fn response(&self, method: &Method, uri: &Uri, status: u16, headers: &HeaderMap) {
        self.with_pending(method, uri, |exchange| {
            exchange.status = status;
            exchange.response_headers = lines(headers);
        });
    }

    /// All exchanges of a run, in order.
    pub(crate) fn of_run(&self, run: &str) -> Vec<Exchange> {
        self.lock().iter().filter(|exchange| exchange.run == run).cloned().collect()
    }

    /// Changes the latest exchange of that kind that has no answer yet. One page's calls follow one
    /// another, so that within a run there is one.
    fn with_pending(&self, method: &Method, uri: &Uri, change: impl FnOnce(&mut Exchange)) {
        let run = run_of(uri);
        let mut log = self.lock();
        let pending = log.iter_mut().rev().find(|exchange| {
            exchange.status == 0
                && exchange.run == run
                && exchange.method == method.as_str()
                && exchange.path == uri.path()
        });
        if let Some(exchange) = pending {
            change(exchange);
        }
    }

    /// A panic elsewhere leaves a log that is still a log.
    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Exchange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run_of(uri: &Uri) -> String {
    url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .find(|(name, _)| name == RUN)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn lines(headers: &HeaderMap) -> Vec<Line> {
    headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_runs_apart_and_forgets_the_oldest() {
        let log = WireLog::default();
        let one: Uri = "/a?run=one".parse().unwrap();
        let two: Uri = "/a?run=two".parse().unwrap();
        log.request("http://127.0.0.1:1", &Method::GET, &one, &HeaderMap::new());
        log.request("http://127.0.0.1:1", &Method::GET, &two, &HeaderMap::new());
        log.reached_api(&Method::GET, &one);
        log.response(&Method::GET, &one, 200, &HeaderMap::new());
        assert_eq!(log.of_run("one")[0].status, 200);
        assert!(log.of_run("one")[0].reached_api);
        assert_eq!(log.of_run("two")[0].status, 0);
        for _ in 0..CAPACITY {
            log.request("http://127.0.0.1:1", &Method::GET, &two, &HeaderMap::new());
        }
        assert!(log.of_run("one").is_empty());
        assert_eq!(log.of_run("two").len(), CAPACITY);
    }
}
