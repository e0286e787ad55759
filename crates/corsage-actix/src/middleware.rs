//! The middleware: what an application wraps itself in.

use std::cell::RefCell;
use std::future::{Future, Ready, pending, ready};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::{HttpMessage, HttpResponse};
use corsage::server::{
    Handling, LocalOriginLookup, Mount, OriginVerdict, PendingHeaders, PolicySource,
    RecordedDecision,
};
use futures_timer::Delay;

use crate::ResponseFuture;
use crate::constants::Constants;
use crate::future::{Pending, Undecided, caught};
use crate::mirror::Mirror;
use crate::request_lines::RequestLines;

/// Answers preflights, and puts the headers on every response of what it wraps.
#[derive(Clone, Debug)]
pub struct Cors {
    mount: Mount,
    lookup: Option<LocalOriginLookup>,
}

impl Cors {
    corsage::mount_setters!(panics);

    fn mounting(mount: Mount) -> Self {
        Self { mount, lookup: None }
    }

    /// Has origins looked up that the policy does not list: for a policy whose draft says
    /// [`origins_looked_up`](corsage::server::PolicyDraft::origins_looked_up). Whatever goes wrong in the lookup is
    /// to be `false`, and so is a panic there, unless [`Panics::Propagate`](corsage::server::Panics::Propagate) is set; after
    /// [five seconds](Self::lookup_limit) it counts as `false` too. It runs for every request that comes from such an origin, preflights too, so it should remember what it has found. Its futures stay on the
    /// worker that asks.
    ///
    /// ```
    /// use corsage::server::PolicyDraft;
    /// use corsage_actix::Cors;
    ///
    /// # async fn is_tenant(_origin: &str) -> Result<bool, std::io::Error> { Ok(true) }
    /// let policy = PolicyDraft::new().origins_looked_up().compile()?;
    /// let cors = Cors::new(policy)
    ///     .looking_up(|origin| async move { is_tenant(&origin).await.unwrap_or(false) });
    /// # let _ = cors;
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    pub fn looking_up<F>(mut self, lookup: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + 'static,
    {
        self.lookup = Some(LocalOriginLookup::local(lookup));
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
        let constants = RefCell::new(Rc::new(Constants::of(self.mount.source().load())));
        let mirror = RefCell::default();
        let shared = Shared { inner, cors: self.clone(), constants, mirror };
        ready(Ok(CorsMiddleware(Rc::new(shared))))
    }
}

/// The service that [`Cors`] makes, one for each worker.
#[derive(Debug)]
pub struct CorsMiddleware<S>(Rc<Shared<S>>);

/// What requests come back to that have waited.
#[derive(Debug)]
pub(crate) struct Shared<S> {
    inner: S,
    cors: Cors,
    constants: RefCell<Rc<Constants>>,
    mirror: RefCell<Mirror>,
}

impl<S> Shared<S> {
    /// The policy in force, with its converted lines.
    fn constants(&self) -> Rc<Constants> {
        let mut constants = self.constants.borrow_mut();
        if let PolicySource::Shared(shared) = self.cors.mount.source() {
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
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.0.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let shared = &self.0;
        let constants = shared.constants();
        if !shared.cors.mount.looks_at_origins_alone() {
            return shared.look_up_or_call(request, constants);
        }
        let decided = constants.policy.decide_by_origin(&RequestLines(&request));
        match decided.map(|decided| decided.keep(HeaderValue::clone)) {
            Some(handling) => shared.act(request, handling, &constants, None),
            None => shared.look_up_or_call(request, constants),
        }
    }
}

impl<S, B> Shared<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    /// Where more than the request's origin is looked at, or the origin is looked up.
    fn look_up_or_call(
        self: &Rc<Self>,
        request: ServiceRequest,
        constants: Rc<Constants>,
    ) -> ResponseFuture<S, B> {
        if let Some(lookup) = &self.cors.lookup
            && constants.policy.looks_origins_up()
        {
            let mut mirror = self.mirror.borrow_mut();
            mirror.update(&self.cors.mount, &constants.policy, &request);
            let view = mirror.view();
            let panics = self.cors.mount.on_panic();
            if let Some(lookup) = lookup.look_up(&constants.policy, &view, panics) {
                let limit = time_limit(self.cors.mount.longest_lookup());
                let lookup = Box::pin(lookup.within(limit));
                let middleware = Rc::clone(self);
                let undecided = Undecided { lookup, request, constants, middleware };
                return ResponseFuture::looking(undecided);
            }
        }
        self.call_decided(request, &constants, OriginVerdict::Refused)
    }

    /// What was looked up is known.
    pub(crate) fn call_decided(
        &self,
        request: ServiceRequest,
        constants: &Rc<Constants>,
        verdict: OriginVerdict,
    ) -> ResponseFuture<S, B> {
        let mut mirror = self.mirror.borrow_mut();
        mirror.update(&self.cors.mount, &constants.policy, &request);
        let view = mirror.view().with_verdict(verdict);
        let (handling, recorded) = self.cors.mount.handle(&constants.policy, &view);
        if let Some(recorded) = recorded {
            request.extensions_mut().insert(recorded);
        }
        // What is inside may call this very service again.
        drop(mirror);
        let handling = match handling {
            Handling::Answer(status, headers) => Handling::Answer(status, headers.map(own_value)),
            Handling::PassOn(headers) => Handling::PassOn(headers.map(own_value)),
        };
        self.act(request, handling, constants, recorded)
    }

    fn act(
        &self,
        request: ServiceRequest,
        handling: Handling<PendingHeaders<HeaderValue>>,
        constants: &Rc<Constants>,
        recorded: Option<RecordedDecision>,
    ) -> ResponseFuture<S, B> {
        let pending = |headers| Pending { headers, constants: Rc::clone(constants) };
        match handling {
            Handling::Answer(status, headers) => {
                let response = answer(status, pending(headers));
                ResponseFuture::answered(request.into_response(response), recorded)
            }
            Handling::PassOn(headers) => self.pass_on(request, pending(headers), recorded),
        }
    }

    fn pass_on(
        &self,
        request: ServiceRequest,
        pending: Pending,
        recorded: Option<RecordedDecision>,
    ) -> ResponseFuture<S, B> {
        let panics = self.cors.mount.on_panic();
        match caught(panics, || self.inner.call(request)) {
            Ok(inner) => ResponseFuture::waiting(inner, pending, recorded, panics),
            Err(panicked) => ResponseFuture::failed(pending.put_on_error(panicked.into())),
        }
    }
}

async fn time_limit(limit: Option<Duration>) {
    match limit {
        Some(limit) => Delay::new(limit).await,
        None => pending().await,
    }
}

/// A value in actix-web's own type. Both take the same bytes.
#[expect(clippy::needless_pass_by_value, reason = "a map over values gives them away")]
fn own_value(value: http::HeaderValue) -> HeaderValue {
    HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The response to a request that nobody else sees.
fn answer<B>(status: http::StatusCode, mut pending: Pending) -> HttpResponse<EitherBody<B, ()>> {
    let status = StatusCode::from_u16(status.as_u16()).unwrap_or_default();
    let mut response = HttpResponse::with_body(status, EitherBody::Right { body: () });
    pending.put_on(response.headers_mut());
    response
}
