//! The extension module `corsage._native`: the engines, in Python's types. What a user imports is in
//! `python/corsage`; there is no rule of CORS in either.

use pyo3::prelude::*;

mod asgi;
mod explain;
mod foreign;
mod lines;
mod page;
mod policy;
mod problem;
mod rules;
mod settings;
mod wsgi;

#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use crate::asgi::{Asgi, AsgiSend};
    #[pymodule_export]
    use crate::explain::{explain_har, explain_response};
    #[pymodule_export]
    use crate::foreign::{Converted, convert};
    #[pymodule_export]
    use crate::page::{page_can, page_cannot};
    #[pymodule_export]
    use crate::policy::{Policies, Policy};
    #[pymodule_export]
    use crate::problem::{PolicyError, Problem};
    #[pymodule_export]
    use crate::wsgi::{StartResponse, Wsgi};
}
