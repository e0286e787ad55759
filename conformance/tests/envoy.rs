//! The policy inside a real Envoy: the cases that every other engine passes, and what only a proxy can get wrong.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use conformance::adapters::{Application, raw_http};
use conformance::envoy::{
    Bootstrap, By, Envoy, EnvoyEngine, ExtProc, Route, Worn, module_filter, module_route, skipped,
};
use conformance::server_cases::{self, Engine};
use http::{Request, Response};
use serde_json::{Value, json};

fn module() -> Box<dyn Engine> {
    Box::new(EnvoyEngine::new("envoy-module", |file| {
        Ok(Worn { filters: vec![module_filter(file)], clusters: Vec::new(), beside: Box::new(()) })
    }))
}

fn asked(file: &str, by: By) -> Result<Worn, String> {
    let service = ExtProc::start(file, &"127.0.0.1:0".parse().expect("an address"))?;
    let clusters = vec![service.cluster()];
    Ok(Worn { filters: vec![by.filter()], clusters, beside: Box::new(service) })
}

fn ext_proc() -> Box<dyn Engine> {
    Box::new(EnvoyEngine::new("envoy-ext-proc", |file| asked(file, By::ExtProc)))
}

fn cases_pass(engine: fn() -> Box<dyn Engine>, file: &str) {
    if skipped() {
        return;
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(file);
    let report = server_cases::run_through(&[engine()], &file).expect("the data is there");
    assert!(report.passed, "{}", report.text);
}

#[test]
fn server_cases_pass_through_the_module() {
    cases_pass(module, "server-cases.jsonl");
}

#[test]
fn crafted_server_cases_pass_through_the_module() {
    cases_pass(module, "server-cases-crafted.jsonl");
}

#[test]
fn server_cases_pass_through_ext_proc() {
    cases_pass(ext_proc, "server-cases.jsonl");
}

#[test]
fn crafted_server_cases_pass_through_ext_proc() {
    cases_pass(ext_proc, "server-cases-crafted.jsonl");
}

const APP: &str = "https://app.example";
const OTHER: &str = "https://other.example";
const STRANGER: &str = "https://stranger.example";

/// A policy that allows an origin.
fn policy(origin: &str) -> String {
    format!(
        "[[policy]]\nname = 'api'\nallow_origins = ['{origin}', 'https://more.example']\n\
         allow_methods = ['PUT']\ndisallowed_writes = 'refuse'\n\
         [policy.shadow]\nallow_origins = ['{STRANGER}']\n"
    )
}

fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Response<Vec<u8>> {
    try_send(address, method, path, headers).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn try_send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Response<Vec<u8>>, String> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    raw_http::send(address, &request.body(()).map_err(|error| error.to_string())?)
}

fn lines<'r>(response: &'r Response<Vec<u8>>, name: &str) -> Vec<&'r str> {
    let lines = response.headers().get_all(name).iter();
    lines.filter_map(|value| value.to_str().ok()).collect()
}

fn allowed(response: &Response<Vec<u8>>) -> Vec<&str> {
    lines(response, "access-control-allow-origin")
}

/// An Envoy before the application, with a policy for everything and one for `/public`.
fn two_policies() -> (Envoy, Application) {
    let application = Application::start().expect("it starts");
    let open = "policy: [{name: open, allow_origins: ['*']}]";
    let bootstrap = Bootstrap {
        filters: vec![module_filter(&policy(APP))],
        routes: vec![
            Route { per_filter: module_route(open), ..Route::to("/public", application.address) },
            // Nobody listens there.
            Route::to("/down", ([127, 0, 0, 1], 1).into()),
            Route::to("/", application.address),
        ],
        clusters: Vec::new(),
    };
    (Envoy::start(&bootstrap).expect("it starts"), application)
}

#[test]
fn a_route_wears_a_policy_of_its_own() {
    if skipped() {
        return;
    }
    let (envoy, _application) = two_policies();
    let get = |path, origin| send(envoy.address, "GET", path, &[("origin", origin)]);
    assert_eq!(allowed(&get("/public", STRANGER)), ["*"]);
    assert!(lines(&get("/public", STRANGER), "vary").is_empty(), "a constant answer");
    assert_eq!(allowed(&get("/get", APP)), [APP]);
    assert!(allowed(&get("/get", STRANGER)).is_empty());
    let asked = [("origin", STRANGER), ("access-control-request-method", "POST")];
    assert_eq!(allowed(&send(envoy.address, "OPTIONS", "/public", &asked)), ["*"]);
    assert!(allowed(&send(envoy.address, "OPTIONS", "/get", &asked)).is_empty());
}

#[test]
fn errors_of_envoys_own_carry_the_headers() {
    if skipped() {
        return;
    }
    let (envoy, _application) = two_policies();
    for (path, status) in [("/down", 503), ("/slow", 504), ("/get", 200), ("/secret", 401)] {
        let response = send(envoy.address, "GET", path, &[("origin", APP)]);
        assert_eq!((response.status().as_u16(), allowed(&response)), (status, vec![APP]), "{path}");
        assert!(lines(&response, "vary").join(",").contains("Origin"), "{path}");
    }
    // Nobody has such a route.
    let response = send(envoy.address, "GET", "/own", &[("origin", STRANGER)]);
    assert!(allowed(&response).is_empty(), "{response:?}");
    let vary = lines(&response, "vary").join(",");
    assert!(
        ["accept-encoding", "accept-language", "Origin"].iter().all(|name| vary.contains(name))
    );
}

#[test]
fn decisions_are_counted_and_refusals_told() {
    if skipped() {
        return;
    }
    let (envoy, _application) = two_policies();
    let preflight = |origin, method| {
        let asked = [("origin", origin), ("access-control-request-method", method)];
        send(envoy.address, "OPTIONS", "/get", &asked)
    };
    assert_eq!(preflight(APP, "PUT").status(), 204);
    assert_eq!(preflight(APP, "DELETE").status(), 204);
    assert_eq!(send(envoy.address, "PUT", "/stage", &[("origin", STRANGER)]).status(), 403);
    assert_eq!(send(envoy.address, "GET", "/get", &[]).status(), 200);
    for (name, count) in [
        ("preflight_granted", 1),
        ("preflight_refused", 1),
        ("blocked", 1),
        ("not_cors", 1),
        ("withheld", 1),
        ("panicked", 0),
        ("refused_method_not_allowed", 1),
        ("shadow_differs.policy.api.enforced.origin-not-allowed.shadow.share", 1),
    ] {
        // Threads hand their counts over now and then.
        let name = format!("dynamicmodulescustom.corsage_{name}");
        let deadline = Instant::now() + Duration::from_secs(10);
        while envoy.stat(&name) != count && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(envoy.stat(&name), count, "{name}");
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    while !envoy.log().contains(STRANGER) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
    }
    let log = envoy.log();
    assert!(log.contains("DELETE") && log.contains("is not in allow_methods"), "{log}");
    assert!(log.contains(&format!("origin \"{STRANGER}\" is not in allow_origins")), "{log}");
}

#[test]
fn a_file_with_faults_is_refused_with_their_places() {
    if skipped() {
        return;
    }
    let faulty = "[[policy]]\nallow_orgins = ['https://app.example']\n";
    let bootstrap = Bootstrap { filters: vec![module_filter(faulty)], ..Bootstrap::default() };
    let said = Envoy::start(&bootstrap).expect_err("it does not start");
    assert!(said.contains("2:1") && said.contains("did you mean `allow_origins`?"), "{said}");
}

/// Only builds for tests can be made to panic.
#[test]
#[cfg(debug_assertions)]
fn a_panic_ends_in_the_module() {
    if skipped() {
        return;
    }
    let (mut envoy, application) = two_policies();
    for _ in 0..100 {
        let response = send(
            envoy.address,
            "PUT",
            "/stage",
            &[("origin", APP), ("x-corsage-fault", "request")],
        );
        assert_eq!((response.status().as_u16(), allowed(&response)), (500, Vec::new()));
        let response =
            send(envoy.address, "GET", "/own", &[("origin", APP), ("x-corsage-fault", "response")]);
        assert_eq!((response.status().as_u16(), allowed(&response)), (200, Vec::new()));
    }
    assert!(!application.stage().reached, "nothing was executed");
    assert!(envoy.is_running());
    assert_eq!(allowed(&send(envoy.address, "GET", "/get", &[("origin", APP)])), [APP]);
}

/// An Envoy that asks a service beside it, through a socket in the file system.
fn beside(by: By) -> (Envoy, ExtProc, Application, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let address = format!("unix:{}", folder.path().join("corsage.sock").display());
    let service = ExtProc::start(&as_json(&policy(APP)), &address.parse().expect("an address"));
    let (service, application) = (service.expect("it starts"), Application::start());
    let application = application.expect("it starts");
    let bootstrap = Bootstrap {
        filters: vec![by.filter()],
        routes: vec![
            Route::to("/down", ([127, 0, 0, 1], 1).into()),
            Route::to("/", application.address),
        ],
        clusters: vec![service.cluster()],
    };
    (Envoy::start(&bootstrap).expect("it starts"), service, application, folder)
}

fn as_json(toml: &str) -> String {
    let config = corsage_config::parse(toml, "corsage.toml").expect("it holds");
    json!({ "policy": config.show()["policy"] }).to_string()
}

#[test]
fn a_service_beside_envoy_is_asked_and_reloaded() {
    if skipped() {
        return;
    }
    for by in [By::ExtProc, By::ExtAuthz] {
        let (envoy, service, application, _folder) = beside(by);
        let asked = [("origin", APP), ("access-control-request-method", "PUT")];
        let preflight = send(envoy.address, "OPTIONS", "/get", &asked);
        assert_eq!((preflight.status().as_u16(), allowed(&preflight)), (204, vec![APP]), "{by:?}");
        assert_eq!(lines(&preflight, "vary"), ["Origin"], "{by:?}");
        assert_eq!(send(envoy.address, "PUT", "/stage", &[("origin", STRANGER)]).status(), 403);
        assert!(!application.stage().reached, "{by:?}: nobody saw it");
        for (path, status) in [("/get", 200), ("/down", 503), ("/secret", 401), ("/nowhere", 404)] {
            let response = send(envoy.address, "GET", path, &[("origin", APP)]);
            let found = (response.status().as_u16(), allowed(&response));
            assert_eq!(found, (status, vec![APP]), "{by:?} {path}");
        }
        let own = send(envoy.address, "GET", "/own", &[("origin", STRANGER)]);
        let vary = lines(&own, "vary").join(",");
        assert!(vary.contains("accept-encoding") && vary.contains("Origin"), "{by:?}: {vary}");
        // It cannot take out what it does not see.
        let stays = if by == By::ExtProc { vec![] } else { vec!["*"] };
        assert_eq!(allowed(&own), stays, "{by:?}");
        service.reload(&as_json(&policy(OTHER))).expect("it holds");
        let get = |origin| send(envoy.address, "GET", "/get", &[("origin", origin)]);
        assert_eq!(allowed(&get(OTHER)), [OTHER], "{by:?}");
        assert!(allowed(&get(APP)).is_empty(), "{by:?}");
    }
}

/// The filter's configuration, as a control plane hands it out.
fn discovered(text: &str, version: usize) -> Value {
    let mut resource = module_filter(text);
    resource["@type"] = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig".into();
    json!({ "version_info": version.to_string(), "resources": [resource] })
}

/// Puts a file in the place of another at once.
fn replace(file: &Path, value: &Value) {
    let beside = file.with_extension("new");
    std::fs::write(&beside, value.to_string()).expect("written");
    std::fs::rename(beside, file).expect("renamed");
}

/// Pages that ask without end until they are told to stop: how often, and what was wrong.
struct Load {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    threads: Vec<std::thread::JoinHandle<Option<String>>>,
}

impl Load {
    fn start(address: SocketAddr, right: fn(&Response<Vec<u8>>, &str) -> bool) -> Self {
        let (stop, sent) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let ask = |origin: &'static str| {
            let (stop, sent) = (Arc::clone(&stop), Arc::clone(&sent));
            std::thread::spawn(move || {
                while !stop.load(Relaxed) {
                    let asked = [("origin", origin), ("access-control-request-method", "PUT")];
                    for (method, headers) in [("GET", &asked[..1]), ("OPTIONS", &asked[..])] {
                        match try_send(address, method, "/get", headers) {
                            Ok(response) if right(&response, origin) => {}
                            Ok(response) => return Some(format!("{method}: {response:?}")),
                            Err(error) => return Some(format!("{method}: {error}")),
                        }
                        sent.fetch_add(1, Relaxed);
                    }
                }
                None
            })
        };
        let threads = [APP, OTHER].map(ask).into_iter().collect();
        Self { stop, sent, threads }
    }

    /// How many were answered, all of them rightly.
    fn end(self) -> usize {
        self.stop.store(true, Relaxed);
        for thread in self.threads {
            let fault = thread.join().expect("it ends");
            assert_eq!(fault, None);
        }
        self.sent.load(Relaxed)
    }
}

/// A thousand policies after one another, as a control plane would hand them out, under load: no request is lost, none
/// is answered by half of one policy, and Envoy is no larger for it.
#[test]
fn a_policy_is_swapped_a_thousand_times() {
    if skipped() {
        return;
    }
    let application = Application::start().expect("it starts");
    let envoy = Envoy::start_with(|listen, admin, folder| {
        let file = folder.join("filter.json");
        replace(&file, &discovered(&policy(APP), 0));
        let filter = json!({
            "name": "corsage",
            "config_discovery": {
                "config_source": { "path_config_source": { "path": file } },
                "type_urls": ["type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter"],
            },
        });
        let routes = vec![Route::to("/", application.address)];
        Bootstrap { filters: vec![filter], routes, clusters: Vec::new() }.show(listen, admin)
    })
    .expect("it starts");
    let load = Load::start(envoy.address, |response, origin| {
        let allowed = allowed(response);
        let whole = response.status() != 204
            || allowed.is_empty()
            || lines(response, "access-control-allow-methods") == ["PUT"];
        whole && (allowed.is_empty() || allowed == [origin]) && lines(response, "vary").len() == 1
    });
    let file = envoy.folder().join("filter.json");
    let mut resident = 0;
    for version in 1..=1_000 {
        let origin = if version % 2 == 0 { APP } else { OTHER };
        replace(&file, &discovered(&policy(origin), version));
        let deadline = Instant::now() + Duration::from_secs(20);
        // Whoever is allowed now could not have been before.
        while allowed(&send(envoy.address, "GET", "/get", &[("origin", origin)])).is_empty() {
            assert!(Instant::now() < deadline, "version {version} does not come: {}", envoy.log());
        }
        if version == 200 {
            resident = envoy.resident_kib();
        }
    }
    let grown = envoy.resident_kib().saturating_sub(resident);
    let sent = load.end();
    assert!(sent > 1_000, "only {sent} requests");
    assert!(resident > 1_024, "{resident} KiB");
    // One configuration is some dozen KiB.
    assert!(grown < 4_096, "{grown} KiB more after 800 policies");
}

/// An Envoy that is killed takes its connections with it, and nothing else: the next one answers.
#[test]
fn killed_under_load_and_started_again() {
    if skipped() {
        return;
    }
    for _ in 0..3 {
        let (envoy, _application) = two_policies();
        let load = Load::start(envoy.address, |_, _| true);
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(allowed(&send(envoy.address, "GET", "/get", &[("origin", APP)])), [APP]);
        drop(envoy);
        load.stop.store(true, Relaxed);
        assert!(load.sent.load(Relaxed) > 0);
    }
}
