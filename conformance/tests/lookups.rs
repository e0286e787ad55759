//! Origins that are looked up while the request waits: the same expectations for every adapter, on real sockets.

use std::time::Instant;

use conformance::adapters::{ALL, LOOKUP_LIMIT, Options, Server, Tenants, raw_http};
use corsage::server::{Credentials, DisallowedWrites, PolicyDraft, RecordDecisions};
use http::{HeaderMap, Request, Response};

const APP: &str = "https://app.example";
const TENANT: &str = "https://tenant.example";
const STRANGER: &str = "https://stranger.example";

fn draft() -> PolicyDraft {
    PolicyDraft::new().origins([APP]).methods(["PUT"]).origins_looked_up()
}

/// A running application, and who it asks.
struct Asking {
    server: Server,
    tenants: Tenants,
}

impl Asking {
    /// The answer, and how many lookups were made for it.
    fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<(Response<Vec<u8>>, usize), String> {
        let before = self.tenants.asked();
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).map_err(|error| error.to_string())?;
        let response = raw_http::send(self.server.address, &request)?;
        Ok((response, self.tenants.asked() - before))
    }
}

/// Runs a test against every adapter that can ask, and tells all that fails.
fn each(draft: PolicyDraft, record: RecordDecisions, test: impl Fn(&Asking) -> Result<(), String>) {
    let policy = draft.compile().expect("a policy without fault");
    let mut faults = Vec::new();
    for adapter in ALL.iter().filter(|adapter| adapter.name != "gateway") {
        let tenants = Tenants::default();
        let options = Options { policy: policy.clone(), record, tenants: Some(tenants.clone()) };
        let tested = adapter.start(&options).and_then(|server| test(&Asking { server, tenants }));
        if let Err(fault) = tested {
            faults.push(format!("{}: {fault}", adapter.name));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[expect(clippy::needless_pass_by_value, reason = "what is compared is made for it")]
fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, wanted: T) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{what}: {found:?}, not {wanted:?}")) }
}

fn lines<'h>(headers: &'h HeaderMap, name: &str) -> Vec<&'h str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
}

fn allowed(response: &Response<Vec<u8>>) -> Vec<&str> {
    lines(response.headers(), "access-control-allow-origin")
}

#[test]
fn the_answer_is_waited_for() {
    each(draft(), RecordDecisions::Off, |asking| {
        // One that the application knows, one that it does not, one that fails, and what a GET would not show.
        for (method, path) in
            [("GET", "/get"), ("GET", "/nowhere"), ("GET", "/error"), ("PUT", "/stage")]
        {
            let (response, asked) = asking.send(method, path, &[("origin", TENANT)])?;
            same("admitted", allowed(&response), vec![TENANT])?;
            same("Vary", lines(response.headers(), "vary"), vec!["Origin"])?;
            same("lookups", asked, 1)?;

            let (response, asked) = asking.send(method, path, &[("origin", STRANGER)])?;
            same("refused", allowed(&response), vec![])?;
            same("Vary", lines(response.headers(), "vary"), vec!["Origin"])?;
            same("lookups", asked, 1)?;
        }
        Ok(())
    });
}

#[test]
fn preflights_wait_too() {
    each(draft(), RecordDecisions::Off, |asking| {
        let preflight = [("origin", TENANT), ("access-control-request-method", "PUT")];
        let (response, asked) = asking.send("OPTIONS", "/stage", &preflight)?;
        same("status", response.status().as_u16(), 204)?;
        same("admitted", allowed(&response), vec![TENANT])?;
        same("methods", lines(response.headers(), "access-control-allow-methods"), vec!["PUT"])?;
        same("lookups", asked, 1)?;

        let preflight = [("origin", STRANGER), ("access-control-request-method", "PUT")];
        let (response, asked) = asking.send("OPTIONS", "/stage", &preflight)?;
        same("refused", allowed(&response), vec![])?;
        same("lookups", asked, 1)?;
        same("the application was asked", asking.server.stage().reached, false)
    });
}

#[test]
fn nobody_is_asked_where_no_answer_counts() {
    each(draft(), RecordDecisions::Off, |asking| {
        for origins in [
            &[][..],
            // Listed.
            &[APP],
            // No origins.
            &["null"],
            &["https://tenant.example/"],
            &[TENANT, TENANT],
        ] {
            let headers: Vec<_> = origins.iter().map(|origin| ("origin", *origin)).collect();
            let (response, asked) = asking.send("GET", "/get", &headers)?;
            same("status", response.status().as_u16(), 200)?;
            same(&format!("lookups for {origins:?}"), asked, 0)?;
            let granted = if *origins == [APP] { vec![APP] } else { vec![] };
            same(&format!("grants to {origins:?}"), allowed(&response), granted)?;
        }
        Ok(())
    });
}

#[test]
fn the_guards_hold() {
    let insecure = "http://tenant.example";
    each(draft().credentials(Credentials::Allow), RecordDecisions::Off, |asking| {
        let (response, asked) = asking.send("GET", "/get", &[("origin", insecure)])?;
        same("refused", allowed(&response), vec![])?;
        same("lookups", asked, 0)
    });
    each(draft(), RecordDecisions::Off, |asking| {
        let (response, _) = asking.send("GET", "/get", &[("origin", insecure)])?;
        same("admitted", allowed(&response), vec![insecure])
    });
}

#[test]
fn without_a_lookup_only_the_list_counts() {
    let policy = draft().compile().expect("a policy without fault");
    let mut faults = Vec::new();
    for adapter in ALL {
        let options =
            Options { policy: policy.clone(), record: RecordDecisions::Off, tenants: None };
        let tested = adapter.start(&options).and_then(|server| {
            let asking = Asking { server, tenants: Tenants::default() };
            let (response, _) = asking.send("GET", "/get", &[("origin", TENANT)])?;
            same("refused", allowed(&response), vec![])?;
            let (response, _) = asking.send("GET", "/get", &[("origin", APP)])?;
            same("listed", allowed(&response), vec![APP])
        });
        if let Err(fault) = tested {
            faults.push(format!("{}: {fault}", adapter.name));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn writes_wait_before_they_are_refused() {
    let draft = draft().disallowed_writes(DisallowedWrites::Refuse);
    each(draft, RecordDecisions::On, |asking| {
        let (response, asked) = asking.send("PUT", "/stage", &[("origin", STRANGER)])?;
        same("status", response.status().as_u16(), 403)?;
        same("lookups", asked, 1)?;
        same("the application was asked", asking.server.stage().reached, false)?;

        let (response, asked) = asking.send("PUT", "/stage", &[("origin", TENANT)])?;
        same("status", response.status().as_u16(), 200)?;
        same("lookups", asked, 1)?;
        same("decision", lines(response.headers(), "x-decision"), vec!["share"])?;
        same("the application was asked", asking.server.stage().reached, true)
    });
}

#[test]
fn a_lookup_that_panics_admits_nobody() {
    each(draft(), RecordDecisions::Off, |asking| {
        let fatal = ("origin", "https://fatal.example");
        for (method, status) in [("GET", 200), ("OPTIONS", 204)] {
            let headers = [fatal, ("access-control-request-method", "PUT")];
            let (response, asked) = asking.send(method, "/get", &headers)?;
            same("status", response.status().as_u16(), status)?;
            same("refused", allowed(&response), vec![])?;
            same("lookups", asked, 1)?;
        }
        // It survives that.
        let (response, _) = asking.send("GET", "/get", &[("origin", TENANT)])?;
        same("admitted", allowed(&response), vec![TENANT])
    });
}

#[test]
fn a_lookup_that_never_answers_admits_nobody_and_holds_nobody_up_for_ever() {
    each(draft(), RecordDecisions::Off, |asking| {
        let forgotten = ("origin", "https://forgotten.example");
        for (method, status) in [("GET", 200), ("OPTIONS", 204)] {
            let started = Instant::now();
            let headers = [forgotten, ("access-control-request-method", "PUT")];
            let (response, asked) = asking.send(method, "/get", &headers)?;
            same("status", response.status().as_u16(), status)?;
            same("refused", allowed(&response), vec![])?;
            same("lookups", asked, 1)?;
            same("it was waited for", started.elapsed() >= LOOKUP_LIMIT, true)?;
        }
        Ok(())
    });
}
