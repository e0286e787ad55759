//! A stored response, and what it answers.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use corsage::browser::{HeaderList, WireRequest, WireResponse};
use url::Url;

use super::cache_control::CacheControl;
use super::freshness::{Times, current_age, lifetime};
use super::no_vary_search::SearchVariance;
use super::range::{Part, Range};

/// A larger body is not kept.
pub(crate) const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// A response and the request that it answered, as far as that decides about reuse.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// Names this entry while a validation is under way.
    pub(super) number: u64,
    url: Url,
    variance: Option<SearchVariance>,
    /// The request's values of the headers that `Vary` names.
    varied: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// The request's `Range`.
    range: Option<Vec<u8>>,
    pub(super) response: WireResponse,
    pub(super) body: Bytes,
    times: Times,
}

/// What a stored response is worth to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    Fresh,
    /// To be used, and renewed at the same time.
    WhileRevalidating,
    Stale,
}

impl Stored {
    pub(super) fn new(
        number: u64,
        wire: &WireRequest,
        request: &HeaderList,
        response: WireResponse,
        body: Bytes,
        times: Times,
    ) -> Self {
        let names = response.headers.get(b"vary").unwrap_or_default();
        let names = names.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        let varied = names
            .filter(|name| !name.is_empty())
            .map(|name| (name.to_vec(), request.get(name)))
            .collect();
        let url = wire.url.clone();
        let variance = SearchVariance::of(&response);
        Self { number, url, variance, varied, range: request.get(b"range"), response, body, times }
    }

    /// Whether its server says that some part of the query makes no difference.
    pub(super) fn stands_for_other_queries(&self) -> bool {
        self.variance.is_some()
    }

    /// Whether its server says that it stands for that URL too.
    pub(super) fn stands_for(&self, url: &Url) -> bool {
        self.url != *url
            && self.variance.as_ref().is_some_and(|variance| variance.admits(&self.url, url))
    }

    /// [Calculating Cache Keys with the Vary Header Field](https://www.rfc-editor.org/rfc/rfc9111#section-4.1)
    pub(super) fn is_selected_by(&self, request: &HeaderList) -> bool {
        self.varied.iter().all(|(name, value)| request.get(name) == *value)
    }

    /// Whether both would be selected by the same requests: the newer one takes the other's place.
    pub(super) fn takes_place_of(&self, other: &Self) -> bool {
        self.varied == other.varied && self.range == other.range
    }

    pub(super) fn worth(&self, request: &HeaderList, now: SystemTime) -> Worth {
        let asked = CacheControl::of(request);
        let said = CacheControl::of(&self.response.headers);
        let age = current_age(&self.response, self.times, now);
        let lifetime = lifetime(&self.response, self.times);
        let too_old = asked.seconds("max-age").is_some_and(|most| most.is_zero() || age > most);
        if asked.has("no-cache") || too_old {
            return Worth::Stale;
        }
        let left = lifetime.saturating_sub(age);
        let stale_by = age.saturating_sub(lifetime);
        if !left.is_zero() {
            let least = asked.seconds("min-fresh").unwrap_or_default();
            return if left < least { Worth::Stale } else { Worth::Fresh };
        }
        if said.has("no-cache") || said.has("must-revalidate") {
            return Worth::Stale;
        }
        if asked.max_stale().is_some_and(|most| stale_by <= most) {
            return Worth::Fresh;
        }
        let window = said.seconds("stale-while-revalidate").unwrap_or(Duration::ZERO);
        if asked.is_empty() && !window.is_zero() && stale_by <= window {
            return Worth::WhileRevalidating;
        }
        Worth::Stale
    }

    /// The answer to a request: all that is stored, or the range that is asked for, if it is there.
    pub(super) fn answer(&self, request: &HeaderList) -> Option<(WireResponse, Bytes)> {
        let whole = || Some((self.response.clone(), self.body.clone()));
        let Some(asked) = request.get(b"range") else {
            return if self.response.status == 206 { None } else { whole() };
        };
        if self.response.status == 206 && self.range.as_ref() == Some(&asked) {
            return whole();
        }
        // A range of what is encoded is no range of what the script wants.
        let plain = !self.response.headers.contains(b"content-encoding");
        let part = match self.response.status {
            200 => Part::whole(self.body.len()),
            206 => Part::parse(&self.response.headers.get(b"content-range")?),
            _ => None,
        };
        if !plain || request.contains(b"if-range") {
            return None;
        }
        let part = part?;
        let (start, end) = Range::parse(&asked)?.within(part, self.body.len())?;
        let first = part.first + start as u64;
        let found = Part { first, last: part.first + end as u64 - 1, ..part };
        let mut response = self.response.clone();
        response.status = 206;
        response.status_text = b"Partial Content".to_vec();
        response.headers.set("Content-Range", found.content_range());
        response.headers.set("Content-Length", (end - start).to_string());
        Some((response, self.body.slice(start..end)))
    }

    /// The conditions under which the server may say that what is stored is still good.
    pub(super) fn conditions(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut conditions = Vec::new();
        if let Some(tag) = self.response.headers.get(b"etag") {
            conditions.push((b"If-None-Match".to_vec(), tag));
        }
        if let Some(date) = self.response.headers.get(b"last-modified") {
            conditions.push((b"If-Modified-Since".to_vec(), date));
        }
        conditions
    }

    /// [Freshening Stored Responses upon Validation](https://www.rfc-editor.org/rfc/rfc9111#section-3.2): the
    /// headers of a 304 replace those of their names, but for what describes the body.
    pub(super) fn freshen(&mut self, answer: &WireResponse, times: Times) {
        let describes_body = |name: &[u8]| {
            matches!(
                &*name.to_ascii_lowercase(),
                b"content-length"
                    | b"content-encoding"
                    | b"content-range"
                    | b"transfer-encoding"
                    | b"connection"
                    | b"keep-alive"
            )
        };
        let new = || answer.headers.iter().filter(|header| !describes_body(&header.name));
        for header in new() {
            self.response.headers.delete(&header.name);
        }
        for header in new() {
            self.response.headers.push_line(&header.name, &header.value);
        }
        self.times = times;
    }
}
