//! The engines, each as its users would mount it: as a tower layer around one and the same service.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use corsage::server::{Policy, PolicyDraft};
use http::header::{
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONTENT_TYPE,
    DATE, ORIGIN, SERVER, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use tower_layer::Layer;
use tower_service::Service;

use crate::floor::Floor;
use crate::workload::{Credentials, Inner, Origins, Setup, under_one_of};

/// One call: a request in, a response out.
pub(crate) type Call = Box<dyn FnMut(Request<()>) -> Response<()>>;

/// Every engine's name; the first two are no competitors.
pub(crate) const NAMES: &[&str] =
    &["bare", "floor", "corsage", "tower-http", "tower-http-exact", "cors-core"];

/// `None` where an engine cannot express the setup.
pub(crate) fn build(name: &str, setup: &Setup) -> Option<Call> {
    let inner = Bare { inner: setup.inner };
    Some(match name {
        "bare" => drive(inner),
        "floor" => drive(FloorService { floor: Floor::new(setup), inner }),
        "corsage" => drive(corsage_tower::CorsLayer::new(policy(setup)).layer(inner)),
        "tower-http" => drive(tower_http_list(setup).layer(inner)),
        "tower-http-exact" => drive(tower_http_exact(setup)?.layer(inner)),
        "cors-core" => drive(CorsCoreService { cors: cors_core(setup)?, inner }),
        _ => return None,
    })
}

/// A decision to be made again and again.
type Alone = Box<dyn FnMut(&Request<()>)>;

/// The decision alone: a borrowed request in, a verdict out, no response.
pub(crate) fn build_alone(name: &str, setup: &Setup) -> Option<Alone> {
    Some(match name {
        "bare" => Box::new(|request| {
            black_box(request);
        }),
        "floor" => {
            let floor = Floor::new(setup);
            Box::new(move |request| {
                let allowed =
                    request.headers().get(ORIGIN).is_some_and(|origin| floor.allows(origin));
                black_box(
                    allowed
                        && (!Floor::is_preflight(request) || floor.preflight(request.headers())),
                );
            })
        }
        "corsage" => {
            let policy = policy(setup);
            Box::new(move |request| {
                black_box(
                    policy.decide(&corsage::server::Request::new(
                        request.method(),
                        request.headers(),
                    )),
                );
            })
        }
        _ => return None,
    })
}

pub(crate) fn draft(setup: &Setup) -> PolicyDraft {
    let allow_origins = match &setup.origins {
        Origins::Any => ["*"].into(),
        Origins::Exact(list) => list.iter().collect(),
        Origins::Subdomains(hosts) => {
            hosts.iter().map(|host| format!("https://*.{host}")).collect()
        }
    };
    let mut draft = PolicyDraft {
        allow_origins,
        allow_methods: setup.methods.iter().map(|&name| name.to_owned()).collect(),
        allow_headers: setup.headers.iter().map(|&name| name.to_owned()).collect(),
        expose_headers: setup.expose.clone(),
        max_age: Some(Duration::from_secs(7200)),
        ..PolicyDraft::default()
    };
    if setup.credentials == Credentials::Allow {
        draft.allow_credentials = corsage::server::Credentials::Allow;
    }
    draft
}

pub(crate) fn policy(setup: &Setup) -> Policy {
    draft(setup).compile().expect("the workloads' policies hold")
}

fn drive<S>(mut service: S) -> Call
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible> + 'static,
{
    Box::new(move |request| {
        let mut context = Context::from_waker(Waker::noop());
        match pin!(service.call(request)).poll(&mut context) {
            Poll::Ready(Ok(response)) => response,
            Poll::Ready(Err(never)) => match never {},
            Poll::Pending => panic!("nothing here waits"),
        }
    })
}

#[derive(Clone)]
struct Bare {
    inner: Inner,
}

impl Service<Request<()>> for Bare {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        black_box(&request);
        let mut response = Response::new(());
        if self.inner != Inner::Empty {
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            headers.insert(DATE, HeaderValue::from_static("Mon, 23 Nov 2026 00:00:00 GMT"));
            match self.inner {
                Inner::Varying => headers.insert(VARY, HeaderValue::from_static("Accept-Encoding")),
                Inner::Rich | Inner::Empty => {
                    headers.insert(SERVER, HeaderValue::from_static("example"))
                }
            };
        }
        ready(Ok(response))
    }
}

struct FloorService {
    floor: Floor,
    inner: Bare,
}

impl Service<Request<()>> for FloorService {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        if Floor::is_preflight(&request) {
            let mut response = Response::new(());
            *response.status_mut() = StatusCode::NO_CONTENT;
            self.floor.write_preflight(request.headers(), response.headers_mut());
            return ready(Ok(response));
        }
        let origin = request.headers().get(ORIGIN).cloned();
        let mut response = self.inner.call(request).into_inner();
        if let Ok(response) = &mut response {
            self.floor.write_actual(origin.as_ref(), response.headers_mut());
        }
        ready(response)
    }
}

fn tower_http(setup: &Setup) -> tower_http::cors::CorsLayer {
    let methods: Vec<http::Method> =
        setup.methods.iter().filter_map(|name| name.parse().ok()).collect();
    let names = |list: Vec<&str>| {
        list.iter().filter_map(|name| name.parse().ok()).collect::<Vec<HeaderName>>()
    };
    let mut layer = tower_http::cors::CorsLayer::new()
        .allow_methods(methods)
        .allow_headers(names(setup.headers.to_vec()))
        .max_age(Duration::from_secs(7200))
        .allow_credentials(setup.credentials == Credentials::Allow);
    if !setup.expose.is_empty() {
        layer = layer.expose_headers(names(setup.expose.iter().map(String::as_str).collect()));
    }
    layer
}

pub(crate) fn tower_http_exact(setup: &Setup) -> Option<tower_http::cors::CorsLayer> {
    match &setup.origins {
        Origins::Exact(list) if list.len() == 1 => {
            Some(tower_http(setup).allow_origin(list[0].parse::<HeaderValue>().ok()?))
        }
        _ => None,
    }
}

pub(crate) fn tower_http_list(setup: &Setup) -> tower_http::cors::CorsLayer {
    use tower_http::cors::AllowOrigin;
    let origins = match &setup.origins {
        Origins::Any => AllowOrigin::any(),
        Origins::Exact(list) => {
            AllowOrigin::list(list.iter().filter_map(|origin| origin.parse().ok()))
        }
        Origins::Subdomains(hosts) => {
            let allows = under_one_of(hosts);
            AllowOrigin::predicate(move |origin, _| allows(origin.as_bytes()))
        }
    };
    tower_http(setup).allow_origin(origins)
}

struct CorsCoreService {
    cors: cors_core::Cors,
    inner: Bare,
}

fn cors_core(setup: &Setup) -> Option<cors_core::Cors> {
    use cors_core::{AllowHeaders, AllowOrigin};
    let origins = match &setup.origins {
        Origins::Any => AllowOrigin::Any,
        Origins::Exact(list) => AllowOrigin::exact(list),
        Origins::Subdomains(hosts) => {
            AllowOrigin::suffix(hosts.iter().map(|host| format!(".{host}")))
        }
    };
    let mut builder = cors_core::Cors::builder()
        .allow_origin(origins)
        .allow_methods(setup.methods.iter().copied())
        .allow_headers(AllowHeaders::list(setup.headers.iter().copied()))
        .allow_credentials(setup.credentials == Credentials::Allow)
        .max_age(Duration::from_secs(7200));
    if !setup.expose.is_empty() {
        builder = builder.expose_headers(setup.expose.iter().map(String::as_str));
    }
    builder.build().ok()
}

fn apply(target: &mut HeaderMap, headers: &cors_core::HeaderList) {
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_maybe_shared(value.clone()))
        {
            target.insert(name, value);
        }
    }
}

impl Service<Request<()>> for CorsCoreService {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        use cors_core::CorsDecision;
        let bytes = |name| request.headers().get(name).map(HeaderValue::as_bytes);
        let decision = self.cors.evaluate(
            request.method().as_str().as_bytes(),
            bytes(ORIGIN),
            bytes(ACCESS_CONTROL_REQUEST_METHOD),
            bytes(ACCESS_CONTROL_REQUEST_HEADERS),
            false,
        );
        if let CorsDecision::Preflight(headers) = &decision {
            let mut response = Response::new(());
            *response.status_mut() = StatusCode::NO_CONTENT;
            apply(response.headers_mut(), headers);
            return ready(Ok(response));
        }
        let mut response = self.inner.call(request).into_inner();
        if let (CorsDecision::Simple(headers), Ok(response)) = (&decision, &mut response) {
            apply(response.headers_mut(), headers);
        }
        ready(response)
    }
}
