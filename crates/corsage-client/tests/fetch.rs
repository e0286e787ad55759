//! The client against real sockets: what is sent, what is kept, what a page gets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::sync::{Arc, Mutex};

use corsage_client::{
    Body, Browser, Code, CredentialsMode, FetchError, Profile, RequestInit, ResponseType,
};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// A server that answers by a function of the request's head, byte for byte.
struct Server {
    address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&heads), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    loop {
                        let (mut head, mut length) = (String::new(), 0);
                        loop {
                            let mut line = String::new();
                            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                                return;
                            }
                            if let Some(value) =
                                line.to_ascii_lowercase().strip_prefix("content-length:")
                            {
                                length = value.trim().parse().unwrap();
                            }
                            if line == "\r\n" {
                                break;
                            }
                            head += &line;
                        }
                        let mut body = vec![0; length];
                        stream.read_exact(&mut body).await.unwrap();
                        let response = answer(&head);
                        seen.lock().unwrap().push(head);
                        stream.write_all(response.as_bytes()).await.unwrap();
                    }
                });
            }
        });
        Self { address, heads }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn ok(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
}

fn init(url: String) -> RequestInit {
    RequestInit { url, ..RequestInit::default() }
}

const ALLOW: &str = "Access-Control-Allow-Origin: http://app.test\r\n";

#[tokio::test]
async fn a_granted_response_is_read_and_an_unexposed_header_is_not() {
    let server = Server::start(|_| {
        ok(&format!("{ALLOW}X-Secret: 1\r\nContent-Type: text/plain\r\n"), "hello")
    })
    .await;
    let mut response =
        Browser::new().page("http://app.test").unwrap().get(server.url("/a")).await.unwrap();
    assert_eq!(response.response_type(), ResponseType::Cors);
    assert_eq!(response.header("content-type").as_deref(), Some("text/plain"));
    assert_eq!(response.header("x-secret"), None);
    assert_eq!(response.text().await.unwrap(), "hello");
    assert!(server.heads()[0].contains("\r\nOrigin: http://app.test\r\n"), "{}", server.heads()[0]);
}

#[tokio::test]
async fn a_response_without_permission_is_withheld() {
    let server = Server::start(|_| ok("", "secret")).await;
    let error =
        Browser::new().page("http://app.test").unwrap().get(server.url("/")).await.unwrap_err();
    assert_eq!(error.code(), Code::MissingAllowOrigin);
    let FetchError::Network { exchanges, .. } = error else { panic!("{error}") };
    assert_eq!(exchanges.len(), 1);
}

#[tokio::test]
async fn a_put_is_preflighted_and_sent_only_if_granted() {
    let server = Server::start(|head| {
        if head.starts_with("OPTIONS") {
            ok(&format!("{ALLOW}Access-Control-Allow-Methods: PUT\r\n"), "")
        } else {
            ok(ALLOW, "done")
        }
    })
    .await;
    let page = Browser::new().page("http://app.test").unwrap();
    let request = |method: &str| RequestInit {
        method: Some(method.as_bytes().to_vec()),
        body: Some(Body::Bytes((*b"x").into())),
        ..init(server.url("/"))
    };
    assert_eq!(page.fetch(request("PUT")).await.unwrap().text().await.unwrap(), "done");
    assert_eq!(page.fetch(request("DELETE")).await.unwrap_err().code(), Code::MethodNotAllowed);
    // The second PUT needs no preflight within five seconds.
    page.fetch(request("PUT")).await.unwrap();
    let methods: Vec<String> =
        server.heads().iter().map(|head| head.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(methods, ["OPTIONS", "PUT", "OPTIONS", "OPTIONS", "PUT"]);
}

#[tokio::test]
async fn cookies_go_where_credentials_are_included() {
    let server = Server::start(|_| ok("Set-Cookie: a=1; Path=/\r\n", "")).await;
    let browser = Browser::new();
    // Same site: another port of the same host.
    let page = browser.page("http://127.0.0.1:1").unwrap();
    let with =
        |credentials| RequestInit { credentials: Some(credentials), ..init(server.url("/")) };
    // The cookie is kept although the response is withheld.
    page.fetch(with(CredentialsMode::Include)).await.unwrap_err();
    page.fetch(with(CredentialsMode::Include)).await.unwrap_err();
    page.fetch(with(CredentialsMode::Omit)).await.unwrap_err();
    let cookies: Vec<bool> =
        server.heads().iter().map(|head| head.contains("\r\nCookie: a=1\r\n")).collect();
    assert_eq!(cookies, [false, true, false]);
    // Without SameSite it does not cross sites.
    browser
        .page("http://app.test")
        .unwrap()
        .fetch(with(CredentialsMode::Include))
        .await
        .unwrap_err();
    assert!(!server.heads()[3].contains("Cookie"));
}

#[tokio::test]
async fn a_304_freshens_the_stored_response_which_is_then_judged() {
    let server = Server::start(|head| {
        if head.contains("If-None-Match: \"1\"") {
            "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nAccess-Control-Allow-Origin: http://other.test\r\n\r\n".into()
        } else {
            ok(&format!("{ALLOW}ETag: \"1\"\r\nCache-Control: no-cache\r\n"), "stored")
        }
    })
    .await;
    let browser = Browser::new();
    let page = browser.page("http://app.test").unwrap();
    assert_eq!(page.get(server.url("/")).await.unwrap().text().await.unwrap(), "stored");
    assert_eq!(page.get(server.url("/")).await.unwrap_err().code(), Code::AllowOriginMismatch);
}

#[tokio::test]
async fn a_cached_no_cors_copy_without_vary_blocks_the_cors_request() {
    let server = Server::start(|head| {
        let allow = if head.contains("\r\nOrigin:") { ALLOW } else { "" };
        ok(&format!("{allow}Cache-Control: max-age=60\r\n"), "image")
    })
    .await;
    let page = Browser::new().page("http://app.test").unwrap();
    let opaque = RequestInit { mode: Some(corsage_client::Mode::NoCors), ..init(server.url("/")) };
    assert_eq!(page.fetch(opaque).await.unwrap().response_type(), ResponseType::Opaque);
    assert_eq!(page.get(server.url("/")).await.unwrap_err().code(), Code::MissingAllowOrigin);
    assert_eq!(server.heads().len(), 1);
}

#[tokio::test]
async fn http_is_read_as_leniently_as_browsers_read_it() {
    for raw in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nAccess-Control-Allow-Origin: *\r\n\r\nhi",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 \r\nContent-Length: 2\r\nAccess-Control-Allow-Origin:*\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nAccess-Control-Allow-Origin: *\r\n\r\n1\r\nh\r\n1;x=y\r\ni\r\n0\r\nT: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: \u{7f}\u{e9}\r\nContent-Length: 2\r\nAccess-Control-Allow-Origin : *\r\n\r\nhi",
    ] {
        let server = Server::start(move |_| raw.to_owned()).await;
        let page = Browser::new().page("http://app.test").unwrap();
        let text = page
            .get(server.url("/"))
            .await
            .unwrap_or_else(|error| panic!("{raw:?}: {error}"))
            .text()
            .await;
        assert_eq!(text.unwrap(), "hi", "{raw:?}");
    }
    for raw in
        ["garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi"]
    {
        let server = Server::start(move |_| raw.to_owned()).await;
        let error =
            Browser::new().page("http://app.test").unwrap().get(server.url("/")).await.unwrap_err();
        assert_eq!(error.code(), Code::HttpMalformed, "{raw:?}");
    }
}

#[tokio::test]
async fn names_go_where_the_rules_say_and_refusals_are_told() {
    let server = Server::start(|_| ok(ALLOW, "here")).await;
    let port = server.address.rsplit(':').next().unwrap();
    let browser =
        Browser::builder().resolve(&format!("*.test=127.0.0.1:{port}")).unwrap().build().unwrap();
    let page = browser.page("http://app.test").unwrap();
    assert_eq!(page.get("http://api.test/").await.unwrap().text().await.unwrap(), "here");
    assert!(
        server.heads()[0].contains("\r\nHost: api.test\r\n")
            || server.heads()[0].contains("Host: api.test\r\n")
    );
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = page.get(format!("http://{closed}/")).await.unwrap_err();
    assert_eq!(error.code(), Code::ConnectionFailed);
}

#[tokio::test]
async fn a_fresh_answer_without_a_body_is_used_again_in_every_profile() {
    for profile in Profile::ALL {
        let answer =
            |_: &str| "HTTP/1.1 204 No Content\r\nCache-Control: max-age=600\r\n\r\n".to_owned();
        let server = Server::start(answer).await;
        let browser = Browser::builder().profile(profile).build().unwrap();
        let page = browser.page(&server.url("")).unwrap();
        for _ in 0..2 {
            let init = RequestInit { url: server.url("/204"), ..RequestInit::default() };
            assert_eq!(page.fetch(init).await.unwrap().status(), 204);
        }
        assert_eq!(server.heads.lock().unwrap().len(), 1, "{profile}");
    }
}

/// Recorded in November 2026: Chromium reuses, Firefox and WebKit ask again.
#[tokio::test]
async fn what_stands_for_other_queries_is_used_for_them_in_chromium() {
    for (profile, asked) in [(Profile::Chromium, 2), (Profile::Firefox, 3), (Profile::Webkit, 3)] {
        let answer = |_: &str| {
            "HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\nNo-Vary-Search: params=(\"a\")\r\n\
             Content-Length: 1\r\n\r\nx"
                .to_owned()
        };
        let server = Server::start(answer).await;
        let browser = Browser::builder().profile(profile).build().unwrap();
        let page = browser.page(&server.url("")).unwrap();
        for query in ["?a=1", "?a=2", "?a=2&b=1"] {
            let init =
                RequestInit { url: server.url(&format!("/{query}")), ..RequestInit::default() };
            let mut response = page.fetch(init).await.unwrap();
            assert_eq!(response.text().await.unwrap(), "x");
        }
        assert_eq!(server.heads.lock().unwrap().len(), asked, "{profile}");
    }
}
