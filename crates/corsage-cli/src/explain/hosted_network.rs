//! The network as the host lends it: a page of a browser has none but what is told it, Node has sockets.

use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use corsage::browser::load::IntegrityMatch;
use corsage::browser::{
    ConnectionRule, HeaderList, SendCredentials, WireFailure, WireRequest, WireResponse,
};
use corsage_diagnosis::{Failure, Observation, Reachable};

use super::arguments::Planned;
use super::perform_load::ReadBody;
use super::values::Resolve;
use crate::world::{self, Answered, Sent};

/// Runs what asks the network. The host waits in our stead, so everything is ready when it is asked for.
pub(super) fn block_on<T>(asking: impl Future<Output = T>) -> Result<T, String> {
    match pin!(asking).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err("the host's network did not wait for an answer".to_owned()),
    }
}

/// The network as one page sees it.
pub(super) struct Network {
    /// Whom the cookies are for.
    host: Option<String>,
    cookies: Vec<String>,
    resolve: Vec<Resolve>,
    cacert: Option<String>,
    timeout: Duration,
}

impl Network {
    #[expect(clippy::unnecessary_wraps, reason = "where sockets are real, this can fail")]
    pub(super) fn new(planned: &Planned) -> Result<Self, String> {
        Ok(Self {
            host: planned.url.host_str().map(str::to_owned),
            cookies: planned.cookies.clone(),
            resolve: planned.resolve.clone(),
            cacert: planned.cacert.as_ref().map(|file| file.to_string_lossy().into_owned()),
            timeout: planned.timeout,
        })
    }

    /// How far one gets towards a host that did not answer: the failure itself says what the host knows.
    pub(super) async fn reach(&self, observation: &Observation) -> Option<Reachable> {
        match &observation.exchanges.last()?.answer {
            Err(Failure { kind: WireFailure::Dns, .. }) => Some(Reachable::NoAddress),
            Err(Failure { kind: WireFailure::Connection, text }) => {
                Some(Reachable::NoConnection(text.clone()))
            }
            _ => None,
        }
    }

    /// Sends a message and reads the head of its response.
    pub(super) async fn send(&self, wire: &WireRequest) -> Result<WireResponse, Failure> {
        self.answer(wire).map(|answered| response(&answered))
    }

    /// Sends a message and reads the head of its response, and how the body of an error begins.
    pub(super) async fn send_and_look(
        &self,
        wire: &WireRequest,
    ) -> (Result<WireResponse, Failure>, Vec<u8>) {
        match self.answer(wire) {
            Ok(answered) if answered.status >= 400 => {
                (Ok(response(&answered)), bytes(&answered.beginning))
            }
            Ok(answered) => (Ok(response(&answered)), Vec::new()),
            Err(failure) => (Err(failure), Vec::new()),
        }
    }

    /// Sends a message and reads the head of its response and the beginning of its body. A host hands no whole body over,
    /// so nothing is known of one whose `integrity` counts.
    pub(super) async fn send_and_read(
        &self,
        wire: &WireRequest,
        integrity: &str,
    ) -> (Result<WireResponse, Failure>, Option<ReadBody>) {
        match self.answer(wire) {
            Ok(answered) => {
                let read = ReadBody {
                    beginning: bytes(&answered.beginning),
                    integrity: IntegrityMatch::Matches,
                };
                (Ok(response(&answered)), integrity.is_empty().then_some(read))
            }
            Err(failure) => (Err(failure), None),
        }
    }

    fn answer(&self, wire: &WireRequest) -> Result<Answered, Failure> {
        let sent = self.sent(wire);
        let asked = world::ask(|host| host.send(&sent));
        let failed = |(kind, text): (String, String)| Failure { kind: failure(&kind), text };
        asked
            .unwrap_or_else(|| Err(("offline".to_owned(), "no host lends a network".to_owned())))
            .map_err(failed)
    }

    fn sent(&self, wire: &WireRequest) -> Sent {
        let mut url = wire.url.clone();
        url.set_fragment(None);
        let mut headers: Vec<(String, String)> =
            wire.headers.iter().map(|line| (text(&line.name), text(&line.value))).collect();
        let is_own = wire.url.host_str() == self.host.as_deref();
        if wire.credentials == SendCredentials::Include && is_own && !self.cookies.is_empty() {
            headers.push(("Cookie".to_owned(), self.cookies.join("; ")));
        }
        Sent {
            url: url.into(),
            method: text(&wire.method),
            headers,
            body: wire.body.as_deref().map(text),
            address: self.address_of(wire).map(|address| address.to_string()),
            cacert: self.cacert.clone(),
            timeout_milliseconds: u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX),
            public_only: wire.connection != ConnectionRule::Anywhere,
        }
    }

    fn address_of(&self, wire: &WireRequest) -> Option<IpAddr> {
        let (host, port) = (wire.url.host_str()?, wire.url.port_or_known_default()?);
        let given =
            |resolve: &&Resolve| resolve.host.eq_ignore_ascii_case(host) && resolve.port == port;
        self.resolve.iter().find(given).map(|resolve| resolve.address)
    }
}

fn response(answered: &Answered) -> WireResponse {
    let mut headers = HeaderList::new();
    for (name, value) in &answered.headers {
        headers.push_line(name.as_str(), bytes(value));
    }
    WireResponse { status: answered.status, status_text: Vec::new(), headers }
}

/// Each byte as a character, as JavaScript hands bytes of headers over.
fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')).collect()
}

fn failure(kind: &str) -> WireFailure {
    let known = [
        WireFailure::Dns,
        WireFailure::Tls,
        WireFailure::Malformed,
        WireFailure::TimedOut,
        WireFailure::Offline,
    ];
    known
        .into_iter()
        .find(|failure| failure.code().as_str() == kind)
        .unwrap_or(WireFailure::Connection)
}
