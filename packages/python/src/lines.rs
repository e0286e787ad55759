//! Lists of header lines, as ASGI and WSGI have them: pairs of bytes, pairs of texts.

use std::borrow::Cow;

use corsage::server::{Replaced, ResponseHeaderMap};
use http::{HeaderName, HeaderValue};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

/// What names and values are made of.
pub(crate) trait Text: Sized {
    /// The bytes of one, if it is one.
    fn bytes<'a>(text: &'a Bound<'_, PyAny>) -> Option<Cow<'a, [u8]>>;
    /// One of bytes.
    fn text<'py>(py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyAny>;
}

/// ASGI's.
pub(crate) struct Bytes;

/// WSGI's: each character is a byte.
pub(crate) struct Latin1;

impl Text for Bytes {
    fn bytes<'a>(text: &'a Bound<'_, PyAny>) -> Option<Cow<'a, [u8]>> {
        text.cast::<PyBytes>().ok().map(|bytes| Cow::Borrowed(bytes.as_bytes()))
    }

    fn text<'py>(py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyAny> {
        PyBytes::new(py, bytes).into_any()
    }
}

impl Text for Latin1 {
    fn bytes<'a>(text: &'a Bound<'_, PyAny>) -> Option<Cow<'a, [u8]>> {
        let text = text.cast::<PyString>().ok()?.to_str().ok()?;
        if text.is_ascii() {
            return Some(Cow::Borrowed(text.as_bytes()));
        }
        let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'));
        Some(Cow::Owned(bytes.collect()))
    }

    fn text<'py>(py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyAny> {
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        PyString::new(py, &text).into_any()
    }
}

/// A line as a response has it.
pub(crate) fn pair<T: Text>(
    py: Python<'_>,
    name: &HeaderName,
    value: &HeaderValue,
) -> PyResult<Py<PyTuple>> {
    let pair = [T::text(py, name.as_str().as_bytes()), T::text(py, value.as_bytes())];
    Ok(PyTuple::new(py, pair)?.unbind())
}

/// A response's lines, on their way to be replaced: the application's own list is left as it is.
pub(crate) struct Lines<'a, 'py, T> {
    py: Python<'py>,
    lines: Vec<Bound<'py, PyAny>>,
    constants: &'a [Py<PyTuple>],
    text: std::marker::PhantomData<T>,
}

impl<'a, 'py, T: Text> Lines<'a, 'py, T> {
    /// A copy of a list, or of whatever can be gone through.
    pub(crate) fn of(
        headers: Option<&Bound<'py, PyAny>>,
        py: Python<'py>,
        constants: &'a [Py<PyTuple>],
    ) -> PyResult<Self> {
        let lines = match headers {
            None => Vec::new(),
            Some(headers) => match headers.cast::<PyList>() {
                Ok(list) => list.iter().collect(),
                Err(_) => headers.try_iter()?.collect::<PyResult<_>>()?,
            },
        };
        Ok(Self { py, lines, constants, text: std::marker::PhantomData })
    }

    pub(crate) fn into_list(self) -> PyResult<Bound<'py, PyList>> {
        PyList::new(self.py, self.lines)
    }

    fn push(&mut self, name: &HeaderName, value: Bound<'py, PyAny>) {
        let name = T::text(self.py, name.as_str().as_bytes());
        // A tuple of two: it is made, or there is no memory left for anything.
        if let Ok(line) = PyTuple::new(self.py, [name, value]) {
            self.lines.push(line.into_any());
        }
    }

    /// Takes all lines of a name away; true if there were any.
    fn remove(&mut self, is_one: impl Fn(&str) -> bool) -> bool {
        let before = self.lines.len();
        self.lines.retain(|line| !with_name::<T>(line, &is_one).unwrap_or(false));
        self.lines.len() < before
    }
}

/// Half of a line: its name, its value.
pub(crate) fn part<'py>(line: &Bound<'py, PyAny>, index: usize) -> Option<Bound<'py, PyAny>> {
    match line.cast::<PyTuple>() {
        Ok(line) => line.get_item(index).ok(),
        Err(_) => line.get_item(index).ok(),
    }
}

/// What is said of a line's name, in lower case.
fn with_name<T: Text>(line: &Bound<'_, PyAny>, say: impl Fn(&str) -> bool) -> Option<bool> {
    let name = part(line, 0)?;
    let bytes = T::bytes(&name)?;
    let text = std::str::from_utf8(&bytes).ok()?;
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Some(say(&text.to_ascii_lowercase()))
    } else {
        Some(say(text))
    }
}

impl<'py, T: Text> ResponseHeaderMap for Lines<'_, 'py, T> {
    type Origin = Bound<'py, PyAny>;

    fn each_name(&self, mut see: impl FnMut(&str)) {
        for line in &self.lines {
            if let Some(name) = part(line, 0)
                && let Some(bytes) = T::bytes(&name)
                && let Ok(text) = std::str::from_utf8(&bytes)
            {
                see(text);
            }
        }
    }

    fn remove_picked(&mut self, pick: fn(&str) -> bool) -> Replaced {
        if self.remove(pick) { Replaced::HandlersHeaders } else { Replaced::Nothing }
    }

    fn insert(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.remove(|own| own == name.as_str());
        let value = T::text(self.py, value.as_bytes());
        self.push(name, value);
    }

    fn insert_constant(&mut self, place: usize, name: &HeaderName, value: &HeaderValue) {
        match self.constants.get(place) {
            Some(line) => {
                // Of these the application's are gone already.
                if !name.as_str().starts_with("access-control-") {
                    self.remove(|own| own == name.as_str());
                }
                self.lines.push(line.bind(self.py).clone().into_any());
            }
            None => self.insert(name, value),
        }
    }

    fn insert_origin(&mut self, _: usize, name: &HeaderName, origin: Self::Origin) {
        self.push(name, origin);
    }

    fn append(&mut self, name: &HeaderName, value: &HeaderValue) {
        let value = T::text(self.py, value.as_bytes());
        self.push(name, value);
    }

    fn any_line(&self, name: &HeaderName, mut test: impl FnMut(&[u8]) -> bool) -> bool {
        self.lines.iter().any(|line| {
            with_name::<T>(line, |own| own == name.as_str()) == Some(true)
                && part(line, 1)
                    .is_some_and(|value| T::bytes(&value).is_some_and(|value| test(&value)))
        })
    }
}
