//! What the pages of a browser share.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use corsage::browser::{PreflightCache, Profile};

use crate::ThirdPartyCookies;
use crate::authentication::AuthenticationEntries;
use crate::cookies::CookieJar;
use crate::http_cache::HttpCache;
use crate::keepalive::InFlight;
use crate::net::Network;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) profile: Profile,
    pub(crate) network: Network,
    pub(crate) preflights: Mutex<PreflightCache>,
    pub(crate) cookies: Mutex<CookieJar>,
    pub(crate) cache: Mutex<HttpCache>,
    pub(crate) authentication: Mutex<AuthenticationEntries>,
    pub(crate) keepalive: InFlight,
    started: Instant,
}

impl Shared {
    pub(crate) fn new(profile: Profile, network: Network, third_party: ThirdPartyCookies) -> Self {
        Self {
            profile,
            network,
            preflights: Mutex::default(),
            cookies: Mutex::new(CookieJar::new(third_party)),
            cache: Mutex::default(),
            authentication: Mutex::default(),
            keepalive: InFlight::default(),
            started: Instant::now(),
        }
    }

    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }
}
