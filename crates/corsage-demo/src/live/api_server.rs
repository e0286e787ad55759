//! The sample API on a port.

use std::convert::Infallible;
use std::sync::Arc;

use http::Request;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use super::wire_log::WireLog;
use crate::prediction::sample_api::answer;

/// Serves the API, and notes in the log what reached it.
pub(crate) async fn serve(listener: TcpListener, elsewhere: String, log: WireLog) {
    let elsewhere: Arc<str> = elsewhere.into();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (elsewhere, log) = (Arc::clone(&elsewhere), log.clone());
        tokio::spawn(async move {
            let service = service_fn(|request: Request<hyper::body::Incoming>| {
                let response = answer(
                    request.method(),
                    request.uri().path(),
                    request.uri().query(),
                    request.headers(),
                    &elsewhere,
                );
                log.reached_api(request.method(), request.uri());
                async { Ok::<_, Infallible>(response.map(Full::new)) }
            });
            // A connection that breaks is the business of whoever broke it.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
