//! The network: single messages through `corsage-client`.

use std::time::Duration;

use corsage::browser::{WireFailure, WireRequest, WireResponse};
use corsage_client::{Browser, Timeouts};
use corsage_diagnosis::Failure;

use super::arguments::Planned;

/// The network as one page sees it.
pub(super) struct Network {
    browser: Browser,
    timeout: Duration,
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
        Ok(Self { browser, timeout: planned.timeout })
    }

    /// Sends a message and reads the head of its response.
    pub(super) async fn send(&self, wire: &WireRequest) -> Result<WireResponse, Failure> {
        match tokio::time::timeout(self.timeout, self.browser.send(wire)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(Failure { kind: error.failure, text: error.detail }),
            Err(_) => Err(Failure {
                kind: WireFailure::TimedOut,
                text: format!("no answer within {} s", self.timeout.as_secs_f64()),
            }),
        }
    }
}
