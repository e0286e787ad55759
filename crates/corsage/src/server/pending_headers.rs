//! From a decision to response headers.

use std::mem;

use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, VARY};
use http::{HeaderMap, HeaderValue};

use super::lines::{Each, Lines};
use super::particular::More;
use super::{Policy, ResponseHeaderMap};

/// Whether the handler, or an upstream, had set headers of CORS itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It had set none.
    Nothing,
    /// It had set some: they are gone. Two layers that both add them are a frequent fault.
    HandlersHeaders,
}

/// What remains to be put on a response. It owns what it needs of the request, its origin in a framework's own type if
/// need be, and the policy whose lines these are.
#[derive(Clone, Debug)]
pub struct PendingHeaders<V = HeaderValue> {
    pub(super) prepared: PreparedHeaders,
    pub(super) own: Own<V>,
}

/// What remains to be put on a response if nothing of the request goes among it. It is small: a third of
/// [`PendingHeaders`].
#[derive(Clone, Debug)]
pub struct PreparedHeaders {
    pub(super) policy: Policy,
    pub(super) lines: Lines,
}

/// What goes among the prepared lines. As small as can be: it travels with every request.
#[derive(Clone, Debug)]
pub(super) enum Own<V> {
    Nothing,
    /// The request's origin.
    Origin(V),
    More(Box<More<V>>),
}

impl<V> PendingHeaders<V> {
    /// The policy that has decided.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.prepared.policy
    }

    /// With the origin in another type: that of a framework.
    #[must_use]
    pub fn map<T>(self, convert: impl FnOnce(V) -> T) -> PendingHeaders<T> {
        let own = match self.own {
            Own::Nothing => Own::Nothing,
            Own::Origin(origin) => Own::Origin(convert(origin)),
            Own::More(more) => Own::More(Box::new(more.map(convert))),
        };
        PendingHeaders { prepared: self.prepared, own }
    }

    /// Puts the headers on a framework's own map of them: replaces what the handler set of CORS, keeps every `Vary`
    /// line of its own. It is done once: what was kept of the request is gone afterwards.
    #[inline]
    pub fn apply_to<M: ResponseHeaderMap<Origin = V>>(&mut self, headers: &mut M) -> Replaced {
        let (origin, more) = match mem::replace(&mut self.own, Own::Nothing) {
            Own::Nothing => (None, None),
            Own::Origin(origin) => (Some(origin), None),
            Own::More(mut more) => (more.origin.take(), Some(more)),
        };
        let replaced = self.prepared.put(headers, origin);
        if let Some(more) = more {
            more.write(&self.prepared.policy.0, headers);
        }
        replaced
    }

    /// Puts on a response what caches have to know, and nothing else: for a response that keeps the CORS headers it
    /// has. `Vary` names the request headers that this policy's word depends on.
    pub fn apply_vary(&self, headers: &mut impl ResponseHeaderMap) {
        let own = HandlersOwn::among(headers);
        let Each { first, lines } = self.prepared.each();
        for (place, (_, value)) in (*first..).zip(lines).filter(|(_, (name, _))| *name == VARY) {
            if own.vary {
                add_to_vary(headers, value);
            } else {
                headers.insert_constant(place, &VARY, value);
            }
        }
    }
}

impl PendingHeaders {
    /// Puts the headers on the handler's response: replaces what it set of CORS, keeps every `Vary` line
    /// of its own.
    #[inline]
    pub fn apply(mut self, headers: &mut HeaderMap) -> Replaced {
        self.apply_in_place(headers)
    }

    /// As [`apply`](Self::apply), for a future that is not worth taking apart. It is done once: what was
    /// kept of the request is gone afterwards.
    #[inline(always)]
    pub fn apply_in_place(&mut self, headers: &mut HeaderMap) -> Replaced {
        if headers.capacity() > 0 {
            return self.apply_to(headers);
        }
        self.prepared.fill(headers);
        match &mut self.own {
            Own::Nothing => {}
            Own::Origin(origin) => put_request_origin(headers, take(origin)),
            Own::More(more) => more.write_all(&self.prepared.policy.0, headers),
        }
        Replaced::Nothing
    }

    /// The headers alone: those of an answer that no handler makes.
    #[must_use]
    pub fn into_headers(self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        self.apply(&mut headers);
        headers
    }

    /// Replaces everything in a map by these headers. The map may be the request's own, which saves an allocation.
    #[inline]
    pub fn replace(mut self, headers: &mut HeaderMap) {
        headers.clear();
        self.apply_in_place(headers);
    }
}

impl PreparedHeaders {
    /// Puts the headers on a response, as [`PendingHeaders::apply_in_place`] does.
    #[inline(always)]
    pub fn apply(&self, headers: &mut HeaderMap) -> Replaced {
        if headers.capacity() > 0 {
            return self.put(headers, None);
        }
        self.fill(headers);
        Replaced::Nothing
    }

    /// Makes a map of them that has no room yet.
    #[inline(always)]
    fn fill(&self, headers: &mut HeaderMap) {
        // A copy of the prepared map costs less than its lines one by one. The old one has nothing to drop, and to
        // find that out takes time.
        let prepared = self.policy.0.lines.map(self.lines).clone();
        mem::forget(mem::replace(headers, prepared));
    }

    /// Puts them on a map one by one, with the origin among them.
    #[inline]
    fn put<M: ResponseHeaderMap>(
        &self,
        headers: &mut M,
        mut origin: Option<M::Origin>,
    ) -> Replaced {
        let own = HandlersOwn::among(headers);
        let replaced = if own.cors {
            headers.remove_picked(is_cors_response_header)
        } else {
            Replaced::Nothing
        };
        let Each { first, lines } = self.each();
        for (place, (name, value)) in (*first..).zip(lines) {
            if own.vary && *name == VARY {
                add_to_vary(headers, value);
            } else if *name == ACCESS_CONTROL_ALLOW_ORIGIN
                && let Some(origin) = origin.take()
            {
                headers.insert_origin(place, name, origin);
            } else {
                headers.insert_constant(place, name, value);
            }
        }
        replaced
    }

    #[inline]
    fn each(&self) -> &Each {
        self.policy.0.lines.each(self.lines)
    }
}

#[inline]
pub(super) fn take(value: &mut HeaderValue) -> HeaderValue {
    mem::replace(value, HeaderValue::from_static(""))
}

/// Puts the request's own origin where the prepared map keeps its place, which is nearly always first.
#[inline]
pub(super) fn put_request_origin(headers: &mut HeaderMap, origin: HeaderValue) {
    match headers.iter_mut().next() {
        Some((name, value)) if name == ACCESS_CONTROL_ALLOW_ORIGIN => *value = origin,
        _ => {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        }
    }
}

/// Whether a response carries headers of CORS already: set by a handler or an upstream itself.
#[must_use]
pub fn has_cors_headers(headers: &impl ResponseHeaderMap) -> bool {
    HandlersOwn::among(headers).cors
}

/// What a handler, or an upstream, has set that matters to what is added.
#[derive(Clone, Copy, Debug)]
struct HandlersOwn {
    cors: bool,
    vary: bool,
}

impl HandlersOwn {
    /// Found in one walk along the names, which is cheaper than to ask for one after another.
    #[inline]
    fn among(headers: &impl ResponseHeaderMap) -> Self {
        let mut own = Self { cors: false, vary: false };
        headers.each_name(|name| {
            own.cors |= is_cors_response_header(name);
            own.vary |= name.eq_ignore_ascii_case(VARY.as_str());
        });
        own
    }
}

/// The `Access-Control-…` headers of responses.
#[inline]
fn is_cors_response_header(name: &str) -> bool {
    // No shorter one is known, and most names are told apart by that alone.
    const SHORTEST: usize = "access-control-max-age".len();
    let is_prefixed_by = |prefix: &str| {
        name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    name.len() >= SHORTEST
        && is_prefixed_by("access-control-")
        && !is_prefixed_by("access-control-request-")
}

#[inline(never)]
fn add_to_vary(headers: &mut impl ResponseHeaderMap, vary: &HeaderValue) {
    let mut names = vary.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    if !names.all(|name| headers.any_line(&VARY, |line| varies_by(line, name))) {
        headers.append(&VARY, vary);
    }
}

/// Whether a `Vary` line names a header.
#[inline]
fn varies_by(line: &[u8], name: &[u8]) -> bool {
    line.split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .any(|item| item.eq_ignore_ascii_case(name) || item == b"*")
}
