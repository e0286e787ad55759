//! From keyword arguments to a draft.

use std::time::Duration;

use corsage::server::{
    Credentials, CrossOriginResourcePolicy, DisallowedWrites, PolicyDraft, PreflightStyle, Waiver,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyMapping, PyString};

/// The keyword arguments of a policy, in the order in which they are documented.
const NAMES: [&str; 14] = [
    "allow_origins",
    "allow_origins_where",
    "allow_methods",
    "allow_headers",
    "expose_headers",
    "allow_credentials",
    "max_age",
    "tolerate",
    "disallowed_writes",
    "preflight",
    "vary_also",
    "timing_allow_origins",
    "cross_origin_resource_policy",
    "debug_header",
];

/// Reads all of them.
pub(crate) fn draft(settings: Option<&Bound<'_, PyDict>>) -> PyResult<PolicyDraft> {
    let mut draft = PolicyDraft::new();
    for (name, value) in settings.into_iter().flatten() {
        let name = name.extract::<String>()?;
        draft = read(draft, &name, &value)?;
    }
    Ok(draft)
}

fn read(draft: PolicyDraft, name: &str, value: &Bound<'_, PyAny>) -> PyResult<PolicyDraft> {
    Ok(match name {
        "allow_origins" => draft.origins(texts(name, value)?),
        "allow_origins_where" => predicate(draft, value)?,
        "allow_methods" => draft.methods(texts(name, value)?),
        "allow_headers" => draft.headers(texts(name, value)?),
        "expose_headers" => draft.expose(texts(name, value)?),
        "allow_credentials" => match value.extract::<bool>() {
            Ok(true) => draft.credentials(Credentials::Allow),
            Ok(false) => draft,
            Err(_) => return Err(wrong_type(name, value, "True or False")),
        },
        "max_age" => match max_age(value)? {
            Some(age) => draft.max_age(age),
            None => draft,
        },
        "tolerate" => tolerate(draft, value)?,
        "disallowed_writes" => draft.disallowed_writes(choice(
            name,
            value,
            &[("execute", DisallowedWrites::Execute), ("refuse", DisallowedWrites::Refuse)],
        )?),
        "preflight" => draft.preflight(choice(
            name,
            value,
            &[
                ("no-content", PreflightStyle::NoContent),
                ("ok", PreflightStyle::Ok),
                ("gateway-api", PreflightStyle::GatewayApi),
            ],
        )?),
        "vary_also" => draft.vary_also(texts(name, value)?),
        "timing_allow_origins" => draft.timing_allow_origins(texts(name, value)?),
        "cross_origin_resource_policy" if value.is_none() => draft,
        "cross_origin_resource_policy" => draft.cross_origin_resource_policy(choice(
            name,
            value,
            &[
                ("same-origin", CrossOriginResourcePolicy::SameOrigin),
                ("same-site", CrossOriginResourcePolicy::SameSite),
                ("cross-origin", CrossOriginResourcePolicy::CrossOrigin),
            ],
        )?),
        "debug_header" if value.is_none() => draft,
        "debug_header" => match value.extract::<String>() {
            Ok(header) => draft.debug_header(header),
            Err(_) => return Err(wrong_type(name, value, "the name of a header")),
        },
        _ => return Err(unknown(name)),
    })
}

/// What people coming from other packages write.
fn unknown(name: &str) -> PyErr {
    let hint = match name {
        "allow_origin_regex" => {
            "a pattern such as \"https://*.example.com\" in allow_origins says it without the traps of \
             expressions; corsage.from_starlette() reads Starlette's options"
                .to_owned()
        }
        "origins" | "resources" | "supports_credentials" | "send_wildcard" | "automatic_options" => {
            "that is flask-cors': corsage.from_flask_cors() reads it".to_owned()
        }
        _ if name.starts_with("CORS_") => {
            "that is django-cors-headers': corsage.from_django_settings() reads it".to_owned()
        }
        _ => format!("there are {}", NAMES.join(", ")),
    };
    PyTypeError::new_err(format!("a policy has no setting {name:?}: {hint}"))
}

/// A list of texts; a lone text is a frequent slip, and a list of its letters never meant.
fn texts(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() {
        return Err(PyTypeError::new_err(format!("{name} is a list: write [{}]", value.repr()?)));
    }
    let items = value.try_iter().map_err(|_| wrong_type(name, value, "a list of texts"))?;
    items
        .enumerate()
        .map(|(index, item)| {
            let item = item?;
            item.extract::<String>()
                .map_err(|_| wrong_type(&format!("{name}[{index}]"), &item, "a text"))
        })
        .collect()
}

fn max_age(value: &Bound<'_, PyAny>) -> PyResult<Option<Duration>> {
    if value.is_none() {
        return Ok(None);
    }
    let refused = |problem: Box<corsage::server::PolicyProblem>| {
        super::problem::error(value.py(), super::problem::of_policy(&[*problem]))
    };
    if let Ok(seconds) = value.extract::<i128>() {
        return PolicyDraft::max_age_from_seconds(seconds).map(Some).map_err(refused);
    }
    let seconds = match value.call_method0("total_seconds") {
        Ok(seconds) => seconds,
        Err(_) => value.clone(),
    };
    let seconds = seconds
        .extract::<f64>()
        .map_err(|_| wrong_type("max_age", value, "seconds, a timedelta or None"))?;
    PolicyDraft::max_age_from_fraction(seconds).map(Some).map_err(refused)
}

fn tolerate(mut draft: PolicyDraft, value: &Bound<'_, PyAny>) -> PyResult<PolicyDraft> {
    let wanted = "a dict from the name of a guard to the reason for lifting it";
    let map = value.cast::<PyMapping>().map_err(|_| wrong_type("tolerate", value, wanted))?;
    for pair in map.items()?.iter() {
        let (name, reason) = pair
            .extract::<(String, String)>()
            .map_err(|_| wrong_type("tolerate", value, wanted))?;
        let waiver: Waiver = name
            .replace('_', "-")
            .parse()
            .map_err(|unknown| PyValueError::new_err(format!("tolerate[{name:?}]: {unknown}")))?;
        draft = draft.tolerate(waiver, reason);
    }
    Ok(draft)
}

/// A function of the origin. What it raises is told as Python tells what nobody can catch, and admits nobody.
fn predicate(draft: PolicyDraft, value: &Bound<'_, PyAny>) -> PyResult<PolicyDraft> {
    if value.is_none() {
        return Ok(draft);
    }
    if !value.is_callable() {
        return Err(wrong_type(
            "allow_origins_where",
            value,
            "a function from an origin to a bool",
        ));
    }
    let function = value.clone().unbind();
    Ok(draft.origins_where(move |origin| {
        Python::attach(|py| {
            let function = function.bind(py);
            match function.call1((origin.to_string(),)).and_then(|admits| admits.is_truthy()) {
                Ok(admits) => admits,
                Err(error) => {
                    error.write_unraisable(py, Some(function));
                    false
                }
            }
        })
    }))
}

fn choice<T: Copy>(name: &str, value: &Bound<'_, PyAny>, all: &[(&str, T)]) -> PyResult<T> {
    let found =
        value.extract::<String>().ok().and_then(|text| all.iter().find(|(name, _)| *name == text));
    found.map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<String> = all.iter().map(|(name, _)| format!("{name:?}")).collect();
        let given = value.repr().map(|text| text.to_string()).unwrap_or_default();
        PyValueError::new_err(format!("{name} is {given}; it is one of {}", names.join(", ")))
    })
}

fn wrong_type(name: &str, value: &Bound<'_, PyAny>, wanted: &str) -> PyErr {
    let given = value.repr().map(|text| text.to_string()).unwrap_or_default();
    PyTypeError::new_err(format!("{name} is {given}; it is {wanted}"))
}
