//! The assertions.

use std::panic::Location;

use corsage::browser::{FilteredResponse, NetworkError, Profile};

use crate::{Failure, PageFetch, Server};

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
/// # Panics
/// If it does not; the message tells what blocks, and what to change.
#[track_caller]
pub fn assert_page_can<'a>(
    fetch: &'a PageFetch,
    server: &'a impl Server,
) -> impl Future<Output = FilteredResponse> + 'a {
    let place = Location::caller();
    async move {
        match fetch.run(server).await {
            Ok(response) => response,
            Err(failure) => panic!("{place}: {} cannot {fetch}\n\n{failure}", fetch.page()),
        }
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
pub fn assert_page_cannot<'a>(
    fetch: &'a PageFetch,
    server: &'a impl Server,
) -> impl Future<Output = NetworkError> + 'a {
    let place = Location::caller();
    async move {
        let mut error = blocked(fetch, fetch.browser, server, place).await;
        for browser in fetch.browsers {
            error = blocked(fetch, *browser, server, place).await;
        }
        error
    }
}

async fn blocked(
    fetch: &PageFetch,
    browser: Profile,
    server: &impl Server,
    place: &Location<'_>,
) -> NetworkError {
    let page = fetch.page();
    match fetch.run_in(browser, server).await {
        Err(Failure::Blocked(blocked)) if !blocked.is_unanswered() => blocked.into_error(),
        Err(failure) => panic!("{place}: whether {page} can {fetch} was not judged\n\n{failure}"),
        Ok(response) => panic!(
            "{place}: {page} can {fetch}: as {browser} judges, it reads a response of status {}",
            response.status()
        ),
    }
}
