//! Assertions: a page's fetch, stepped by the browser's half, sent by Python.

use std::cell::RefCell;
use std::future::{Future, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use corsage::browser::{CredentialsMode, Mode, Profile, RedirectMode, WireFailure};
use corsage_test::{Complaint, Dialect, PageFetch, Server};
use http::{Request, Response};
use pyo3::exceptions::{PyAssertionError, PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

/// What a page asks for.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Asked {
    url: String,
    origin: String,
    method: Option<String>,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    credentials: Option<String>,
    redirect: Option<String>,
    mode: Option<String>,
    cookies: Vec<String>,
    reads: Vec<String>,
    browser: Option<String>,
}

impl Asked {
    fn fetch(self) -> PyResult<PageFetch> {
        let mut fetch = PageFetch::new(self.url).from(self.origin);
        if let Some(method) = self.method {
            fetch = fetch.method(method);
        }
        for (name, value) in self.headers {
            fetch = fetch.header(name, value);
        }
        if let Some(body) = self.body {
            fetch = fetch.body(body);
        }
        if let Some(text) = self.credentials {
            fetch = fetch.credentials(named(
                "credentials",
                &text,
                &[
                    ("omit", CredentialsMode::Omit),
                    ("same-origin", CredentialsMode::SameOrigin),
                    ("include", CredentialsMode::Include),
                ],
            )?);
        }
        if let Some(text) = self.redirect {
            fetch = fetch.redirect(named(
                "redirect",
                &text,
                &[
                    ("follow", RedirectMode::Follow),
                    ("error", RedirectMode::Error),
                    ("manual", RedirectMode::Manual),
                ],
            )?);
        }
        if let Some(text) = self.mode {
            fetch = fetch.mode(named(
                "mode",
                &text,
                &[
                    ("cors", Mode::Cors),
                    ("no-cors", Mode::NoCors),
                    ("same-origin", Mode::SameOrigin),
                ],
            )?);
        }
        for cookie in self.cookies {
            fetch = fetch.cookie(cookie);
        }
        for name in self.reads {
            fetch = fetch.reads(name);
        }
        match self.browser.as_deref() {
            None => Ok(fetch),
            Some("every") => Ok(fetch.in_every_browser()),
            Some(text) => Ok(fetch.in_browser(profile(text)?)),
        }
    }
}

/// A browser by its name.
pub(crate) fn profile(text: &str) -> PyResult<Profile> {
    let all = [Profile::Standard, Profile::Chromium, Profile::Firefox, Profile::Webkit];
    let names = all.map(|profile| profile.to_string());
    let named: Vec<(&str, Profile)> = names.iter().map(String::as_str).zip(all).collect();
    self::named("browser", text, &named)
}

fn named<T: Copy>(what: &str, text: &str, all: &[(&str, T)]) -> PyResult<T> {
    all.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<String> = all.iter().map(|(name, _)| format!("{name:?}")).collect();
        PyValueError::new_err(format!("{what} is {text:?}; it is one of {}", names.join(", ")))
    })
}

/// Asserts that the page may read what it gets: its status, and the headers that it sees.
#[pyfunction]
pub(crate) fn page_can(
    send: &Bound<'_, PyAny>,
    asked: Asked,
) -> PyResult<(u16, Vec<(String, String)>)> {
    let (fetch, server) = (asked.fetch()?, Callback::new(send));
    let judged = now(corsage_test::page_can(&fetch, &server))?;
    let response = server.or_error(judged)?;
    let text = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    let headers = response.headers().iter().map(|line| (text(&line.name), text(&line.value)));
    Ok((response.status(), headers.collect()))
}

/// Asserts that a browser keeps the response from the page: the codes of every condition that was not met.
#[pyfunction]
pub(crate) fn page_cannot(send: &Bound<'_, PyAny>, asked: Asked) -> PyResult<Vec<&'static str>> {
    let (fetch, server) = (asked.fetch()?, Callback::new(send));
    let judged = now(corsage_test::page_cannot(&fetch, &server))?;
    let error = server.or_error(judged)?;
    let blamed = error.blamed().code;
    let others = error.blockers().iter().map(|blocker| blocker.code);
    let codes = std::iter::once(blamed).chain(others.filter(|code| *code != blamed));
    Ok(codes.map(|code| code.as_str()).collect())
}

/// Nothing in it waits: Python has answered when it is asked again.
fn now<T>(future: impl Future<Output = T>) -> PyResult<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err(PyRuntimeError::new_err("a fetch in memory waits for nothing")),
    }
}

/// A function of Python that answers a request: method, URL, header lines and body to status and header lines.
struct Callback<'a, 'py> {
    send: &'a Bound<'py, PyAny>,
    /// What it raised, beyond that there is no answer.
    raised: RefCell<Option<PyErr>>,
}

impl<'a, 'py> Callback<'a, 'py> {
    fn new(send: &'a Bound<'py, PyAny>) -> Self {
        Self { send, raised: RefCell::new(None) }
    }

    fn or_error<T>(self, judged: Result<T, Complaint>) -> PyResult<T> {
        if let Some(error) = self.raised.into_inner() {
            return Err(error);
        }
        judged.map_err(|complaint| PyAssertionError::new_err(complaint.told_in(Dialect::Python)))
    }

    fn call(&self, request: &Request<Bytes>) -> PyResult<Response<()>> {
        let py = self.send.py();
        let lines = request.headers().iter().map(|(name, value)| {
            (PyBytes::new(py, name.as_str().as_bytes()), PyBytes::new(py, value.as_bytes()))
        });
        let headers = PyList::new(py, lines.collect::<Vec<_>>())?;
        let body = PyBytes::new(py, request.body());
        let url = request.uri().to_string();
        let answer = self.send.call1((request.method().as_str(), url, headers, body))?;
        let (status, headers) = answer.extract::<(u16, Vec<(Vec<u8>, Vec<u8>)>)>()?;
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        response.body(()).map_err(|error| PyValueError::new_err(error.to_string()))
    }
}

impl Server for Callback<'_, '_> {
    fn answer(
        &self,
        request: Request<Bytes>,
    ) -> impl Future<Output = Result<Response<()>, WireFailure>> {
        ready(self.call(&request).map_err(|error| {
            if !error.is_instance_of::<PyOSError>(self.send.py()) {
                *self.raised.borrow_mut() = Some(error);
            }
            WireFailure::Connection
        }))
    }
}
