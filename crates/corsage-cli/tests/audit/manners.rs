//! Only what one owns, slowly, without secrets in what is printed.

use super::support::{KNOWN, Server, audit, body, careless, command, sound};

#[test]
fn strange_hosts_are_not_asked_without_leave() {
    let run = audit(&["https://api.example.com/me"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("api.example.com") && run.err.contains("--i-own-this"), "{run:?}");
    let scope = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(scope.path(), "127.0.0.1 # this one\n*.shop.example\n").unwrap();
    let scope = scope.path().to_str().unwrap();
    let run = audit(&["https://api.example.com/me", "--scope", scope]);
    assert_eq!(run.code, Some(2), "{run:?}");
    let server = sound();
    let run = audit(&[&[&*server.url("/me"), "--scope", scope], &KNOWN[..]].concat());
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn a_list_is_checked_before_anything_is_sent() {
    let server = sound();
    let list = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(list.path(), format!("{}\nhttps://api.example.com/\n", server.url("/me")))
        .unwrap();
    let run = audit(&["--list", list.path().to_str().unwrap()]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn a_plan_sends_nothing_and_shows_every_address() {
    let server = careless();
    let run = audit(&[&[&*server.url("/me"), "--plan"], &KNOWN[..]].concat());
    assert_eq!((run.code, server.asked().len()), (Some(0), 0), "{run:?}");
    assert!(run.out.contains(&server.url("/me")), "{run:?}");
    assert!(run.out.contains("(no browser sends this)"), "{run:?}");
}

#[test]
fn only_what_changes_nothing_is_sent_and_it_says_who_asks() {
    let server = careless();
    audit(&[&[&*server.url("/me"), "--deep"], &KNOWN[..]].concat());
    let asked = server.asked();
    assert!(!asked.is_empty());
    for one in asked {
        assert!(matches!(&*one.method, "GET" | "OPTIONS"), "{one:?}");
        let agent = one.header("user-agent").unwrap_or_default();
        assert!(agent.starts_with("corsage-audit/"), "{one:?}");
        assert!(one.body.is_empty(), "{one:?}");
    }
}

#[test]
fn two_requests_a_second_unless_told_otherwise() {
    let server = careless();
    let output = command().args(["audit", &server.url("/me"), "--requests", "4"]).output().unwrap();
    assert!(output.status.code().is_some());
    let asked = server.asked();
    assert_eq!(asked.len(), 4);
    let took = asked[3].at.duration_since(asked[0].at);
    assert!(took.as_millis() >= 1_400, "{took:?}");
}

#[test]
fn secrets_are_masked_in_every_form() {
    let server = Server::start(|asked| {
        let (status, text) = body(asked);
        let cookie = asked.header("cookie").unwrap_or_default().to_owned();
        let headers = vec![
            ("access-control-allow-origin", asked.origin().to_owned()),
            ("access-control-allow-credentials", "true".to_owned()),
            // An echo of what was sent must not bring it into a report.
            ("access-control-expose-headers", cookie),
        ];
        (status, headers, text)
    });
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().to_str().unwrap();
    for format in ["human", "json", "ndjson", "sarif", "junit", "github", "markdown", "html"] {
        let journal = folder.path().join(format!("journal-{format}"));
        let output = command()
            .env("SESSION", "sid=1; key=very-secret-7")
            .args(["audit", &server.url("/me"), "--cookie-env", "SESSION", "--rate", "2000"])
            .args(["--intended", "https://app.example.com", "--format", format, "--poc", pages])
            .args(["--journal", journal.to_str().unwrap()])
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(said.contains("reflect-any"), "{format}: {said}");
        assert!(!said.contains("very-secret-7"), "{format}: {said}");
    }
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains("very-secret-7"), "{text}");
    }
}

#[test]
fn no_other_host_is_asked_whatever_the_answer_says() {
    let other = careless();
    let away = other.url("/me");
    let server = Server::start(move |_| (302, vec![("location", away.clone())], String::new()));
    let run = audit(&[&[&*server.url("/me"), "--format", "json"], &KNOWN[..]].concat());
    assert_eq!(other.asked().len(), 0, "{run:?}");
    assert!(run.code.is_some());
}

#[test]
fn it_stops_where_a_server_asks_for_it() {
    for status in [429, 503] {
        let server = Server::start(move |_| (status, Vec::new(), String::new()));
        let run = audit(&[&*server.url("/me"), "--format", "json"]);
        assert_eq!(run.code, Some(3), "{run:?}");
        assert_eq!(server.asked().len(), 1, "{status}");
    }
}
