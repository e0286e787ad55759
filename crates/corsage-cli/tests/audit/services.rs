//! Services of every kind of check: what is wrong with each is found, and with those that are nearly right, nothing.

use super::support::{Asked, KNOWN, Server, audit, body, service};

/// A header of an answer.
type Line = (&'static str, String);

const PAGE: &str = "https://app.example.com";

/// The classes above info that are found, for the page's user.
fn found(server: &Server, path: &str, more: &[&str]) -> Vec<String> {
    let run = audit(&[&[&*server.url(path), "--format", "json"], &KNOWN[..], more].concat());
    let found = run.found().into_iter().filter(|it| !it.ends_with(":info"));
    // Every service here is on loopback, and answers to any name unless it says otherwise.
    found.filter(|it| !it.starts_with("host-not-validated")).collect()
}

/// Answers a page's preflight or request, if the origin is the right one.
fn shared(asked: &Asked, trusted: bool) -> Vec<(&'static str, String)> {
    let mut headers = vec![("vary", "Origin".to_owned())];
    if trusted {
        headers.push(("access-control-allow-origin", asked.origin().to_owned()));
        headers.push(("access-control-allow-credentials", "true".to_owned()));
    }
    headers
}

fn answer(asked: &Asked, trusted: bool) -> (u16, Vec<(&'static str, String)>, String) {
    let (status, body) = body(asked);
    match &*asked.method {
        "OPTIONS" => (204, shared(asked, trusted), String::new()),
        _ => (status, shared(asked, trusted), body),
    }
}

#[test]
fn two_users_make_the_difference() {
    // Everybody is told the same, cookie or not: nothing is the user's.
    let server = Server::start(|asked| (200, shared(asked, true), "the same catalogue".to_owned()));
    assert_eq!(found(&server, "/me", &[]), Vec::<String>::new());
}

#[test]
fn what_the_network_alone_protects_is_found_without_a_cookie() {
    let server = Server::start(|asked| {
        let headers = vec![("access-control-allow-origin", "*".to_owned())];
        let own = asked.header("host").is_some_and(|host| host.starts_with("127.0.0.1"));
        (if own { 200 } else { 421 }, headers, "payroll.xlsx".to_owned())
    });
    let run = audit(&[&*server.url("/files"), "--format", "json"]);
    assert_eq!(run.found(), ["wildcard:high"], "{run:?}");
}

#[test]
fn names_that_are_not_its_own_are_found_and_their_check_is_seen() {
    let open = Server::start(|_| (200, Vec::new(), "payroll.xlsx".to_owned()));
    let run = audit(&[&*open.url("/files"), "--format", "json"]);
    assert_eq!(run.found(), ["host-not-validated:medium"], "{run:?}");
    let port = open.port;
    let closed = Server::start(move |asked| {
        let host = asked.header("host").unwrap_or_default();
        let own = host.starts_with("127.0.0.1:") && !host.ends_with(&format!(":{port}"));
        (if own { 200 } else { 421 }, Vec::new(), "payroll.xlsx".to_owned())
    });
    let run = audit(&[&*closed.url("/files"), "--format", "json"]);
    assert_eq!((run.code, run.found()), (Some(0), Vec::new()), "{run:?}");
}

/// A service with a WebSocket, which greets the user of a page that it trusts.
fn with_socket(trusts: fn(&str) -> bool) -> Server {
    Server::start(move |asked| {
        if asked.header("upgrade").is_some() {
            let status = if trusts(asked.origin()) && asked.is_user() { 101 } else { 403 };
            let headers = vec![
                ("upgrade", "websocket".to_owned()),
                ("connection", "Upgrade".to_owned()),
                ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_owned()),
            ];
            return (status, headers, String::new());
        }
        answer(asked, asked.origin() == PAGE)
    })
}

#[test]
fn a_socket_that_takes_strangers_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let targets = |server: &Server| {
        let path = folder.path().join("targets.toml");
        let text = format!(
            "[[target]]\nurl = \"{}\"\nintended = [\"{PAGE}\"]\ncookie = {{ env = \"SESSION\" }}\nwebsocket = \"/ws\"\nnetwork = \"public\"\n",
            server.url("/me").replace("127.0.0.1", "localhost")
        );
        std::fs::write(&path, text).unwrap();
        let run = audit(&["--targets", path.to_str().unwrap(), "--format", "json"]);
        run.found()
    };
    assert_eq!(targets(&with_socket(|_| true)), ["ws-no-origin-check:high"]);
    assert_eq!(targets(&with_socket(|origin| origin == PAGE)), Vec::<String>::new());
}

#[test]
fn json_that_comes_as_text_is_found_where_post_is_allowed() {
    let server = |accepts: fn(&str) -> bool| {
        Server::start(move |asked| {
            if asked.method == "POST" && asked.path == "/transfer" {
                let kind = asked.header("content-type").unwrap_or_default().to_owned();
                let status = if accepts(&kind) && asked.is_user() { 200 } else { 415 };
                return (status, Vec::new(), String::new());
            }
            answer(asked, asked.origin() == PAGE)
        })
    };
    let folder = tempfile::tempdir().unwrap();
    let run = |server: &Server, more: &[&str]| {
        let path = folder.path().join("targets.toml");
        let text = format!(
            "[[target]]\nurl = \"{}\"\nintended = [\"{PAGE}\"]\ncookie = {{ env = \"SESSION\" }}\njson_endpoint = \"/transfer\"\nnetwork = \"public\"\n",
            server.url("/me")
        );
        std::fs::write(&path, text).unwrap();
        audit(&[&["--targets", path.to_str().unwrap(), "--format", "json"], more].concat()).found()
    };
    let careless = server(|_| true);
    // Cookies of plain http are not sent to other sites; a sign of SameSite=None needs https or a claim.
    assert_eq!(run(&careless, &[]), Vec::<String>::new());
    assert!(careless.asked().iter().all(|asked| asked.method != "POST"));
    assert!(run(&server(|kind| kind == "application/json"), &["--methods", "POST"]).is_empty());
}

#[test]
fn crossdomain_files_are_read() {
    let server = |text: &'static str| {
        Server::start(move |asked| match &*asked.path {
            "/crossdomain.xml" => (200, Vec::new(), text.to_owned()),
            _ => answer(asked, asked.origin() == PAGE),
        })
    };
    let open = server("<cross-domain-policy><allow-access-from domain='*'/></cross-domain-policy>");
    assert_eq!(found(&open, "/me", &["--deep"]), ["crossdomain-open:low"]);
    let own = server(
        "<cross-domain-policy><allow-access-from domain='*.example.com'/></cross-domain-policy>",
    );
    assert_eq!(found(&own, "/me", &["--deep"]), Vec::<String>::new());
}

#[test]
fn services_that_are_nearly_right_are_right() {
    type Policy = fn(&Asked) -> bool;
    let policies: [(&str, Policy); 8] = [
        ("exact", |asked| asked.origin() == PAGE),
        ("without regard to case", |asked| asked.origin().eq_ignore_ascii_case(PAGE)),
        ("a slash at the end forgiven", |asked| asked.origin().trim_end_matches('/') == PAGE),
        ("the default port forgiven", |asked| asked.origin().trim_end_matches(":443") == PAGE),
        ("extensions of one's own", |asked| {
            asked.origin() == PAGE
                || asked.origin() == "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
        }),
        ("what no page can have", |asked| {
            asked.origin() == PAGE || asked.origin().starts_with("https://app.example.com%60")
        }),
        ("files", |asked| asked.origin() == PAGE || asked.origin().starts_with("file://")),
        ("its own name", |asked| {
            let own = format!("http://{}", asked.header("host").unwrap_or_default());
            asked.origin() == PAGE || asked.origin() == own
        }),
    ];
    for (name, policy) in policies {
        let server = Server::start(move |asked| answer(asked, policy(asked)));
        assert_eq!(found(&server, "/me", &[]), Vec::<String>::new(), "{name}");
        assert_eq!(found(&server, "/me", &["--deep"]), Vec::<String>::new(), "{name}, deep");
    }
}

#[test]
fn a_filter_that_blocks_and_reflects_gives_nothing_away() {
    let server = Server::start(|asked| match asked.origin() == PAGE || asked.origin().is_empty() {
        true => answer(asked, asked.origin() == PAGE),
        false => (403, shared(asked, true), "blocked".to_owned()),
    });
    assert_eq!(found(&server, "/me", &[]), Vec::<String>::new());
}

#[test]
fn sound_services_are_asked_little() {
    let server = Server::start(|asked| answer(asked, asked.origin() == PAGE));
    assert_eq!(found(&server, "/me", &[]), Vec::<String>::new());
    let asked = server.asked().len();
    assert!(asked <= 18, "{asked} requests to a loopback service that is sound");
}

#[test]
fn the_server_tells_whom_it_trusts() {
    let server = Server::start(|asked| {
        let trusted = asked.origin().starts_with(PAGE);
        let named = if trusted { asked.origin().to_owned() } else { PAGE.to_owned() };
        let (status, body) = body(asked);
        let headers = vec![
            ("vary", "Origin".to_owned()),
            ("access-control-allow-origin", named),
            ("access-control-allow-credentials", "true".to_owned()),
        ];
        (status, headers, body)
    });
    let run = audit(&[&server.url("/me"), "--cookie-env", "SESSION", "--format", "json"]);
    assert!(run.found().iter().any(|it| it == "prefix-match:high"), "{run:?}");
    assert_eq!(run.json()["audits"][0]["trusted"], serde_json::json!([PAGE]));
}

#[test]
fn one_origin_that_is_told_to_everybody_is_its_owners_alone() {
    let server = service(|_| Some(PAGE.to_owned()));
    assert_eq!(found(&server, "/me", &[]), Vec::<String>::new());
    let run = audit(&[&[&*server.url("/me"), "--format", "json"], &KNOWN[..]].concat());
    let why = run.json()["audits"][0]["not_vulnerable"].to_string();
    assert!(why.contains("every answer names `https://app.example.com`"), "{why}");
}

const ALLOW_ORIGIN: &str = "access-control-allow-origin";
const ALLOW_CREDENTIALS: &str = "access-control-allow-credentials";

/// The headers of a sound service.
fn sound_lines(asked: &Asked) -> Vec<Line> {
    shared(asked, asked.origin() == PAGE)
}

/// Named to everybody.
fn constant_lines(_: &Asked) -> Vec<Line> {
    vec![(ALLOW_ORIGIN, PAGE.to_owned()), (ALLOW_CREDENTIALS, "true".to_owned())]
}

fn credentials_alone(asked: &Asked) -> Vec<Line> {
    let mut headers = sound_lines(asked);
    headers.retain(|(name, _)| *name != ALLOW_CREDENTIALS);
    headers.push((ALLOW_CREDENTIALS, "true".to_owned()));
    headers
}

/// Sound to the page that is meant to read, and to all others this value and these credentials.
fn to_others(asked: &Asked, origin: String, credentials: &str) -> Vec<Line> {
    match asked.origin() {
        PAGE => sound_lines(asked),
        _ => vec![(ALLOW_ORIGIN, origin), (ALLOW_CREDENTIALS, credentials.to_owned())],
    }
}

fn methods_for_nobody(asked: &Asked) -> Vec<Line> {
    let mut headers = sound_lines(asked);
    if asked.origin() != PAGE && asked.method == "OPTIONS" {
        headers.push(("access-control-allow-methods", "GET, PUT, DELETE".to_owned()));
    }
    headers
}

/// Open to all, with a cookie that only pages of the same site send.
fn same_site(asked: &Asked) -> Vec<Line> {
    let mut headers = shared(asked, true);
    if asked.path == "/login" {
        headers.push(("set-cookie", "sid=1; SameSite=Strict".to_owned()));
    }
    headers
}

/// What looks open to whoever reads headers alone, and the reason why it is not, in both languages.
#[test]
fn what_others_would_flag_is_told_with_its_reason() {
    type Headers = fn(&Asked) -> Vec<Line>;
    let rows: [(Headers, &str, &str); 8] = [
        (
            constant_lines,
            "every answer names `{PAGE}`, whoever",
            "в каждом ответе назван `{PAGE}`, кто",
        ),
        (constant_lines, "no cache can mix answers up", "кэш ничего не перепутает"),
        (
            credentials_alone,
            "without an allowed origin lets no",
            "без разрешённого источника (origin)",
        ),
        (
            |asked| to_others(asked, asked.origin().to_owned(), "True"),
            "is \"True\" and not `true`",
            "— \"True\", а не `true`",
        ),
        (
            |asked| to_others(asked, format!("{}, {PAGE}", asked.origin()), "true"),
            "is not one origin as browsers write it",
            "не один источник (origin)",
        ),
        (
            |asked| to_others(asked, "null".to_owned(), "false"),
            "`null` is named, but not with credentials",
            "`null` назван, но без учётных данных",
        ),
        (
            methods_for_nobody,
            "lists GET, PUT, DELETE and lets no origin in",
            "перечисляет GET, PUT, DELETE, но не допускает",
        ),
        (
            same_site,
            "browsers send the user's cookie with no request",
            "браузеры не отправляют cookie пользователя",
        ),
    ];
    for (headers, english, russian) in rows {
        let server = Server::start(move |asked| match &*asked.method {
            "OPTIONS" => (204, headers(asked), String::new()),
            _ => (body(asked).0, headers(asked), body(asked).1),
        });
        let (url, login) = (server.url("/me"), server.url("/login"));
        for (language, reason) in [("en", english), ("ru", russian)] {
            let more = [&*url, "--login", &login, "--format", "json", "--lang", language];
            let run = audit(&[&more, &KNOWN[..]].concat());
            let why = &run.json()["audits"][0]["not_vulnerable"];
            let told = why.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
            let reason = reason.replace("{PAGE}", PAGE);
            assert!(told.clone().any(|it| it.contains(&reason)), "{reason}: {why} {run:?}");
            assert!(run.found().iter().all(|it| is_nothing(it)), "{reason}: {:?}", run.found());
        }
    }
}

/// Whether it is no finding of CORS: every service here answers to any name.
fn is_nothing(found: &str) -> bool {
    found.ends_with(":info") || found.starts_with("host-not-validated")
}
