//! The page's own server: its files, and the answers that its script asks for.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use corsage_texts::Language;
use http::header::{ACCEPT_LANGUAGE, HOST, LOCATION, ORIGIN, USER_AGENT};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpListener;

use super::assets;
use super::tap::Body;
use crate::live::demo_state::{Demo, Failure};

/// More than any request of the page; a policy is a few hundred bytes.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// Serves the page for as long as the program runs.
pub(crate) async fn serve(listener: TcpListener, demo: Arc<Demo>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let demo = Arc::clone(&demo);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let demo = Arc::clone(&demo);
                async move { Ok::<_, Infallible>(respond(request, &demo).await) }
            });
            // A connection that breaks is the business of whoever broke it.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn respond(request: Request<Incoming>, demo: &Arc<Demo>) -> Response<Body> {
    if let Some(response) = elsewhere(&request, demo) {
        return response;
    }
    match answer(request, demo).await {
        Ok(response) => response,
        Err(failure) => {
            let status = match failure {
                Failure::NotFound => StatusCode::NOT_FOUND,
                Failure::NotFromThePage => StatusCode::FORBIDDEN,
                Failure::BadRequest(_) => StatusCode::BAD_REQUEST,
                Failure::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            let mut response =
                assets::plain("text/plain; charset=utf-8", format!("{failure}\n").into());
            *response.status_mut() = status;
            response
        }
    }
}

/// By any other name this page would be another origin: it is sent to its own. That also keeps out
/// a foreign name that was made to lead to this machine.
fn elsewhere(request: &Request<Incoming>, demo: &Demo) -> Option<Response<Body>> {
    let origin = demo.places.page_origin();
    let host = request.headers().get(HOST).map(HeaderValue::as_bytes);
    if host == origin.strip_prefix("http://").map(str::as_bytes) {
        return None;
    }
    let mut response =
        assets::plain("text/plain", Bytes::from_static(b"this page has one address\n"));
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    response.headers_mut().insert(LOCATION, HeaderValue::from_str(&format!("{origin}/")).ok()?);
    Some(response)
}

async fn answer(request: Request<Incoming>, demo: &Arc<Demo>) -> Result<Response<Body>, Failure> {
    let path = request.uri().path().to_owned();
    let user_agent = header(&request, USER_AGENT).unwrap_or_default();
    let accepted = header(&request, ACCEPT_LANGUAGE).unwrap_or_default();
    let language = language(request.uri().query(), &accepted);
    match (request.method(), path.as_str()) {
        (&Method::GET, "/demo/state") => json(&demo.state(&user_agent, language)),
        (&Method::GET, "/demo/seen") => json(&demo.seen(request.uri())),
        (&Method::GET, _) => assets::file(&path, &demo.places).ok_or(Failure::NotFound),
        (&Method::POST, _) => {
            if header(&request, ORIGIN).as_deref() != Some(demo.places.page_origin().as_str()) {
                return Err(Failure::NotFromThePage);
            }
            let cookies = header(&request, http::header::COOKIE).unwrap_or_default();
            let body = body(request).await?;
            match path.as_str() {
                "/demo/run" => json(&demo.begin_run(&cookies)),
                "/demo/judge" => json(&demo.judge(parse(&body)?, &user_agent, language)?),
                "/demo/report" => json(&demo.report(parse(&body)?, &user_agent)),
                "/demo/bench" => json(&demo.bench_prediction(&parse(&body)?, language)?),
                "/demo/bench/policy" => json(&demo.install_bench(&parse(&body)?, language)?),
                _ => Err(Failure::NotFound),
            }
        }
        _ => Err(Failure::NotFound),
    }
}

/// The language that the page has chosen, `?lang=ru`; else the one that its browser likes best.
fn language(query: Option<&str>, accepted: &str) -> Language {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "lang")
        .and_then(|(_, tag)| tag.parse().ok())
        .unwrap_or_else(|| Language::of_accept_language(accepted))
}

fn header(request: &Request<Incoming>, name: http::HeaderName) -> Option<String> {
    request.headers().get(name)?.to_str().ok().map(str::to_owned)
}

async fn body(request: Request<Incoming>) -> Result<Bytes, Failure> {
    let limited = Limited::new(request.into_body(), MAX_BODY_BYTES);
    limited
        .collect()
        .await
        .map(|collected| collected.to_bytes())
        .map_err(|error| Failure::BadRequest(error.to_string()))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| Failure::BadRequest(error.to_string()))
}

fn json(value: &impl Serialize) -> Result<Response<Body>, Failure> {
    let text = serde_json::to_vec(value).map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(assets::plain("application/json", text.into()))
}

#[cfg(test)]
mod tests {
    use super::language;
    use corsage_texts::Language::{English, Russian};

    #[test]
    fn the_page_chooses_its_language_and_its_browser_else() {
        assert_eq!(language(Some("lang=ru"), "en"), Russian);
        assert_eq!(language(Some("a=b&lang=en"), "ru-RU,ru;q=0.9"), English);
        assert_eq!(language(Some("lang=tlh"), "ru"), Russian);
        assert_eq!(language(None, "ru-RU,ru;q=0.9,en;q=0.8"), Russian);
        assert_eq!(language(None, ""), English);
    }
}
