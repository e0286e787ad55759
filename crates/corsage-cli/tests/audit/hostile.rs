//! Servers that would like to hang, flood or steer the auditor.

use std::io::Write as _;
use std::time::{Duration, Instant};

use super::support::{KNOWN, Run, Server, audit, body, command, service};

/// One audit, and what it took.
fn hurried(server: &Server, within: Duration) -> Run {
    let began = Instant::now();
    let run = audit(&[&[&*server.url("/me"), "--format", "json"], &KNOWN[..]].concat());
    assert!(began.elapsed() < within, "{:?}: {run:?}", began.elapsed());
    assert!(matches!(run.code, Some(0 | 1 | 3)), "{run:?}");
    run
}

/// Reflects with credentials, so that there is something to find behind the noise.
const OPEN: &str = "access-control-allow-credentials: true\r\naccess-control-allow-origin: ";

#[test]
fn bodies_without_end_are_cut_off() {
    let server = Server::raw(|asked, stream| {
        let origin = asked.origin();
        write!(stream, "HTTP/1.1 200 -\r\n{OPEN}{origin}\r\ntransfer-encoding: chunked\r\n\r\n")?;
        let chunk = [b"10000\r\n".as_slice(), &[b'a'; 0x10000], b"\r\n"].concat();
        loop {
            stream.write_all(&chunk)?;
        }
    });
    let run = hurried(&server, Duration::from_secs(60));
    // Strangers and users are told the same: there is nothing private in it.
    assert!(run.found().iter().all(|it| !it.ends_with(":high")), "{run:?}");
}

#[test]
fn compressed_bombs_are_not_unpacked_without_end() {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..1024 {
        bomb.write_all(&[0; 1 << 20]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    let server = Server::raw(move |asked, stream| {
        let (origin, length) = (asked.origin(), bomb.len());
        write!(
            stream,
            "HTTP/1.1 200 -\r\n{OPEN}{origin}\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\r\n"
        )?;
        stream.write_all(&bomb)
    });
    let folder = tempfile::tempdir().unwrap();
    let peak = folder.path().join("peak");
    let began = Instant::now();
    let script = format!(
        "\"$@\" >/dev/null & pid=$!; while kill -0 $pid 2>/dev/null; do grep VmHWM /proc/$pid/status >>{0} 2>/dev/null; sleep 0.05; done",
        peak.display()
    );
    let binary = env!("CARGO_BIN_EXE_corsage");
    let status = std::process::Command::new("sh")
        .args(["-c", &script, "sh", binary, "audit", &server.url("/me"), "--rate", "2000"])
        .args(KNOWN)
        .env("SESSION", "sid=1")
        .status()
        .unwrap();
    assert!(status.code().is_some());
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    let peaks = std::fs::read_to_string(peak).unwrap();
    let kilobytes =
        peaks.lines().filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    let most = kilobytes.max().unwrap();
    assert!(most < 200_000, "{most} KiB for answers of a GiB each");
}

#[test]
fn slow_bytes_do_not_hold_it() {
    let server = Server::raw(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 -\r\n")?;
        loop {
            stream.write_all(b"x")?;
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let run = hurried(&server, Duration::from_secs(75));
    assert_eq!(run.code, Some(3), "{run:?}");
}

#[test]
fn ten_thousand_headers_are_no_finding_and_no_fault() {
    let server = Server::raw(|asked, stream| {
        let (status, text) = body(asked);
        let many: String = (0..10_000).map(|at| format!("x-{at}: {at}\r\n")).collect();
        write!(stream, "HTTP/1.1 {status} -\r\n{many}content-length: {}\r\n\r\n{text}", text.len())
    });
    let run = hurried(&server, Duration::from_secs(60));
    assert!(run.found().iter().all(|it| !it.ends_with(":high")), "{run:?}");
}

#[test]
fn answers_that_are_no_http_are_undecided() {
    for answer in ["", "\0\0\0\0", "HTTP/1.1 999999 x\r\n\r\n"] {
        let server = Server::raw(move |_, stream| {
            stream.write_all(answer.as_bytes())?;
            Err(std::io::ErrorKind::Other.into())
        });
        let run = hurried(&server, Duration::from_secs(60));
        assert_eq!(run.code, Some(3), "{answer:?}: {run:?}");
    }
}

#[test]
fn what_a_server_says_steers_no_terminal_and_no_page() {
    const WICKED: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}<script>alert(1)</script>";
    let server = Server::raw(|asked, stream| {
        let (status, text) = body(asked);
        let origin = asked.origin();
        write!(
            stream,
            "HTTP/1.1 {status} -\r\n{OPEN}{origin}\r\nserver: nginx{WICKED}\r\n\
             access-control-expose-headers: {WICKED}\r\nvary: {WICKED}\r\ncontent-length: {}\r\n\r\n{text}",
            text.len()
        )
    });
    for format in ["human", "json", "ndjson", "sarif", "junit", "github", "markdown", "html"] {
        let output = command()
            .args(["audit", &server.url("/me"), "--rate", "2000", "--format", format])
            .args(KNOWN)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert!(!said.contains(&0x1b) && !said.contains(&7), "{format}");
        let said = String::from_utf8_lossy(&said);
        assert!(said.contains("reflect-any"), "{format}: {said}");
        assert!(!said.contains(['\u{9b}', '\u{202e}']), "{format}: {said}");
        if format == "html" {
            assert!(!said.contains("<script>"), "{said}");
        }
    }
}

#[test]
fn a_server_that_lets_in_only_the_auditor_is_not_believed() {
    // It answers what was asked the first time and nothing ever after.
    let server = service(|asked| asked.header("x-probe").map(str::to_owned));
    let run = hurried(&server, Duration::from_secs(30));
    assert!(run.found().iter().all(|it| it.starts_with("intended-refused")), "{run:?}");
}

#[test]
fn redirects_without_end_are_not_followed() {
    let server = Server::start(|asked| {
        let mut headers = vec![("location", format!("{}x", asked.path))];
        headers.push(("access-control-allow-origin", asked.origin().to_owned()));
        headers.push(("access-control-allow-credentials", "true".to_owned()));
        (302, headers, String::new())
    });
    let run = hurried(&server, Duration::from_secs(30));
    assert!(run.found().iter().all(|it| !it.ends_with(":high")), "{run:?}");
    let asked = server.asked();
    assert!(asked.len() <= 40, "{}", asked.len());
    assert!(asked.iter().all(|it| !it.path.ends_with("xx")), "{asked:?}");
}
