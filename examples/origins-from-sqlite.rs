//! Origins from a database, put in force while the server runs.
//!
//! Every tenant brings origins of its own, and they change. They are read when they have changed, not when a
//! request asks: no request waits for the database, and a row that is no origin cannot break anything, for
//! the policy in force stays until a better one compiles.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it tells what it does")]

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use corsage::server::{Credentials, PolicyDraft, SharedPolicy};
use corsage_tower::CorsLayer;
use rusqlite::Connection;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:3000".into());
    let database = Connection::open(arguments.next().unwrap_or_else(|| "origins.sqlite".into()))?;
    database.execute_batch("CREATE TABLE IF NOT EXISTS origins (origin TEXT PRIMARY KEY)")?;

    // Before they are read: what is written meanwhile has to be seen as a change.
    let known = version(&database);
    let policy = SharedPolicy::new(draft(&database)?.compile()?);
    let app = Router::new()
        .route("/orders", get(|| async { "[]" }))
        .layer(CorsLayer::shared(policy.clone()));
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    std::thread::spawn(move || watch(&database, &policy, known));
    axum::serve(listener, app).await?;
    Ok(())
}

fn draft(database: &Connection) -> rusqlite::Result<PolicyDraft> {
    let mut statement = database.prepare("SELECT origin FROM origins")?;
    let origins = statement.query_map((), |row| row.get::<_, String>(0))?;
    let origins = origins.collect::<Result<Vec<_>, _>>()?;
    Ok(PolicyDraft::new().origins(origins).methods(["PUT"]).credentials(Credentials::Allow))
}

/// Looks for changes four times a second. SQLite says at next to no cost whether somebody else has written;
/// with another database, listen to its notifications.
fn watch(database: &Connection, policy: &SharedPolicy, mut known: Option<i64>) {
    loop {
        std::thread::sleep(Duration::from_millis(250));
        let current = version(database);
        if current == known {
            continue;
        }
        match draft(database).map(|draft| policy.replace(draft)) {
            Ok(Ok(change)) => {
                println!("added {:?}, removed {:?}", change.origins_added, change.origins_removed);
                known = current;
            }
            Ok(Err(errors)) => {
                eprintln!("the policy in force stays:\n{errors}");
                known = current;
            }
            // Perhaps it is locked: it will be asked again.
            Err(error) => eprintln!("the database cannot be read: {error}"),
        }
    }
}

fn version(database: &Connection) -> Option<i64> {
    database.query_row("PRAGMA data_version", (), |row| row.get(0)).ok()
}
