//! Policies: one, or a file's table of them.

use corsage::server::{self, DynamicOrigins, PolicyDraft};
use corsage_config::{Config, PolicyTable};
use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::problem::{self, Problem};
use crate::settings;

/// One policy: it exists only if its settings have no error.
#[pyclass(frozen, module = "corsage")]
pub(crate) struct Policy(pub(crate) server::Policy);

#[pymethods]
impl Policy {
    #[new]
    #[pyo3(signature = (**settings))]
    fn new(py: Python<'_>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let draft = settings::draft(settings)?;
        match draft.compile() {
            Ok(policy) => Ok(Self(policy)),
            Err(errors) => Err(problem::refused(py, &errors)),
        }
    }

    /// Warnings and notes: what is to be said of it though it holds.
    #[getter]
    fn problems(&self) -> Vec<Problem> {
        problem::of_policy(self.0.problems())
    }

    /// Whether it admits an origin.
    fn admits_origin(&self, origin: &str) -> bool {
        self.0.admits_origin(origin)
    }

    fn __repr__(&self) -> String {
        let draft = self.0.draft();
        let origins: Vec<&str> = draft.allow_origins.iter().take(4).collect();
        let more = draft.allow_origins.len().saturating_sub(origins.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let asked = if draft.dynamic_origins.is_some() { " and a function" } else { "" };
        format!("<Policy allow_origins={origins:?}{more}{asked}>")
    }
}

/// Policies by host, path and method: the first that fits a request decides it.
#[pyclass(frozen, module = "corsage")]
pub(crate) struct Policies {
    pub(crate) table: PolicyTable,
    remarks: corsage_config::Problems,
    text: String,
}

#[pymethods]
impl Policies {
    /// Reads the text of a `corsage.toml`; a name that ends in `.yaml` has it read as YAML.
    #[staticmethod]
    #[pyo3(signature = (text, name = "corsage.toml"))]
    fn from_toml(py: Python<'_>, text: &str, name: &str) -> PyResult<Self> {
        let read = py.detach(|| corsage_config::parse(text, name));
        read.map(|config| Self::of(config, text.to_owned()))
            .map_err(|problems| problem::error(py, problem::of_file(&problems)))
    }

    /// Reads a file.
    #[staticmethod]
    fn from_file(py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<Self> {
        let path: std::path::PathBuf = path.extract()?;
        match py.detach(|| corsage_config::load(&path)) {
            Ok(config) => {
                // It could be read a moment ago.
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                Ok(Self::of(config, text))
            }
            Err(corsage_config::LoadError::Unreadable(error)) => {
                Err(PyOSError::new_err(error.to_string()))
            }
            Err(corsage_config::LoadError::Problems(problems)) => {
                Err(problem::error(py, problem::of_file(&problems)))
            }
        }
    }

    /// Warnings and notes.
    #[getter]
    fn problems(&self) -> Vec<Problem> {
        problem::of_file(&self.remarks)
    }

    /// The policies' names, in the order in which they are tried.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.table.entries().iter().map(|entry| entry.name.clone()).collect()
    }

    /// The text that they were read from, or that was written of another package's settings.
    #[getter]
    fn text(&self) -> &str {
        &self.text
    }

    fn __len__(&self) -> usize {
        self.table.entries().len()
    }

    fn __repr__(&self) -> String {
        format!("<Policies {:?}>", self.names())
    }
}

impl Policies {
    pub(crate) fn of(config: Config, text: String) -> Self {
        Self { table: config.policies, remarks: config.remarks, text }
    }
}

/// What is put on the answers to requests that no policy is for: nothing may be shared.
pub(crate) fn sharing_nothing() -> PyResult<server::Policy> {
    let mut draft = PolicyDraft::new();
    draft.dynamic_origins = Some(DynamicOrigins::new(|_| false));
    draft.compile().map_err(|errors| PyRuntimeError::new_err(errors.to_string()))
}
