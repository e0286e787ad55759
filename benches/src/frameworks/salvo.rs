//! salvo: a `Service` with one route, and a hoop on it.

use salvo_core::http::uri::Scheme;
use salvo_core::http::{HeaderName, HeaderValue, ReqBody};
use salvo_core::{
    ConnCtrl, Depot, FlowCtrl, Handler, Request, Response, Router, Service, async_trait,
};
use salvo_cors::AllowOrigin;

use super::app::{Call, at_once, copy_map, own_headers};
use crate::engine;
use crate::workload::{Credentials, Inner, Origins, Setup, under_one_of};

pub(super) fn build(engine: &str, setup: &Setup) -> Option<Call> {
    let service = Service::new(Router::new().get(Bare(setup.inner)));
    Some(drive(&match engine {
        "bare" => service,
        "corsage" => service.hoop(corsage_salvo::Cors::new(engine::policy(setup))),
        "salvo-cors" => service.hoop(peer(setup).into_handler()),
        _ => return None,
    }))
}

struct Bare(Inner);

#[async_trait]
impl Handler for Bare {
    async fn handle(
        &self,
        _: &mut Request,
        _: &mut Depot,
        response: &mut Response,
        _: &mut FlowCtrl,
    ) {
        for &(name, value) in own_headers(self.0) {
            let name = HeaderName::from_static(name);
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
    }
}

fn peer(setup: &Setup) -> salvo_cors::Cors {
    let cors = salvo_cors::Cors::new()
        .allow_methods(
            setup.methods.iter().filter_map(|name| name.parse().ok()).collect::<Vec<_>>(),
        )
        .allow_headers(names(setup.headers.iter().copied()))
        .expose_headers(names(setup.expose.iter().map(String::as_str)))
        .allow_credentials(setup.credentials == Credentials::Allow)
        .max_age(7200);
    let value = |origin: &String| origin.parse::<HeaderValue>().ok();
    cors.allow_origin(match &setup.origins {
        Origins::Any => AllowOrigin::any(),
        Origins::Exact(list) => match &list.iter().filter_map(value).collect::<Vec<_>>()[..] {
            [one] => AllowOrigin::exact(one.clone()),
            several => AllowOrigin::list(several.iter().cloned()),
        },
        Origins::Subdomains(hosts) => {
            let allows = under_one_of(hosts);
            AllowOrigin::dynamic(move |origin, _, _| {
                origin.filter(|origin| allows(origin.as_bytes())).cloned()
            })
        }
    })
}

fn names<'a>(list: impl Iterator<Item = &'a str>) -> Vec<HeaderName> {
    list.filter_map(|name| name.parse().ok()).collect()
}

fn drive(service: &Service) -> Call {
    let handler = service.hyper_handler(
        salvo_core::conn::SocketAddr::Unknown,
        salvo_core::conn::SocketAddr::Unknown,
        Scheme::HTTP,
        None,
        ConnCtrl::new(),
        None,
    );
    Box::new(move |request, answer| {
        let request = request.clone().map(|()| ReqBody::None);
        let response = at_once(handler.handle(Request::from_hyper(request, Scheme::HTTP)));
        if let Some(answer) = answer {
            copy_map(answer, response.headers());
        }
    })
}
