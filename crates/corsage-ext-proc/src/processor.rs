//! `envoy.service.ext_proc.v3.ExternalProcessor`

use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use corsage_gateway::Judge;
use futures_util::{Stream, stream};
use tonic::{Request, Response, Status, Streaming};

use crate::exchange::{Answer, Exchange, Finish};
use crate::head::{Head, response_headers};
use crate::messages::{
    CommonResponse, GoOn, HeaderMutation, HttpStatus, ImmediateResponse, Other, Part,
    ProcessingRequest, ProcessingResponse, Reply,
};

pub(crate) const PATH: &str = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";

/// One stream is one exchange.
pub(crate) struct Processor(pub(crate) Arc<Judge>);

type Replies = Pin<Box<dyn Stream<Item = Result<ProcessingResponse, Status>> + Send>>;

impl tonic::server::StreamingService<ProcessingRequest> for Processor {
    type Response = ProcessingResponse;
    type ResponseStream = Replies;
    type Future = Ready<Result<Response<Replies>, Status>>;

    fn call(&mut self, request: Request<Streaming<ProcessingRequest>>) -> Self::Future {
        let begun = (request.into_inner(), Exchange::new(Arc::clone(&self.0)));
        let replies: Replies = Box::pin(stream::unfold(begun, |(mut parts, mut exchange)| async {
            loop {
                match parts.message().await {
                    // Messages without a part are about the flow of bodies, which nobody asked for.
                    Ok(Some(ProcessingRequest { request: None })) => {}
                    Ok(Some(ProcessingRequest { request: Some(part) })) => {
                        let response = Some(reply(&part, &mut exchange));
                        return Some((Ok(ProcessingResponse { response }), (parts, exchange)));
                    }
                    // An exchange that ends early is the business of its ends.
                    Ok(None) | Err(_) => return None,
                }
            }
        }));
        ready(Ok(Response::new(replies)))
    }
}

fn reply(part: &Part, exchange: &mut Exchange) -> Reply {
    match part {
        Part::RequestHeaders(head) => {
            let head = Head::of(&head.headers.clone().unwrap_or_default());
            match exchange.request(&head) {
                Some(answer) => immediate(answer),
                None => Reply::RequestHeaders(GoOn::default()),
            }
        }
        Part::ResponseHeaders(head) => {
            let headers = response_headers(&head.headers.clone().unwrap_or_default());
            match exchange.response(&headers) {
                Finish::Amend(mutation) => Reply::ResponseHeaders(GoOn {
                    response: Some(CommonResponse { header_mutation: Some(mutation) }),
                }),
                Finish::Replace(answer) => immediate(answer),
            }
        }
        Part::RequestBody(_) => Reply::RequestBody(Other {}),
        Part::ResponseBody(_) => Reply::ResponseBody(Other {}),
        Part::RequestTrailers(_) => Reply::RequestTrailers(Other {}),
        Part::ResponseTrailers(_) => Reply::ResponseTrailers(Other {}),
    }
}

fn immediate(answer: Answer) -> Reply {
    Reply::Immediate(ImmediateResponse {
        status: Some(HttpStatus { code: answer.status.as_u16().into() }),
        headers: Some(HeaderMutation { set_headers: answer.headers, remove_headers: Vec::new() }),
        body: Bytes::from_static(answer.body.as_bytes()),
        details: answer.details.to_owned(),
    })
}
