//! Rocket: one route, and a fairing.

use ::rocket::config::LogLevel;
use ::rocket::http::{Header, Method};
use ::rocket::local::asynchronous::{Client, LocalRequest};
use ::rocket::route::{Handler, Outcome};
use ::rocket::{Build, Config, Data, Request, Response, Rocket, Route, async_trait};
use rocket_cors::{AllowedHeaders, AllowedOrigins, CorsOptions};

use super::app::{Call, at_once, copy, own_headers};
use crate::engine;
use crate::workload::{Credentials, Inner, Origins, Setup};

pub(super) fn build(engine: &str, setup: &Setup) -> Option<Call> {
    let config = Config { log_level: LogLevel::Off, ..Config::default() };
    let route = Route::new(Method::Get, "/", Bare(setup.inner));
    let rocket = ::rocket::custom(config).mount("/", vec![route]);
    drive(match engine {
        "bare" => rocket,
        "corsage" => rocket.attach(corsage_rocket::Cors::new(engine::policy(setup))),
        "rocket_cors" => rocket.attach(peer(setup).to_cors().ok()?),
        _ => return None,
    })
}

#[derive(Clone)]
struct Bare(Inner);

#[async_trait]
impl Handler for Bare {
    async fn handle<'r>(&self, _: &'r Request<'_>, _: Data<'r>) -> Outcome<'r> {
        let mut response = Response::new();
        for &(name, value) in own_headers(self.0) {
            response.set_raw_header(name, value);
        }
        Outcome::Success(response)
    }
}

fn peer(setup: &Setup) -> CorsOptions {
    CorsOptions {
        allowed_origins: match &setup.origins {
            Origins::Any => AllowedOrigins::all(),
            Origins::Exact(list) => AllowedOrigins::some_exact(list),
            Origins::Subdomains(hosts) => {
                let pattern =
                    |host: &String| format!(r"^https://.+\.{}$", host.replace('.', r"\."));
                AllowedOrigins::some_regex(&hosts.iter().map(pattern).collect::<Vec<_>>())
            }
        },
        allowed_methods: setup.methods.iter().filter_map(|name| name.parse().ok()).collect(),
        allowed_headers: AllowedHeaders::some(setup.headers),
        allow_credentials: setup.credentials == Credentials::Allow,
        expose_headers: setup.expose.iter().cloned().collect(),
        max_age: Some(7200),
        send_wildcard: matches!(setup.origins, Origins::Any),
        ..CorsOptions::default()
    }
}

fn drive(rocket: Rocket<Build>) -> Option<Call> {
    // What is borrowed from a client lives no longer than it, and this one is needed to the end.
    let client: &'static Client = Box::leak(Box::new(at_once(Client::untracked(rocket)).ok()?));
    Some(Box::new(move |request, answer| {
        let response = at_once(convert(client, request).dispatch());
        if let Some(answer) = answer {
            let lines = response.headers().iter();
            let lines: Vec<_> =
                lines.map(|line| (line.name().to_string(), line.value().to_owned())).collect();
            copy(answer, lines.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())));
        }
    }))
}

fn convert(client: &'static Client, request: &http::Request<()>) -> LocalRequest<'static> {
    let method = request.method().as_str().parse().unwrap_or(Method::Get);
    let mut converted = client.req(method, "/");
    for (name, value) in request.headers() {
        if let Ok(value) = value.to_str() {
            converted.add_header(Header::new(name.as_str().to_owned(), value.to_owned()));
        }
    }
    converted
}
