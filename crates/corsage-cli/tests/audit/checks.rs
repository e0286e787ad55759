//! The checks of a closer look, each on a service with the fault and on one that is nearly it.

use std::collections::HashMap;
use std::net::UdpSocket;
use std::sync::Mutex;
use std::time::Duration;

use super::support::{Asked, KNOWN, Run, Server, audit, body};

const PAGE: &str = "https://app.example.com";

/// What an answer lets this origin do.
fn let_in(asked: &Asked, trusted: bool) -> Vec<(&'static str, String)> {
    let mut headers = vec![("vary", "Origin".to_owned())];
    if trusted {
        headers.push(("access-control-allow-origin", asked.origin().to_owned()));
        headers.push(("access-control-allow-credentials", "true".to_owned()));
    }
    headers
}

/// A service of the user `sid=1`, whose policy lets in whom this says.
fn service(trusts: impl Fn(&Asked) -> bool + Send + Sync + 'static) -> Server {
    Server::start(move |asked| {
        let (status, text) = body(asked);
        match &*asked.method {
            "OPTIONS" => (204, let_in(asked, trusts(asked)), String::new()),
            _ => (status, let_in(asked, trusts(asked)), text),
        }
    })
}

fn run(server: &Server, more: &[&str]) -> Run {
    audit(&[&[&*server.url("/me"), "--format", "json"], &KNOWN[..], more].concat())
}

/// What is found above info, but for the name of the host, which nobody minds here.
fn found(server: &Server, more: &[&str]) -> Vec<String> {
    let found = run(server, more).found().into_iter();
    found.filter(|it| !it.ends_with(":info") && !it.starts_with("host-not-validated")).collect()
}

fn nothing() -> Vec<String> {
    Vec::new()
}

#[test]
fn what_both_users_see_is_nobodys_own() {
    let server = |own: bool| {
        Server::start(move |asked| {
            let text = match asked.header("cookie") {
                Some(cookie) if own => format!("prices for members; {cookie} owns 4711"),
                Some(_) => "prices for members".to_owned(),
                None => "sign in".to_owned(),
            };
            (200, let_in(asked, true), text.replace('=', "-"))
        })
    };
    // The environment holds the first user's cookie; the second one's is any other.
    let two = ["--other-cookie-env", "TOKEN"];
    assert!(found(&server(false), &[]).contains(&"reflect-any:high".to_owned()));
    assert_eq!(found(&server(false), &two), nothing());
    assert!(found(&server(true), &two).contains(&"reflect-any:high".to_owned()));
}

#[test]
fn one_users_answer_that_a_cache_gives_to_another_is_found() {
    let server = |separate: bool| {
        let kept: Mutex<HashMap<String, String>> = Mutex::default();
        Server::start(move |asked| {
            let cookie = asked.header("cookie").unwrap_or("nobody").replace('=', "-");
            let key =
                if separate { format!("{} {cookie}", asked.path) } else { asked.path.clone() };
            let text = format!("the account of {cookie}");
            let text = kept.lock().unwrap().entry(key).or_insert(text).clone();
            let mut headers = let_in(asked, asked.origin() == PAGE);
            headers.push(("cache-control", "public, max-age=60".to_owned()));
            headers.push(("age", "1".to_owned()));
            (200, headers, text)
        })
    };
    let two = ["--other-cookie-env", "TOKEN"];
    assert!(found(&server(false), &two).contains(&"cached-private:high".to_owned()));
    assert!(!found(&server(true), &two).contains(&"cached-private:high".to_owned()));
}

#[test]
fn other_methods_are_tried_where_they_may_be_sent() {
    let server = || {
        service(|asked| {
            let wanted = asked.header("access-control-request-method").unwrap_or(&asked.method);
            asked.origin() == PAGE || wanted == "PATCH"
        })
    };
    let strict = server();
    assert_eq!(found(&strict, &["--methods", "PUT"]), nothing());
    let careless = Server::start(|asked| {
        let wanted = asked.header("access-control-request-method").unwrap_or(&asked.method);
        let mut headers = let_in(asked, asked.origin() == PAGE || wanted == "PATCH");
        headers.push(("access-control-allow-methods", "PATCH".to_owned()));
        let (status, text) = body(asked);
        (if asked.method == "OPTIONS" { 204 } else { status }, headers, text)
    });
    let told = found(&careless, &["--methods", "PATCH"]);
    assert!(told.contains(&"drift-method:high".to_owned()), "{told:?}");
    let quiet = server();
    found(&quiet, &["--deep"]);
    assert!(quiet.asked().iter().all(|it| matches!(&*it.method, "GET" | "OPTIONS")));
}

#[test]
fn data_that_comes_as_a_script_is_found() {
    let server = |kind: &'static str, more: &'static str| {
        Server::start(move |asked| {
            let (status, text) = body(asked);
            let mut headers = let_in(asked, asked.origin() == PAGE);
            headers.push(("content-type", kind.to_owned()));
            if !more.is_empty() {
                headers.push(("x-content-type-options", more.to_owned()));
            }
            match asked.path.split_once("callback=") {
                Some((_, rest)) => {
                    let name = rest.split('&').next().unwrap_or_default();
                    (200, headers, format!("/**/{name}({text});"))
                }
                None => (status, headers, text),
            }
        })
    };
    let script = server("text/javascript", "nosniff");
    // On plain http no browser sends the cookie to other sites' scripts, but what is inside is the network's.
    let told = found(&script, &["--deep"]);
    assert!(told.iter().any(|it| it.starts_with("jsonp:")), "{told:?}");
    let told = found(&server("application/json", "nosniff"), &["--deep"]);
    assert!(!told.iter().any(|it| it.starts_with("jsonp:")), "{told:?}");
    assert!(
        !found(&script, &[]).iter().any(|it| it.starts_with("jsonp:")),
        "asked with --deep alone"
    );
}

#[test]
fn names_that_only_become_a_trusted_one_are_found() {
    // As a server does that decodes names and folds their case beyond ASCII: ö is written as o.
    let folding = service(|asked| asked.origin() == PAGE || asked.origin().contains("xn--"));
    let known = ["--intended", "https://app.fossil.example", "--deep"];
    assert!(found(&folding, &known).contains(&"folded-match:high".to_owned()));
    let pairs = service(|asked| {
        let origin = asked.origin();
        origin == PAGE
            || origin == "https://partner.example.org"
            || origin == "https://examplepartner.org"
            || origin.ends_with("partnerexample.com")
    });
    let known = ["--intended", "https://partner.org", "--deep"];
    let told = found(&pairs, &known);
    assert!(told.iter().any(|it| it == "pair-match:high"), "{told:?}");
    assert_eq!(found(&service(|asked| asked.origin() == PAGE), &["--deep"]), nothing());
}

#[test]
fn extensions_and_applications_are_told_and_counted_as_little() {
    let server = service(|asked| {
        asked.origin() == PAGE || asked.origin().starts_with("chrome-extension://")
    });
    let told = run(&server, &["--deep"]);
    assert!(told.found().contains(&"app-scheme:info".to_owned()), "{told:?}");
    let own = service(|asked| {
        [PAGE, "chrome-extension://abcdefghijklmnopabcdefghijklmnop"].contains(&asked.origin())
    });
    assert!(!run(&own, &["--deep"]).found().contains(&"app-scheme:info".to_owned()));
}

#[test]
fn headers_that_browsers_no_longer_read_are_told() {
    let server = Server::start(|asked| {
        let mut headers = let_in(asked, asked.origin() == PAGE);
        if asked.header("access-control-request-private-network").is_some() {
            headers.push(("access-control-allow-private-network", "true".to_owned()));
        }
        if asked.method == "OPTIONS" {
            headers.push(("access-control-allow-methods", "GET, TRACE".to_owned()));
            headers.push(("access-control-allow-headers", "X-HTTP-Method-Override".to_owned()));
            headers.push(("access-control-max-age", "31536000".to_owned()));
            return (204, headers, String::new());
        }
        let (status, text) = body(asked);
        (status, headers, text)
    });
    let told = run(&server, &["--deep"]).found();
    for class in ["private-network-header", "acam-forbidden", "method-override", "max-age-over-cap"]
    {
        assert!(told.contains(&format!("{class}:info")), "{class}: {told:?}");
    }
}

#[test]
fn domains_that_nobody_has_are_found_where_a_name_server_may_be_asked() {
    // It knows of every domain but one.
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            let mut answer = question[..length].to_vec();
            let is_gone = answer.windows(4).any(|it| it == b"gone");
            answer[2] = 0x81;
            answer[3] = if is_gone { 0x83 } else { 0x80 };
            let _ = socket.send_to(&answer, from);
        }
    });
    let server =
        || service(|asked| asked.origin() == PAGE || asked.origin() == "https://www.gone.net");
    let known = ["--intended", "https://www.gone.net", "--dns", &*address];
    assert!(found(&server(), &known).contains(&"dangling-domain:high".to_owned()));
    assert_eq!(found(&server(), &known[..2]), nothing(), "nobody may be asked");
    let kept = ["--intended", "https://www.kept.net", "--dns", &*address];
    let server =
        service(|asked| asked.origin() == PAGE || asked.origin() == "https://www.kept.net");
    assert_eq!(found(&server, &kept), nothing());
}

#[test]
fn what_is_for_operators_is_found_where_pages_may_read_it() {
    let server = |open: bool| {
        Server::start(move |asked| match &*asked.path {
            "/metrics" => {
                let text = "# HELP process_cpu_seconds_total x\n# TYPE process_cpu_seconds_total counter\n";
                (200, let_in(asked, open), text.to_owned())
            }
            "/me" => (body(asked).0, let_in(asked, asked.origin() == PAGE), body(asked).1),
            _ => (404, Vec::new(), String::new()),
        })
    };
    assert!(found(&server(true), &["--deep"]).contains(&"operator-route:high".to_owned()));
    assert_eq!(found(&server(false), &["--deep"]), nothing());
}

#[test]
fn old_policy_files_of_both_plug_ins_are_read() {
    let server = |text: &'static str| {
        Server::start(move |asked| match &*asked.path {
            "/clientaccesspolicy.xml" => (200, Vec::new(), text.to_owned()),
            _ => (body(asked).0, let_in(asked, asked.origin() == PAGE), body(asked).1),
        })
    };
    let open = "<access-policy><cross-domain-access><policy><allow-from><domain uri=\"*\"/></allow-from></policy></cross-domain-access></access-policy>";
    let told = run(&server(open), &["--deep"]).found();
    assert!(told.contains(&"crossdomain-open:info".to_owned()), "{told:?}");
    let own = "<access-policy><cross-domain-access><policy><allow-from><domain uri=\"https://app.example.com\"/></allow-from></policy></cross-domain-access></access-policy>";
    let told = run(&server(own), &["--deep"]).found();
    assert!(!told.contains(&"crossdomain-open:info".to_owned()), "{told:?}");
}

#[test]
fn long_lists_that_cost_more_than_they_are_long_are_found_where_that_may_be_tried() {
    let server = |quadratic: bool| {
        service(move |asked| {
            let asked_for = asked.header("access-control-request-headers").unwrap_or_default();
            let count = u64::try_from(asked_for.split(',').count()).unwrap_or(0);
            let micros = if quadratic { count * count / 2 } else { count };
            std::thread::sleep(Duration::from_micros(micros));
            asked.origin() == PAGE
        })
    };
    let slow = server(true);
    assert!(found(&slow, &["--heavy"]).contains(&"preflight-burden:medium".to_owned()));
    assert_eq!(found(&server(false), &["--heavy"]), nothing());
    assert_eq!(found(&server(true), &["--deep"]), nothing());
}

#[test]
fn a_policy_that_drifted_on_another_host_shows_where_it_stands() {
    let server = service(|asked| {
        let drifted = asked.header("host").is_some_and(|host| host.starts_with("localhost"));
        asked.origin() == PAGE || (drifted && asked.origin().starts_with("https://"))
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("targets.toml");
    let text = format!(
        "[[target]]\nurl = \"{}\"\nhosts = [\"localhost:{}\"]\nintended = [\"{PAGE}\"]\ncookie = {{ env = \"SESSION\" }}\n",
        server.url("/me"),
        server.port
    );
    std::fs::write(&path, text).unwrap();
    let run = audit(&["--targets", path.to_str().unwrap(), "--format", "json"]);
    let json = run.json();
    let audits = json["audits"].as_array().unwrap();
    assert_eq!(audits.len(), 2, "{json}");
    for audit in audits {
        let drifted = audit["target"].as_str().unwrap().contains("localhost");
        let findings = audit["findings"].as_array().unwrap();
        let is_open = findings.iter().any(|it| it["class"] == "reflect-any");
        assert_eq!(is_open, drifted, "{audit}");
    }
}
