//! The network: connections kept and opened, requests sent over them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use corsage::browser::{HeaderList, SendCredentials, WireFailure, WireRequest, WireResponse};
use tokio::time::timeout;
use url::Position;

use super::connect::{Connected, Protocol, connect};
use super::http1::{Connection, Http1Body};
use super::http2::{Http2, Http2Body};
use super::resolve::Resolve;
use super::wire_error::WireError;
use crate::RequestBody;
use crate::lock::lock;
use crate::settings::{Reach, Timeouts};

/// Kept for a key at the most; more are closed.
const MAX_IDLE: usize = 6;
/// Servers close idle connections too; a short life avoids the race.
const MAX_IDLE_TIME: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Network {
    tls: Arc<rustls::ClientConfig>,
    rules: Vec<Resolve>,
    timeouts: Timeouts,
    reach: Reach,
    idle: Mutex<HashMap<Key, Vec<Idle>>>,
    http2: Mutex<HashMap<Key, (Http2, SocketAddr)>>,
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
    /// The body, if it is a stream.
    pub(crate) upload: Option<RequestBody>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) response: WireResponse,
    pub(crate) body: AnswerBody,
    pub(crate) peer: SocketAddr,
    pub(crate) key: Key,
}

/// A body, by the protocol that brings it.
#[derive(Debug)]
pub(crate) enum AnswerBody {
    Http1(Http1Body),
    Http2(Http2Body),
}

impl AnswerBody {
    /// The next piece, or `None` at the end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, WireError> {
        match self {
            Self::Http1(body) => body.chunk().await,
            Self::Http2(body) => body.chunk().await,
        }
    }
}

impl Network {
    pub(crate) fn new(
        tls: Arc<rustls::ClientConfig>,
        rules: Vec<Resolve>,
        timeouts: Timeouts,
        reach: Reach,
    ) -> Self {
        Self { tls, rules, timeouts, reach, idle: Mutex::default(), http2: Mutex::default() }
    }

    pub(crate) async fn send(&self, mut send: Send<'_>) -> Result<Answer, WireError> {
        let wire = send.wire;
        let key = Key {
            origin: format!(
                "{}://{}",
                wire.url.scheme(),
                wire.url.authority().rsplit('@').next().unwrap_or_default()
            ),
            partition: wire.partition.to_string(),
            with_credentials: wire.credentials == SendCredentials::Include,
        };
        if let Some(answer) = self.send_over_idle(&mut send, &key).await? {
            return Ok(answer);
        }
        let opened =
            timeout(self.timeouts.connect, connect(&wire.url, &self.rules, self.reach, &self.tls))
                .await;
        let late = || {
            WireError::new(
                WireFailure::TimedOut,
                format!("no connection within {:?}", self.timeouts.connect),
            )
        };
        let Connected { stream, peer, protocol } = opened.map_err(|_| late())??;
        match protocol {
            Protocol::Http2 => {
                let connection = Http2::start(stream, self.timeouts.idle).await?;
                lock(&self.http2).insert(key.clone(), (connection.clone(), peer));
                let (response, body) = connection.send(wire, send.headers, send.upload).await?;
                Ok(Answer { response, body: AnswerBody::Http2(body), peer, key })
            }
            // A server of HTTP/1 may not understand a body without a length.
            Protocol::Http1 if wire.body_is_stream => {
                let detail = "the connection speaks HTTP/1.1";
                Err(WireError::new(WireFailure::StreamNeedsHttp2, detail))
            }
            Protocol::Http1 => {
                let mut connection = Connection::new(stream, self.timeouts.idle);
                let head = head(wire, send.headers);
                connection.send(&head, wire.body.as_deref()).await?;
                let (response, body) = connection.receive(&wire.method).await?;
                Ok(Answer { response, body: AnswerBody::Http1(body), peer, key })
            }
        }
    }

    /// Over a connection that is there already, if there is one and it still works.
    async fn send_over_idle(
        &self,
        send: &mut Send<'_>,
        key: &Key,
    ) -> Result<Option<Answer>, WireError> {
        let wire = send.wire;
        let kept = lock(&self.http2).get(key).cloned();
        if let Some((connection, peer)) = kept {
            if connection.is_usable().await {
                let upload = send.upload.take();
                let again = upload.is_none();
                let key = key.clone();
                match connection.send(wire, send.headers, upload).await {
                    Ok((response, body)) => {
                        let body = AnswerBody::Http2(body);
                        return Ok(Some(Answer { response, body, peer, key }));
                    }
                    // The server may have closed it meanwhile.
                    Err(error) if !(again && error.failure == WireFailure::Connection) => {
                        return Err(error);
                    }
                    Err(_) => {}
                }
            }
            lock(&self.http2).remove(key);
        }
        if wire.body_is_stream {
            return Ok(None);
        }
        let head = head(wire, send.headers);
        while let Some((mut connection, peer)) = self.take_idle(key) {
            if connection.is_stale().await {
                continue;
            }
            // An idle connection may have been closed by the server while the request was on its way: once
            // more on a new one. Nothing has been answered, and browsers do the same.
            if connection.send(&head, wire.body.as_deref()).await.is_ok()
                && let Ok((response, body)) = connection.receive(&wire.method).await
            {
                let body = AnswerBody::Http1(body);
                return Ok(Some(Answer { response, body, peer, key: key.clone() }));
            }
            break;
        }
        Ok(None)
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
        lock(&self.http2).clear();
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
    head.extend_from_slice(wire.url[Position::BeforePath..Position::AfterQuery].as_bytes());
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
