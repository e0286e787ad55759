//! The assertions.

use std::future::Future;
use std::panic::Location;

use corsage::browser::{NetworkError, Profile};

use crate::{Ask, Failure, Server};

/// Asserts that the page gets a response it may read, and answers with what it sees of it. Of several
/// browsers, all must agree.
///
/// ```
/// # use axum::{Router, http::StatusCode, routing::get};
/// # use corsage::server::PolicyDraft;
/// # use corsage_test::{InMemory, PageFetch, assert_page_can};
/// # use corsage_tower::CorsLayer;
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let policy = PolicyDraft::new().origins(["https://app.example"]).expose(["etag"]).compile()?;
/// let router = Router::new()
///     .route("/", get(|| async { ([("etag", "\"1\""), ("server", "mine")], "hello") }))
///     .layer(CorsLayer::new(policy));
/// let fetch = PageFetch::new("https://api.example/").from("https://app.example");
/// let response = assert_page_can(&fetch, &InMemory(router)).await;
/// assert_eq!(response.status(), 200);
/// assert!(response.headers().contains(b"etag"));
/// assert!(!response.headers().contains(b"server")); // it is there, and hidden from the page
/// # Ok::<(), corsage::server::PolicyErrors>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What is not `fetch()` is asserted alike: an image whose pixels the page reads, for one.
///
/// ```
/// # use axum::{Router, routing::get};
/// # use corsage::server::PolicyDraft;
/// # use corsage_test::{Code, InMemory, Load, PageLoad, assert_page_can, assert_page_cannot};
/// # use corsage_tower::CorsLayer;
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let policy = PolicyDraft::new().origins(["https://app.example"]).compile()?;
/// let picture = get(|| async { ([("content-type", "image/png")], "…") });
/// let server = InMemory(Router::new().route("/a.png", picture).layer(CorsLayer::new(policy)));
///
/// // Anybody may show it.
/// assert_page_can(&Load::image("https://cdn.example/a.png"), &server).await;
/// // The page that is allowed may read its pixels, in every browser, if it asks with CORS.
/// let image = Load::image("https://cdn.example/a.png").crossorigin("anonymous");
/// let pixels = PageLoad::new(image).looks_into().in_every_browser();
/// assert_page_can(&pixels.clone().from("https://app.example"), &server).await;
/// let error = assert_page_cannot(&pixels.from("https://evil.example"), &server).await;
/// assert_eq!(error.blamed().code, Code::MissingAllowOrigin);
/// # Ok::<(), corsage::server::PolicyErrors>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// If it does not; the message tells what blocks, and what to change.
#[track_caller]
pub fn assert_page_can<'a, A: Ask>(
    asked: &'a A,
    server: &'a impl Server,
) -> impl Future<Output = A::Seen> + 'a {
    let place = Location::caller();
    async move {
        let mut seen = None;
        for browser in asked.browsers() {
            match asked.run_in(browser, server).await {
                Ok(response) => seen = Some(response),
                Err(failure) => panic!("{place}: {} cannot {asked}\n\n{failure}", asked.page()),
            }
        }
        seen.unwrap_or_else(|| panic!("{place}: no browser judges whether a page can {asked}"))
    }
}

/// Asserts that a browser keeps the response from the page, and answers with every condition that was
/// not met. Of several browsers, all must agree.
///
/// ```
/// # use axum::{Router, routing::get};
/// # use corsage::server::PolicyDraft;
/// # use corsage_test::{Code, InMemory, PageFetch, assert_page_cannot};
/// # use corsage_tower::CorsLayer;
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let policy = PolicyDraft::new().origins(["https://app.example"]).compile()?;
/// let router = Router::new().route("/", get(|| async {})).layer(CorsLayer::new(policy));
/// let fetch = PageFetch::new("https://api.example/").from("https://app.example").method("DELETE");
/// let error = assert_page_cannot(&fetch, &InMemory(router)).await;
/// assert_eq!(error.blamed().code, Code::MethodNotAllowed);
/// # Ok::<(), corsage::server::PolicyErrors>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// If the page gets a response. If nothing could be judged: there was no page, no request, no server that answered,
/// nothing at that place (404), or the page is the server's own.
#[track_caller]
pub fn assert_page_cannot<'a, A: Ask>(
    asked: &'a A,
    server: &'a impl Server,
) -> impl Future<Output = NetworkError> + 'a {
    let place = Location::caller();
    async move {
        let mut error = None;
        for browser in asked.browsers() {
            error = Some(blocked(asked, browser, server, place).await);
        }
        error.unwrap_or_else(|| panic!("{place}: no browser judges whether a page can {asked}"))
    }
}

async fn blocked<A: Ask>(
    asked: &A,
    browser: Profile,
    server: &impl Server,
    place: &Location<'_>,
) -> NetworkError {
    let page = asked.page();
    match asked.run_in(browser, server).await {
        Err(Failure::Blocked(blocked)) if !blocked.is_unanswered() => blocked.into_error(),
        Err(Failure::Closed(error)) => error,
        Err(failure) => panic!("{place}: whether {page} can {asked} was not judged\n\n{failure}"),
        Ok(seen) => panic!("{place}: {page} can {asked}: as {browser} judges, {}", A::tell(&seen)),
    }
}
