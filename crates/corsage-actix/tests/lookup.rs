//! Origins that are looked up while the request waits, where the worker serves others meanwhile. What all adapters
//! have in common is tested with all of them, in `conformance`.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::Method;
use actix_web::test::{TestRequest, ok_service};
use actix_web::{Error, rt};
use corsage::server::PolicyDraft;
use corsage_actix::{Cors, Panics, RecordDecisions};
use tokio::sync::Semaphore;

const APP: &str = "https://app.example";
const TENANT: &str = "https://tenant.example";
const STRANGER: &str = "https://stranger.example";

/// A middleware whose lookups wait for permits, one each.
async fn service(
    permits: Arc<Semaphore>,
    set: impl FnOnce(Cors) -> Cors,
) -> impl Service<ServiceRequest, Response = ServiceResponse<impl MessageBody + 'static>, Error = Error>
{
    let policy = PolicyDraft::new().origins([APP]).methods(["PUT"]).origins_looked_up().compile();
    let cors = Cors::new(policy.expect("a policy without fault")).looking_up(move |origin| {
        let permits = Arc::clone(&permits);
        async move {
            // Nothing of this kind goes to another thread.
            let admitted = Rc::new(Cell::new(false));
            permits.acquire().await.expect("it stays open").forget();
            assert!(origin != "https://fatal.example", "on purpose");
            admitted.set(origin == TENANT);
            admitted.get()
        }
    });
    set(cors).new_transform(ok_service()).await.expect("it is made at once")
}

fn request(method: Method, origin: &str) -> ServiceRequest {
    TestRequest::default()
        .method(method)
        .insert_header(("origin", origin))
        .insert_header(("access-control-request-method", "PUT"))
        .to_srv_request()
}

/// Whom the response is for.
async fn granted<B>(
    response: impl Future<Output = Result<ServiceResponse<B>, Error>>,
) -> Option<String> {
    let response = response.await.expect("nothing inside fails");
    let origin = response.headers().get("access-control-allow-origin")?;
    Some(origin.to_str().expect("an origin is ASCII").to_owned())
}

#[actix_web::test]
async fn every_request_waits_for_its_own_answer() {
    for record in [RecordDecisions::Off, RecordDecisions::On] {
        let permits = Arc::new(Semaphore::new(0));
        let service =
            service(Arc::clone(&permits), move |cors| cors.record_decisions(record)).await;
        let waiting: Vec<_> = [TENANT, STRANGER, TENANT, STRANGER, TENANT]
            .into_iter()
            .flat_map(|origin| [(Method::GET, origin), (Method::OPTIONS, origin)])
            .map(|(method, origin)| {
                let response = rt::spawn(granted(service.call(request(method, origin))));
                (origin, response)
            })
            .collect();
        rt::task::yield_now().await;
        // Others are served meanwhile.
        assert_eq!(granted(service.call(request(Method::GET, APP))).await.as_deref(), Some(APP));
        assert!(waiting.iter().all(|(_, response)| !response.is_finished()));

        permits.add_permits(waiting.len());
        for (origin, response) in waiting {
            let granted = response.await.expect("no panic");
            assert_eq!(granted.as_deref(), Some(origin).filter(|origin| *origin == TENANT));
        }
        assert_eq!(permits.available_permits(), 0, "one lookup for each");
    }
}

#[actix_web::test]
async fn panics_go_on_where_asked() {
    let fatal = "https://fatal.example";
    let permits = Arc::new(Semaphore::new(2));
    let answering = service(Arc::clone(&permits), |cors| cors.panics(Panics::Answer)).await;
    assert_eq!(granted(answering.call(request(Method::GET, fatal))).await, None);
    let propagating = service(permits, |cors| cors.panics(Panics::Propagate)).await;
    let response = rt::spawn(granted(propagating.call(request(Method::GET, fatal)))).await;
    assert!(response.expect_err("it goes on").is_panic());
}

#[actix_web::test]
async fn who_leaves_while_waiting_is_forgotten() {
    let permits = Arc::new(Semaphore::new(0));
    let service = service(Arc::clone(&permits), |cors| cors).await;
    let left = rt::spawn(granted(service.call(request(Method::GET, TENANT))));
    rt::task::yield_now().await;
    left.abort();
    assert!(left.await.expect_err("it is gone").is_cancelled());
    permits.add_permits(1);
    let next = granted(service.call(request(Method::GET, TENANT))).await;
    assert_eq!(next.as_deref(), Some(TENANT));
}
