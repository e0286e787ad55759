//! What only real servers do: other versions of HTTP, other schemes, expressions that backtrack.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::support::audit;

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn are_left_out() -> bool {
    std::env::var_os("CORSAGE_SKIP_SERVERS").is_some_and(|value| value == "1")
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn started(mut command: Command, port: u16) -> Running {
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let running =
        Running(child.unwrap_or_else(|error| panic!("{command:?}: {error}; ./test install")));
    let began = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(30), "{command:?} does not listen");
        std::thread::sleep(Duration::from_millis(50));
    }
    running
}

/// nginx with and without TLS, which lets in whom these maps let in.
fn nginx(folder: &Path, secure: u16, plain: u16, by_version: &str, by_scheme: &str) -> Running {
    let key = rcgen::generate_simple_self_signed(["api.shop.test".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), key.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.signing_key.serialize_pem()).unwrap();
    let at = folder.display();
    let server = "server_name api.shop.test;\n\
        location = /login { add_header Set-Cookie 'sid=1; Path=/'; return 200; }\n\
        location / { add_header Access-Control-Allow-Origin $allowed always;\n\
        add_header Access-Control-Allow-Credentials true always; add_header Vary Origin always;\n\
        default_type text/plain; return 200 $data; }";
    let text = format!(
        "daemon off; pid {at}/pid; error_log {at}/error; events {{}}\n\
         http {{ access_log off; client_body_temp_path {at}/b; proxy_temp_path {at}/p; fastcgi_temp_path {at}/f;\n\
         uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;\n\
         map $http_cookie $data {{ default 'sign in'; ~sid=1 'alice owns 4711'; }}\n\
         map $server_protocol $by_version {{ default ''; {by_version} }}\n\
         map $scheme $by_scheme {{ default ''; {by_scheme} }}\n\
         map $http_origin $allowed {{ default $by_version$by_scheme; https://app.shop.test $http_origin; }}\n\
         server {{ listen 127.0.0.1:{secure} ssl http2; ssl_certificate {at}/cert.pem; ssl_certificate_key {at}/key.pem; {server} }}\n\
         server {{ listen 127.0.0.1:{plain}; {server} }} }}\n"
    );
    std::fs::write(folder.join("nginx.conf"), text).unwrap();
    let mut command = Command::new("/usr/sbin/nginx");
    command.arg("-c").arg(folder.join("nginx.conf")).arg("-p").arg(folder);
    started(command, secure)
}

/// What is found on nginx with these maps, by an audit that is given `more` besides.
fn audited(by_version: &str, by_scheme: &str, more: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (secure, plain) = (free_port(), free_port());
    let _running = nginx(folder.path(), secure, plain, by_version, by_scheme);
    let (certificate, secure, plain) = (
        folder.path().join("cert.pem"),
        format!("api.shop.test:443=127.0.0.1:{secure}"),
        format!("api.shop.test:80=127.0.0.1:{plain}"),
    );
    let arguments = [
        "https://api.shop.test/me",
        "--i-own-this",
        "--deep",
        "--format",
        "json",
        "--ca",
        certificate.to_str().unwrap(),
        "--resolve",
        &secure,
        "--resolve",
        &plain,
        "--intended",
        "https://app.shop.test",
        "--cookie-env",
        "SESSION",
    ];
    audit(&[&arguments, more].concat()).found()
}

/// The classes above info that nginx with these maps has.
fn found(by_version: &str, by_scheme: &str) -> Vec<String> {
    let found = audited(by_version, by_scheme, &["--login", "https://api.shop.test/login"]);
    found.into_iter().filter(|it| !it.ends_with(":info")).collect()
}

#[test]
fn another_policy_in_another_version_or_by_another_scheme_is_found() {
    if are_left_out() {
        eprintln!("skipped: CORSAGE_SKIP_SERVERS=1");
        return;
    }
    assert_eq!(found("", ""), Vec::<String>::new());
    // Without TLS the cookie goes with pages of the site alone, and to whoever is in between.
    assert_eq!(found("", "http $http_origin;"), ["drift-scheme:medium"]);
}

#[test]
fn another_policy_in_an_older_version_is_told() {
    if are_left_out() {
        eprintln!("skipped: CORSAGE_SKIP_SERVERS=1");
        return;
    }
    let found = audited("HTTP/1.1 $http_origin;", "http '';", &[]);
    assert!(found.contains(&"drift-version:low".to_owned()), "{found:?}");
}

#[test]
fn expressions_that_backtrack_are_found_where_that_may_be_tried() {
    if are_left_out() {
        eprintln!("skipped: CORSAGE_SKIP_SERVERS=1");
        return;
    }
    let found = |expression: &str, more: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let text = format!(
            "const allowed = {expression};\n\
             require('http').createServer((q, s) => {{\n\
               const origin = q.headers.origin || '';\n\
               if (allowed.test(origin)) s.setHeader('access-control-allow-origin', origin);\n\
               s.setHeader('vary', 'origin');\n\
               s.end((q.headers.cookie || '').includes('sid=1') ? 'alice owns 4711' : 'sign in');\n\
             }}).listen({port}, '127.0.0.1');\n"
        );
        std::fs::write(folder.path().join("app.js"), text).unwrap();
        let mut command = Command::new("node");
        command.arg(folder.path().join("app.js"));
        let _running = started(command, port);
        let url = format!("http://127.0.0.1:{port}/me");
        let known = [&*url, "--intended", "https://app.example.com", "--format", "json"];
        audit(&[&known[..], more].concat()).found()
    };
    let nested = r"/^https:\/\/([a-z0-9]+-?)+\.example\.com$/";
    assert!(found(nested, &["--heavy"]).contains(&"origin-backtracking:medium".to_owned()));
    assert!(!found(nested, &[]).contains(&"origin-backtracking:medium".to_owned()));
    let plain = r"/^https:\/\/[a-z0-9-]+\.example\.com$/";
    assert!(!found(plain, &["--heavy"]).contains(&"origin-backtracking:medium".to_owned()));
}
