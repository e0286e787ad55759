//! The engines: the core by itself, and each adapter on a socket.

use std::sync::OnceLock;

use corsage::server::{self, Execution, Policy, RecordDecisions};
use http::{HeaderMap, Request, Response, StatusCode, Uri};

use crate::adapters::{self, Adapter, Options, Server, Stage, raw_http};

/// What the application answers, where a request reaches it.
#[derive(Clone, Debug, Default)]
pub struct Handler {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The response's status.
    pub status: StatusCode,
    /// The response's headers.
    pub headers: HeaderMap,
    /// The response's body, where there is one.
    pub body: Vec<u8>,
    /// Whether the handler was asked.
    pub reached: bool,
}

impl Answer {
    /// Its status and the beginning of its body, for reports: who answers in the handler's place says why.
    pub fn summary(&self) -> String {
        let body = &self.body[..self.body.len().min(200)];
        format!("{} \"{}\"", self.status, body.escape_ascii())
    }
}

/// Something that wears a policy.
pub trait Engine {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// Whether it can wear this policy.
    fn takes(&self, policy: &Policy) -> bool {
        let _ = policy;
        true
    }

    /// Tells all policies that will come, for an engine that is slow to change them.
    fn prepare(&self, policies: &[Policy]) {
        let _ = policies;
    }

    /// Sends one request through the policy, to the handler if it gets that far.
    ///
    /// # Errors
    /// What kept the engine from answering.
    fn answer(
        &self,
        policy: &Policy,
        request: Request<()>,
        handler: &Handler,
    ) -> Result<Answer, String>;
}

/// Every engine of this build.
pub(super) fn all() -> Vec<Box<dyn Engine>> {
    let socket = |adapter: &Adapter| -> Box<dyn Engine> {
        Box::new(Socket { adapter: *adapter, server: OnceLock::new() })
    };
    let core: Box<dyn Engine> = Box::new(Core);
    [core].into_iter().chain(adapters::ALL.iter().map(socket)).collect()
}

struct Core;

impl Engine for Core {
    fn name(&self) -> &'static str {
        "core"
    }

    fn answer(
        &self,
        policy: &Policy,
        request: Request<()>,
        handler: &Handler,
    ) -> Result<Answer, String> {
        let request = server::Request::new(request.method(), request.headers());
        let served = policy.serve(&request, || {
            let mut response = Response::new(Vec::new());
            *response.status_mut() = handler.status;
            *response.headers_mut() = handler.headers.clone();
            response
        });
        let reached = served.execution == Execution::Executed;
        let (head, body) = served.response.into_parts();
        Ok(Answer { status: head.status, headers: head.headers, body, reached })
    }
}

/// An adapter's application on a socket: one for all cases. Its policy and its handler are replaced from
/// case to case.
struct Socket {
    adapter: Adapter,
    server: OnceLock<Result<Server, String>>,
}

impl Engine for Socket {
    fn name(&self) -> &'static str {
        self.adapter.name
    }

    fn answer(
        &self,
        policy: &Policy,
        mut request: Request<()>,
        handler: &Handler,
    ) -> Result<Answer, String> {
        let options =
            || Options { policy: policy.clone(), record: RecordDecisions::Off, tenants: None };
        let server = self.server.get_or_init(|| self.adapter.start(&options()));
        let server = server.as_ref().map_err(Clone::clone)?;
        server.replace(policy.clone())?;
        *server.stage() =
            Stage { status: handler.status, headers: handler.headers.clone(), reached: false };
        *request.uri_mut() = Uri::from_static("/stage");
        let (head, body) = raw_http::send(server.address, &request)?.into_parts();
        let reached = server.stage().reached;
        Ok(Answer { status: head.status, headers: head.headers, body, reached })
    }
}
