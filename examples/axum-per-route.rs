//! axum: a policy for each group of routes.
//!
//! A public catalogue that every page may read, and an account that only the shop's own pages may use, with
//! the user's cookie.

#![expect(clippy::print_stdout, reason = "it says where it listens")]

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, put};
use corsage::server::{Credentials, PolicyDraft, PolicyErrors};
use corsage_tower::CorsLayer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".into());
    // All that is wrong with a policy is told here, before anything is served.
    let app = app()?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

fn app() -> Result<Router, PolicyErrors> {
    let anybody = PolicyDraft::new().origins(["*"]).expose(["etag"]).compile()?;
    let shop = PolicyDraft::new()
        .origins(["https://shop.example", "https://*.shop.example"])
        .methods(["PUT", "DELETE"])
        .headers(["content-type"])
        .credentials(Credentials::Allow)
        .max_age(Duration::from_secs(7200))
        .compile()?;

    // A nested router without a fallback of its own leaves what it has no route for to the outer one, outside its
    // layer: such a 404 has no headers, and pages see a network error in its place. A fallback inside mends that.
    let nowhere = || async { StatusCode::NOT_FOUND };
    let catalogue = Router::new()
        .route("/items", get(|| async { ([("etag", "\"7\"")], "[\"rose\", \"carnation\"]") }))
        .fallback(nowhere)
        .layer(CorsLayer::new(anybody));
    let account = Router::new()
        .route("/basket", put(|| async { StatusCode::NO_CONTENT }).get(|| async { "[]" }))
        .fallback(nowhere)
        .layer(CorsLayer::new(shop));
    // Beside each other, not around each other: of two layers the outer one has the last word. What has
    // no layer, like `/internal`, is for no page but the server's own.
    Ok(Router::new()
        .nest("/catalogue", catalogue)
        .nest("/account", account)
        .route("/internal", get(|| async { "for nobody else" })))
}
