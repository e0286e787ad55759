//! actix-web: one policy around an application, another around a scope.

#![expect(clippy::print_stdout, reason = "it says where it listens")]

use std::error::Error;

use actix_web::{App, HttpResponse, HttpServer, error, web};
use corsage::server::{Credentials, PolicyDraft};
use corsage_actix::Cors;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".into());
    let app = PolicyDraft::new()
        .origins(["https://app.example", "http://localhost:*"])
        .methods(["PUT"])
        .headers(["content-type"])
        .credentials(Credentials::Allow)
        .compile()?;
    let anybody = PolicyDraft::new().origins(["*"]).compile()?;

    // Compiled once, not once for each worker.
    let server = HttpServer::new(move || {
        App::new()
            .service(
                web::scope("/public")
                    .wrap(Cors::new(anybody.clone()))
                    .route("/news", web::get().to(|| async { "nothing new" })),
            )
            .service(
                web::scope("/api")
                    // Last, so outermost.
                    .wrap(Cors::new(app.clone()))
                    .route("/note", web::put().to(HttpResponse::NoContent))
                    .route("/busy", web::get().to(busy))
                    .route("/broken", web::get().to(broken)),
            )
    })
    .workers(1)
    .bind(address)?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    server.run().await?;
    Ok(())
}

/// An error, which pages can read like every other answer.
async fn busy() -> Result<HttpResponse, actix_web::Error> {
    Err(error::ErrorTooManyRequests("come back later"))
}

/// A panic: pages see a 500.
#[expect(clippy::panic, reason = "what it shows")]
async fn broken() -> HttpResponse {
    panic!("a bug")
}
