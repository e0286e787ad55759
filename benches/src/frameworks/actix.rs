//! actix-web: an `App` with one route, wrapped.

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, web};
use http::Request;

use super::app::{Call, at_once, copy, own_headers};
use crate::engine;
use crate::workload::{Credentials, Inner, Origins, Setup, under_one_of};

pub(super) fn build(engine: &str, setup: &Setup) -> Option<Call> {
    let inner = setup.inner;
    let route = web::get().to(move || async move { handler(inner) });
    let app = App::new();
    let convert = TestRequest::to_request;
    Some(match engine {
        "bare" => drive(at_once(init_service(app.route("/", route))), convert),
        "corsage" => {
            let cors = corsage_actix::Cors::new(engine::policy(setup));
            drive(at_once(init_service(app.wrap(cors).route("/", route))), convert)
        }
        "actix-cors" => {
            drive(at_once(init_service(app.wrap(peer(setup)).route("/", route))), convert)
        }
        _ => return None,
    })
}

fn handler(inner: Inner) -> HttpResponse {
    let mut response = HttpResponse::Ok().finish();
    for &(name, value) in own_headers(inner) {
        let name = HeaderName::from_static(name);
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn peer(setup: &Setup) -> actix_cors::Cors {
    let mut cors = actix_cors::Cors::default()
        .allowed_methods(setup.methods.iter().copied())
        .allowed_headers(setup.headers.iter().copied())
        .expose_headers(setup.expose.iter().map(String::as_str))
        .max_age(7200);
    if setup.credentials == Credentials::Allow {
        cors = cors.supports_credentials();
    }
    match &setup.origins {
        Origins::Any => cors.allow_any_origin().send_wildcard(),
        Origins::Exact(list) => list.iter().fold(cors, |cors, origin| cors.allowed_origin(origin)),
        Origins::Subdomains(hosts) => {
            let allows = under_one_of(hosts);
            cors.allowed_origin_fn(move |origin, _| allows(origin.as_bytes()))
        }
    }
}

/// actix-web does not say what type its requests have before a service sees them.
fn drive<S, R, B>(service: S, convert: fn(TestRequest) -> R) -> Call
where
    S: Service<R, Response = ServiceResponse<B>, Error = Error> + 'static,
    R: 'static,
    B: MessageBody,
{
    Box::new(move |request, answer| {
        let Ok(response) = at_once(service.call(convert(copied(request)))) else {
            panic!("the handler does not fail")
        };
        if let Some(answer) = answer {
            copy(answer, lines(response.headers()));
        }
    })
}

fn copied(request: &Request<()>) -> TestRequest {
    let method = Method::from_bytes(request.method().as_str().as_bytes()).unwrap_or_default();
    let mut copied = TestRequest::default().method(method);
    for (name, value) in request.headers() {
        copied = copied.append_header((name.as_str(), value.as_bytes()));
    }
    copied
}

fn lines(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    headers.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()))
}
