//! The network: connections kept and opened, requests written.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use corsage::browser::{HeaderList, SendCredentials, WireFailure, WireRequest, WireResponse};
use tokio::time::timeout;
use url::Url;

use super::connect::connect;
use super::http1::{Connection, Http1Body, WireError};
use super::resolve::Resolve;
use crate::Timeouts;
use crate::browser::lock;

/// Kept for a key at the most; more are closed.
const MAX_IDLE: usize = 6;
/// Servers close idle connections too; a short life avoids the race.
const MAX_IDLE_TIME: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Network {
    tls: Arc<rustls::ClientConfig>,
    rules: Vec<Resolve>,
    timeouts: Timeouts,
    idle: Mutex<HashMap<Key, Vec<Idle>>>,
}

/// Connections are never shared between partitions, nor between requests with credentials and those without.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    origin: String,
    partition: String,
    with_credentials: bool,
}

#[derive(Debug)]
struct Idle {
    connection: Connection,
    peer: SocketAddr,
    since: Instant,
}

/// What goes out: the machine's request, and what the sender adds.
pub(crate) struct Send<'s> {
    pub(crate) wire: &'s WireRequest,
    pub(crate) headers: &'s HeaderList,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) response: WireResponse,
    pub(crate) body: Http1Body,
    pub(crate) peer: SocketAddr,
    pub(crate) key: Key,
}

impl Network {
    pub(crate) fn new(
        tls: Arc<rustls::ClientConfig>,
        rules: Vec<Resolve>,
        timeouts: Timeouts,
    ) -> Self {
        Self { tls, rules, timeouts, idle: Mutex::default() }
    }

    pub(crate) async fn send(&self, send: &Send<'_>) -> Result<Answer, WireError> {
        let wire = send.wire;
        if wire.body_is_stream {
            return Err(WireError::new(
                WireFailure::StreamNeedsHttp2,
                "the connection speaks HTTP/1.1",
            ));
        }
        let key = Key {
            origin: format!(
                "{}://{}",
                wire.url.scheme(),
                wire.url.authority().rsplit('@').next().unwrap_or_default()
            ),
            partition: wire.partition.to_string(),
            with_credentials: wire.credentials == SendCredentials::Include,
        };
        let head = head(wire, send.headers);
        // An idle connection may have been closed by the server while the request was on its way: once more
        // on a new one. Nothing has been answered, and browsers do the same.
        while let Some((mut connection, peer)) = self.take_idle(&key) {
            if connection.is_stale().await {
                continue;
            }
            if connection.send(&head, wire.body.as_deref()).await.is_ok()
                && let Ok((response, body)) = connection.receive(&wire.method).await
            {
                return Ok(Answer { response, body, peer, key });
            }
            break;
        }
        let opened =
            timeout(self.timeouts.connect, connect(&wire.url, &self.rules, &self.tls)).await;
        let late = || {
            WireError::new(
                WireFailure::TimedOut,
                format!("no connection within {:?}", self.timeouts.connect),
            )
        };
        let (stream, peer) = opened.map_err(|_| late())??;
        let mut connection = Connection::new(stream, self.timeouts.idle);
        connection.send(&head, wire.body.as_deref()).await?;
        let (response, body) = connection.receive(&wire.method).await?;
        Ok(Answer { response, body, peer, key })
    }

    /// Keeps a connection whose body has ended.
    pub(crate) fn give_back(&self, body: Http1Body, peer: SocketAddr, key: Key) {
        if let Some(connection) = body.into_connection() {
            let mut idle = lock(&self.idle);
            let list = idle.entry(key).or_default();
            list.retain(|idle| idle.since.elapsed() < MAX_IDLE_TIME);
            if list.len() < MAX_IDLE {
                list.push(Idle { connection, peer, since: Instant::now() });
            }
        }
    }

    pub(crate) fn close_idle(&self) {
        lock(&self.idle).clear();
    }

    fn take_idle(&self, key: &Key) -> Option<(Connection, SocketAddr)> {
        let mut idle = lock(&self.idle);
        let list = idle.get_mut(key)?;
        list.retain(|idle| idle.since.elapsed() < MAX_IDLE_TIME);
        list.pop().map(|idle| (idle.connection, idle.peer))
    }
}

fn head(wire: &WireRequest, headers: &HeaderList) -> Vec<u8> {
    let mut head = Vec::with_capacity(1024);
    head.extend_from_slice(&wire.method);
    head.push(b' ');
    head.extend_from_slice(target(&wire.url).as_bytes());
    head.extend_from_slice(b" HTTP/1.1\r\n");
    for header in headers {
        head.extend_from_slice(&header.name);
        head.extend_from_slice(b": ");
        head.extend_from_slice(&header.value);
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// Origin form: path and query.
fn target(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}
