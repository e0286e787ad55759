//! What every adapter does, on real sockets: the same expectations for each.

use conformance::adapters::{ALL, Options, Server, raw_http};
use corsage::server::{Credentials, DisallowedWrites, Policy, PolicyDraft, RecordDecisions};
use http::{HeaderMap, Method, Request, Response};

const APP: &str = "https://app.example";
const STRANGER: &str = "https://stranger.example";

fn draft() -> PolicyDraft {
    PolicyDraft::new()
        .origins([APP, "https://*.app.example"])
        .methods(["PUT"])
        .headers(["x-token"])
        .expose(["etag"])
        .credentials(Credentials::Allow)
}

fn policy() -> Policy {
    draft().compile().expect("a policy without fault")
}

/// Runs a test against every adapter, and tells all that fails.
fn each(policy: &Policy, record: RecordDecisions, test: impl Fn(&Server) -> Result<(), String>) {
    let mut faults = Vec::new();
    for adapter in ALL {
        let options = Options { policy: policy.clone(), record, tenants: None };
        if let Err(fault) = adapter.start(&options).and_then(|server| test(&server)) {
            faults.push(format!("{}: {fault}", adapter.name));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn send(
    server: &Server,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Response<String>, String> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(()).map_err(|error| error.to_string())?;
    let response = raw_http::send(server.address, &request).map_err(|e| format!("{path}: {e}"))?;
    Ok(response.map(|body| String::from_utf8_lossy(&body).into_owned()))
}

fn lines<'h>(headers: &'h HeaderMap, name: &str) -> Vec<&'h str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
}

fn holds(condition: bool, what: &str, response: &Response<String>) -> Result<(), String> {
    if condition { Ok(()) } else { Err(format!("not so: {what}: {response:?}")) }
}

/// The page may read it, once and for all.
fn granted(response: &Response<String>, origin: &str) -> Result<(), String> {
    let headers = response.headers();
    let allowed = lines(headers, "access-control-allow-origin") == [origin]
        && lines(headers, "access-control-allow-credentials") == ["true"];
    holds(allowed, "the page may read it", response)?;
    holds(varies(headers), "Vary names Origin", response)
}

fn varies(headers: &HeaderMap) -> bool {
    lines(headers, "vary").iter().any(|line| line.split(',').any(|name| name.trim() == "Origin"))
}

#[test]
fn every_error_carries_the_headers() {
    each(&policy(), RecordDecisions::Off, |server| {
        for (method, path, statuses) in [
            ("GET", "/get", &[200][..]),
            ("GET", "/error", &[429]),
            ("GET", "/secret", &[401]),
            ("GET", "/nowhere", &[404]),
            // A router without methods has no route there.
            ("POST", "/get", &[405, 404]),
            ("GET", "/slow", &[504]),
            // The gateway's upstream has closed the connection.
            ("GET", "/panic", &[500, 502]),
            // The application survives it.
            ("GET", "/get", &[200]),
        ] {
            let response = send(server, method, path, &[("origin", APP)])?;
            let status = response.status().as_u16();
            holds(statuses.contains(&status), &format!("{path} is {statuses:?}"), &response)?;
            granted(&response, APP)?;
            let exposed = lines(response.headers(), "access-control-expose-headers") == ["etag"];
            holds(exposed, "etag is exposed", &response)?;
            holds(!response.body().contains("on purpose"), "the panic stays secret", &response)?;

            let response = send(server, method, path, &[("origin", STRANGER)])?;
            let headers = response.headers();
            let none = !headers.keys().any(|name| name.as_str().starts_with("access-control-"));
            holds(none && varies(headers), "strangers get nothing but Vary", &response)?;
        }
        Ok(())
    });
}

#[test]
fn preflights_reach_nobody_else() {
    each(&policy(), RecordDecisions::Off, |server| {
        // None of these routes OPTIONS but the last; `/secret` refuses whoever reaches it.
        for path in ["/get", "/secret", "/panic", "/slow", "/nowhere", "/options"] {
            let asked = [
                ("origin", "https://a.app.example"),
                ("access-control-request-method", "PUT"),
                ("access-control-request-headers", "x-token"),
            ];
            let response = send(server, "OPTIONS", path, &asked)?;
            holds(response.status() == 204, "204", &response)?;
            granted(&response, "https://a.app.example")?;
            let headers = response.headers();
            let whole = lines(headers, "access-control-allow-methods") == ["PUT"]
                && lines(headers, "access-control-allow-headers") == ["x-token"];
            holds(whole, "the lists are complete", &response)?;
            holds(response.body().is_empty(), "no body", &response)?;

            let asked = [("origin", STRANGER), ("access-control-request-method", "PUT")];
            let response = send(server, "OPTIONS", path, &asked)?;
            let refused = lines(response.headers(), "access-control-allow-methods").is_empty();
            holds(refused && response.status() == 204, "refused", &response)?;
        }
        Ok(())
    });
}

#[test]
fn other_options_are_the_applications() {
    each(&policy(), RecordDecisions::Off, |server| {
        for headers in [&[][..], &[("origin", APP)], &[("access-control-request-method", "PUT")]] {
            let response = send(server, "OPTIONS", "/options", headers)?;
            holds(response.status() == 200, "the handler answers", &response)?;
        }
        Ok(())
    });
}

#[test]
fn the_handlers_own_headers_are_replaced_but_vary() {
    each(&policy(), RecordDecisions::Off, |server| {
        let response = send(server, "GET", "/own", &[("origin", APP)])?;
        granted(&response, APP)?;
        let headers = response.headers();
        let gone = lines(headers, "access-control-allow-methods").is_empty();
        holds(gone, "the handler's own list is gone", &response)?;
        let vary = lines(headers, "vary").join(",");
        for name in ["accept-encoding", "accept-language"] {
            holds(vary.contains(name), "the handler's Vary is kept", &response)?;
        }
        Ok(())
    });
}

#[test]
fn a_path_wears_a_policy_of_its_own() {
    each(&policy(), RecordDecisions::Off, |server| {
        let response = send(server, "GET", "/public", &[("origin", STRANGER)])?;
        let open = lines(response.headers(), "access-control-allow-origin") == ["*"];
        holds(open && response.status() == 200, "open to everybody", &response)?;
        holds(!varies(response.headers()), "a constant answer", &response)?;
        let asked = [("origin", STRANGER), ("access-control-request-method", "POST")];
        let response = send(server, "OPTIONS", "/public", &asked)?;
        let open = lines(response.headers(), "access-control-allow-origin") == ["*"];
        holds(open && response.status() == 204, "its preflights too", &response)
    });
}

#[test]
fn disallowed_writes_are_refused_where_asked() {
    let policy = draft().disallowed_writes(DisallowedWrites::Refuse).compile();
    each(&policy.expect("a policy without fault"), RecordDecisions::Off, |server| {
        let response = send(server, "PUT", "/stage", &[("origin", STRANGER)])?;
        holds(response.status() == 403 && varies(response.headers()), "refused", &response)?;
        holds(!server.stage().reached, "nobody saw it", &response)?;
        for origin in [APP, "http://api.example"] {
            let response = send(server, "PUT", "/stage", &[("origin", origin)])?;
            holds(response.status() == 200, "allowed, or the server's own page", &response)?;
        }
        holds(server.stage().reached, "the handler saw it", &Response::default())
    });
}

#[test]
fn a_policy_is_replaced_while_it_serves() {
    each(&policy(), RecordDecisions::Off, |server| {
        let new = "https://new.example";
        let response = send(server, "GET", "/get", &[("origin", new)])?;
        let none = lines(response.headers(), "access-control-allow-origin").is_empty();
        holds(none, "not allowed yet", &response)?;
        let policy = draft().origins([new]).compile().map_err(|errors| errors.to_string())?;
        server.replace(policy)?;
        granted(&send(server, "GET", "/get", &[("origin", new)])?, new)
    });
}

#[test]
fn decisions_are_recorded_where_asked() {
    let decision = |server: &Server, method: Method, headers: &[(&str, &str)]| {
        let response = send(server, method.as_str(), "/get", headers)?;
        Ok::<_, String>(lines(response.headers(), "x-decision").join(" "))
    };
    let preflight = [("origin", APP), ("access-control-request-method", "DELETE")];
    each(&policy(), RecordDecisions::On, |server| {
        let found = [
            decision(server, Method::GET, &[("origin", APP)])?,
            decision(server, Method::GET, &[("origin", STRANGER)])?,
            decision(server, Method::GET, &[])?,
            decision(server, Method::OPTIONS, &preflight)?,
        ];
        // The gateway writes them into its log.
        let gateway = found.iter().all(String::is_empty);
        if gateway || found == ["share", "withhold", "not-cors", "refuse-preflight"] {
            Ok(())
        } else {
            Err(format!("recorded {found:?}"))
        }
    });
}
