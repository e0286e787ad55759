//! tonic: gRPC-web, called by pages of another origin.
//!
//! gRPC's status travels in headers when there is no message to go with it, which is to say with every
//! error. A page sees those headers only if they are exposed: without `expose`, calls that succeed
//! work, and every error looks like status 0 without a message.

#![expect(clippy::print_stdout, reason = "it says where it listens")]

use std::error::Error;

use corsage::server::{Policy, PolicyDraft, PolicyErrors};
use corsage_tower::CorsLayer;
use tonic::service::Routes;
use tonic_web::GrpcWebLayer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".into());
    let policy = policy()?;
    // Any tonic service does; this one comes with tonic and answers for "" but for no other name.
    let (_reporter, health) = tonic_health::server::health_reporter();
    let app = Routes::new(health)
        .into_axum_router()
        .layer(GrpcWebLayer::new())
        .layer(CorsLayer::new(policy));
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

fn policy() -> Result<Policy, PolicyErrors> {
    PolicyDraft::new()
        .origins(["https://app.example"])
        // What grpc-web and connect-web send with a call.
        .headers(["content-type", "x-grpc-web", "x-user-agent", "grpc-timeout"])
        .expose(["grpc-status", "grpc-message", "grpc-status-details-bin"])
        .compile()
}
