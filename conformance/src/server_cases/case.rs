//! The format of a server case; `conformance/data/README-server.md` describes it.

use std::collections::BTreeMap;
use std::time::Duration;

use corsage::server::{Credentials, Policy, PolicyDraft, Waiver};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Case {
    pub(super) id: String,
    pub(super) policy: CasePolicy,
    pub(super) request: CaseRequest,
    pub(super) expect: Expect,
}

#[derive(Debug, Deserialize)]
pub(super) struct CasePolicy {
    origins: Vec<String>,
    #[serde(default)]
    pub(super) credentials: bool,
    #[serde(default)]
    methods: Vec<String>,
    #[serde(default)]
    request_headers: Vec<String>,
    max_age: Option<u64>,
    #[serde(default)]
    expose_headers: Vec<String>,
    #[serde(default)]
    pub(super) origin_regex: Vec<String>,
    #[serde(default)]
    pub(super) upstream_vary: Vec<String>,
    #[serde(default)]
    pub(super) upstream_headers: Vec<(String, String)>,
    #[serde(default)]
    tolerate: Vec<String>,
    #[serde(default)]
    dynamic_origin: bool,
    #[serde(default)]
    vary_also: Vec<String>,
    require_request_header: Option<(String, String)>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CaseRequest {
    method: String,
    headers: Vec<(String, String)>,
    target: Option<String>,
    pub(super) upstream_status: Option<u16>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Expect {
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Option<String>>,
    #[serde(default)]
    pub(super) also_ok: BTreeMap<String, String>,
    pub(super) browser: Option<Browser>,
    pub(super) handler: Option<String>,
    pub(super) vary_origin: Option<String>,
    #[serde(default)]
    pub(super) vary_keeps: Vec<String>,
    #[serde(default)]
    pub(super) exposes: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    PreflightOk,
    PreflightRefused,
    ActualAllowed,
    ActualRefused,
    NotCors,
}

#[derive(Debug, Deserialize)]
pub(super) struct Browser {
    pub(super) algorithm: String,
    pub(super) credentials_mode: String,
    pub(super) method: Option<String>,
    #[serde(default)]
    pub(super) unsafe_headers: Vec<String>,
    pub(super) verdict: String,
}

impl CasePolicy {
    /// The policy in our terms, for a request with these headers.
    pub(super) fn compile(&self, request: &HeaderMap) -> Result<Policy, String> {
        let mut draft = PolicyDraft::new()
            .methods(&self.methods)
            .headers(&self.request_headers)
            .expose(&self.expose_headers);
        if self.credentials {
            draft = draft.credentials(Credentials::Allow);
        }
        draft.max_age = self.max_age.map(Duration::from_secs);
        draft.vary_also.clone_from(&self.vary_also);
        for name in &self.tolerate {
            let waiver = name.parse::<Waiver>().map_err(|error| format!("{name}: {error}"))?;
            draft = draft.tolerate(waiver, "the case says so");
        }
        draft = match (&self.require_request_header, self.dynamic_origin) {
            // A rule over another request header is two policies, and the application chooses.
            (Some((name, value)), _)
                if request.get(name).is_none_or(|sent| sent.as_bytes() != value.as_bytes()) =>
            {
                draft.origins_where(|_| false)
            }
            (None, false) => draft.origins(&self.origins),
            _ => {
                let origins = self.origins.clone();
                draft.origins_where(move |origin| origins.contains(&origin.to_string()))
            }
        };
        draft.compile().map_err(|errors| format!("the policy does not compile: {errors}"))
    }

    /// One exact origin, which a server may name to everybody.
    pub(super) fn is_one_exact_origin(&self) -> bool {
        self.origins.len() == 1
            && !self.origins[0].contains('*')
            && self.origin_regex.is_empty()
            && !self.dynamic_origin
    }
}

impl CaseRequest {
    pub(super) fn build(&self) -> Result<Request<()>, String> {
        let mut request = Request::new(());
        *request.method_mut() = Method::from_bytes(self.method.as_bytes())
            .map_err(|error| format!("method: {error}"))?;
        if let Some(target) = &self.target {
            let target: http::Uri = target.parse().map_err(|error| format!("target: {error}"))?;
            if let Some(authority) = target.authority()
                && let Ok(host) = HeaderValue::from_str(authority.as_str())
            {
                request.headers_mut().insert(http::header::HOST, host);
            }
            *request.uri_mut() = target;
        }
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|error| format!("{name}: {error}"))?;
            let value = HeaderValue::from_bytes(value.as_bytes())
                .map_err(|error| format!("{name}: {error}"))?;
            request.headers_mut().append(name, value);
        }
        Ok(request)
    }

    pub(super) fn origin(&self) -> Option<&str> {
        self.headers.iter().find(|(name, _)| name == "origin").map(|(_, value)| value.as_str())
    }
}
