//! `envoy.service.auth.v3.Authorization`: asked once, before the upstream; so it can add to a response it has not seen, and
//! take nothing out of it.

use std::future::{Ready, ready};
use std::sync::Arc;

use corsage_gateway::Judge;
use tonic::{Code, Request, Response, Status};

use crate::exchange::Exchange;
use crate::head::Head;
use crate::messages::{
    CheckRequest, CheckResponse, DeniedHttpResponse, HeaderValueOption, HttpStatus, OkHttpResponse,
    RpcStatus, Verdict,
};

pub(crate) const PATH: &str = "/envoy.service.auth.v3.Authorization/Check";

/// One call is one request.
pub(crate) struct Authorization(pub(crate) Arc<Judge>);

impl tonic::server::UnaryService<CheckRequest> for Authorization {
    type Response = CheckResponse;
    type Future = Ready<Result<Response<CheckResponse>, Status>>;

    fn call(&mut self, request: Request<CheckRequest>) -> Self::Future {
        let http = request.into_inner().attributes.and_then(|all| all.request?.http);
        let Some(http) = http else {
            return ready(Err(Status::invalid_argument("there is no HTTP request in this")));
        };
        let mut exchange = Exchange::new(Arc::clone(&self.0));
        let (code, verdict) = match exchange.request(&Head::of_check(&http)) {
            // An answer with 204 is a denial to this interface.
            Some(answer) => (
                Code::PermissionDenied,
                Verdict::Denied(DeniedHttpResponse {
                    status: Some(HttpStatus { code: answer.status.as_u16().into() }),
                    headers: as_texts(answer.headers),
                    body: answer.body.to_owned(),
                }),
            ),
            None => {
                let response_headers_to_add = as_texts(exchange.response_unseen());
                (Code::Ok, Verdict::Ok(OkHttpResponse { response_headers_to_add }))
            }
        };
        let status = Some(RpcStatus { code: code.into() });
        ready(Ok(Response::new(CheckResponse { status, http_response: Some(verdict) })))
    }
}

/// This interface reads values as texts alone.
fn as_texts(mut lines: Vec<HeaderValueOption>) -> Vec<HeaderValueOption> {
    for line in lines.iter_mut().filter_map(|line| line.header.as_mut()) {
        line.value = String::from_utf8_lossy(&std::mem::take(&mut line.raw_value)).into_owned();
    }
    lines
}
