//! `corsage-tower` around a bare `tower::Service`, served by hyper.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use corsage::server::SharedPolicy;
use corsage_tower::{Cors, CorsLayer, RecordedDecision};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tower::util::BoxCloneSyncService;
use tower_layer::Layer;
use tower_service::Service;

use super::server::{
    DECISION, LOOKUP_LIMIT, OWN, Options, Server, SharedStage, TIME_LIMIT, describe, listen,
    public_policy, run,
};

type Answer = Response<Empty<Bytes>>;
type Pending = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

pub(super) fn start(options: &Options) -> Result<Server, String> {
    let (listener, address) = listen()?;
    let policy = SharedPolicy::new(options.policy.clone());
    let stage = SharedStage::default();
    let application = Application(stage.clone());
    let layer = CorsLayer::shared(policy.clone())
        .record_decisions(options.record)
        .lookup_limit(Some(LOOKUP_LIMIT));
    let public = CorsLayer::new(public_policy()?).record_decisions(options.record);
    let public = public.layer(application.clone());
    let rest = match &options.tenants {
        Some(tenants) => {
            BoxCloneSyncService::new(layer.looking_up(tenants.lookup()).layer(application))
        }
        None => BoxCloneSyncService::new(layer.layer(application)),
    };
    let service = ByPath { public, rest };
    run(|| async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            let service = TowerToHyperService::new(service.clone());
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
        #[expect(unreachable_code, reason = "it names the type of the errors")]
        Ok::<(), std::io::Error>(())
    });
    Ok(Server::of(address, stage, policy))
}

/// What a router does, and the observer outside of it.
#[derive(Clone)]
struct ByPath {
    public: Cors<Application>,
    rest: BoxCloneSyncService<Request<Incoming>, Answer, Infallible>,
}

impl Service<Request<Incoming>> for ByPath {
    type Response = Answer;
    type Error = Infallible;
    type Future = Pending;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Pending {
        let public = request.uri().path() == "/public";
        let answer: Pending =
            if public { Box::pin(self.public.call(request)) } else { self.rest.call(request) };
        Box::pin(async {
            let mut answer = answer.await?;
            if let Some(decision) = answer.extensions().get::<RecordedDecision>().map(describe)
                && let Ok(value) = HeaderValue::from_str(&decision)
            {
                answer.headers_mut().insert(DECISION, value);
            }
            Ok(answer)
        })
    }
}

#[derive(Clone)]
struct Application(SharedStage);

impl Service<Request<Incoming>> for Application {
    type Response = Answer;
    type Error = Infallible;
    type Future = Pending;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Pending {
        let stage = self.0.clone();
        Box::pin(async move {
            let mut answer = Answer::default();
            *answer.status_mut() = match (request.uri().path(), request.method()) {
                ("/stage", _) => {
                    let (status, headers) = stage.enter();
                    *answer.headers_mut() = headers;
                    status
                }
                ("/get" | "/public", &Method::GET) | ("/options", &Method::OPTIONS) => {
                    StatusCode::OK
                }
                ("/get", _) => StatusCode::METHOD_NOT_ALLOWED,
                ("/own", _) => {
                    for (name, value) in OWN {
                        answer.headers_mut().append(name, HeaderValue::from_static(value));
                    }
                    StatusCode::OK
                }
                ("/error", _) => StatusCode::TOO_MANY_REQUESTS,
                ("/secret", _) => StatusCode::UNAUTHORIZED,
                ("/slow", _) => {
                    tokio::time::sleep(TIME_LIMIT).await;
                    StatusCode::GATEWAY_TIMEOUT
                }
                #[expect(clippy::panic, reason = "what the test is about")]
                ("/panic", _) => panic!("on purpose"),
                _ => StatusCode::NOT_FOUND,
            };
            Ok(answer)
        })
    }
}
