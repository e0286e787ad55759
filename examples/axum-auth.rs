//! axum: CORS and authentication.
//!
//! Two mistakes are made here again and again. Authentication sits outside of CORS, and refuses every preflight,
//! which by its nature carries no token. Or the 401 carries no CORS headers, and the page sees "network
//! error" where it should show its login form. One order avoids both: CORS outermost.

#![expect(clippy::print_stdout, reason = "it says where it listens")]

use std::error::Error;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use corsage::server::{PolicyDraft, PolicyErrors};
use corsage_tower::CorsLayer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".into());
    let app = app()?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

fn app() -> Result<Router, PolicyErrors> {
    let policy = PolicyDraft::new()
        .origins(["https://app.example"])
        // `*` would not cover it: by the standard Authorization must be named.
        .headers(["authorization"])
        // What the page wants to read of a 401.
        .expose(["www-authenticate"])
        .compile()?;
    Ok(Router::new()
        .route("/me", get(|| async { "Ada" }))
        .layer(from_fn(authenticate))
        // Added last, so outermost: it answers preflights before anybody asks for a token, and puts the
        // headers on the 401.
        .layer(CorsLayer::new(policy)))
}

async fn authenticate(request: Request, next: Next) -> Response {
    let token = request.headers().get(AUTHORIZATION).map(|value| value.as_bytes());
    if token == Some(b"Bearer sesame") {
        return next.run(request).await;
    }
    (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")], "who are you?").into_response()
}
