//! The middleware on a real socket, spoken to in bytes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, HttpServer, error, web};
use corsage::server::{
    Credentials, DisallowedWrites, Policy, PolicyDraft, PreflightStyle, SharedPolicy,
};
use corsage_actix::{Cors, Panics, RecordDecisions, RecordedDecision};

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// One response, head and body.
#[derive(Debug)]
struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Response {
    fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect()
    }
}

fn draft() -> PolicyDraft {
    PolicyDraft::new()
        .origins(["https://app.example", "https://*.app.example"])
        .methods(["PUT"])
        .headers(["content-type", "x-token"])
        .expose(["etag"])
        .credentials(Credentials::Allow)
        .max_age(Duration::from_secs(600))
}

fn policy() -> Result<Policy, Box<dyn std::error::Error>> {
    Ok(draft().compile()?)
}

async fn own_options() -> HttpResponse {
    HttpResponse::Ok().insert_header(("allow", "GET, OPTIONS")).body("own")
}

async fn own_headers() -> HttpResponse {
    HttpResponse::Ok()
        .append_header(("access-control-allow-origin", "*"))
        .append_header(("access-control-allow-methods", "PUT"))
        .append_header(("vary", "accept-encoding"))
        .append_header(("vary", "accept-language"))
        .finish()
}

#[expect(clippy::panic, reason = "what the test is about")]
async fn panics() -> HttpResponse {
    panic!("on purpose")
}

async fn decision(request: HttpRequest) -> String {
    let extensions = request.extensions();
    extensions
        .get::<RecordedDecision>()
        .map_or("none", |decision| decision.outcome().as_str())
        .to_owned()
}

fn start(cors: Cors) -> Result<SocketAddr, Box<dyn std::error::Error>> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let server = move || {
        App::new()
            .service(
                web::scope("/scoped")
                    .wrap(Cors::new(
                        PolicyDraft::new()
                            .origins(["*"])
                            .compile()
                            .expect("a policy without fault"),
                    ))
                    .route("/get", web::get().to(|| async { "scoped" })),
            )
            .service(
                web::scope("")
                    .wrap(from_fn(
                        |request: actix_web::dev::ServiceRequest,
                         next: actix_web::middleware::Next<_>| async move {
                            // An authentication that knows nothing of preflights.
                            if request.path() == "/secret" {
                                return Err(error::ErrorUnauthorized("no token"));
                            }
                            next.call(request).await
                        },
                    ))
                    .wrap(cors.clone())
                    .route("/get", web::get().to(|| async { "hello" }))
                    .route("/get", web::put().to(|| async { "written" }))
                    .route("/options", web::method(Method::OPTIONS).to(own_options))
                    .route("/own", web::get().to(own_headers))
                    .route("/panic", web::get().to(panics))
                    .route("/decision", web::get().to(decision))
                    .route(
                        "/error",
                        web::get().to(|| async {
                            Err::<&str, _>(error::ErrorTooManyRequests("slow down"))
                        }),
                    ),
            )
    };
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            HttpServer::new(server).workers(1).disable_signals().listen(listener)?.run().await
        })
    });
    Ok(address)
}

fn send(address: SocketAddr, head: &str) -> Result<Response, Box<dyn std::error::Error>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
    write!(stream, "{line} HTTP/1.1\r\nhost: api.example\r\nconnection: close\r\n")?;
    for header in headers.lines() {
        write!(stream, "{header}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or("no end of the head")?;
    let mut lines = head.lines();
    let status =
        lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("no status")?.parse()?;
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Ok(Response { status, headers, body: body.to_owned() })
}

fn assert_granted(response: &Response, origin: &str) {
    assert_eq!(response.all("access-control-allow-origin"), [origin], "{response:?}");
    assert_eq!(response.all("access-control-allow-credentials"), ["true"], "{response:?}");
    assert!(response.all("vary").contains(&"Origin"), "{response:?}");
}

#[test]
fn a_preflight_reaches_nobody_else() -> TestResult {
    let address = start(Cors::new(policy()?))?;
    // `/secret` answers 401 to whatever reaches it, `/nowhere` does not exist.
    for path in ["/get", "/secret", "/nowhere"] {
        let response = send(
            address,
            &format!(
                "OPTIONS {path}\norigin: https://a.app.example\naccess-control-request-method: PUT\naccess-control-request-headers: x-token"
            ),
        )?;
        assert_eq!(response.status, 204, "{response:?}");
        assert_granted(&response, "https://a.app.example");
        assert_eq!(response.all("access-control-allow-methods"), ["PUT"]);
        assert_eq!(response.all("access-control-allow-headers"), ["content-type, x-token"]);
        assert_eq!(response.all("access-control-max-age"), ["600"]);
        assert_eq!(response.body, "");
    }
    Ok(())
}

#[test]
fn a_refused_preflight_says_nothing() -> TestResult {
    let address = start(Cors::new(policy()?))?;
    for origin in ["https://evil.example", "https://app.example.evil.example", "null", "x"] {
        let response = send(
            address,
            &format!("OPTIONS /get\norigin: {origin}\naccess-control-request-method: PUT"),
        )?;
        assert_eq!(response.status, 204, "{response:?}");
        assert_eq!(response.all("access-control-allow-origin"), [""; 0]);
        assert_eq!(response.all("access-control-allow-methods"), [""; 0]);
        assert_eq!(response.all("vary"), ["Origin"]);
    }
    Ok(())
}

#[test]
fn several_origin_lines_are_not_believed() -> TestResult {
    let address = start(Cors::new(policy()?))?;
    let twice = "GET /get\norigin: https://app.example\norigin: https://app.example";
    assert_eq!(send(address, twice)?.all("access-control-allow-origin"), [""; 0]);
    // What is remembered from one request does not leak into the next.
    let once = send(address, "GET /get\norigin: https://app.example")?;
    assert_granted(&once, "https://app.example");
    assert_eq!(send(address, "GET /get")?.all("access-control-allow-origin"), [""; 0]);
    assert_eq!(send(address, twice)?.all("access-control-allow-origin"), [""; 0]);
    Ok(())
}

#[test]
fn other_options_are_the_handlers() -> TestResult {
    let address = start(Cors::new(policy()?))?;
    for headers in ["", "\norigin: https://app.example", "\naccess-control-request-method: PUT"] {
        let response = send(address, &format!("OPTIONS /options{headers}"))?;
        assert_eq!((response.status, response.body.as_str()), (200, "own"), "{response:?}");
    }
    Ok(())
}

#[test]
fn errors_and_panics_carry_the_headers() -> TestResult {
    let address = start(Cors::new(policy()?))?;
    for (path, status) in
        [("/error", 429), ("/secret", 401), ("/nowhere", 404), ("/panic", 500), ("/get", 200)]
    {
        let response = send(address, &format!("GET {path}\norigin: https://app.example"))?;
        assert_eq!(response.status, status, "{response:?}");
        assert_granted(&response, "https://app.example");
        assert_eq!(response.all("access-control-expose-headers"), ["etag"]);
    }
    let panicked = send(address, "GET /panic\norigin: https://app.example")?;
    assert!(!panicked.body.contains("on purpose"), "{panicked:?}");
    Ok(())
}

#[test]
fn panics_go_on_where_asked() -> TestResult {
    let address = start(Cors::new(policy()?).panics(Panics::Propagate))?;
    assert!(send(address, "GET /panic\norigin: https://app.example").is_err());
    Ok(())
}

#[test]
fn the_handlers_own_headers_are_replaced_but_vary() -> TestResult {
    let address = start(Cors::new(policy()?))?;
    let response = send(address, "GET /own\norigin: https://app.example")?;
    assert_granted(&response, "https://app.example");
    assert_eq!(response.all("access-control-allow-methods"), [""; 0]);
    let mut vary = response.all("vary");
    vary.sort_unstable();
    assert_eq!(vary, ["Origin", "accept-encoding", "accept-language"]);
    Ok(())
}

#[test]
fn a_scope_wears_a_policy_of_its_own() -> TestResult {
    let address = start(Cors::new(policy()?))?;
    let response = send(address, "GET /scoped/get\norigin: https://anybody.example")?;
    assert_eq!(response.all("access-control-allow-origin"), ["*"]);
    assert_eq!(response.all("vary"), [""; 0]);
    let preflight = "\norigin: https://anybody.example\naccess-control-request-method: POST";
    let response = send(address, &format!("OPTIONS /scoped/get{preflight}"))?;
    assert_eq!((response.status, response.all("access-control-allow-origin")), (204, vec!["*"]));
    Ok(())
}

#[test]
fn disallowed_writes_are_refused_where_asked() -> TestResult {
    let address = start(Cors::new(draft().disallowed_writes(DisallowedWrites::Refuse).compile()?))?;
    let response = send(address, "PUT /get\norigin: https://evil.example")?;
    assert_eq!((response.status, response.body.as_str()), (403, ""));
    assert_eq!(response.all("vary"), ["Origin"]);
    let response = send(address, "PUT /get\norigin: http://api.example")?;
    assert_eq!((response.status, response.body.as_str()), (200, "written"));
    let response = send(address, "PUT /get\norigin: https://app.example")?;
    assert_eq!((response.status, response.body.as_str()), (200, "written"));
    Ok(())
}

#[test]
fn a_policy_is_replaced_while_it_serves() -> TestResult {
    let shared = SharedPolicy::new(policy()?);
    let address = start(Cors::shared(shared.clone()))?;
    let new = "GET /get\norigin: https://new.example";
    assert_eq!(send(address, new)?.all("access-control-allow-origin"), [""; 0]);
    shared.replace(draft().origins(["https://new.example"]).preflight(PreflightStyle::Ok))?;
    assert_granted(&send(address, new)?, "https://new.example");
    let preflight = "OPTIONS /get\norigin: https://new.example\naccess-control-request-method: PUT";
    let response = send(address, preflight)?;
    assert_eq!((response.status, response.all("content-length")), (200, vec!["0"]));
    Ok(())
}

#[test]
fn decisions_are_recorded_where_asked() -> TestResult {
    let address = start(Cors::new(policy()?))?;
    assert_eq!(send(address, "GET /decision\norigin: https://app.example")?.body, "none");
    let address = start(Cors::new(policy()?).record_decisions(RecordDecisions::On))?;
    assert_eq!(send(address, "GET /decision\norigin: https://app.example")?.body, "share");
    assert_eq!(send(address, "GET /decision\norigin: https://evil.example")?.body, "withhold");
    assert_eq!(send(address, "GET /decision")?.body, "not-cors");
    Ok(())
}
