//! What is stored, by partition and URL.

use std::collections::{BTreeSet, HashMap};
use std::time::SystemTime;

use bytes::Bytes;
use corsage::browser::{CacheMode, HeaderList, NoVarySearch, WireRequest, WireResponse};
use url::Url;

use super::cache_control::CacheControl;
use super::freshness::{Times, has_explicit_time, may_store};
use super::range::Part;
use super::stored::{Stored, Worth};

/// All bodies together.
const MAX_TOTAL_BYTES: usize = 256 * 1024 * 1024;
/// Responses to the requests for one URL that differ in what `Vary` names.
const MAX_VARIANTS: usize = 32;

#[derive(Debug, Default)]
pub(crate) struct HttpCache {
    stored: HashMap<String, Vec<Stored>>,
    /// By partition and URL without its query: the keys under which something stands for other queries too.
    other_queries: HashMap<String, BTreeSet<String>>,
    total: usize,
    next_number: u64,
}

/// What the cache says of a request.
pub(crate) enum Lookup {
    /// The stored response answers it.
    Fresh(WireResponse, Bytes),
    /// It does, and the server is to be asked with these conditions for the next time.
    WhileRevalidating(WireResponse, Bytes, Validation),
    /// Ask the server, with these conditions.
    Revalidate(Validation),
    /// Ask the server.
    Miss,
    /// Only a stored response was wanted.
    Unsatisfiable,
    /// The same, said by `Cache-Control`, where HTTP has an answer.
    GatewayTimeout,
}

/// A stored response that may still be good.
#[derive(Clone, Debug)]
pub(crate) struct Validation {
    number: u64,
    pub(crate) conditions: Vec<(Vec<u8>, Vec<u8>)>,
}

impl HttpCache {
    pub(crate) fn clear(&mut self) {
        self.stored.clear();
        self.other_queries.clear();
        self.total = 0;
    }

    /// [Constructing Responses from Caches](https://www.rfc-editor.org/rfc/rfc9111#section-4), under the
    /// request's cache mode.
    pub(crate) fn look_up(
        &self,
        wire: &WireRequest,
        headers: &HeaderList,
        now: SystemTime,
    ) -> Lookup {
        let asked = CacheControl::of(headers);
        let missing = || match wire.cache {
            CacheMode::OnlyIfCached => Lookup::Unsatisfiable,
            _ if asked.has("only-if-cached") => Lookup::GatewayTimeout,
            _ => Lookup::Miss,
        };
        if matches!(wire.cache, CacheMode::NoStore | CacheMode::Reload)
            || wire.method != b"GET"
            || asked.has("no-store")
        {
            return missing();
        }
        let found = self
            .candidates(wire)
            .filter(|stored| stored.is_selected_by(headers))
            .find_map(|stored| Some((stored, stored.answer(headers)?)));
        let Some((stored, (response, body))) = found else { return missing() };
        let validation = || Validation { number: stored.number, conditions: stored.conditions() };
        match (wire.cache, stored.worth(headers, now)) {
            (CacheMode::ForceCache | CacheMode::OnlyIfCached, _) => Lookup::Fresh(response, body),
            (CacheMode::NoCache, _) | (_, Worth::Stale) => {
                // A part is not validated: what is asked for is asked for anew.
                let validation = validation();
                if asked.has("only-if-cached") {
                    Lookup::GatewayTimeout
                } else if validation.conditions.is_empty() || response.status == 206 {
                    Lookup::Miss
                } else {
                    Lookup::Revalidate(validation)
                }
            }
            (_, Worth::WhileRevalidating) => {
                Lookup::WhileRevalidating(response, body, validation())
            }
            (_, Worth::Fresh) => Lookup::Fresh(response, body),
        }
    }

    /// What is stored under the URL itself, the newest first, and then what says that it stands for this URL too.
    fn candidates(&self, wire: &WireRequest) -> impl Iterator<Item = &Stored> {
        let exact = self.stored.get(&key(wire, &wire.url)).into_iter().flatten().rev();
        let others: Vec<&Stored> = match wire.profile.no_vary_search() {
            NoVarySearch::Unread => Vec::new(),
            NoVarySearch::Heeded => {
                let place = place(wire, &wire.url);
                let keys = self.other_queries.get(&place).into_iter().flatten();
                keys.filter_map(|key| self.stored.get(key))
                    .flat_map(|variants| variants.iter().rev())
                    .filter(|stored| stored.stands_for(&wire.url))
                    .collect()
            }
        };
        exact.chain(others)
    }

    /// A 304 freshens what is stored: the stored response with the new headers, which is what is judged.
    pub(crate) fn freshen(
        &mut self,
        wire: &WireRequest,
        validation: &Validation,
        answer: &WireResponse,
        times: Times,
    ) -> Option<(WireResponse, Bytes)> {
        let exact = key(wire, &wire.url);
        let others = self.other_queries.get(&place(wire, &wire.url)).into_iter().flatten();
        let holds = |key: &&String| {
            let variants = self.stored.get(*key).into_iter().flatten();
            variants.into_iter().any(|stored| stored.number == validation.number)
        };
        let found = std::iter::once(&exact).chain(others).find(holds)?.clone();
        let variants = self.stored.get_mut(&found)?;
        let stored = variants.iter_mut().find(|stored| stored.number == validation.number)?;
        stored.freshen(answer, times);
        Some((stored.response.clone(), stored.body.clone()))
    }

    /// Whether a response is worth keeping, once its body is known.
    pub(crate) fn is_storable(
        wire: &WireRequest,
        headers: &HeaderList,
        response: &WireResponse,
    ) -> bool {
        let method = match &*wire.method {
            b"GET" => true,
            // RFC 9110, 9.3.3: the answer is what a GET of the same URL would bring.
            b"POST" | b"PATCH" => {
                has_explicit_time(response)
                    && content_location(wire, response).is_some_and(|url| url == wire.url)
            }
            _ => false,
        };
        let part = response.status != 206
            || response
                .headers
                .get(b"content-range")
                .is_some_and(|value| Part::parse(&value).is_some());
        method && part && wire.cache != CacheMode::NoStore && may_store(headers, response)
    }

    pub(crate) fn store(
        &mut self,
        wire: &WireRequest,
        headers: &HeaderList,
        response: &WireResponse,
        body: Bytes,
        times: Times,
    ) {
        if self.total + body.len() > MAX_TOTAL_BYTES {
            self.clear();
        }
        self.next_number += 1;
        let new = Stored::new(self.next_number, wire, headers, response.clone(), body, times);
        if new.stands_for_other_queries() {
            self.other_queries
                .entry(place(wire, &wire.url))
                .or_default()
                .insert(key(wire, &wire.url));
        }
        let variants = self.stored.entry(key(wire, &wire.url)).or_default();
        let mut freed = 0;
        variants.retain(|stored| {
            let stays = !new.takes_place_of(stored);
            freed += if stays { 0 } else { stored.body.len() };
            stays
        });
        if variants.len() >= MAX_VARIANTS {
            freed += variants.remove(0).body.len();
        }
        self.total = self.total + new.body.len() - freed;
        variants.push(new);
    }

    /// [Invalidating Stored Responses](https://www.rfc-editor.org/rfc/rfc9111#section-4.4): an unsafe method
    /// that succeeded makes what is stored worthless, under its own URL and those of the same origin that
    /// the response names.
    pub(crate) fn invalidate(&mut self, wire: &WireRequest, response: &WireResponse) {
        let safe = matches!(&*wire.method, b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE");
        if safe || !(200..400).contains(&response.status) {
            return;
        }
        let named = [location(wire, response, b"location"), content_location(wire, response)];
        let named = named.into_iter().flatten().filter(|url| url.origin() == wire.url.origin());
        for url in named.chain([wire.url.clone()]) {
            if let Some(variants) = self.stored.remove(&key(wire, &url)) {
                self.total -= variants.iter().map(|stored| stored.body.len()).sum::<usize>();
            }
        }
    }
}

fn content_location(wire: &WireRequest, response: &WireResponse) -> Option<Url> {
    location(wire, response, b"content-location")
}

fn location(wire: &WireRequest, response: &WireResponse, name: &[u8]) -> Option<Url> {
    let value = response.headers.get(name)?;
    let mut url = wire.url.join(std::str::from_utf8(&value).ok()?).ok()?;
    url.set_fragment(None);
    Some(url)
}

fn key(wire: &WireRequest, url: &Url) -> String {
    format!("{} {url}", wire.partition)
}

fn place(wire: &WireRequest, url: &Url) -> String {
    format!("{} {}", wire.partition, &url[..url::Position::AfterPath])
}
