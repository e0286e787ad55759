//! The [quota of keepalive bodies](https://fetch.spec.whatwg.org/#http-network-or-cache-fetch): 64 kibibytes in
//! flight for one page.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use corsage::browser::Client;

use crate::lock::lock;

const QUOTA_BYTES: usize = 64 * 1024;

/// Bytes in flight, page by page.
pub(crate) type InFlight = Arc<Mutex<HashMap<String, usize>>>;

/// What one fetch has to do with the quota.
#[derive(Clone, Debug)]
pub(crate) struct Keepalive(Option<(InFlight, String)>);

/// A share of the quota; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    in_flight: InFlight,
    page: String,
    length: usize,
}

impl Keepalive {
    /// For a fetch without the flag.
    pub(crate) fn unlimited() -> Self {
        Self(None)
    }

    /// For a fetch with it. Pages at the same address are taken for the same page.
    pub(crate) fn limited(in_flight: &InFlight, client: &Client) -> Self {
        let address = client.url.as_ref().map_or("", |url| url.as_str());
        Self(Some((Arc::clone(in_flight), format!("{} {address}", client.origin))))
    }

    /// The error is how much is in flight already.
    pub(crate) fn reserve(&self, length: usize) -> Result<Option<Reservation>, usize> {
        let Some((in_flight, page)) = self.0.as_ref().filter(|_| length > 0) else {
            return Ok(None);
        };
        let mut all = lock(in_flight);
        let used = all.entry(page.clone()).or_default();
        if *used + length > QUOTA_BYTES {
            return Err(*used);
        }
        *used += length;
        Ok(Some(Reservation { in_flight: Arc::clone(in_flight), page: page.clone(), length }))
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut all = lock(&self.in_flight);
        if let Some(used) = all.get_mut(&self.page) {
            *used -= self.length;
            if *used == 0 {
                all.remove(&self.page);
            }
        }
    }
}
