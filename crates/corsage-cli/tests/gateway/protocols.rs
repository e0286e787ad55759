//! WebSockets, trailers, interim responses, HTTP/2.

use std::io::{BufReader, Read as _, Write as _};
use std::sync::{Arc, Mutex};

use crate::support::{Client, Gateway, ORIGIN, Upstream, read_head, read_request, respond};

/// Agrees to every upgrade, and says everything again.
fn echo() -> Upstream {
    Upstream::start(|stream| {
        let mut stream = BufReader::new(stream);
        let Ok(request) = read_request(&mut stream) else { return };
        if request.all("upgrade").is_empty() {
            let _ = stream.get_mut().write_all(&respond("200 OK", "", b"ok"));
            return;
        }
        let _ = stream.get_mut().write_all(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n",
        );
        let mut piece = [0; 4096];
        while let Ok(read) = stream.read(&mut piece) {
            if read == 0 || stream.get_mut().write_all(&piece[..read]).is_err() {
                return;
            }
        }
    })
}

fn upgrade(origin: &str) -> String {
    format!(
        "GET /socket HTTP/1.1\r\nHost: api.example.com\r\n{origin}Connection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

#[test]
fn websockets_pass_for_allowed_origins_and_for_no_others() {
    let upstream = echo();
    let gateway = Gateway::start(upstream.addr, "");
    for (origin, status) in [
        (format!("Origin: {ORIGIN}\r\n"), 101),
        (String::new(), 101),
        ("Origin: http://api.example.com\r\n".to_owned(), 101),
        ("Origin: https://evil.example\r\n".to_owned(), 403),
        ("Origin: null\r\n".to_owned(), 403),
    ] {
        let mut client = Client::connect(gateway.addr);
        client.send(upgrade(&origin).as_bytes());
        let (answered, _) = read_head(&mut client.stream).unwrap();
        assert_eq!(answered, status, "{origin}");
        if status == 101 {
            client.send(b"ping");
            let mut pong = [0; 4];
            client.stream.read_exact(&mut pong).unwrap();
            assert_eq!(&pong, b"ping");
        }
    }
    let gateway = Gateway::start(upstream.addr, "websocket.origins = \"off\"");
    let mut client = Client::connect(gateway.addr);
    client.send(upgrade("Origin: https://evil.example\r\n").as_bytes());
    assert_eq!(read_head(&mut client.stream).unwrap().0, 101);
}

#[test]
fn an_upgrade_that_the_upstream_declines_stays_http() {
    let upstream = Upstream::ok();
    let gateway = Gateway::start(upstream.addr, "");
    let mut client = Client::connect(gateway.addr);
    let hidden = format!("{}GET /hidden HTTP/1.1\r\nHost: test\r\n\r\n", upgrade(""));
    client.send(hidden.as_bytes());
    assert_eq!(client.response("GET").unwrap().status, 200, "what follows was no tunnel");
}

#[test]
fn trailers_pass_both_ways() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let upstream = Upstream::start(move |stream| {
        let mut stream = BufReader::new(stream);
        let Ok(request) = read_request(&mut stream) else { return };
        log.lock().unwrap().push(request);
        let _ = stream.get_mut().write_all(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: grpc-status, grpc-message\r\n\r\n\
              5\r\nhello\r\n0\r\ngrpc-status: 0\r\ngrpc-message: fine\r\n\r\n",
        );
    });
    let gateway = Gateway::start(upstream.addr, "");
    let mut client = Client::connect(gateway.addr);
    client.send(
        format!(
            "POST /pkg.Service/Method HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\nTE: trailers\r\n\
             Content-Type: application/grpc-web+proto\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        )
        .as_bytes(),
    );
    let response = client.response("POST").unwrap();
    assert_eq!(
        (response.status, response.body.as_slice(), response.complete),
        (200, b"hello".as_slice(), true)
    );
    let trailers: Vec<&str> = response.trailers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(trailers, ["grpc-status", "grpc-message"]);
    assert!(
        response
            .header("access-control-expose-headers")
            .is_some_and(|names| names.contains("grpc-status"))
    );
    let request = seen.lock().unwrap().remove(0);
    assert_eq!(request.body, b"abc");
    assert_eq!(request.all("content-type"), ["application/grpc-web+proto"]);
}

#[test]
fn a_client_that_asks_before_it_sends_is_told_to_go_on() {
    let upstream = Upstream::answering(|request| respond("200 OK", "", &request.body));
    let gateway = Gateway::start(upstream.addr, "");
    let mut client = Client::connect(gateway.addr);
    client.send(
        b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
    );
    let (status, _) = read_head(&mut client.stream).unwrap();
    assert_eq!(status, 100);
    client.send(b"hello");
    let response = client.response("POST").unwrap();
    assert_eq!((response.status, response.body.as_slice()), (200, b"hello".as_slice()));
}

#[test]
fn head_and_bodyless_statuses_keep_the_connection_in_step() {
    let upstream = Upstream::answering(|request| match request.line.split(' ').nth(1) {
        Some("/204") => b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
        Some("/304") => b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n".to_vec(),
        _ if request.line.starts_with("HEAD") => {
            b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".to_vec()
        }
        _ => respond("200 OK", "", b"body"),
    });
    let gateway = Gateway::start(upstream.addr, "");
    let mut client = Client::connect(gateway.addr);
    for (method, path, status) in [
        ("HEAD", "/", 200),
        ("GET", "/204", 204),
        ("GET", "/304", 304),
        ("GET", "/", 200),
        ("HEAD", "/", 200),
    ] {
        client.send(format!("{method} {path} HTTP/1.1\r\nHost: test\r\n\r\n").as_bytes());
        assert_eq!(client.response(method).unwrap().status, status, "{method} {path}");
    }
    client.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\nGET / HTTP/1.1\r\nHost: test\r\n\r\n");
    for _ in 0..2 {
        assert_eq!(client.response("GET").unwrap().body, b"body", "requests that were sent ahead");
    }
}

#[test]
fn http2_by_prior_knowledge_is_served() {
    let upstream = Upstream::answering(|request| {
        respond("200 OK", "X-Served-By: upstream\r\n", request.line.as_bytes())
    });
    let gateway = Gateway::start(upstream.addr, "");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use http_body_util::BodyExt as _;
        let stream = tokio::net::TcpStream::connect(gateway.addr).await.unwrap();
        let io = hyper_util::rt::TokioIo::new(stream);
        let executor = hyper_util::rt::TokioExecutor::new();
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(executor, io).await.unwrap();
        tokio::spawn(connection);
        let request = http::Request::get(format!("http://{}/x?y", gateway.addr))
            .header("origin", ORIGIN)
            .body(http_body_util::Empty::<bytes::Bytes>::new())
            .unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["access-control-allow-origin"], ORIGIN);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "GET /x?y HTTP/1.1");
        let preflight = http::Request::options(format!("http://{}/x", gateway.addr))
            .header("origin", ORIGIN)
            .header("access-control-request-method", "PUT")
            .body(http_body_util::Empty::<bytes::Bytes>::new())
            .unwrap();
        let response = sender.send_request(preflight).await.unwrap();
        assert!(response.status().is_success());
        assert!(
            response.headers()["access-control-allow-methods"].to_str().unwrap().contains("PUT")
        );
    });
}

#[test]
fn a_load_balancer_names_the_client_by_the_proxy_protocol() {
    let upstream = Upstream::answering(|request| {
        respond("200 OK", "", request.all("x-forwarded-for").join(",").as_bytes())
    });
    let addr = crate::support::free_address();
    let settings = format!(
        "upstreams = \"http://{}\"\nlisten = [{{ address = \"{addr}\", proxy_protocol = \"required\" }}]",
        upstream.addr
    );
    let gateway = Gateway::start_at(addr, &settings, crate::support::POLICY);
    let get = "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    let response = Client::once_as(
        gateway.addr,
        "GET",
        &format!("PROXY TCP4 192.0.2.7 10.0.0.1 5000 80\r\n{get}"),
    );
    assert_eq!(response.body, b"192.0.2.7");
    let mut stranger = Client::connect(gateway.addr);
    stranger.send(get.as_bytes());
    assert!(stranger.is_closed(), "without the header nobody is served");
}

#[test]
fn a_listener_speaks_the_versions_that_it_names() {
    let upstream = Upstream::ok();
    let addr = crate::support::free_address();
    let settings = format!(
        "upstreams = \"http://{}\"\nlisten = [{{ address = \"{addr}\", protocols = [\"http1\"] }}]",
        upstream.addr
    );
    let gateway = Gateway::start_at(addr, &settings, crate::support::POLICY);
    assert_eq!(Client::get(gateway.addr, "/").status, 200);
    let mut client = Client::connect(gateway.addr);
    client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00");
    assert!(client.is_closed(), "no HTTP/2 here");
}
