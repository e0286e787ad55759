//! Several groups of upstreams behind one gateway: who gets which request, with which policy, limits and timeouts; what
//! a reload does to weights and to servers that leave; what the admin listener says of them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{
    Client, Gateway, ORIGIN, POLICY, Response, Upstream, eventually, free_address, respond,
};

/// A server that says its name, and the target that it has got.
fn named(name: &'static str) -> Upstream {
    Upstream::answering(move |request| {
        let target = request.line.split(' ').nth(1).unwrap_or_default();
        respond("200 OK", &format!("X-Served-By: {name}\r\n"), target.as_bytes())
    })
}

fn ask(gateway: &Gateway, line: &str, headers: &str) -> Response {
    Client::once(gateway.addr, &format!("{line} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n"))
}

fn server(response: &Response) -> &str {
    response.header("x-served-by").unwrap_or_default()
}

fn upstreams_page(gateway: &Gateway) -> Value {
    serde_json::from_slice(&Client::get(gateway.admin, "/upstreams").body).unwrap()
}

/// What the admin listener says of a server.
fn shown(gateway: &Gateway, upstream: SocketAddr) -> Value {
    let page = upstreams_page(gateway);
    let groups = page["groups"].as_array().unwrap();
    let mut servers = groups.iter().flat_map(|group| group["upstreams"].as_array().unwrap());
    let url = format!("http://{upstream}");
    servers.find(|server| server["url"] == *url).cloned().unwrap_or(Value::Null)
}

#[test]
fn a_request_goes_to_the_first_group_that_is_for_it_with_the_policies_of_that_group() {
    let (shop, files, reads, rest) = (named("shop"), named("files"), named("reads"), named("rest"));
    let settings = format!(
        r#"upstreams = "http://{}"
        groups = [
            {{ name = "files", hosts = ["files.test"], upstreams = "http://{}" }},
            {{ name = "reads", paths = ["/shop"], methods = ["GET"], upstreams = "http://{}" }},
            {{ name = "shop", paths = ["/shop"], upstreams = "http://{}" }},
        ]"#,
        rest.addr, files.addr, reads.addr, shop.addr
    );
    let policies = r#"
        [[policy]]
        name = "shops"
        groups = ["shop", "reads"]
        allow_origins = ["https://shop.example"]
        allow_methods = ["PUT"]
        [[policy]]
        name = "others"
        groups = ["default"]
        allow_origins = ["https://app.example.com"]
    "#;
    let gateway = Gateway::start_with(&settings, policies);
    let rows = [
        ("GET /", "any.test", "rest", ORIGIN),
        ("GET /shopping", "any.test", "rest", ORIGIN),
        ("GET /Shop", "any.test", "rest", ""),
        ("GET /shop/a?b=/", "any.test", "reads", "https://shop.example"),
        ("PUT /shop/a", "any.test", "shop", "https://shop.example"),
        ("GET /shop", "files.test:80", "files", ""),
        ("GET /", "FILES.test", "files", ""),
    ];
    for (line, host, wanted, allowed) in rows {
        for origin in [ORIGIN, "https://shop.example"] {
            let headers = format!("Host: {host}\r\nOrigin: {origin}\r\n");
            let response = ask(&gateway, line, &headers);
            assert_eq!(server(&response), wanted, "{line} {host}");
            let target = line.split(' ').nth(1).unwrap();
            assert_eq!(response.body, target.as_bytes(), "no prefix is taken away");
            let shares = response.header("access-control-allow-origin") == Some(origin);
            assert_eq!(shares, origin == allowed, "{line} {host} {origin}");
        }
    }
    // A preflight has the policy of the group that the request itself would go to.
    let preflight = |method: &str, origin: &str| {
        let headers = format!(
            "Host: any.test\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: {method}\r\n"
        );
        ask(&gateway, "OPTIONS /shop/a", &headers)
            .header("access-control-allow-origin")
            .map(str::to_owned)
    };
    assert_eq!(preflight("PUT", "https://shop.example").as_deref(), Some("https://shop.example"));
    assert_ne!(preflight("PUT", ORIGIN).as_deref(), Some(ORIGIN));
}

#[test]
fn a_path_that_servers_read_differently_reaches_no_group_by_the_door_of_another() {
    let (public, internal) = (named("public"), named("internal"));
    let settings = format!(
        r#"groups = [
            {{ name = "public", paths = ["/public"], upstreams = "http://{}" }},
            {{ name = "internal", paths = ["/internal"], upstreams = "http://{}" }},
        ]"#,
        public.addr, internal.addr
    );
    let gateway = Gateway::start_with(&settings, POLICY);
    let origin = format!("Host: test\r\nOrigin: {ORIGIN}\r\n");
    for path in [
        "/public/..%2finternal",
        "/public/%2e%2e/internal",
        "/public/..;/internal",
        "/public\\..\\internal",
        "//x/internal",
        "/public/%252e%252e/internal",
    ] {
        let response = ask(&gateway, &format!("GET {path}"), &origin);
        assert_eq!(response.status, 400, "{path}");
        assert!(response.body.starts_with(b"400 path-"), "{path}: {response:?}");
        let allowed = response.header("access-control-allow-origin");
        assert_eq!(allowed, Some(ORIGIN), "the policy is for every path: the page can read why");
    }
    // What all readings send to the same group goes there.
    for path in ["/public/a/../b", "/public//a", "/public/a;v=1", "/public/%41"] {
        assert_eq!(server(&ask(&gateway, &format!("GET {path}"), &origin)), "public", "{path}");
    }
    // And what no group is for is a 404 that pages can read, where there is no other server.
    let nowhere = ask(&gateway, "GET /else", &origin);
    assert_eq!(nowhere.status, 404);
    assert_eq!(nowhere.header("access-control-allow-origin"), Some(ORIGIN));
    assert!(nowhere.body.starts_with(b"404 no-upstream-for-this"), "{nowhere:?}");
    assert!(gateway.metric("corsage_rejections_total") >= 7.0);
}

#[test]
fn each_group_has_limits_timeouts_and_health_of_its_own() {
    let held = Arc::new(AtomicBool::new(true));
    let holds = Arc::clone(&held);
    let slow = Upstream::answering(move |_| {
        while holds.load(SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        respond("200 OK", "", b"late")
    });
    let quick = Upstream::answering(|request| {
        let status = if request.line.contains("/health") { "500 Down" } else { "200 OK" };
        respond(status, "", b"quick")
    });
    let settings = format!(
        r#"upstreams = "http://{0}"
        health = {{ path = "/health", interval = "20ms", unhealthy_after = 1 }}
        [[gateway.groups]]
        name = "slow"
        paths = ["/slow"]
        upstreams = "http://{1}"
        limits = {{ requests = 1, body_bytes = 3 }}
        timeouts = {{ upstream_first_byte = "30s" }}
        health = {{ interval = "1h" }}
        [[gateway.groups]]
        name = "hasty"
        paths = ["/hasty"]
        upstreams = "http://{1}"
        timeouts = {{ upstream_first_byte = "100ms" }}
        health = {{ interval = "1h" }}"#,
        quick.addr, slow.addr
    );
    let gateway = Gateway::start_with(&settings, POLICY);
    let origin = format!("Host: test\r\nOrigin: {ORIGIN}\r\n");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| ask(&gateway, "GET /slow", &origin));
        let hasty = ask(&gateway, "GET /hasty", &origin);
        assert_eq!(hasty.status, 504, "its group waits 100 ms");
        eventually("the first request arrives", || {
            let page = upstreams_page(&gateway);
            page["groups"][0]["upstreams"][0]["requests_in_flight"] == 1
        });
        let second = ask(&gateway, "GET /slow", &origin);
        assert_eq!(second.status, 503, "one at a time");
        assert_eq!(second.header("access-control-allow-origin"), Some(ORIGIN));
        assert_eq!(ask(&gateway, "GET /", &origin).status, 200, "the others have no such limit");
        let body = format!("{origin}Content-Length: 4\r\n");
        assert_eq!(ask(&gateway, "POST /slow", &body).status, 413);
        held.store(false, SeqCst);
        assert_eq!(first.join().unwrap().status, 200);
    });
    eventually("the place is given back", || ask(&gateway, "GET /slow", &origin).status == 200);
    eventually("the default group fails its probes", || {
        shown(&gateway, quick.addr)["state"] == "fails-probes"
    });
    assert_eq!(shown(&gateway, slow.addr)["state"], "well");
}

#[test]
fn weights_are_kept_and_a_reload_changes_them_under_load_without_a_failed_request() {
    let (a, b) = (named("a"), named("b"));
    let settings = |a_weight: u32, b_weight: u32| {
        format!(
            "upstreams = [{{ url = \"http://{}\", weight = {a_weight} }}, \
             {{ url = \"http://{}\", weight = {b_weight} }}]",
            a.addr, b.addr
        )
    };
    let gateway = Gateway::start_with(&settings(3, 1), POLICY);
    let shares = |count: usize| {
        let mut of_a = 0;
        let mut client = Client::connect(gateway.addr);
        for _ in 0..count {
            client.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n");
            let response = client.response("GET").unwrap();
            assert_eq!(response.status, 200);
            of_a += usize::from(server(&response) == "a");
        }
        of_a
    };
    // 1,500 of 2,000 are expected; the deviation is 19.
    let of_a = shares(2_000);
    assert!((1_400..1_600).contains(&of_a), "{of_a} of 2000 at 3 to 1");

    let (stop, failed, answered) =
        (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut client = Client::connect(gateway.addr);
                while !stop.load(SeqCst) {
                    // A load, and no contest for the processor: other tests run beside this one.
                    std::thread::sleep(Duration::from_millis(2));
                    client.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n");
                    let status = client.response("GET").map(|response| response.status);
                    answered.fetch_add(1, SeqCst);
                    if !matches!(status, Ok(200)) {
                        failed.fetch_add(1, SeqCst);
                    }
                }
            });
        }
        let mut before = settings(3, 1);
        for step in 0..30 {
            let after = settings(step % 3, (step + 1) % 3);
            gateway.reconfigure(|text| text.replace(&before, &after));
            before = after;
            std::thread::sleep(Duration::from_millis(10));
        }
        let drained = settings(1, 0);
        gateway.reconfigure(|text| text.replace(&before, &drained));
        eventually("b is drained", || shown(&gateway, b.addr)["state"] == "draining");
        eventually("b has no requests", || shown(&gateway, b.addr)["requests_in_flight"] == 0);
        stop.store(true, SeqCst);
    });
    assert_eq!(failed.load(SeqCst), 0, "of {}", answered.load(SeqCst));
    assert!(answered.load(SeqCst) > 300, "{answered:?} are no load");
    assert_eq!(shares(50), 50, "who is drained gets nothing");
    // Its connections and its health were kept throughout: the server is the same.
    assert_eq!(gateway.metric("corsage_config_last_reload_successful"), 1.0);
}

#[test]
fn a_server_that_leaves_ends_what_it_has_begun_and_is_shown_until_then() {
    let held = Arc::new(AtomicBool::new(true));
    let holds = Arc::clone(&held);
    let old = Upstream::answering(move |request| {
        while request.line.contains("/long") && holds.load(SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        respond("200 OK", "X-Served-By: old\r\n", b"whole")
    });
    let new = named("new");
    let gateway = Gateway::start(old.addr, "");
    assert_eq!(server(&Client::get(gateway.addr, "/")), "old");
    std::thread::scope(|scope| {
        let long = scope.spawn(|| Client::get(gateway.addr, "/long"));
        eventually("it begins", || shown(&gateway, old.addr)["requests_in_flight"] == 1);
        gateway.reconfigure(|text| text.replace(&old.addr.to_string(), &new.addr.to_string()));
        eventually("the new one serves", || server(&Client::get(gateway.addr, "/")) == "new");
        let page = upstreams_page(&gateway);
        assert_eq!(page["leaving"][0]["url"], format!("http://{}", old.addr), "{page:#}");
        assert_eq!(page["leaving"][0]["requests_in_flight"], 1);
        assert_eq!(shown(&gateway, old.addr), Value::Null);
        eventually("what is idle is closed", || {
            upstreams_page(&gateway)["leaving"][0]["idle_connections"] == 0
        });
        held.store(false, SeqCst);
        let long = long.join().unwrap();
        assert_eq!((long.status, &*long.body), (200, &b"whole"[..]));
    });
    eventually("it is gone", || upstreams_page(&gateway)["leaving"] == serde_json::json!([]));
}

#[test]
fn a_killed_server_is_ejected_until_a_time_that_is_shown_and_taken_back() {
    let stays = named("stays");
    let addr = free_address();
    let settings = format!(
        "upstreams = [\"http://{}\", \"http://{addr}\"]\n\
         passive_health = {{ failures = 1, eject_for = \"2s\" }}",
        stays.addr
    );
    let gateway = Gateway::start_with(&settings, POLICY);
    assert_eq!(shown(&gateway, addr)["state"], "well", "nobody has asked it");
    eventually("it is ejected", || {
        assert_eq!(Client::get(gateway.addr, "/").status, 200, "another is asked instead");
        shown(&gateway, addr)["state"] == "ejected"
    });
    let ejected = shown(&gateway, addr);
    let until = ejected["ejected_until"].as_str().unwrap();
    assert!(until.ends_with('Z') && until.contains('T'), "{ejected:#}");
    assert_eq!(ejected["failures_in_a_row"], 1);
    assert_eq!(shown(&gateway, stays.addr)["ejected_until"], Value::Null);
    assert!(gateway.metric("corsage_upstream_healthy") < 2.0);
    // Somebody listens there again.
    let listener = std::net::TcpListener::bind(addr).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = std::io::BufReader::new(stream);
            while crate::support::read_request(&mut stream).is_ok() {
                let answer = respond("200 OK", "X-Served-By: back\r\n", b"");
                let _ = std::io::Write::write_all(stream.get_mut(), &answer);
            }
        }
    });
    let began = Instant::now();
    eventually("it is taken back", || server(&Client::get(gateway.addr, "/")) == "back");
    assert!(began.elapsed() < Duration::from_secs(8));
    assert_eq!(shown(&gateway, addr)["state"], "well");
    assert_eq!(shown(&gateway, addr)["failures_in_a_row"], 0);
}

#[test]
fn preflights_of_origins_that_are_not_allowed_are_bounded_by_address() {
    let upstream = Upstream::ok();
    let settings = "limits.refused_preflights = 5\ntrusted_proxies = [\"127.0.0.0/8\"]";
    let gateway = Gateway::start(upstream.addr, settings);
    let preflight = |origin: &str, client: &str| {
        let headers = format!(
            "Host: test\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: PUT\r\n\
             X-Forwarded-For: 198.51.100.9, {client}\r\n"
        );
        ask(&gateway, "OPTIONS /x", &headers)
    };
    let refused = |client: &str| -> Vec<u16> {
        (0..40).map(|_| preflight("https://evil.example", client).status).collect()
    };
    let first = refused("192.0.2.1");
    assert!(first[..5].iter().all(|status| *status == 204), "{first:?}");
    assert!(first.contains(&429), "{first:?}");
    let last = preflight("https://evil.example", "192.0.2.1");
    if last.status == 429 {
        assert_eq!(last.header("retry-after"), Some("1"));
        assert_eq!(last.header("access-control-allow-origin"), None);
    }
    // Nobody else is meant: another client, or a page that is allowed.
    assert_eq!(preflight("https://evil.example", "192.0.2.2").status, 204);
    for _ in 0..20 {
        let granted = preflight(ORIGIN, "192.0.2.1");
        assert_eq!(
            (granted.status, granted.header("access-control-allow-origin")),
            (204, Some(ORIGIN))
        );
    }
    assert!(gateway.metric("corsage_rejections_total") >= 1.0);
}

#[test]
fn what_an_upstream_says_of_cors_is_told_once_for_each_route_with_its_lines() {
    let upstream = Upstream::answering(|request| {
        let own = match request.line.contains("/quiet") {
            true => "",
            false => "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: GET, X\r\n",
        };
        respond("200 OK", own, b"")
    });
    let policies = format!("[[policy]]\nname = \"quiet\"\npaths = [\"/quiet\"]\n{POLICY}");
    let policies = policies.replace(
        "paths = [\"/quiet\"]",
        "paths = [\"/quiet\"]\nallow_origins = [\"https://q.example\"]",
    );
    let gateway = Gateway::start(upstream.addr, "");
    gateway.reconfigure(|text| text.replace(POLICY, &policies));
    eventually("the reload", || gateway.metric("corsage_config_reloads_total") > 0.0);
    for _ in 0..5 {
        Client::get(gateway.addr, "/quiet");
        Client::get(gateway.addr, "/loud");
    }
    let line = "they are removed, and the policy's sent: access-control-allow-origin: *; \
                access-control-allow-methods: GET, X";
    eventually("it is told", || gateway.told().contains(line));
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(gateway.told().matches("sets CORS headers itself").count(), 1, "{}", gateway.told());
    assert!(
        gateway.told().contains(&format!("upstream=\"http://{}\"", upstream.addr)),
        "{}",
        gateway.told()
    );
    let page = upstreams_page(&gateway);
    assert_eq!(page["upstreams_say_of_cors"]["api"][0], "access-control-allow-origin: *");
    assert_eq!(page["upstreams_say_of_cors"]["quiet"], Value::Null);
}
