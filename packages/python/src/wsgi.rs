//! [WSGI](https://peps.python.org/pep-3333/): a request's headers are variables, each line of a name in one of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use corsage::server::{Handling, HeaderLine, PendingHeaders, ReadHeaders, RequestLines};
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::lines::{Latin1, Lines, Text, pair};
use crate::rules::{Asked, Rule, Rules};

type Pending = PendingHeaders<Arc<Py<PyAny>>>;

/// What stands around an application.
#[pyclass(frozen, module = "corsage._native")]
pub(crate) struct Wsgi(Rules);

#[pymethods]
impl Wsgi {
    #[new]
    #[pyo3(signature = (policy, under = None, refuse_web_sockets = false))]
    fn new(
        policy: &Bound<'_, PyAny>,
        under: Option<&Bound<'_, PyDict>>,
        refuse_web_sockets: bool,
    ) -> PyResult<Self> {
        Rules::new(policy, under, refuse_web_sockets, pair::<Latin1>).map(Self)
    }

    /// What becomes of a request: `start_response` for the application, or the status and the header lines that
    /// answer it.
    fn begin<'py>(
        slf: &Bound<'py, Self>,
        environ: &Bound<'py, PyDict>,
        start_response: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let rules = &slf.get().0;
        let asked = Environ(environ);
        let position = rules.position(&asked);
        let rule = rules.rule(position);
        let handling = rule.handle(
            &asked,
            |origin| Arc::new(origin.0.into_any().unbind()),
            |value| Arc::new(Latin1::text(py, value.as_bytes()).unbind()),
        );
        match handling {
            Handling::PassOn(pending) => {
                let middleware = slf.clone().unbind();
                let start_response = start_response.unbind();
                let started = AtomicBool::new(false);
                let start =
                    StartResponse { start_response, middleware, position, pending, started };
                Ok(Bound::new(py, start)?.into_any())
            }
            Handling::Answer(status, pending) => answer(py, rule, status, pending),
        }
    }
}

fn answer<'py>(
    py: Python<'py>,
    rule: &Rule,
    status: StatusCode,
    pending: Pending,
) -> PyResult<Bound<'py, PyAny>> {
    let mut lines = Lines::<Latin1>::of(None, py, &rule.constants)?;
    put(pending, py, &mut lines);
    if status != StatusCode::NO_CONTENT {
        let zero = HeaderValue::from_static("0");
        corsage::server::ResponseHeaderMap::append(&mut lines, &CONTENT_LENGTH, &zero);
    }
    let reason = status.canonical_reason().unwrap_or_default();
    let status = PyString::new(py, &format!("{} {reason}", status.as_u16()));
    Ok(PyTuple::new(py, [status.into_any(), lines.into_list()?.into_any()])?.into_any())
}

fn put<'py>(pending: Pending, py: Python<'py>, lines: &mut Lines<'_, 'py, Latin1>) {
    pending.map(|origin| origin.bind(py).clone()).apply_to(lines);
}

/// The `start_response` that the application gets.
#[pyclass(frozen, module = "corsage._native")]
pub(crate) struct StartResponse {
    start_response: Py<PyAny>,
    middleware: Py<Wsgi>,
    position: usize,
    /// It may be called again, with an error.
    pending: Pending,
    started: AtomicBool,
}

#[pymethods]
impl StartResponse {
    #[pyo3(signature = (status, headers, exc_info = None))]
    fn __call__<'py>(
        &self,
        status: Bound<'py, PyAny>,
        headers: &Bound<'py, PyAny>,
        exc_info: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = status.py();
        let rule = self.middleware.get().0.rule(self.position);
        let mut lines = Lines::<Latin1>::of(Some(headers), py, &rule.constants)?;
        put(self.pending.clone(), py, &mut lines);
        let start_response = self.start_response.bind(py);
        let headers = lines.into_list()?;
        let write = match exc_info {
            None => start_response.call1((status, headers))?,
            Some(exc_info) => start_response.call1((status, headers, exc_info))?,
        };
        self.started.store(true, Ordering::Relaxed);
        Ok(write)
    }

    /// Whether the application has called it.
    #[getter]
    fn started(&self) -> bool {
        self.started.load(Ordering::Relaxed)
    }
}

/// A request's variables.
struct Environ<'a, 'py>(&'a Bound<'py, PyDict>);

impl<'py> Environ<'_, 'py> {
    fn text(&self, key: &Bound<'py, PyString>) -> Option<Bound<'py, PyString>> {
        self.0.get_item(key).ok().flatten()?.cast_into::<PyString>().ok()
    }

    fn owned(&self, key: &Bound<'py, PyString>) -> String {
        self.text(key).and_then(|text| text.extract().ok()).unwrap_or_default()
    }

    fn header(&self, name: &HeaderName) -> Option<Bound<'py, PyString>> {
        let py = self.0.py();
        match *name {
            ORIGIN => self.text(intern!(py, "HTTP_ORIGIN")),
            ACCESS_CONTROL_REQUEST_METHOD => {
                self.text(intern!(py, "HTTP_ACCESS_CONTROL_REQUEST_METHOD"))
            }
            ref other => {
                let name = other.as_str().to_ascii_uppercase().replace('-', "_");
                self.text(&PyString::new(py, &format!("HTTP_{name}")))
            }
        }
    }
}

/// A variable's value.
pub(crate) struct Value<'py>(Bound<'py, PyString>);

impl AsRef<[u8]> for Value<'_> {
    fn as_ref(&self) -> &[u8] {
        // What is no ASCII is no origin either.
        self.0.to_str().unwrap_or_default().as_bytes()
    }
}

impl<'py> RequestLines for Environ<'_, 'py> {
    type Value = Value<'py>;

    fn is_options(&self) -> bool {
        self.text(intern!(self.0.py(), "REQUEST_METHOD")).is_some_and(|method| method == "OPTIONS")
    }

    fn line(&self, name: &HeaderName) -> HeaderLine<Value<'py>> {
        self.header(name).map_or(HeaderLine::Absent, |value| HeaderLine::One(Value(value)))
    }

    fn contains(&self, name: &HeaderName) -> bool {
        self.header(name).is_some()
    }
}

impl Asked for Environ<'_, '_> {
    fn method(&self) -> String {
        self.owned(intern!(self.0.py(), "REQUEST_METHOD"))
    }

    fn path(&self) -> String {
        let py = self.0.py();
        self.owned(intern!(py, "SCRIPT_NAME")) + &self.owned(intern!(py, "PATH_INFO"))
    }

    fn host(&self) -> String {
        let py = self.0.py();
        let host = self.owned(intern!(py, "HTTP_HOST"));
        if host.is_empty() { self.owned(intern!(py, "SERVER_NAME")) } else { host }
    }

    fn headers(&self, names: ReadHeaders) -> HeaderMap {
        let mut headers = HeaderMap::new();
        match names {
            ReadHeaders::These(names) => {
                for name in names {
                    if let Some(value) = self.header(name) {
                        append(&mut headers, name.clone(), &value);
                    }
                }
            }
            ReadHeaders::All => {
                for (key, value) in self.0.iter() {
                    let Ok(key) = key.extract::<String>() else { continue };
                    let Some(name) = key.strip_prefix("HTTP_") else { continue };
                    let name = name.replace('_', "-").to_ascii_lowercase();
                    if let (Ok(name), Ok(value)) =
                        (HeaderName::from_bytes(name.as_bytes()), value.cast::<PyString>())
                    {
                        append(&mut headers, name, value);
                    }
                }
            }
        }
        headers
    }
}

fn append(headers: &mut HeaderMap, name: HeaderName, value: &Bound<'_, PyString>) {
    if let Some(bytes) = Latin1::bytes(value.as_any())
        && let Ok(value) = HeaderValue::from_bytes(&bytes)
    {
        headers.append(name, value);
    }
}
