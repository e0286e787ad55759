//! The policies in force, for requests that somebody else serves: another proxy, which asks. They are counted and told of
//! as those that are served here.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use corsage::server::Replaced;
use corsage_config::{OriginCheck, UpstreamCors};
use corsage_enforce::Judgement;
use http::{HeaderMap, Method};

use crate::live::Live;
use crate::observe::{Outcome, RouteMetrics};
use crate::worker::{Phase, Shared, Worker, reached};
use crate::{clock, cors};

/// Whoever asks on a thread of its own. There is one for each of the settings' `threads`, and each is one thread's.
pub struct Judge {
    worker: Arc<Worker>,
}

/// What is said of one request, until its response has gone.
pub struct Ruling {
    /// What was decided.
    pub judgement: Judgement,
    /// What becomes of CORS headers that the upstream itself sends.
    pub upstream_cors: UpstreamCors,
    /// Whether the policy has a say in WebSockets.
    pub web_sockets: OriginCheck,
    route: Arc<RouteMetrics>,
    outcome: Outcome,
    began: Instant,
}

/// A connection of somebody who asks: shutting down waits for its end.
pub struct Opened(Arc<Shared>);

impl Judge {
    pub(crate) fn new(id: usize, shared: &Arc<Shared>) -> Self {
        Self { worker: Arc::new(Worker::new(id, Arc::clone(shared))) }
    }

    /// What the policies say of a request. `path` is its path as it came, without the query; its host is in its
    /// headers.
    #[must_use]
    pub fn judge(&self, method: &Method, path: &str, headers: &HeaderMap) -> Ruling {
        let live: Arc<Live> = self.worker.shared.live.load_full();
        let route = live.route(method, path, headers);
        let judgement = cors::judge(route, method, headers);
        cors::observe(&judgement, route, &self.worker, &live, method, headers);
        let group = live.group(method, path, headers);
        let settings = group.map_or(&live.settings, |group| &live.groups[group].settings);
        Ruling {
            outcome: cors::outcome(&judgement),
            judgement,
            upstream_cors: settings.upstream_cors,
            web_sockets: settings.websocket.origins,
            route: Arc::clone(&route.metrics),
            began: Instant::now(),
        }
    }

    /// The request is refused with 403, or its response is.
    pub fn blocks(&self, ruling: &mut Ruling) {
        ruling.outcome = Outcome::Blocked;
    }

    /// The exchange has ended, as far as anybody is asked: it is counted.
    pub fn settle(&self, ruling: &Ruling, replaced: Replaced) {
        if replaced == Replaced::HandlersHeaders {
            ruling.route.upstream_cors(self.worker.id);
        }
        ruling.route.request(self.worker.id, ruling.outcome, ruling.began.elapsed());
    }

    /// Somebody has connected.
    #[must_use]
    pub fn opened(&self) -> Opened {
        let shared = Arc::clone(&self.worker.shared);
        shared.connections.fetch_add(1, Relaxed);
        Opened(shared)
    }

    /// The thread still comes round: to be said more often than every ten seconds, else `/livez` fails.
    pub fn comes_round(&self) {
        self.worker.shared.rounds[self.worker.id].store(clock::now_ms().max(1), Relaxed);
    }

    /// How often that is said.
    pub const ROUND: Duration = Duration::from_secs(1);

    /// Ends when nothing more is to be accepted.
    pub fn draining(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut phase = self.worker.shared.phase.subscribe();
        async move { reached(&mut phase, Phase::Draining).await }
    }

    /// Ends when everything does.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut phase = self.worker.shared.phase.subscribe();
        async move { reached(&mut phase, Phase::Ended).await }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Relaxed);
    }
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge").field("id", &self.worker.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Ruling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ruling").field("judgement", &self.judgement).finish_non_exhaustive()
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened")
    }
}
