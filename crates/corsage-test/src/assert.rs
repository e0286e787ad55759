//! The assertions.

use std::panic::Location;

use corsage::browser::{FilteredResponse, NetworkError};

use crate::{Failure, PageFetch, Server};

/// Asserts that the page gets a response it may read, and answers with what it sees of it.
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
            Err(failure) => panic!("{place}: {fetch} is blocked\n{failure}"),
        }
    }
}

/// Asserts that a browser keeps the response from the page, and answers with every condition that was
/// not met.
///
/// # Panics
/// If the page gets a response. If nothing could be judged, because there was no page or no request.
#[track_caller]
pub fn assert_page_cannot<'a>(
    fetch: &'a PageFetch,
    server: &'a impl Server,
) -> impl Future<Output = NetworkError> + 'a {
    let place = Location::caller();
    async move {
        match fetch.run(server).await {
            Err(Failure::Blocked(error)) => error,
            Err(failure) => panic!("{place}: {fetch} was not judged: {failure}"),
            Ok(response) => panic!(
                "{place}: {fetch} is not blocked: the page reads a response of status {}",
                response.status()
            ),
        }
    }
}
