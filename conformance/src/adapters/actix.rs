//! `corsage-actix`.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, HttpServer, error, web};
use corsage::server::SharedPolicy;
use corsage_actix::{Cors, RecordedDecision};

use super::server::{
    DECISION, LOOKUP_LIMIT, OWN, Options, SLOW, Server, SharedStage, TIME_LIMIT, describe, listen,
    public_policy,
};

pub(super) fn start(options: &Options) -> Result<Server, String> {
    let (listener, address) = listen()?;
    let policy = SharedPolicy::new(options.policy.clone());
    let stage = SharedStage::default();
    let mut cors = Cors::shared(policy.clone())
        .record_decisions(options.record)
        .lookup_limit(Some(LOOKUP_LIMIT));
    if let Some(tenants) = &options.tenants {
        cors = cors.looking_up(tenants.lookup());
    }
    let public = Cors::new(public_policy()?).record_decisions(options.record);
    let data = web::Data::new(stage.clone());
    let application = move || {
        App::new()
            .app_data(data.clone())
            .wrap(from_fn(observe))
            .service(web::resource("/public").wrap(public.clone()).get(|| async { "public" }))
            .service(
                web::scope("")
                    .wrap(from_fn(limit_time))
                    .wrap(from_fn(authenticate))
                    .wrap(cors.clone())
                    .route("/stage", web::to(on_stage))
                    .service(web::resource("/get").get(|| async { "hello" }))
                    .route("/options", web::method(Method::OPTIONS).to(|| async { "own" }))
                    .route("/own", web::get().to(own))
                    .route("/error", web::get().to(error))
                    .route("/secret", web::get().to(|| async { "secret" }))
                    .route("/slow", web::get().to(slow))
                    .route("/panic", web::get().to(panics)),
            )
    };
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            HttpServer::new(application).workers(1).disable_signals().listen(listener)?.run().await
        })
    });
    Ok(Server::of(address, stage, policy))
}

async fn on_stage(stage: web::Data<SharedStage>) -> HttpResponse {
    let (status, headers) = stage.enter();
    let mut response =
        HttpResponse::build(StatusCode::from_u16(status.as_u16()).unwrap_or_default());
    for (name, value) in &headers {
        response.append_header((name.as_str(), value.as_bytes()));
    }
    response.finish()
}

async fn own() -> HttpResponse {
    let mut response = HttpResponse::Ok();
    for header in OWN {
        response.append_header(header);
    }
    response.finish()
}

async fn error() -> Result<HttpResponse, Error> {
    Err(error::ErrorTooManyRequests("slow down"))
}

async fn slow() -> HttpResponse {
    actix_web::rt::time::sleep(SLOW).await;
    HttpResponse::Ok().finish()
}

#[expect(clippy::panic, reason = "what the test is about")]
async fn panics() -> HttpResponse {
    panic!("on purpose")
}

async fn limit_time<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    actix_web::rt::time::timeout(TIME_LIMIT, next.call(request))
        .await
        .map_err(|_| error::ErrorGatewayTimeout("too slow"))?
}

async fn authenticate<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if request.path() == "/secret" {
        return Err(error::ErrorUnauthorized("no token"));
    }
    next.call(request).await
}

async fn observe<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let decision = response.response().extensions().get::<RecordedDecision>().map(describe);
    if let Some(value) = decision.and_then(|decision| HeaderValue::from_str(&decision).ok()) {
        response.headers_mut().insert(HeaderName::from_static(DECISION), value);
    }
    Ok(response)
}
