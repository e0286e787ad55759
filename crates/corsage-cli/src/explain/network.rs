//! The network: single messages through `corsage-client`.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use corsage::browser::load::IntegrityMatch;
use corsage::browser::{AddressSpace, ConnectionRule, WireFailure, WireRequest, WireResponse};
use corsage_client::{Browser, ResponseBody, Timeouts};
use corsage_diagnosis::{Failure, Observation, Reachable};

use super::arguments::{Planned, Reach};
use super::perform_load::ReadBody;
use super::values::Resolve;

/// How much of an error's body is read: who made it says so at the top.
const MAX_BEGINNING: usize = 1024;

/// The longest body whose `integrity` is verified.
const MAX_BODY: usize = 64 << 20;

/// How long is waited for it.
const BEGINNING_TIMEOUT: Duration = Duration::from_secs(1);

/// How long it is tried to reach a host that did not answer, to say why.
const REACH_TIMEOUT: Duration = Duration::from_secs(3);

/// Runs what asks the network.
pub(super) fn block_on<T>(asking: impl Future<Output = T>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime: {error}"))?;
    Ok(runtime.block_on(asking))
}

/// The network as one page sees it.
pub(super) struct Network {
    browser: Browser,
    timeout: Duration,
    resolve: Vec<Resolve>,
    reach: Reach,
}

impl Network {
    /// A browser with an empty cache, the cookies that were given, and the addresses and roots of
    /// the command line.
    pub(super) fn new(planned: &Planned) -> Result<Self, String> {
        let mut builder = Browser::builder()
            .profile(planned.profiles.first().copied().unwrap_or_default())
            .timeouts(Timeouts { connect: planned.timeout, idle: planned.timeout })
            .reach(match planned.reach {
                Reach::Anywhere => corsage_client::Reach::Anywhere,
                Reach::Loopback => corsage_client::Reach::Loopback,
            });
        for resolve in &planned.resolve {
            let address = SocketAddr::new(resolve.address, resolve.port);
            let rule = format!("{}:{}={address}", resolve.host, resolve.port);
            builder = builder.resolve(&rule).map_err(|error| error.to_string())?;
        }
        if let Some(file) = &planned.cacert {
            let problem =
                |error: &dyn std::fmt::Display| format!("--cacert {}: {error}", file.display());
            let pem = std::fs::read(file).map_err(|error| problem(&error))?;
            builder = builder.root_certificates(&pem).map_err(|error| problem(&error))?;
        }
        let browser = builder.build().map_err(|error| error.to_string())?;
        for cookie in planned.cookies.iter().flat_map(|cookies| cookies.split(';')) {
            // What is given on the command line is meant to go along, whatever the site.
            let secure = if planned.url.scheme() == "https" { "; Secure" } else { "" };
            let cookie = format!("{}; Path=/; SameSite=None{secure}", cookie.trim());
            browser.set_document_cookie(&planned.url, &cookie);
        }
        let (resolve, reach) = (planned.resolve.clone(), planned.reach);
        Ok(Self { browser, timeout: planned.timeout, resolve, reach })
    }

    /// The address that a message would go to.
    async fn address_of(&self, wire: &WireRequest) -> Option<IpAddr> {
        let (host, port) = (wire.url.host_str()?, wire.url.port_or_known_default()?);
        let given =
            self.resolve.iter().find(|resolve| resolve.host == host && resolve.port == port);
        if let Some(resolve) = given {
            return Some(resolve.address);
        }
        let host = host.trim_matches(['[', ']']).to_owned();
        let mut found = tokio::net::lookup_host((host, port)).await.ok()?;
        found.next().map(|address| address.ip())
    }

    /// Looks how far one gets towards the host of the last message.
    pub(super) async fn reach(&self, observation: &Observation) -> Option<Reachable> {
        let last = observation.exchanges.last()?;
        if matches!(last.answer, Err(Failure { kind: WireFailure::Dns, .. })) {
            return Some(Reachable::NoAddress);
        }
        let url = &last.request.url;
        let (host, port) = (url.host_str()?, url.port_or_known_default()?);
        let addresses: Vec<SocketAddr> = match self.resolved(host, port) {
            Some(address) => vec![SocketAddr::new(address, port)],
            None => {
                let name = format!("{}:{port}", host);
                match tokio::time::timeout(REACH_TIMEOUT, tokio::net::lookup_host(name)).await {
                    Ok(Ok(addresses)) => addresses.collect(),
                    _ => Vec::new(),
                }
            }
        };
        let may_be_asked = |address: &SocketAddr| {
            self.reach == Reach::Anywhere || address.ip().to_canonical().is_loopback()
        };
        let mut problem = None;
        for address in addresses.into_iter().filter(may_be_asked) {
            let connecting = tokio::net::TcpStream::connect(address);
            match tokio::time::timeout(REACH_TIMEOUT, connecting).await {
                Ok(Ok(_)) => return Some(Reachable::Connects),
                Ok(Err(error)) => problem = Some(error.to_string()),
                Err(_) => problem = Some(format!("no answer from {address}")),
            }
        }
        Some(problem.map_or(Reachable::NoAddress, Reachable::NoConnection))
    }

    fn resolved(&self, host: &str, port: u16) -> Option<IpAddr> {
        self.resolve
            .iter()
            .find(|resolve| resolve.host.eq_ignore_ascii_case(host) && resolve.port == port)
            .map(|resolve| resolve.address)
    }

    /// Sends a message and reads the head of its response.
    pub(super) async fn send(&self, wire: &WireRequest) -> Result<WireResponse, Failure> {
        self.answer(wire).await.map(|(response, _)| response)
    }

    /// Sends a message and reads the head of its response, and how the body of an error begins.
    pub(super) async fn send_and_look(
        &self,
        wire: &WireRequest,
    ) -> (Result<WireResponse, Failure>, Vec<u8>) {
        match self.answer(wire).await {
            Ok((response, body)) => {
                let start = if response.status >= 400 {
                    beginning(body, MAX_BEGINNING, BEGINNING_TIMEOUT).await
                } else {
                    Vec::new()
                };
                (Ok(response), start)
            }
            Err(failure) => (Err(failure), Vec::new()),
        }
    }

    /// Sends a message and reads the head of its response and the beginning of its body; all of it if `integrity`
    /// metadata is given.
    pub(super) async fn send_and_read(
        &self,
        wire: &WireRequest,
        integrity: &str,
    ) -> (Result<WireResponse, Failure>, Option<ReadBody>) {
        let (response, body) = match self.answer(wire).await {
            Ok(answered) => answered,
            Err(failure) => return (Err(failure), None),
        };
        if integrity.is_empty() {
            // A stream of events has no end, and its type is what counts.
            let stream = response.headers.get(b"content-type").is_some_and(|value| {
                value.trim_ascii_start().to_ascii_lowercase().starts_with(b"text/event-stream")
            });
            if stream || response.status == 101 {
                return (Ok(response), None);
            }
            let beginning = beginning(body, MAX_BEGINNING, BEGINNING_TIMEOUT).await;
            return (
                Ok(response),
                Some(ReadBody { beginning, integrity: IntegrityMatch::Matches }),
            );
        }
        let whole = beginning(body, MAX_BODY, self.timeout).await;
        let matches = corsage_client::does_body_match_integrity(integrity, &whole);
        let integrity = if matches { IntegrityMatch::Matches } else { IntegrityMatch::Differs };
        let beginning = whole.get(..MAX_BEGINNING).map_or(whole.clone(), <[u8]>::to_vec);
        (Ok(response), Some(ReadBody { beginning, integrity }))
    }

    async fn answer(&self, wire: &WireRequest) -> Result<(WireResponse, ResponseBody), Failure> {
        if wire.connection != ConnectionRule::Anywhere
            && let Some(address) = self.address_of(wire).await
            && let Err(kind) = wire.check_connection(AddressSpace::of(address))
        {
            let text = format!("not sent: {address} is not public ({})", kind.code());
            return Err(Failure { kind, text });
        }
        match tokio::time::timeout(self.timeout, self.browser.send_with_body(wire)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(Failure { kind: error.failure, text: error.detail }),
            Err(_) => Err(Failure {
                kind: WireFailure::TimedOut,
                text: format!("no answer within {} s", self.timeout.as_secs_f64()),
            }),
        }
    }
}

/// The beginning of a body, as far as it comes soon.
async fn beginning(mut body: ResponseBody, longest: usize, patience: Duration) -> Vec<u8> {
    let mut start = Vec::new();
    let reading = async {
        while start.len() < longest
            && let Ok(Some(piece)) = body.chunk().await
        {
            start.extend_from_slice(&piece);
        }
    };
    // What has come until then is kept.
    let _ = tokio::time::timeout(patience, reading).await;
    start.truncate(longest);
    start
}
