//! A wire over real sockets, which waits between requests and knows when to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use corsage::browser::{
    CacheMode, ConnectionRule, CookieContext, HeaderList, Profile, SendCredentials, UrlCredentials,
    WireRequest,
};
use corsage::terms::Origin;
use corsage_client::Browser;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use url::Url;

use super::answer::Answer;
use super::name_server;
use super::target::{Credential, Target};
use super::wire::{Failure, Sent, Version, Wire};

/// Bytes of a body that are read; no finding needs more.
const BODY_BYTES: usize = 256 * 1024;
/// The whole of one request, slow bytes included.
const PATIENCE: Duration = Duration::from_secs(20);
/// A server may ask for a pause of so long, at the most.
const LONGEST_PAUSE: u64 = 30;

/// How fast one host is asked, and how often at the most.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// From one request's beginning to the next one's.
    pub between: Duration,
    /// Requests to one target.
    pub at_most: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { between: Duration::from_millis(500), at_most: 100 }
    }
}

/// Sends an audit's requests to one host, and to no other.
#[derive(Debug)]
pub struct ClientWire {
    browser: Browser,
    /// For [`Version::Http1`].
    older: Option<Browser>,
    /// A name server that may be asked whether domains exist.
    names: Option<SocketAddr>,
    pace: Pace,
    /// The only hosts that are asked: the target's, and the one that signs in.
    hosts: Vec<String>,
    user_agent: String,
    sent: usize,
    next: Instant,
}

impl ClientWire {
    /// For the host of this address. `user_agent` says who asks.
    #[must_use]
    pub fn new(browser: Browser, pace: Pace, url: &str, user_agent: &str) -> Self {
        let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        Self {
            browser,
            older: None,
            names: None,
            pace,
            hosts: host.into_iter().collect(),
            user_agent: user_agent.to_owned(),
            sent: 0,
            next: Instant::now(),
        }
    }

    /// Asks in HTTP/1.1 by this browser, which offers no other version.
    #[must_use]
    pub fn with_http1(mut self, older: Browser) -> Self {
        self.older = Some(older);
        self
    }

    /// This name server may be asked whether the domains of allowed origins exist. Nothing else is asked of it.
    #[must_use]
    pub fn asking_names_of(mut self, server: SocketAddr) -> Self {
        self.names = Some(server);
        self
    }

    /// The host of the login may be asked too, if there is one.
    #[must_use]
    pub fn signing_in_at(mut self, target: &Target) -> Self {
        if let Some(Credential::Cookie { login: Some(login), .. }) = &target.credential
            && let Ok(url) = Url::parse(login)
        {
            self.hosts.extend(url.host_str().map(str::to_owned));
        }
        self
    }

    fn request(&self, sent: &Sent) -> Result<WireRequest, Failure> {
        let broken = |cause: &str| Failure::Broken(cause.to_owned());
        let url = Url::parse(&sent.url).map_err(|error| broken(&error.to_string()))?;
        if !self.hosts.iter().any(|host| url.host_str() == Some(host)) {
            return Err(broken("another host is not asked"));
        }
        let mut headers = HeaderList::new();
        for (name, value) in &sent.headers {
            headers.push_line(name, value);
        }
        if !headers.contains(b"user-agent") {
            headers.push_line("User-Agent", &self.user_agent);
        }
        let partition = Origin::from_url(&url).ok_or_else(|| broken("the address has no host"))?;
        Ok(WireRequest {
            method: sent.method.as_bytes().to_vec(),
            url,
            headers,
            body: sent.body.as_ref().map(|body| Arc::from(body.as_bytes())),
            body_is_stream: false,
            cache: CacheMode::NoStore,
            credentials: SendCredentials::Exclude,
            url_credentials: UrlCredentials::Unused,
            cookies: CookieContext::CrossSite,
            connection: ConnectionRule::Anywhere,
            partition,
            profile: Profile::Chromium,
        })
    }
}

impl Wire for ClientWire {
    async fn send(&mut self, sent: &Sent) -> Result<Answer, Failure> {
        if self.sent >= self.pace.at_most {
            return Err(Failure::Stopped(told!("audit-told.enough", count = self.sent)));
        }
        let request = self.request(sent)?;
        self.sent += 1;
        sleep_until(self.next).await;
        self.next = Instant::now() + self.pace.between;
        let browser = match sent.version {
            Version::Agreed => &self.browser,
            Version::Http1 => self.older.as_ref().unwrap_or(&self.browser),
        };
        let began = Instant::now();
        let asked = timeout(PATIENCE, browser.send_exactly(&request, BODY_BYTES)).await;
        let (response, body) = match asked {
            Ok(Ok(answered)) => answered,
            Ok(Err(error)) => return Err(Failure::Broken(error.to_string())),
            Err(_) => {
                return Err(Failure::Broken(told!(
                    "audit-told.no-answer",
                    time = format!("{PATIENCE:?}")
                )));
            }
        };
        let took = began.elapsed();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Answer {
            status: response.status,
            headers: response
                .headers
                .iter()
                .map(|header| (text(&header.name), text(&header.value)))
                .collect(),
            body,
            took,
        })
    }

    async fn exists(&mut self, domain: &str) -> Option<bool> {
        name_server::exists(self.names?, domain).await
    }

    async fn wait(&mut self, seconds: u64) -> Result<(), Failure> {
        if seconds > LONGEST_PAUSE {
            return Err(Failure::Stopped(told!("audit-told.asks-to-wait", seconds = seconds)));
        }
        sleep(Duration::from_secs(seconds)).await;
        Ok(())
    }
}
