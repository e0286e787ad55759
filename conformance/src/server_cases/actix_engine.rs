//! actix-web on a real socket.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use actix_web::{App, HttpResponse, HttpServer, web};
use corsage::server::{Policy, SharedPolicy};
use corsage_actix::Cors;
use http::Request;

use super::engine::{Answer, Engine, Handler};
use super::raw_http;

/// One server for all cases: its policy and its handler are replaced from case to case.
#[derive(Default)]
pub(super) struct Actix(OnceLock<Result<Running, String>>);

struct Running {
    address: SocketAddr,
    policy: SharedPolicy,
    stage: Arc<Mutex<Stage>>,
}

/// What the handler is to answer, and whether it was asked.
#[derive(Default)]
struct Stage {
    handler: Handler,
    reached: bool,
}

impl Engine for Actix {
    fn name(&self) -> &'static str {
        "actix"
    }

    fn answer(
        &self,
        policy: &Policy,
        request: Request<()>,
        handler: &Handler,
    ) -> Result<Answer, String> {
        let running = self.0.get_or_init(|| start(policy)).as_ref().map_err(Clone::clone)?;
        running.policy.replace_with(policy.clone());
        let stage = || running.stage.lock().unwrap_or_else(PoisonError::into_inner);
        *stage() = Stage { handler: handler.clone(), reached: false };
        let (status, headers) = raw_http::send(running.address, &request)?;
        Ok(Answer { status, headers, reached: stage().reached })
    }
}

fn start(policy: &Policy) -> Result<Running, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let policy = SharedPolicy::new(policy.clone());
    let stage = Arc::<Mutex<Stage>>::default();
    let (cors, data) = (Cors::shared(policy.clone()), web::Data::from(Arc::clone(&stage)));
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let app = move || {
                App::new()
                    .app_data(data.clone())
                    .wrap(cors.clone())
                    .default_service(web::to(handle))
            };
            HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run().await
        })
    });
    Ok(Running { address, policy, stage })
}

async fn handle(stage: web::Data<Mutex<Stage>>) -> HttpResponse {
    let mut stage = stage.lock().unwrap_or_else(PoisonError::into_inner);
    stage.reached = true;
    let status = actix_web::http::StatusCode::from_u16(stage.handler.status.as_u16());
    let mut response = HttpResponse::build(status.unwrap_or_default());
    for (name, value) in &stage.handler.headers {
        response.append_header((name.as_str(), value.as_bytes()));
    }
    response.finish()
}
