//! Servers that listen, and services in memory.

use std::future::poll_fn;

use bytes::Bytes;
use corsage::browser::WireFailure;
use http::{Request, Response, Uri, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::Server;

/// Servers that listen, asked over HTTP/1.1. There is no TLS here: an `https` URL fails with
/// `tls-failed`; test such a server behind its plain port, or [`InMemory`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Network;

/// A tower service: an axum `Router`, say. It answers for whatever URL is asked for.
#[derive(Clone, Copy, Debug)]
pub struct InMemory<S>(pub S);

impl Server for Network {
    async fn answer(&self, request: Request<Bytes>) -> Result<Response<()>, WireFailure> {
        let (mut parts, body) = request.into_parts();
        if parts.uri.scheme_str() != Some("http") {
            return Err(WireFailure::Tls);
        }
        let host = parts.uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = parts.uri.port_u16().unwrap_or(80);
        let stream = TcpStream::connect((host, port)).await.map_err(|_| WireFailure::Connection)?;
        let (mut sender, connection) = http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream))
            .await
            .map_err(|_| WireFailure::Connection)?;
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        parts.uri = target.parse::<Uri>().map_err(|_| WireFailure::Malformed)?;
        parts.headers.insert(header::CONNECTION, header::HeaderValue::from_static("close"));
        let exchange = sender.send_request(Request::from_parts(parts, Full::new(body)));
        // Both in one task: dropping the fetch drops the connection.
        tokio::pin!(exchange, connection);
        let response = tokio::select! {
            biased;
            response = &mut exchange => response,
            _ = &mut connection => exchange.await,
        };
        let (parts, _) = response.map_err(|error| failure(&error)).map(Response::into_parts)?;
        Ok(Response::from_parts(parts, ()))
    }
}

fn failure(error: &hyper::Error) -> WireFailure {
    if error.is_parse() { WireFailure::Malformed } else { WireFailure::Connection }
}

impl<S, B> Server for InMemory<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone,
{
    async fn answer(&self, request: Request<Bytes>) -> Result<Response<()>, WireFailure> {
        let mut service = self.0.clone();
        poll_fn(|context| service.poll_ready(context))
            .await
            .map_err(|_| WireFailure::Connection)?;
        let response =
            service.call(request.map(Full::new)).await.map_err(|_| WireFailure::Connection)?;
        Ok(response.map(drop))
    }
}
