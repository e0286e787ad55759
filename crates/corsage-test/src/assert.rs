//! The assertions.

use std::future::Future;
use std::panic::Location;

use corsage::browser::{NetworkError, Profile};

use crate::{Ask, Dialect, Failure, Server};

/// What a failed assertion has to say: for test frameworks of other languages, which raise it as theirs.
///
/// ```
/// # use corsage_test::{Complaint, Dialect};
/// fn raise(complaint: &Complaint) -> String {
///     complaint.told_in(Dialect::Python)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Complaint {
    claim: String,
    why: Why,
}

#[derive(Clone, Debug)]
enum Why {
    Failed(Box<Failure>),
    /// What the page sees, as this browser judges.
    Sees(Profile, String),
    /// There is no browser.
    NotAsked,
}

impl Complaint {
    /// The whole message, with code of that language.
    #[must_use]
    pub fn told_in(&self, dialect: Dialect) -> String {
        match &self.why {
            Why::Failed(failure) => format!("{}\n\n{}", self.claim, failure.told_in(dialect)),
            Why::Sees(browser, sees) => format!("{}: as {browser} judges, {sees}", self.claim),
            Why::NotAsked => self.claim.clone(),
        }
    }

    /// Why the page gets nothing, unless it gets something.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match &self.why {
            Why::Failed(failure) => Some(failure),
            Why::Sees(..) | Why::NotAsked => None,
        }
    }

    fn failed(claim: String, failure: Failure) -> Self {
        Self { claim, why: Why::Failed(Box::new(failure)) }
    }

    fn not_asked(asked: &impl Ask) -> Self {
        let claim = format!("no browser judges whether a page can {asked}");
        Self { claim, why: Why::NotAsked }
    }
}

/// What the page gets, if it may read it: [`assert_page_can`] without the panic.
///
/// # Errors
/// What the assertion would print, in a language of the caller's choice.
pub async fn page_can<A: Ask>(asked: &A, server: &impl Server) -> Result<A::Seen, Complaint> {
    let mut seen = None;
    for browser in asked.browsers() {
        let response = asked.run_in(browser, server).await.map_err(|failure| {
            Complaint::failed(format!("{} cannot {asked}", asked.page()), failure)
        })?;
        seen = Some(response);
    }
    seen.ok_or_else(|| Complaint::not_asked(asked))
}

/// Every condition that was not met, if the page gets nothing: [`assert_page_cannot`] without the panic.
///
/// # Errors
/// What the assertion would print, in a language of the caller's choice.
pub async fn page_cannot<A: Ask>(
    asked: &A,
    server: &impl Server,
) -> Result<NetworkError, Complaint> {
    let mut error = None;
    for browser in asked.browsers() {
        error = Some(blocked(asked, browser, server).await?);
    }
    error.ok_or_else(|| Complaint::not_asked(asked))
}

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
/// assert_eq!(error.blamed().code, Code::AllowOriginMismatch);
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
    async move { page_can(asked, server).await.unwrap_or_else(|complaint| fail(place, &complaint)) }
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
    async move { page_cannot(asked, server).await.unwrap_or_else(|complaint| fail(place, &complaint)) }
}

fn fail(place: &Location<'_>, complaint: &Complaint) -> ! {
    panic!("{place}: {}", complaint.told_in(Dialect::Rust))
}

async fn blocked<A: Ask>(
    asked: &A,
    browser: Profile,
    server: &impl Server,
) -> Result<NetworkError, Complaint> {
    let page = asked.page();
    match asked.run_in(browser, server).await {
        Err(Failure::Blocked(blocked)) if !blocked.is_unanswered() => Ok(blocked.into_error()),
        Err(Failure::Closed(error)) => Ok(error),
        Err(failure) => {
            let claim = format!("whether {page} can {asked} was not judged");
            Err(Complaint::failed(claim, failure))
        }
        Ok(seen) => {
            let why = Why::Sees(browser, A::tell(&seen));
            Err(Complaint { claim: format!("{page} can {asked}"), why })
        }
    }
}
