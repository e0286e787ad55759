//! axum: a `Router` with one route, and a layer around it.

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderName, HeaderValue};
use tower_service::Service;

use super::app::{Call, at_once, copy_map, own_headers};
use crate::engine;
use crate::workload::{Inner, Setup};

pub(super) fn build(engine: &str, setup: &Setup) -> Option<Call> {
    let inner = setup.inner;
    let router = Router::new().route("/", get(move || async move { handler(inner) }));
    Some(drive(match engine {
        "bare" => router,
        "corsage" => router.layer(corsage_tower::CorsLayer::new(engine::policy(setup))),
        "tower-http" => router.layer(engine::tower_http_list(setup)),
        "tower-http-exact" => router.layer(engine::tower_http_exact(setup)?),
        _ => return None,
    }))
}

fn handler(inner: Inner) -> Response {
    let mut response = ().into_response();
    for &(name, value) in own_headers(inner) {
        let name = HeaderName::from_static(name);
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn drive(mut router: Router) -> Call {
    Box::new(move |request, answer| {
        let request = request.clone().map(|()| Body::empty());
        let Ok(response) = at_once(router.call(request));
        if let Some(answer) = answer {
            copy_map(answer, response.headers());
        }
    })
}
