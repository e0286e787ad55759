//! gRPC and gRPC-web, by tonic on both sides; WebSockets by tungstenite.

use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{SinkExt as _, Stream, StreamExt as _};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error as WebSocketError, Message};
use tonic::server::NamedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_health::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::support::{Client, Gateway, ORIGIN};

/// Messages one by one, as they come.
struct Receiver<T>(mpsc::Receiver<T>);

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.0.poll_recv(cx)
    }
}

/// Says every message again, as it comes.
#[derive(Clone)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = "test.Echo";
}

type Codec = tonic_prost::ProstCodec<HealthCheckRequest, HealthCheckRequest>;

impl tonic::server::StreamingService<HealthCheckRequest> for Echo {
    type Response = HealthCheckRequest;
    type ResponseStream = Streaming<HealthCheckRequest>;
    type Future = std::future::Ready<Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<Streaming<HealthCheckRequest>>) -> Self::Future {
        std::future::ready(Ok(Response::new(request.into_inner())))
    }
}

impl tower::Service<http::Request<tonic::body::Body>> for Echo {
    type Response = http::Response<tonic::body::Body>;
    type Error = std::convert::Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(Codec::default());
            Ok(grpc.streaming(Echo, request).await)
        })
    }
}

/// A server of health and echo; what sets the health.
async fn serve(protocol: Protocol) -> (SocketAddr, tonic_health::server::HealthReporter) {
    let (reporter, health) = tonic_health::server::health_reporter();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let incoming = tonic::transport::server::TcpIncoming::from(listener).with_nodelay(Some(true));
    let server = tonic::transport::Server::builder();
    match protocol {
        Protocol::Grpc => {
            let mut server = server;
            let router = server.add_service(health).add_service(Echo);
            tokio::spawn(router.serve_with_incoming(incoming));
        }
        Protocol::GrpcWeb => {
            let mut server = server.accept_http1(true).layer(tonic_web::GrpcWebLayer::new());
            tokio::spawn(server.add_service(health).serve_with_incoming(incoming));
        }
    }
    (addr, reporter)
}

enum Protocol {
    Grpc,
    GrpcWeb,
}

/// Blocks on what the test does; the gateway runs beside it as a process.
fn run(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let limited = async { tokio::time::timeout(Duration::from_secs(60), test).await };
    runtime.unwrap().block_on(limited).unwrap();
}

fn grpc_gateway(upstream: SocketAddr, more: &str) -> Gateway {
    let settings =
        format!("upstreams = [{{ url = \"http://{upstream}\", protocol = \"http2\" }}]\n{more}");
    Gateway::start_with(&settings, crate::support::POLICY)
}

async fn channel(gateway: &Gateway) -> Channel {
    Endpoint::from_shared(format!("http://{}", gateway.addr)).unwrap().connect().await.unwrap()
}

fn named(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[test]
fn calls_their_errors_and_streams_of_answers_pass() {
    run(async {
        let (upstream, reporter) = serve(Protocol::Grpc).await;
        let gateway = grpc_gateway(upstream, "");
        let mut client = HealthClient::new(channel(&gateway).await);
        let serving = ServingStatus::Serving as i32;
        let answer = client.check(named("")).await.unwrap();
        assert_eq!(answer.into_inner().status, serving);
        // An error is told in headers alone, with no message to go with it.
        let error = client.check(named("no.such.Service")).await.unwrap_err();
        assert_eq!(error.code(), Code::NotFound, "{error:?}");
        // Answers come when they are given, and end with their status.
        let mut watched = client.watch(named("")).await.unwrap().into_inner();
        let mut next =
            async || -> HealthCheckResponse { watched.message().await.unwrap().unwrap() };
        assert_eq!(next().await.status, serving);
        reporter.set_service_status("", ServingStatus::NotServing).await;
        assert_ne!(next().await.status, serving);
        // Many at once, on one connection.
        let calls = (0..200).map(|_| {
            let mut client = client.clone();
            async move { client.check(named("")).await.map(|answer| answer.into_inner().status) }
        });
        let answers = futures_util::future::join_all(calls).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    });
}

#[test]
fn both_sides_of_a_stream_may_be_silent_for_long() {
    run(async {
        let (upstream, _reporter) = serve(Protocol::Grpc).await;
        let gateway = grpc_gateway(
            upstream,
            "timeouts = { request_body_idle = \"300ms\", keep_alive = \"300ms\" }",
        );
        let channel = channel(&gateway).await;
        let mut grpc = tonic::client::Grpc::new(channel.clone());
        grpc.ready().await.unwrap();
        let (say, said) = mpsc::channel(4);
        let path = http::uri::PathAndQuery::from_static("/test.Echo/Echo");
        let request = Request::new(Receiver(said));
        let calling = grpc.streaming(request, path, Codec::default());
        let mut answers = calling.await.unwrap().into_inner();
        for word in ["a", "b", "c"] {
            say.send(named(word)).await.unwrap();
            assert_eq!(answers.message().await.unwrap().unwrap().service, word);
            tokio::time::sleep(Duration::from_millis(1200)).await;
        }
        // Another call on the same connection is none the worse.
        assert!(HealthClient::new(channel).check(named("")).await.is_ok());
        drop(say);
        assert!(answers.message().await.unwrap().is_none(), "the end of one side ends the other");
    });
}

#[test]
fn an_upstream_that_is_gone_is_unavailable() {
    run(async {
        let gateway = grpc_gateway(crate::support::free_address(), "");
        let mut client = HealthClient::new(channel(&gateway).await);
        let error = client.check(named("")).await.unwrap_err();
        assert_eq!(error.code(), Code::Unavailable, "{error:?}");
    });
}

#[test]
fn pages_call_by_grpc_web() {
    run(async {
        let (upstream, _reporter) = serve(Protocol::GrpcWeb).await;
        let policy = format!(
            "[[policy]]\nallow_origins = [\"{ORIGIN}\"]\nallow_headers = [\"content-type\", \"x-grpc-web\", \"x-user-agent\"]\n\
             expose_headers = [\"grpc-status\", \"grpc-message\"]\n"
        );
        let gateway = Gateway::start_with(&format!("upstreams = \"http://{upstream}\""), &policy);
        let addr = gateway.addr;
        let blocking = tokio::task::spawn_blocking(move || {
            let host = "Host: api.example.com";
            let preflight = format!(
                "OPTIONS /grpc.health.v1.Health/Check HTTP/1.1\r\n{host}\r\nOrigin: {ORIGIN}\r\n\
                 Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type,x-grpc-web,x-user-agent\r\n\
                 Connection: close\r\n\r\n"
            );
            let granted = Client::once(addr, &preflight);
            assert_eq!(granted.header("access-control-allow-origin"), Some(ORIGIN));
            assert!(granted.header("access-control-allow-headers").unwrap().contains("x-grpc-web"));
            // A message of nothing: the health of the server as a whole.
            let call = |message: &[u8]| {
                let mut client = Client::connect(addr);
                client.send(
                    format!(
                        "POST /grpc.health.v1.Health/Check HTTP/1.1\r\n{host}\r\nOrigin: {ORIGIN}\r\nX-Grpc-Web: 1\r\n\
                         Content-Type: application/grpc-web+proto\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                        message.len()
                    )
                    .as_bytes(),
                );
                client.send(message);
                client.response("POST").unwrap()
            };
            let answer = call(&[0, 0, 0, 0, 0]);
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
            assert!(answer.body.starts_with(&[0, 0, 0, 0, 2, 8, 1]), "{:?}", answer.body);
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(text.contains("grpc-status:0"), "the status is part of the body: {text}");
            let error = call(&[0, 0, 0, 0, 3, 10, 1, b'x']);
            assert!(error.header("access-control-expose-headers").unwrap().contains("grpc-status"));
            let told = error.header("grpc-status").map(str::to_owned);
            let text = String::from_utf8_lossy(&error.body).into_owned();
            assert!(told.as_deref() == Some("5") || text.contains("grpc-status:5"), "{error:?}");
        });
        blocking.await.unwrap();
    });
}

#[test]
fn web_sockets_pass_for_a_real_client_and_server() {
    run(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else {
                        return;
                    };
                    while let Some(Ok(message)) = socket.next().await {
                        // Pings are answered by the library.
                        if message.is_binary() && socket.send(message).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        let gateway = Gateway::start(upstream, "");
        let url = format!("ws://{}/socket", gateway.addr);
        let connect = async |origin: &str| {
            let mut request = url.as_str().into_client_request().unwrap();
            request.headers_mut().insert("origin", origin.parse().unwrap());
            tokio_tungstenite::connect_async(request).await
        };
        let (mut socket, _) = connect(ORIGIN).await.unwrap();
        for size in [0, 1, 125, 126, 70_000, 1_000_000] {
            let message = Message::binary(vec![7; size]);
            socket.send(message.clone()).await.unwrap();
            assert_eq!(socket.next().await.unwrap().unwrap(), message, "{size}");
        }
        socket.send(Message::Ping("x".into())).await.unwrap();
        assert!(matches!(socket.next().await.unwrap().unwrap(), Message::Pong(_)));
        socket.close(None).await.unwrap();
        while let Some(Ok(_)) = socket.next().await {}
        match connect("https://evil.example").await {
            Err(WebSocketError::Http(response)) => assert_eq!(response.status(), 403),
            other => panic!("{other:?}"),
        }
    });
}
