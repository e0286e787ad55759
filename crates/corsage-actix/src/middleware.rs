//! The middleware: what an application wraps itself in.

use std::cell::RefCell;
use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::{HttpMessage, HttpResponse};
use corsage::server::{
    Handling, Panics, PlainHandling, Policy, PolicySource, RecordDecisions, RecordedDecision,
    Request, ResponseHeaderMap, SharedPolicy,
};

use crate::ResponseFuture;
use crate::constants::Constants;
use crate::future::{Pending, Wanted, caught};
use crate::mirror::{Mirror, method};
use crate::plain_request::PlainRequest;
use crate::response_headers::ResponseHeaders;

/// Answers preflights, and puts the headers on every response of what it wraps.
#[derive(Clone, Debug)]
pub struct Cors {
    source: PolicySource,
    record: RecordDecisions,
    panics: Panics,
}

impl Cors {
    /// With a policy that stays.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self::from_source(policy.into())
    }

    /// With a policy that can be replaced while requests are served.
    #[must_use]
    pub fn shared(policy: SharedPolicy) -> Self {
        Self::from_source(policy.into())
    }

    fn from_source(source: PolicySource) -> Self {
        Self { source, record: RecordDecisions::Off, panics: Panics::Answer }
    }

    /// Sets whether decisions are left in the extensions of requests and responses, as a
    /// [`RecordedDecision`](crate::RecordedDecision).
    #[must_use]
    pub fn record_decisions(mut self, record: RecordDecisions) -> Self {
        self.record = record;
        self
    }

    /// Sets what becomes of panics.
    #[must_use]
    pub fn panics(mut self, panics: Panics) -> Self {
        self.panics = panics;
        self
    }
}

impl<S, B> Transform<S, ServiceRequest> for Cors
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B, ()>>;
    type Error = Error;
    type Transform = CorsMiddleware<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let constants = RefCell::new(Rc::new(Constants::of(self.source.load())));
        let mirror = RefCell::default();
        ready(Ok(CorsMiddleware { inner, cors: self.clone(), constants, mirror }))
    }
}

/// The service that [`Cors`] makes, one for each worker.
#[derive(Debug)]
pub struct CorsMiddleware<S> {
    inner: S,
    cors: Cors,
    constants: RefCell<Rc<Constants>>,
    mirror: RefCell<Mirror>,
}

impl<S> CorsMiddleware<S> {
    /// The policy in force, with its converted lines.
    fn constants(&self) -> Rc<Constants> {
        let mut constants = self.constants.borrow_mut();
        if let PolicySource::Shared(shared) = &self.cors.source {
            let policy = shared.load();
            if !policy.is_same(&constants.policy) {
                *constants = Rc::new(Constants::of(policy));
            }
        }
        Rc::clone(&constants)
    }
}

impl<S, B> Service<ServiceRequest> for CorsMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B, ()>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future, B>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let constants = self.constants();
        if self.cors.record == RecordDecisions::On {
            return self.call_decided(request, constants);
        }
        match constants.policy.handle_plainly(&PlainRequest(&request)) {
            Some(PlainHandling::Answer(status, mut plain)) => {
                let response = answer(status, &constants, |headers| {
                    plain.apply_to(&constants.policy, headers, |headers, place, _, origin| {
                        headers.insert_own(place, origin.clone());
                    });
                });
                ResponseFuture::answered(request.into_response(response), None)
            }
            Some(PlainHandling::PassOn(plain)) => {
                let headers = Wanted::Plain(plain.map(HeaderValue::clone));
                self.pass_on(request, Pending { headers, constants }, None)
            }
            None => self.call_decided(request, constants),
        }
    }
}

impl<S, B> CorsMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    /// Where more than the request's origin is looked at.
    fn call_decided(
        &self,
        request: ServiceRequest,
        constants: Rc<Constants>,
    ) -> ResponseFuture<S::Future, B> {
        let mut mirror = self.mirror.borrow_mut();
        mirror.update(&constants.policy, self.cors.record, &request);
        let method = method(request.method());
        let decision = constants.policy.decide(&Request::new(&method, &mirror.headers));
        let recorded = self.cors.record.record(&decision);
        if let Some(recorded) = recorded {
            request.extensions_mut().insert(recorded);
        }
        let pending = match decision.handling() {
            Handling::Answer(status, lines) => {
                let response = answer(status, &constants, |headers| {
                    for (name, value) in &lines {
                        headers.insert(name, value);
                    }
                });
                return ResponseFuture::answered(request.into_response(response), recorded);
            }
            Handling::PassOn(pending) => Wanted::Decided(pending),
        };
        // What is inside may call this very service again.
        drop(mirror);
        self.pass_on(request, Pending { headers: pending, constants }, recorded)
    }

    fn pass_on(
        &self,
        request: ServiceRequest,
        pending: Pending,
        recorded: Option<RecordedDecision>,
    ) -> ResponseFuture<S::Future, B> {
        match caught(self.cors.panics, || self.inner.call(request)) {
            Ok(inner) => ResponseFuture::waiting(inner, pending, recorded, self.cors.panics),
            Err(panicked) => ResponseFuture::failed(pending.put_on_error(panicked.into())),
        }
    }
}

/// The response to a request that nobody else sees.
fn answer<B>(
    status: http::StatusCode,
    constants: &Constants,
    write: impl FnOnce(&mut ResponseHeaders<'_>),
) -> HttpResponse<EitherBody<B, ()>> {
    let status = StatusCode::from_u16(status.as_u16()).unwrap_or_default();
    let mut response = HttpResponse::with_body(status, EitherBody::Right { body: () });
    write(&mut ResponseHeaders { headers: response.headers_mut(), constants });
    response
}
