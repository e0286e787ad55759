//! Each example is started as a user starts it, on a free port, and asked as pages ask.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use corsage_test::{
    Code, CredentialsMode, Network, PageFetch, assert_page_can, assert_page_cannot,
};

/// An example that runs until the test ends.
struct Example {
    process: Child,
    url: String,
}

impl Example {
    fn start(program: &str, arguments: &[&Path]) -> Self {
        let mut process = Command::new(program)
            .arg("127.0.0.1:0")
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example is built");
        let stdout = process.stdout.take().expect("it was asked for");
        let mut lines = BufReader::new(stdout).lines();
        let line = lines.next().expect("it says where it listens").expect("text");
        // What it says later must have somewhere to go.
        std::thread::spawn(move || lines.for_each(drop));
        let url = line.strip_prefix("listening on ").expect("a URL").to_owned();
        Self { process, url }
    }

    /// A page of this origin, about to fetch a path.
    fn page(&self, origin: &str, path: &str) -> PageFetch {
        PageFetch::new(format!("{}{path}", self.url)).from(origin)
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn axum_per_route() {
    let example = Example::start(env!("CARGO_BIN_EXE_axum-per-route"), &[]);
    let items = example.page("https://anybody.example", "/catalogue/items");
    let response = assert_page_can(&items, &Network).await;
    assert!(response.headers().contains(b"etag"));

    let basket = |origin| {
        let page = example.page(origin, "/account/basket").method("PUT");
        page.header("content-type", "application/json").credentials(CredentialsMode::Include)
    };
    assert_page_can(&basket("https://www.shop.example"), &Network).await;
    let error = assert_page_cannot(&basket("https://anybody.example"), &Network).await;
    assert_eq!(error.blamed().code, Code::PreflightMissingAllowOrigin);

    assert_page_cannot(&example.page("https://shop.example", "/internal"), &Network).await;
}

#[tokio::test]
async fn axum_auth() {
    let example = Example::start(env!("CARGO_BIN_EXE_axum-auth"), &[]);
    let anonymous = example.page("https://app.example", "/me");
    let response = assert_page_can(&anonymous, &Network).await;
    assert_eq!(response.status(), 401);
    assert!(response.headers().contains(b"www-authenticate"));

    // The preflight carries no token, and passes all the same.
    let ada = anonymous.clone().header("authorization", "Bearer sesame");
    assert_eq!(assert_page_can(&ada, &Network).await.status(), 200);
    let wrong = anonymous.header("authorization", "Bearer guess");
    assert_eq!(assert_page_can(&wrong, &Network).await.status(), 401);
    assert_page_cannot(&ada.from("https://stranger.example"), &Network).await;
}

#[tokio::test]
async fn tonic_web() {
    let example = Example::start(env!("CARGO_BIN_EXE_tonic-web"), &[]);
    let call = |origin: &str, message: &[u8]| {
        let length = u32::try_from(message.len()).expect("short").to_be_bytes();
        example
            .page(origin, "/grpc.health.v1.Health/Check")
            .method("POST")
            .header("content-type", "application/grpc-web+proto")
            .header("x-grpc-web", "1")
            .header("x-user-agent", "grpc-web-javascript/0.1")
            .body([&[0], &length[..], message].concat())
    };
    let response = assert_page_can(&call("https://app.example", b""), &Network).await;
    assert_eq!(response.status(), 200);

    // Field 1, a name that the service does not know: "not found" is 5, and the page sees it.
    let unknown = call("https://app.example", b"\x0a\x01x");
    let response = assert_page_can(&unknown, &Network).await;
    assert_eq!(response.headers().get(b"grpc-status").as_deref(), Some(&b"5"[..]));
    assert!(response.headers().contains(b"grpc-message"));

    assert_page_cannot(&call("https://stranger.example", b""), &Network).await;
}

#[tokio::test]
async fn actix() {
    let example = Example::start(env!("CARGO_BIN_EXE_actix"), &[]);
    assert_page_can(&example.page("https://anybody.example", "/public/news"), &Network).await;
    for origin in ["https://app.example", "http://localhost:5173"] {
        let note = example.page(origin, "/api/note").method("PUT");
        let note = note.header("content-type", "text/markdown").body(*b"# ha");
        let response = assert_page_can(&note.credentials(CredentialsMode::Include), &Network).await;
        assert_eq!(response.status(), 204);
        for (path, status) in [("/api/busy", 429), ("/api/broken", 500), ("/api/nowhere", 404)] {
            let response = assert_page_can(&example.page(origin, path), &Network).await;
            assert_eq!(response.status(), status);
        }
    }
    assert_page_cannot(&example.page("https://anybody.example", "/api/busy"), &Network).await;
}

#[tokio::test]
async fn origins_from_sqlite() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("origins.sqlite");
    let example = Example::start(env!("CARGO_BIN_EXE_origins-from-sqlite"), &[&path]);
    let database = rusqlite::Connection::open(&path).expect("the example has made it");
    let orders = example.page("https://tenant.example", "/orders");
    assert_page_cannot(&orders, &Network).await;

    let add = "INSERT INTO origins VALUES (?1)";
    database.execute(add, ["https://tenant.example"]).expect("written");
    eventually("the new origin is admitted", async || orders.run(&Network).await.is_ok()).await;

    // A row that is no origin changes nothing, even though another one changes with it.
    database.execute_batch("DELETE FROM origins").expect("written");
    eventually("the old origin is gone", async || orders.run(&Network).await.is_err()).await;
    database.execute(add, ["https://tenant.example"]).expect("written");
    eventually("it is back", async || orders.run(&Network).await.is_ok()).await;
    database
        .execute_batch("BEGIN; DELETE FROM origins; INSERT INTO origins VALUES ('tenant'); COMMIT")
        .expect("written");
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_page_can(&orders, &Network).await;
}

/// Waits for what happens soon.
async fn eventually(what: &str, happens: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !happens().await {
        assert!(Instant::now() < deadline, "it never happens: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
