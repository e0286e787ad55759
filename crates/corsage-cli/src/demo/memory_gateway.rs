//! The gateway in memory: the server half and the sample API, without a network.

use bytes::Bytes;
use corsage::server::{self, PolicyDraft};
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, HOST};
use http::{HeaderMap, Request, Response, StatusCode};

use super::rules::{Rule, Rules};

/// What the gateway answers: the policy's preflight, or the API's response under the policy.
pub(crate) fn answer(
    rules: &Rules,
    request: &Request<()>,
    api: impl FnOnce(&Request<()>) -> Response<Bytes>,
) -> Response<Bytes> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let asked = header(ACCESS_CONTROL_REQUEST_METHOD).unwrap_or(request.method().as_str());
    let nothing;
    let policy = match rules.rule(header(HOST).unwrap_or_default(), request.uri().path(), asked) {
        Rule::Policy(policy) => policy,
        Rule::Nothing => {
            nothing = PolicyDraft::new().compile();
            match &nothing {
                Ok(nothing) => nothing,
                Err(_) => return api(request),
            }
        }
        Rule::Api => return api(request),
    };
    let decision = policy.decide(&server::Request::new(request.method(), request.headers()));
    if decision.is_preflight() {
        let (status, headers) = decision.answer_preflight();
        return respond(status, headers);
    }
    let mut response = match decision.refuses_write() {
        true => respond(StatusCode::FORBIDDEN, HeaderMap::new()),
        false => api(request),
    };
    decision.apply(response.headers_mut());
    response
}

fn respond(status: StatusCode, headers: HeaderMap) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
