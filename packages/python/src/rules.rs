//! Which policy a request falls under, and what becomes of it.

use corsage::server::{
    self, Handling, Mount, PendingHeaders, ReadHeaders, Request, RequestLines, WebSockets,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::policy::{Policies, Policy, sharing_nothing};

/// A policy with the lines that it puts on responses, in Python's types.
pub(crate) struct Rule {
    mount: Mount,
    policy: server::Policy,
    /// In the order of `Policy::constant_headers`.
    pub(crate) constants: Vec<Py<PyTuple>>,
}

/// All policies of a middleware.
pub(crate) struct Rules {
    rules: Vec<Rule>,
    choice: Choice,
    refuses_web_sockets: bool,
}

enum Choice {
    /// The only one.
    Only,
    /// By path: the longest that fits.
    Mount(Mount),
    /// By a file's table; the last rule is for what none is for.
    Table(Py<Policies>),
}

/// What of a request is looked at to find its policy, and where its headers are not enough.
pub(crate) trait Asked: RequestLines {
    fn method(&self) -> String;
    fn path(&self) -> String;
    fn host(&self) -> String;
    /// The header lines of these names, or all of them.
    fn headers(&self, names: ReadHeaders) -> HeaderMap;
}

impl Rules {
    /// From what a middleware is given: a `Policy` or `Policies`, and other policies for paths.
    pub(crate) fn new(
        policy: &Bound<'_, PyAny>,
        under: Option<&Bound<'_, PyDict>>,
        refuses_web_sockets: bool,
        pair: fn(Python<'_>, &HeaderName, &HeaderValue) -> PyResult<Py<PyTuple>>,
    ) -> PyResult<Self> {
        let py = policy.py();
        let web_sockets = if refuses_web_sockets { WebSockets::Refuse } else { WebSockets::PassOn };
        let rule = |policy: server::Policy| -> PyResult<Rule> {
            let lines = policy.constant_headers();
            let constants =
                lines.map(|(name, value)| pair(py, name, value)).collect::<PyResult<_>>()?;
            let mount = Mount::new(policy.clone()).web_sockets(web_sockets);
            Ok(Rule { mount, policy, constants })
        };
        if let Ok(policies) = policy.cast::<Policies>() {
            if under.is_some_and(|under| !under.is_empty()) {
                return Err(PyTypeError::new_err(
                    "Policies have paths of their own: leave `under` out",
                ));
            }
            let entries = policies.get().table.entries();
            let mut rules = entries
                .iter()
                .map(|entry| rule(entry.policy.clone()))
                .collect::<PyResult<Vec<_>>>()?;
            rules.push(rule(sharing_nothing()?)?);
            let choice = Choice::Table(policies.clone().unbind());
            return Ok(Self { rules, choice, refuses_web_sockets });
        }
        let only = policy.cast::<Policy>().map_err(|_| {
            PyTypeError::new_err("a middleware wears a corsage.Policy or corsage.Policies")
        })?;
        let only = only.get().0.clone();
        let (mut mount, mut rules) = (Mount::new(only.clone()), vec![rule(only)?]);
        for (path, other) in under.into_iter().flatten() {
            let other = other.cast::<Policy>().map_err(|_| {
                PyTypeError::new_err("`under` is a dict from a path to a corsage.Policy")
            })?;
            let other = other.get().0.clone();
            mount = mount.under(&path.extract::<String>()?, other.clone());
            rules.push(rule(other)?);
        }
        let choice = if rules.len() == 1 { Choice::Only } else { Choice::Mount(mount) };
        Ok(Self { rules, choice, refuses_web_sockets })
    }

    pub(crate) fn refuses_web_sockets(&self) -> bool {
        self.refuses_web_sockets
    }

    /// The policy for a request, by its position.
    #[inline]
    pub(crate) fn position(&self, asked: &impl Asked) -> usize {
        match &self.choice {
            Choice::Only => 0,
            Choice::Mount(mount) => {
                let policy = mount.source_at(&asked.path()).load();
                self.rules.iter().position(|rule| rule.policy.is_same(&policy)).unwrap_or_default()
            }
            Choice::Table(policies) => {
                let method: Method = asked.method().parse().unwrap_or_default();
                let headers = asked.headers(ReadHeaders::All);
                let method = Request::new(&method, &headers).policy_method();
                let table = &policies.get().table;
                let position = table.position(&asked.host(), &asked.path(), method);
                position.unwrap_or(self.rules.len() - 1)
            }
        }
    }

    pub(crate) fn rule(&self, position: usize) -> &Rule {
        &self.rules[position]
    }
}

impl Rule {
    /// What becomes of a request. `keep` takes its origin along, `convert` makes one of its bytes.
    #[inline]
    pub(crate) fn handle<R: Asked, V>(
        &self,
        asked: &R,
        keep: impl FnOnce(R::Value) -> V,
        convert: impl FnOnce(HeaderValue) -> V,
    ) -> Handling<PendingHeaders<V>> {
        match self.mount.handle_by_origin(&self.policy, asked) {
            Some(handling) => handling.keep(keep),
            None => self.handle_in_full(asked, convert),
        }
    }

    #[cold]
    fn handle_in_full<V>(
        &self,
        asked: &impl Asked,
        convert: impl FnOnce(HeaderValue) -> V,
    ) -> Handling<PendingHeaders<V>> {
        let method = Method::from_bytes(asked.method().as_bytes()).unwrap_or_default();
        let headers = asked.headers(self.mount.request_headers(&self.policy));
        let uri: Option<Uri> = asked.path().parse().ok();
        let mut request = Request::new(&method, &headers);
        if let Some(uri) = &uri {
            request = request.with_uri(uri);
        }
        match self.mount.handle_in_full(&self.policy, &request).0 {
            Handling::Answer(status, pending) => Handling::Answer(status, pending.map(convert)),
            Handling::PassOn(pending) => Handling::PassOn(pending.map(convert)),
        }
    }
}
