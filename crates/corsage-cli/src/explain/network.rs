//! The network: single messages through `corsage-client`.

use std::net::IpAddr;
use std::time::Duration;

use corsage::browser::{AddressSpace, ConnectionRule, WireFailure, WireRequest, WireResponse};
use corsage_client::{Browser, ResponseBody, Timeouts};
use corsage_diagnosis::Failure;

use super::arguments::{Planned, Resolve};

/// How much of an error's body is read: who made it says so at the top.
const MAX_BEGINNING: usize = 1024;

/// How long is waited for it.
const BEGINNING_TIMEOUT: Duration = Duration::from_secs(1);

/// The network as one page sees it.
pub(super) struct Network {
    browser: Browser,
    timeout: Duration,
    resolve: Vec<Resolve>,
}

impl Network {
    /// A browser with an empty cache, the cookies that were given, and the addresses and roots of
    /// the command line.
    pub(super) fn new(planned: &Planned) -> Result<Self, String> {
        let mut builder = Browser::builder()
            .profile(planned.profiles.first().copied().unwrap_or_default())
            .timeouts(Timeouts { connect: planned.timeout, idle: planned.timeout });
        for resolve in &planned.resolve {
            let address = std::net::SocketAddr::new(resolve.address, resolve.port);
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
        Ok(Self { browser, timeout: planned.timeout, resolve: planned.resolve.clone() })
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
                let start = if response.status >= 400 { beginning(body).await } else { Vec::new() };
                (Ok(response), start)
            }
            Err(failure) => (Err(failure), Vec::new()),
        }
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

/// The first kilobyte of a body, as far as it comes soon.
async fn beginning(mut body: ResponseBody) -> Vec<u8> {
    let mut start = Vec::new();
    let reading = async {
        while start.len() < MAX_BEGINNING
            && let Ok(Some(piece)) = body.chunk().await
        {
            start.extend_from_slice(&piece);
        }
    };
    // What has come until then is kept.
    let _ = tokio::time::timeout(BEGINNING_TIMEOUT, reading).await;
    start.truncate(MAX_BEGINNING);
    start
}
