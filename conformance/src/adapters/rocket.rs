//! `corsage-rocket`.

use std::sync::mpsc;
use std::time::Duration;

use corsage::server::SharedPolicy;
use corsage_rocket::{Cors, recorded_decision};
use rocket::config::LogLevel;
use rocket::data::Data;
use rocket::fairing::AdHoc;
use rocket::http::{Method, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::Response;
use rocket::route::{Handler, Outcome as RouteOutcome};
use rocket::{Config, Route, State, async_trait, get, options, routes};

use super::server::{
    DECISION, LOOKUP_LIMIT, OWN, Options, SLOW, Server, SharedStage, TIME_LIMIT, describe,
    public_policy, run,
};

pub(super) fn start(options: &Options) -> Result<Server, String> {
    let policy = SharedPolicy::new(options.policy.clone());
    let stage = SharedStage::default();
    let config = Config {
        port: 0,
        log_level: LogLevel::Off,
        shutdown: rocket::config::Shutdown {
            ctrlc: false,
            signals: [].into(),
            ..Default::default()
        },
        ..Config::debug_default()
    };
    let (sender, started) = mpsc::channel();
    let on_stage =
        [Method::Get, Method::Put, Method::Post, Method::Patch, Method::Delete, Method::Options]
            .map(|method| Route::new(method, "/stage", OnStage(stage.clone())));
    let mut cors = Cors::shared(policy.clone())
        .under("/public", public_policy()?)
        .record_decisions(options.record)
        .lookup_limit(Some(LOOKUP_LIMIT));
    if let Some(tenants) = &options.tenants {
        cors = cors.looking_up(tenants.lookup());
    }
    let rocket = rocket::custom(config)
        .mount("/", on_stage)
        .mount("/", routes![hello, public, own_options, own, error, secret, slow, panics])
        .manage(stage.clone())
        .attach(cors)
        .attach(AdHoc::on_response("observer", |request, response| {
            Box::pin(async move {
                if let Some(decision) = recorded_decision(request) {
                    response.set_raw_header(DECISION, describe(&decision));
                }
            })
        }))
        .attach(AdHoc::on_liftoff("port", move |rocket| {
            let address = (rocket.config().address, rocket.config().port).into();
            Box::pin(async move {
                let _ = sender.send(address);
            })
        }));
    run(|| rocket.launch());
    let address = started
        .recv_timeout(Duration::from_secs(30))
        .map_err(|_| "the application did not launch".to_owned())?;
    Ok(Server::of(address, stage, policy))
}

#[derive(Clone)]
struct OnStage(SharedStage);

#[async_trait]
impl Handler for OnStage {
    async fn handle<'r>(&self, _: &'r Request<'_>, _: Data<'r>) -> RouteOutcome<'r> {
        let (status, headers) = self.0.enter();
        let mut response = Response::new();
        response.set_status(Status::new(status.as_u16()));
        for (name, value) in &headers {
            if let Ok(value) = value.to_str() {
                response.adjoin_raw_header(name.as_str().to_owned(), value.to_owned());
            }
        }
        RouteOutcome::Success(response)
    }
}

#[get("/get")]
fn hello() -> &'static str {
    "hello"
}

#[get("/public")]
fn public() -> &'static str {
    "public"
}

#[options("/options")]
fn own_options() -> &'static str {
    "own"
}

struct Own;

impl<'r> rocket::response::Responder<'r, 'static> for Own {
    fn respond_to(self, _: &'r Request<'_>) -> rocket::response::Result<'static> {
        let mut response = Response::build();
        for (name, value) in OWN {
            response.raw_header_adjoin(name, value);
        }
        response.ok()
    }
}

#[get("/own")]
fn own() -> Own {
    Own
}

#[get("/error")]
fn error(_stage: &State<SharedStage>) -> Result<&'static str, Status> {
    Err(Status::TooManyRequests)
}

/// An authentication.
struct Token;

#[async_trait]
impl<'r> FromRequest<'r> for Token {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> Outcome<Self, ()> {
        Outcome::Error((Status::Unauthorized, ()))
    }
}

#[get("/secret")]
fn secret(_token: Token) -> &'static str {
    "secret"
}

#[get("/slow")]
async fn slow() -> Status {
    let work = tokio::time::timeout(TIME_LIMIT, tokio::time::sleep(SLOW));
    if work.await.is_err() { Status::GatewayTimeout } else { Status::Ok }
}

#[get("/panic")]
#[expect(clippy::panic, reason = "what the test is about")]
fn panics() -> &'static str {
    panic!("on purpose")
}
