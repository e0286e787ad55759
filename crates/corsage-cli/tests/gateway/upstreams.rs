//! Servers behind the gateway: HTTP/2 ones, several of them, sick ones.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, Version};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio_rustls::TlsAcceptor;

use crate::support::{
    Client, Gateway, ORIGIN, POLICY, Upstream, eventually, free_address, respond,
};
use crate::tls::Authority;

/// An HTTP/2 server, with prior knowledge or behind TLS; counts its connections.
fn http2_upstream(tls: Option<Arc<rustls::ServerConfig>>) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let addr = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, SeqCst);
                let tls = tls.clone();
                tokio::spawn(async move {
                    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    let service = service_fn(echo);
                    match tls {
                        None => drop(builder.serve_connection(TokioIo::new(stream), service).await),
                        Some(config) => {
                            if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                                let io = TokioIo::new(stream);
                                drop(builder.serve_connection(io, service).await);
                            }
                        }
                    }
                });
            }
        });
    });
    (addr, connections)
}

/// Says what it was asked, with its body, and trailers.
async fn echo(
    request: Request<Incoming>,
) -> Result<Response<http_body_util::combinators::BoxBody<Bytes, Infallible>>, Infallible> {
    assert_eq!(request.version(), Version::HTTP_2);
    if request.uri().path() == "/endless" {
        let piece = || Some((Ok(Frame::data(Bytes::from(vec![b'x'; 65536]))), ()));
        let endless = futures_util::stream::unfold((), move |()| std::future::ready(piece()));
        return Ok(Response::new(StreamBody::new(endless).boxed()));
    }
    let told = format!(
        "{} {} host={:?} te={:?} xff={:?}\n",
        request.method(),
        request.uri(),
        request.headers().get("host"),
        request.headers().get("te"),
        request.headers().get("x-forwarded-for"),
    );
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", HeaderValue::from(body.len()));
    let frames =
        [Frame::data(Bytes::from([told.as_bytes(), &body].concat())), Frame::trailers(trailers)];
    let body = StreamBody::new(futures_util::stream::iter(frames.map(Ok)));
    // HTTP/1.1 clients get the trailers that are announced.
    Ok(Response::builder().header("trailer", "x-sum").body(body.boxed()).unwrap())
}

#[test]
fn http2_upstreams_are_spoken_to_in_http2() {
    let authority = Authority::new();
    let identity = authority.sign("up", &["127.0.0.1"]);
    let (plain, connections) = http2_upstream(None);
    let (tls, _) = http2_upstream(Some(authority.server(&identity, &[b"h2"])));
    let (no_http2, _) = http2_upstream(Some(authority.server(&identity, &[])));
    let roots = format!("tls = {{ roots = [\"{}\"] }}", authority.file().display());
    let start = |url: String, more: &str| {
        let line = format!(
            "threads = 1\nupstreams = [{{ url = \"{url}\", protocol = \"http2\" {more} }}]"
        );
        Gateway::start_with(&line, POLICY)
    };
    let gateway = start(format!("http://{plain}"), "");
    let behind_tls = start(format!("https://{tls}"), &format!(", {roots}"));
    let post = "POST /x?y HTTP/1.1\r\nHost: api.example.com\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    for (gateway, scheme) in [(&gateway, "http"), (&behind_tls, "https")] {
        let response = Client::once(gateway.addr, post);
        assert_eq!(response.status, 200, "{response:?}");
        let text = String::from_utf8(response.body).unwrap();
        let wanted = format!(
            "POST {scheme}://api.example.com/x?y host=None te=Some(\"trailers\") xff=Some(\"127.0.0.1\")\nhello"
        );
        assert_eq!(text, wanted);
        assert_eq!(response.trailers, [("x-sum".to_owned(), "5".to_owned())]);
    }
    // Many at once share a connection.
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| assert_eq!(Client::get(gateway.addr, "/").status, 200));
        }
    });
    assert!(connections.load(SeqCst) <= 2, "{} connections", connections.load(SeqCst));
    let told = Client::get(start(format!("https://{no_http2}"), &format!(", {roots}")).addr, "/");
    assert_eq!(told.status, 502);
    assert!(String::from_utf8(told.body).unwrap().contains("http2-not-agreed"));
    let own_host = start(format!("http://{plain}"), ", host = \"upstream\"");
    let told = String::from_utf8(Client::get(own_host.addr, "/").body).unwrap();
    assert!(told.starts_with(&format!("GET http://{plain}/ ")), "{told}");
}

#[test]
fn a_client_that_does_not_read_holds_up_nobody_on_the_same_upstream_connection() {
    let (upstream, connections) = http2_upstream(None);
    let line = format!(
        "threads = 1\nupstreams = [{{ url = \"http://{upstream}\", protocol = \"http2\" }}]"
    );
    let gateway = Gateway::start_with(&line, POLICY);
    let mut unread: Vec<Client> = (0..16).map(|_| Client::connect(gateway.addr)).collect();
    for client in &mut unread {
        client.send(b"GET /endless HTTP/1.1\r\nHost: test\r\n\r\n");
    }
    std::thread::sleep(Duration::from_millis(500));
    let began = Instant::now();
    for _ in 0..20 {
        let response = Client::get(gateway.addr, "/");
        assert!(response.status == 200 && response.complete, "{response:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(connections.load(SeqCst), 1, "requests that come together share a connection");
}

#[test]
fn more_streams_than_a_server_takes_on_one_connection_go_to_another() {
    let (upstream, connections) = http2_upstream(None);
    let line = format!(
        "threads = 1\nupstreams = [{{ url = \"http://{upstream}\", protocol = \"http2\" }}]"
    );
    let gateway = Gateway::start_with(&line, POLICY);
    let mut open: Vec<Client> = (0..230).map(|_| Client::connect(gateway.addr)).collect();
    for client in &mut open {
        client.send(b"GET /endless HTTP/1.1\r\nHost: test\r\n\r\n");
    }
    for client in &mut open {
        assert_eq!(crate::support::read_head(&mut client.stream).unwrap().0, 200);
    }
    let response = Client::get(gateway.addr, "/");
    assert!(response.status == 200 && response.complete, "{response:?}");
    assert_eq!(connections.load(SeqCst), 3);
}

/// An HTTP/2 server by hand: answers the first request of each connection, and does this with the others.
fn fickle_http2(then: Then) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let addr = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let count = Arc::clone(&count);
                tokio::spawn(async move {
                    let mut connection = h2::server::handshake(stream).await.unwrap();
                    let mut answered = false;
                    while let Some(Ok((_, mut respond))) = connection.accept().await {
                        count.fetch_add(1, SeqCst);
                        if !answered {
                            answered = true;
                            let _ = respond.send_response(Response::new(()), true);
                            if then == Then::GoesAway {
                                connection.graceful_shutdown();
                            }
                        } else {
                            respond.send_reset(h2::Reason::INTERNAL_ERROR);
                        }
                    }
                });
            }
        });
    });
    (addr, asked)
}

#[derive(Clone, Copy, PartialEq)]
enum Then {
    Resets,
    GoesAway,
}

#[test]
fn an_http2_upstream_that_resets_streams_is_not_asked_for_ever() {
    let (upstream, asked) = fickle_http2(Then::Resets);
    let line = format!(
        "threads = 1\nupstreams = [{{ url = \"http://{upstream}\", protocol = \"http2\" }}]"
    );
    let gateway = Gateway::start_with(&line, POLICY);
    assert_eq!(Client::get(gateway.addr, "/").status, 200);
    assert_eq!(Client::get(gateway.addr, "/").status, 502);
    assert!(asked.load(SeqCst) <= 3, "asked {} times", asked.load(SeqCst));
}

#[test]
fn an_http2_upstream_that_goes_away_after_each_answer_costs_no_request() {
    let (upstream, _) = fickle_http2(Then::GoesAway);
    let line = format!(
        "threads = 1\nupstreams = [{{ url = \"http://{upstream}\", protocol = \"http2\" }}]"
    );
    let gateway = Gateway::start_with(&line, POLICY);
    let statuses: Vec<u16> = (0..30).map(|_| Client::get(gateway.addr, "/").status).collect();
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
}

/// A server that says its name, and counts; its probes fail while it is told so.
struct Named {
    upstream: Upstream,
    asked: Arc<AtomicUsize>,
    sick: Arc<AtomicBool>,
}

fn named(name: &'static str) -> Named {
    let (asked, sick) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (count, state) = (Arc::clone(&asked), Arc::clone(&sick));
    let upstream = Upstream::answering(move |request| {
        if request.line.contains("/health") {
            let status = if state.load(SeqCst) { "503 Sick" } else { "204 Well" };
            return format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").into_bytes();
        }
        count.fetch_add(1, SeqCst);
        respond("200 OK", "", name.as_bytes())
    });
    Named { upstream, asked, sick }
}

fn several(servers: &[SocketAddr], more: &str) -> Gateway {
    let urls: Vec<String> = servers.iter().map(|addr| format!("\"http://{addr}\"")).collect();
    Gateway::start_with(&format!("threads = 1\nupstreams = [{}]\n{more}", urls.join(", ")), POLICY)
}

fn bodies(gateway: &Gateway, count: usize) -> Vec<String> {
    let get = || Client::get(gateway.addr, "/");
    (0..count).map(|_| String::from_utf8(get().body).unwrap()).collect()
}

#[test]
fn a_server_that_fails_its_probes_gets_no_requests_until_it_is_well() {
    let (a, b) = (named("a"), named("b"));
    let gateway = several(
        &[a.upstream.addr, b.upstream.addr],
        "balance = \"round-robin\"\nhealth = { path = \"/health\", interval = \"50ms\", unhealthy_after = 2, healthy_after = 2 }",
    );
    assert_eq!(bodies(&gateway, 10).iter().filter(|body| *body == "a").count(), 5);
    a.sick.store(true, SeqCst);
    eventually("it is not left out", || gateway.metric("corsage_upstream_healthy") == 1.0);
    assert!(bodies(&gateway, 10).iter().all(|body| body == "b"));
    assert!(gateway.told().contains("does not answer its probes"), "{}", gateway.told());
    a.sick.store(false, SeqCst);
    eventually("it is not taken back", || gateway.metric("corsage_upstream_healthy") == 2.0);
    assert_eq!(bodies(&gateway, 10).iter().filter(|body| *body == "a").count(), 5);
    // When none is well, one is asked all the same: probes may be what is broken.
    a.sick.store(true, SeqCst);
    b.sick.store(true, SeqCst);
    eventually("they are not left out", || gateway.metric("corsage_upstream_healthy") == 0.0);
    assert_eq!(bodies(&gateway, 4).len(), 4);
}

#[test]
fn a_server_that_fails_requests_is_left_out_for_a_while() {
    let broken = Arc::new(AtomicBool::new(true));
    let asked = Arc::new(AtomicUsize::new(0));
    let (state, count) = (Arc::clone(&broken), Arc::clone(&asked));
    let failing = Upstream::start(move |stream| {
        let mut stream = std::io::BufReader::new(stream);
        while crate::support::read_request(&mut stream).is_ok() {
            count.fetch_add(1, SeqCst);
            if state.load(SeqCst) {
                return;
            }
            let _ = std::io::Write::write_all(stream.get_mut(), &respond("200 OK", "", b"failing"));
        }
    });
    let good = named("good");
    let gateway = several(
        &[failing.addr, good.upstream.addr],
        "balance = \"round-robin\"\npassive_health = { failures = 3, eject_for = \"1s\" }",
    );
    let statuses: Vec<u16> = (0..20).map(|_| Client::get(gateway.addr, "/").status).collect();
    // Its connections were new: whether a request was executed is not known, and nothing is sent twice.
    assert_eq!(statuses.iter().filter(|status| **status == 502).count(), 3, "{statuses:?}");
    assert_eq!(asked.load(SeqCst), 3);
    assert_eq!(good.asked.load(SeqCst), 17);
    broken.store(false, SeqCst);
    eventually("it is not taken back", || bodies(&gateway, 2).iter().any(|body| body == "failing"));
}

#[test]
fn requests_go_elsewhere_only_if_they_were_not_sent() {
    let good = named("good");
    let executed: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = Arc::clone(&executed);
    // Takes the request, and then says nothing.
    let breaking = Upstream::start(move |stream| {
        let mut stream = std::io::BufReader::new(stream);
        if let Ok(request) = crate::support::read_request(&mut stream) {
            log.lock().unwrap().push(request.line);
        }
    });
    let posts = |gateway: &Gateway| -> Vec<u16> {
        let post =
            "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
        (0..10).map(|_| Client::once(gateway.addr, post).status).collect()
    };
    // Nobody was reached: any request may go elsewhere.
    let nobody = free_address();
    let settings = "balance = \"round-robin\"\npassive_health.failures = \"off\"";
    let gateway = several(&[nobody, good.upstream.addr], settings);
    assert!(posts(&gateway).iter().all(|status| *status == 200));
    assert_eq!(good.asked.load(SeqCst), 10);
    // Somebody was: what may have been executed is not sent again.
    let gateway = several(&[breaking.addr, good.upstream.addr], settings);
    let statuses = posts(&gateway);
    assert_eq!(statuses.iter().filter(|status| **status == 502).count(), 5, "{statuses:?}");
    assert_eq!(executed.lock().unwrap().len(), 5);
    assert_eq!(good.asked.load(SeqCst), 15);
}

#[test]
fn least_loaded_servers_are_chosen() {
    let slow = Upstream::answering(|_| {
        std::thread::sleep(Duration::from_millis(400));
        respond("200 OK", "", b"slow")
    });
    let quick = named("quick");
    let gateway = several(&[slow.addr, quick.upstream.addr], "");
    let answers: Mutex<Vec<String>> = Mutex::default();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while began.elapsed() < Duration::from_millis(1500) {
                    let body = bodies(&gateway, 1).remove(0);
                    answers.lock().unwrap().push(body);
                    std::thread::sleep(Duration::from_millis(5));
                }
            });
        }
    });
    let answers = answers.lock().unwrap();
    let slow = answers.iter().filter(|body| *body == "slow").count();
    assert!(slow * 5 < answers.len(), "{slow} of {} went to the slow one", answers.len());
}

#[test]
fn requests_beyond_the_limit_are_a_503_that_pages_can_read() {
    let upstream = Upstream::answering(|_| {
        std::thread::sleep(Duration::from_millis(800));
        respond("200 OK", "", b"late")
    });
    let gateway = Gateway::start(upstream.addr, "threads = 2\nlimits.requests = 3");
    let ask = || {
        let request = format!(
            "GET / HTTP/1.1\r\nHost: test\r\nOrigin: {ORIGIN}\r\nConnection: close\r\n\r\n"
        );
        Client::once(gateway.addr, &request)
    };
    let responses: Vec<_> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..10).map(|_| scope.spawn(ask)).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    let count = |status| responses.iter().filter(|response| response.status == status).count();
    assert_eq!((count(200), count(503)), (3, 7));
    for response in &responses {
        assert_eq!(response.header("access-control-allow-origin"), Some(ORIGIN), "{response:?}");
        assert_eq!(response.header("retry-after").is_some(), response.status == 503);
    }
    // A preflight is no request to an upstream; and all places are free again.
    assert_eq!(ask().status, 200);
}
