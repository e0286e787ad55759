//! The gateway in memory: the server half and the sample API, without a network.

use bytes::Bytes;
use corsage::server::{self, PolicyDraft};
use http::header::HOST;
use http::{Request, Response};

use super::rules::{Rule, Rules};

/// What the gateway answers: the policy's preflight, or the API's response under the policy.
pub(crate) fn answer(
    rules: &Rules,
    request: &Request<()>,
    api: impl FnOnce(&Request<()>) -> Response<Bytes>,
) -> Response<Bytes> {
    let host = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    let view = server::Request::new(request.method(), request.headers());
    let path = request.uri().path();
    match rules.rule(host.unwrap_or_default(), path, view.policy_method()) {
        Rule::Policy(policy) => policy.serve(&view, || api(request)).response,
        Rule::Nothing => match PolicyDraft::new().compile() {
            Ok(nothing) => nothing.serve(&view, || api(request)).response,
            Err(_) => api(request),
        },
        Rule::Api => api(request),
    }
}
