//! `/livez`, `/readyz`, `/metrics`, `/policy`, `/upstreams`, and the log level.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

use super::{asked_by, metrics_page, upstreams_page};
use crate::worker::Shared;

/// Admin requests at once: a scraper, a prober and a person. Beyond, the oldest connection goes: an answer takes no
/// time, so it waits for one who has not asked.
const MAX_CONNECTIONS: usize = 64;
/// From a connection's first moment to the end of its request's head.
const HEAD_WITHIN: Duration = Duration::from_secs(5);

/// Serves the admin pages for as long as the future lives.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    let mut oldest_first = VecDeque::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {
                oldest_first.retain(|open: &AbortHandle| !open.is_finished());
            }
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                if oldest_first.len() >= MAX_CONNECTIONS
                    && let Some(oldest) = oldest_first.pop_front()
                {
                    oldest.abort();
                }
                let shared = Arc::clone(&shared);
                oldest_first.push_back(connections.spawn(async move {
                    let service = service_fn(move |request| {
                        let shared = Arc::clone(&shared);
                        async move { Ok::<_, Infallible>(answer(request, &shared).await) }
                    });
                    let _ = hyper::server::conn::http1::Builder::new()
                        .timer(TokioTimer::new())
                        .header_read_timeout(HEAD_WITHIN)
                        .keep_alive(false)
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                }));
            }
        }
    }
}

async fn answer(request: Request<Incoming>, shared: &Arc<Shared>) -> Response<Full<Bytes>> {
    if !asked_by::is_local(&request, &shared.live.load().settings.admin.hosts) {
        return text(
            StatusCode::MISDIRECTED_REQUEST,
            "this name is none of ours; ask by address, or list the name in gateway.admin.hosts\n",
        );
    }
    let path = request.uri().path().to_owned();
    match (request.method(), &*path) {
        (&Method::GET | &Method::HEAD, "/livez") => match &*shared.stuck_threads() {
            [] => text(StatusCode::OK, "alive\n"),
            stuck => page_with(
                StatusCode::SERVICE_UNAVAILABLE,
                format!("{} of the serving threads do not come round: {stuck:?}\n", stuck.len()),
                "text/plain; charset=utf-8",
            ),
        },
        (&Method::GET | &Method::HEAD, "/readyz") if shared.is_closing() => {
            text(StatusCode::SERVICE_UNAVAILABLE, "shutting down\n")
        }
        (&Method::GET | &Method::HEAD, "/readyz") => text(StatusCode::OK, "ready\n"),
        (&Method::GET | &Method::HEAD, "/metrics") => page(
            metrics_page::render(shared),
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        ),
        (&Method::GET | &Method::HEAD, "/policy") => page(policy(shared), "application/json"),
        (&Method::GET | &Method::HEAD, "/upstreams") => {
            page(upstreams_page::render(&shared.live.load()), "application/json")
        }
        (&Method::PUT, "/log-level") => log_level(request, shared).await,
        (_, "/livez" | "/readyz" | "/metrics" | "/policy" | "/upstreams" | "/log-level") => {
            text(StatusCode::METHOD_NOT_ALLOWED, "GET; PUT for /log-level\n")
        }
        _ => text(
            StatusCode::NOT_FOUND,
            "/livez /readyz /metrics /policy /upstreams, and PUT /log-level\n",
        ),
    }
}

fn policy(shared: &Shared) -> String {
    let live = shared.live.load();
    let mut text = live.describe().to_string();
    text.push('\n');
    text
}

/// The body is a filter such as `debug` or `corsage_gateway=trace,info`.
async fn log_level(request: Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    let Ok(body) = Limited::new(request.into_body(), 1024).collect().await else {
        return text(StatusCode::PAYLOAD_TOO_LARGE, "a log filter is shorter than this\n");
    };
    let bytes = body.to_bytes();
    let filter = String::from_utf8_lossy(&bytes);
    match shared.set_log_level(filter.trim()) {
        Ok(()) => text(StatusCode::OK, "done\n"),
        Err(error) => {
            page_with(StatusCode::BAD_REQUEST, format!("{error}\n"), "text/plain; charset=utf-8")
        }
    }
}

fn text(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    page_with(status, body.to_owned(), "text/plain; charset=utf-8")
}

fn page(body: String, content_type: &'static str) -> Response<Full<Bytes>> {
    page_with(StatusCode::OK, body, content_type)
}

fn page_with(
    status: StatusCode,
    body: String,
    content_type: &'static str,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
