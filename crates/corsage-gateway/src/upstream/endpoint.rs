//! One server, with its load, its health, and its connections.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use corsage_config::{
    HostHeader, Pool as PoolSettings, Upstream, UpstreamProtocol, UpstreamScheme,
};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Uri};
use rustls::pki_types::ServerName;
use tokio::sync::OwnedSemaphorePermit;

use super::connect::{ConnectError, Connector, tls_connector};
use super::gate::{Gate, QueueFull};
use super::health::Health;
use super::pool::{Lease, Limits, Pool, Sender, Usage};
use crate::clock;
use crate::tls::TlsError;

pub(crate) struct Endpoint {
    /// Its name in metrics and logs.
    pub(crate) url: String,
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    pub(crate) host: HostHeader,
    pub(crate) host_header: HeaderValue,
    pub(crate) protocol: UpstreamProtocol,
    pub(crate) load: Load,
    pub(crate) health: Health,
    pub(crate) connects: AtomicU64,
    pub(crate) connect_failures: AtomicU64,
    settings: (Upstream, PoolSettings, u16),
    connector: Connector,
    pools: Box<[Mutex<Pool>]>,
    gate: Gate,
    /// By thread: held while a connection is made that all requests will share.
    dialing: Box<[tokio::sync::Mutex<()>]>,
}

/// Why a server cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("upstream {url}: its host is no host name")]
    Host { url: String },
    #[error("upstream {url}: {source}")]
    Tls { url: String, source: TlsError },
}

/// Which connection a request may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// One that waits, or a new one.
    Any,
    /// A new one: one that waited has failed the request already.
    Fresh,
}

/// Why there is no connection for a request.
pub(crate) enum LeaseError {
    QueueFull,
    Connect(ConnectError),
}

impl Endpoint {
    pub(crate) fn new(
        upstream: &Upstream,
        pool: &PoolSettings,
        header_count: u16,
        workers: usize,
    ) -> Result<Self, LoadError> {
        let url = upstream.url.to_string();
        let bad_host = || LoadError::Host { url: url.clone() };
        let text = upstream.url.authority();
        let authority = Authority::try_from(&*text).map_err(|_| bad_host())?;
        let (scheme, tls) = match upstream.url.scheme {
            UpstreamScheme::Http => (Scheme::HTTP, None),
            UpstreamScheme::Https => {
                let connector = tls_connector(upstream)
                    .map_err(|source| LoadError::Tls { url: url.clone(), source })?;
                let name = upstream.tls.server_name.as_ref().unwrap_or(&upstream.url.host);
                let name = ServerName::try_from(name.clone()).map_err(|_| bad_host())?;
                (Scheme::HTTPS, Some((connector, name)))
            }
        };
        Ok(Self {
            scheme,
            host: upstream.host,
            host_header: HeaderValue::from_str(&text).map_err(|_| bad_host())?,
            authority,
            protocol: upstream.protocol,
            load: Load::default(),
            health: Health::default(),
            connects: AtomicU64::new(0),
            connect_failures: AtomicU64::new(0),
            connector: Connector {
                host: upstream.url.host.clone(),
                port: upstream.url.port,
                tls,
                protocol: upstream.protocol,
                header_count: usize::from(header_count),
                ping_after: Duration::from_secs(20),
                open: Arc::default(),
            },
            pools: (0..workers).map(|_| Mutex::default()).collect(),
            gate: Gate::new(pool),
            dialing: (0..workers).map(|_| tokio::sync::Mutex::default()).collect(),
            settings: (without_weight(upstream), pool.clone(), header_count),
            url,
        })
    }

    /// Whether it is what this configuration says. Certificates are files: what they hold may have
    /// changed, so a server with some is made anew.
    pub(crate) fn is_as(
        &self,
        upstream: &Upstream,
        pool: &PoolSettings,
        header_count: u16,
    ) -> bool {
        self.settings.0 == without_weight(upstream)
            && self.settings.1 == *pool
            && self.settings.2 == header_count
            && upstream.tls.roots.is_empty()
            && upstream.tls.certificate.is_none()
    }

    pub(crate) fn pool(&self, worker: usize) -> MutexGuard<'_, Pool> {
        self.pools[worker].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connections that wait for work, on all threads.
    pub(crate) fn idle_connections(&self) -> usize {
        (0..self.pools.len()).map(|worker| self.pool(worker).len()).sum()
    }

    /// Connections that are open, those in use included, but for those that have changed their protocol.
    pub(crate) fn open_connections(&self) -> u32 {
        self.connector.open.load(Relaxed)
    }

    /// A connection for one request: one that waits, or a new one.
    pub(crate) async fn lease(
        self: &Arc<Self>,
        worker: usize,
        limits: &Limits,
        connect_limit: Duration,
        wanted: Wanted,
    ) -> Result<Lease, LeaseError> {
        let place = match self.protocol {
            UpstreamProtocol::Http1 => {
                let entered = self.gate.enter(&self.settings.1).await;
                entered.map_err(|QueueFull| LeaseError::QueueFull)?
            }
            // Requests share connections.
            UpstreamProtocol::Http2 => None,
        };
        let waiting = match wanted {
            Wanted::Any => self.pool(worker).take(limits),
            Wanted::Fresh => None,
        };
        if let Some((sender, born_ms)) = waiting {
            return Ok(Lease::new(sender, born_ms, Arc::clone(self), Usage::Reused, worker, place));
        }
        // On the heap: most requests find a connection, and none should carry the room for making one.
        Box::pin(self.connect(worker, limits, connect_limit, place)).await
    }

    /// A new connection for a request, or one that another has made for all meanwhile.
    async fn connect(
        self: &Arc<Self>,
        worker: usize,
        limits: &Limits,
        connect_limit: Duration,
        place: Option<OwnedSemaphorePermit>,
    ) -> Result<Lease, LeaseError> {
        // Of many requests that find no connection to share, one makes it. If that fails, the others
        // try for themselves: one after the other they would wait for ever longer.
        let failures = self.connect_failures.load(Relaxed);
        let mut alone = None;
        if self.protocol == UpstreamProtocol::Http2 {
            alone = Some(self.dialing[worker].lock().await);
            if let Some((sender, born_ms)) = self.pool(worker).take(limits) {
                let endpoint = Arc::clone(self);
                return Ok(Lease::new(sender, born_ms, endpoint, Usage::Reused, worker, place));
            }
            if self.connect_failures.load(Relaxed) != failures {
                alone = None;
            }
        }
        let sender = self.dial(connect_limit).await.map_err(LeaseError::Connect)?;
        let born_ms = clock::now_ms();
        if let Sender::Http2(sender, streams) = &sender {
            self.pool(worker).share(sender, streams, born_ms);
        }
        drop(alone);
        Ok(Lease::new(sender, born_ms, Arc::clone(self), Usage::Fresh, worker, place))
    }

    /// A new connection that belongs to no pool.
    pub(crate) async fn dial(&self, limit: Duration) -> Result<Sender, ConnectError> {
        self.connects.fetch_add(1, Relaxed);
        self.connector.connect(limit).await.inspect_err(|_| {
            self.connect_failures.fetch_add(1, Relaxed);
        })
    }

    /// A target in the form that this server takes.
    pub(crate) fn target(&self, path: &str) -> Option<Uri> {
        let path = PathAndQuery::try_from(path).ok()?;
        match self.protocol {
            UpstreamProtocol::Http1 => Some(Uri::from(path)),
            UpstreamProtocol::Http2 => Uri::builder()
                .scheme(self.scheme.clone())
                .authority(self.authority.clone())
                .path_and_query(path)
                .build()
                .ok(),
        }
    }
}

/// A server is the same whatever its share.
fn without_weight(upstream: &Upstream) -> Upstream {
    let mut upstream = upstream.clone();
    upstream.weight = 1;
    upstream
}

/// Requests that a server is working on.
#[derive(Debug, Default)]
pub(crate) struct Load(AtomicU32);

impl Load {
    pub(crate) fn get(&self) -> u32 {
        self.0.load(Relaxed)
    }

    pub(crate) fn began(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    pub(crate) fn ended(&self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
