//! poem: a `Route` with one endpoint, and middleware on it.

use ::poem::endpoint::make_sync;
use ::poem::http::{HeaderName, HeaderValue};
use ::poem::{Endpoint, EndpointExt, Request, Response, Route, get};

use super::app::{Call, at_once, copy_map, own_headers};
use crate::engine;
use crate::workload::{Credentials, Inner, Origins, Setup};

pub(super) fn build(engine: &str, setup: &Setup) -> Option<Call> {
    let inner = setup.inner;
    let route = Route::new().at("/", get(make_sync(move |_| handler(inner))));
    Some(match engine {
        "bare" => drive(route),
        "corsage" => drive(route.with(corsage_poem::Cors::new(engine::policy(setup)))),
        "poem-cors" => drive(route.with(peer(setup))),
        _ => return None,
    })
}

fn handler(inner: Inner) -> Response {
    let mut response = Response::default();
    for &(name, value) in own_headers(inner) {
        let name = HeaderName::from_static(name);
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn peer(setup: &Setup) -> ::poem::middleware::Cors {
    let cors = ::poem::middleware::Cors::new()
        .allow_methods(setup.methods.iter().copied())
        .allow_headers(setup.headers.iter().copied())
        .expose_headers(setup.expose.iter().map(String::as_str))
        .allow_credentials(setup.credentials == Credentials::Allow)
        .max_age(7200);
    match &setup.origins {
        Origins::Any => cors,
        Origins::Exact(list) => cors.allow_origins(list.iter().map(String::as_str)),
        Origins::Subdomains(hosts) => hosts
            .iter()
            .fold(cors, |cors, host| cors.allow_origin_regex(format!("https://*.{host}"))),
    }
}

fn drive(endpoint: impl Endpoint + 'static) -> Call {
    Box::new(move |request, answer| {
        let mut converted = Request::default();
        converted.set_method(request.method().clone());
        converted.headers_mut().clone_from(request.headers());
        let response = at_once(endpoint.get_response(converted));
        if let Some(answer) = answer {
            copy_map(answer, response.headers());
        }
    })
}
