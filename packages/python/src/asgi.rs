//! [ASGI](https://asgi.readthedocs.io/en/latest/specs/www.html): a scope's headers are pairs of bytes, and a
//! response begins with a message.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use corsage::server::{Handling, HeaderLine, PendingHeaders, ReadHeaders, RequestLines};
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::lines::{Bytes, Lines, pair, part};
use crate::rules::{Asked, Rule, Rules};

const START: &str = "http.response.start";

/// What stands around an application.
#[pyclass(frozen, module = "corsage._native")]
pub(crate) struct Asgi(Rules);

#[pymethods]
impl Asgi {
    #[new]
    #[pyo3(signature = (policy, under = None, refuse_web_sockets = false))]
    fn new(
        policy: &Bound<'_, PyAny>,
        under: Option<&Bound<'_, PyDict>>,
        refuse_web_sockets: bool,
    ) -> PyResult<Self> {
        Rules::new(policy, under, refuse_web_sockets, pair::<Bytes>).map(Self)
    }

    /// What becomes of a request: the messages that answer it, or the `send` that the application gets.
    fn begin<'py>(
        slf: &Bound<'py, Self>,
        scope: &Bound<'py, PyDict>,
        send: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let rules = &slf.get().0;
        let asked = Scope::of(scope)?;
        let position = rules.position(&asked);
        let rule = rules.rule(position);
        let handling = rule.handle(
            &asked,
            |origin| origin.0.unbind(),
            |value| PyBytes::new(py, value.as_bytes()).unbind(),
        );
        match handling {
            Handling::PassOn(pending) => {
                let send = AsgiSend {
                    send: send.unbind(),
                    middleware: slf.clone().unbind(),
                    position,
                    pending: Mutex::new(Some(pending)),
                    started: AtomicBool::new(false),
                };
                Ok(Bound::new(py, send)?.into_any())
            }
            Handling::Answer(status, pending) => answer(py, rule, status, pending),
        }
    }

    /// Whether a WebSocket's handshake is to be refused.
    fn refuses_web_socket(&self, scope: &Bound<'_, PyDict>) -> PyResult<bool> {
        if !self.0.refuses_web_sockets() {
            return Ok(false);
        }
        let asked = Scope::of(scope)?;
        let rule = self.0.rule(self.0.position(&asked));
        let handling = rule.handle(&asked, |_| (), |_| ());
        Ok(matches!(handling, Handling::Answer(..)))
    }
}

/// The messages of an answer that no application makes.
fn answer<'py>(
    py: Python<'py>,
    rule: &Rule,
    status: StatusCode,
    pending: PendingHeaders<Py<PyBytes>>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut lines = Lines::<Bytes>::of(None, py, &rule.constants)?;
    pending.map(|origin| origin.into_bound(py).into_any()).apply_to(&mut lines);
    if status != StatusCode::NO_CONTENT {
        corsage::server::ResponseHeaderMap::append(
            &mut lines,
            &CONTENT_LENGTH,
            &HeaderValue::from_static("0"),
        );
    }
    let start = PyDict::new(py);
    start.set_item(intern!(py, "type"), intern!(py, "http.response.start"))?;
    start.set_item(intern!(py, "status"), status.as_u16())?;
    start.set_item(intern!(py, "headers"), lines.into_list()?)?;
    let body = PyDict::new(py);
    body.set_item(intern!(py, "type"), intern!(py, "http.response.body"))?;
    body.set_item(intern!(py, "body"), PyBytes::new(py, b""))?;
    Ok(PyTuple::new(py, [start, body])?.into_any())
}

/// The `send` that the application gets: the headers go on the message that begins the response.
#[pyclass(frozen, module = "corsage._native")]
pub(crate) struct AsgiSend {
    send: Py<PyAny>,
    middleware: Py<Asgi>,
    position: usize,
    /// Gone once the response has begun.
    pending: Mutex<Option<PendingHeaders<Py<PyBytes>>>>,
    started: AtomicBool,
}

#[pymethods]
impl AsgiSend {
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        message: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let send = self.send.bind(py);
        if !self.started.load(Ordering::Relaxed) && is_start(message)? {
            self.started.store(true, Ordering::Relaxed);
            let pending = self.pending.lock().ok().and_then(|mut pending| pending.take());
            if let Some(pending) = pending {
                let message = message.copy()?;
                let headers = message.get_item(intern!(py, "headers"))?;
                let rule = self.middleware.get().0.rule(self.position);
                let mut lines = Lines::<Bytes>::of(headers.as_ref(), py, &rule.constants)?;
                pending.map(|origin| origin.into_bound(py).into_any()).apply_to(&mut lines);
                message.set_item(intern!(py, "headers"), lines.into_list()?)?;
                return send.call1((message,));
            }
        }
        send.call1((message,))
    }

    /// Whether the response has begun.
    #[getter]
    fn started(&self) -> bool {
        self.started.load(Ordering::Relaxed)
    }
}

fn is_start(message: &Bound<'_, PyDict>) -> PyResult<bool> {
    let kind = message.get_item(intern!(message.py(), "type"))?;
    Ok(kind.is_some_and(|kind| {
        kind.cast::<PyString>().is_ok_and(|kind| kind.to_str().is_ok_and(|kind| kind == START))
    }))
}

/// A request's scope.
struct Scope<'a, 'py> {
    scope: &'a Bound<'py, PyDict>,
    is_options: bool,
    headers: Bound<'py, PyList>,
}

impl<'a, 'py> Scope<'a, 'py> {
    fn of(scope: &'a Bound<'py, PyDict>) -> PyResult<Self> {
        let py = scope.py();
        let headers = match scope.get_item(intern!(py, "headers"))? {
            None => PyList::empty(py),
            Some(headers) => match headers.cast_into::<PyList>() {
                Ok(list) => list,
                Err(other) => {
                    PyList::new(py, other.into_inner().try_iter()?.collect::<PyResult<Vec<_>>>()?)?
                }
            },
        };
        let method = scope.get_item(intern!(py, "method"))?;
        let is_options = method.is_some_and(|method| {
            method.cast::<PyString>().is_ok_and(|method| method == "OPTIONS")
        });
        Ok(Self { scope, is_options, headers })
    }

    fn lines(&self, name: &HeaderName) -> impl Iterator<Item = Value<'py>> {
        self.headers.iter().filter_map(move |line| {
            let own = part(&line, 0)?;
            let own = own.cast::<PyBytes>().ok()?;
            // The specification has names in lower case.
            if !own.as_bytes().eq_ignore_ascii_case(name.as_str().as_bytes()) {
                return None;
            }
            part(&line, 1)?.cast_into::<PyBytes>().ok().map(Value)
        })
    }

    fn text(&self, key: &Bound<'py, PyString>) -> Option<String> {
        self.scope.get_item(key).ok().flatten()?.extract().ok()
    }
}

/// A header's value.
pub(crate) struct Value<'py>(Bound<'py, PyBytes>);

impl AsRef<[u8]> for Value<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl<'py> RequestLines for Scope<'_, 'py> {
    type Value = Value<'py>;

    fn is_options(&self) -> bool {
        self.is_options
    }

    fn line(&self, name: &HeaderName) -> HeaderLine<Value<'py>> {
        HeaderLine::of(self.lines(name))
    }

    fn contains(&self, name: &HeaderName) -> bool {
        self.lines(name).next().is_some()
    }
}

impl Asked for Scope<'_, '_> {
    fn method(&self) -> String {
        // A WebSocket's handshake is a GET.
        self.text(intern!(self.scope.py(), "method")).unwrap_or_else(|| "GET".to_owned())
    }

    fn path(&self) -> String {
        let py = self.scope.py();
        let raw = self.scope.get_item(intern!(py, "raw_path")).ok().flatten();
        let raw = raw.and_then(|raw| raw.extract::<Vec<u8>>().ok());
        let raw = raw.and_then(|raw| String::from_utf8(raw).ok());
        // Some servers leave the query in it.
        let raw = raw.map(|raw| raw.split('?').next().unwrap_or_default().to_owned());
        raw.or_else(|| self.text(intern!(py, "path"))).unwrap_or_default()
    }

    fn host(&self) -> String {
        let host = self.lines(&HOST).next();
        host.map(|host| String::from_utf8_lossy(host.as_ref()).into_owned()).unwrap_or_default()
    }

    fn headers(&self, names: ReadHeaders) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let is_wanted = |name: &HeaderName| match names {
            ReadHeaders::All => true,
            ReadHeaders::These(names) => names.contains(name),
        };
        for line in self.headers.iter() {
            let (Some(name), Some(value)) = (part(&line, 0), part(&line, 1)) else { continue };
            let (Ok(name), Ok(value)) = (name.cast::<PyBytes>(), value.cast::<PyBytes>()) else {
                continue;
            };
            if let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()))
                && is_wanted(&name)
            {
                headers.append(name, value);
            }
        }
        // A WebSocket's scope may come over HTTP/2, where nothing is upgraded.
        if self.text(intern!(self.scope.py(), "type")).as_deref() == Some("websocket") {
            headers.insert(http::header::UPGRADE, HeaderValue::from_static("websocket"));
        }
        headers
    }
}
