//! A tap on the wire: passes HTTP on to the gateway, unread and unchanged, and notes the heads.
//!
//! It stands in front of the gateway, because preflights end there and nobody behind sees them.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http::header::HOST;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use super::wire_log::WireLog;

/// A response's body: the gateway's, as it streams, or one made here.
pub(crate) type Body = BoxBody<Bytes, hyper::Error>;

/// A body that is known in full.
pub(crate) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never: Infallible| match never {}).boxed()
}

/// Answers some requests before the tap looks at them: the other origin's own pages.
pub(crate) type Pages = fn(&Request<Incoming>, page_origin: &str) -> Option<Response<Body>>;

/// Where the tap leads, and who may read along.
#[derive(Clone)]
pub(crate) struct Tap {
    /// The gateway.
    pub(crate) gateway: SocketAddr,
    /// What passes is noted here.
    pub(crate) log: WireLog,
    /// Answered without the gateway.
    pub(crate) pages: Pages,
    /// The demo's page.
    pub(crate) page_origin: String,
}

impl Tap {
    /// Serves one listener for as long as the program runs.
    pub(crate) async fn serve(self, listener: TcpListener) {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let tap = self.clone();
            tokio::spawn(async move {
                let service = service_fn(|request| {
                    let tap = tap.clone();
                    async move { Ok::<_, Infallible>(tap.pass(request).await) }
                });
                // A connection that breaks is the business of whoever broke it.
                let _ = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    }

    async fn pass(&self, request: Request<Incoming>) -> Response<Body> {
        if let Some(response) = (self.pages)(&request, &self.page_origin) {
            return response;
        }
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let host =
            request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        self.log.request(&format!("http://{host}"), &method, &uri, request.headers());
        match self.forward(request).await {
            Ok(response) => {
                self.log.response(&method, &uri, response.status().as_u16(), response.headers());
                response.map(BodyExt::boxed)
            }
            Err(error) => {
                tracing::warn!(%error, "the gateway cannot be reached");
                let mut response = Response::new(full("the gateway cannot be reached\n"));
                *response.status_mut() = StatusCode::BAD_GATEWAY;
                response
            }
        }
    }

    /// One connection for each request: loopback is near, and nothing is left to
    /// go stale.
    async fn forward(&self, request: Request<Incoming>) -> Result<Response<Incoming>, Failure> {
        let stream = TcpStream::connect(self.gateway).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender.send_request(request).await?)
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;
