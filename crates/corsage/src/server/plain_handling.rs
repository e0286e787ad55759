//! What an adapter does with a request whose headers are in a framework's own types.

use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::lines::Lines;
use super::policy::OriginRule;
use super::response_headers::{put_request_origin, replace_all};
use super::{OriginVerdict, PlainRequest, Policy, Replaced, ResponseHeaderMap, VariesBy};

/// What becomes of a request, as [`Handling`](super::Handling) says it, where that follows nothing of the request but
/// its origin: nothing is converted to find it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainHandling<V> {
    /// Nobody else sees it: it is a preflight. This goes on a response without a body, and nothing else.
    Answer(StatusCode, PlainHeaders<V>),
    /// The handler answers, and this goes on its response, whatever its status.
    PassOn(PlainHeaders<V>),
}

/// Header lines that a policy keeps ready, and the request's origin, if that has a place among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainHeaders<V> {
    lines: Lines,
    origin: Option<V>,
}

impl Policy {
    /// What an adapter does with a request whose headers are in a framework's own types. `None` if it takes more than
    /// the origin to say it: then [`decide`](Self::decide) does.
    ///
    /// ```
    /// use corsage::server::{PlainHandling, PolicyDraft, Request};
    /// use http::{HeaderMap, HeaderValue, Method};
    ///
    /// let policy = PolicyDraft::new().origins(["https://a.example", "https://b.example"]).compile()?;
    /// let mut headers = HeaderMap::new();
    /// headers.insert("origin", HeaderValue::from_static("https://b.example"));
    /// let request = Request::new(&Method::GET, &headers);
    /// let Some(PlainHandling::PassOn(plain)) = policy.handle_plainly(&request)
    /// else { panic!("a GET goes to the handler") };
    /// let mut response = HeaderMap::new();
    /// plain.map(HeaderValue::clone).apply(&policy, &mut response);
    /// assert_eq!(response["access-control-allow-origin"], "https://b.example");
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    #[inline(always)]
    pub fn handle_plainly<R: PlainRequest>(&self, request: &R) -> Option<PlainHandling<R::Value>> {
        let is_options = request.is_options();
        match self.varies_by() {
            VariesBy::Request => return None,
            VariesBy::Nothing if !is_options => {
                let lines = Lines::Granted;
                return Some(PlainHandling::PassOn(PlainHeaders { lines, origin: None }));
            }
            VariesBy::Nothing | VariesBy::Origin => {}
        }
        let origin = request.first(&ORIGIN);
        let is_preflight =
            is_options && origin.is_some() && request.contains(&ACCESS_CONTROL_REQUEST_METHOD);
        let (is_granted, origin) = match (&self.0.origins, origin) {
            // The prepared lines have it already.
            (OriginRule::Any, _) => (true, None),
            // One exact origin is told everybody, but for preflights.
            (OriginRule::One(_), _) if !is_preflight => (true, None),
            (OriginRule::One(one), Some((origin, false))) if one.as_bytes() == origin.as_ref() => {
                (true, None)
            }
            (rule @ (OriginRule::Every | OriginRule::Set(_)), Some((origin, false)))
                if self.admits(rule, origin.as_ref(), OriginVerdict::Refused) =>
            {
                (true, Some(origin))
            }
            // Of several none is believed.
            _ => (false, None),
        };
        let plain = PlainHeaders { lines: Lines::of(is_preflight, is_granted), origin };
        Some(if is_preflight {
            PlainHandling::Answer(self.0.plain_preflight?, plain)
        } else {
            PlainHandling::PassOn(plain)
        })
    }
}

impl PlainHeaders<HeaderValue> {
    /// Puts the lines of the policy that was asked on a response: replaces what the handler set of CORS, keeps
    /// every `Vary` line of its own. It is done once: the origin is gone afterwards.
    #[inline(always)]
    pub fn apply(&mut self, policy: &Policy, headers: &mut HeaderMap) -> Replaced {
        if headers.capacity() > 0 {
            return self.apply_to(policy, headers, |headers, _, name, origin| {
                headers.insert(name, origin);
            });
        }
        // All at once is cheaper than one by one.
        replace_all(headers, &policy.0.lines[self.lines]);
        if let Some(origin) = self.origin.take() {
            put_request_origin(headers, origin);
        }
        Replaced::Nothing
    }
}

impl<V> PlainHeaders<V> {
    /// With the origin as something that outlives the request.
    #[must_use]
    pub fn map<T>(self, keep: impl FnOnce(V) -> T) -> PlainHeaders<T> {
        PlainHeaders { lines: self.lines, origin: self.origin.map(keep) }
    }

    /// Puts the lines of the policy that was asked on a response: replaces what the handler set of CORS, keeps
    /// every `Vary` line of its own. `insert_origin` is to set a header to the request's origin; the number is the
    /// place of its line among [`Policy::constant_headers`]. It is done once: the origin is gone afterwards.
    #[inline]
    pub fn apply_to<M: ResponseHeaderMap>(
        &mut self,
        policy: &Policy,
        headers: &mut M,
        insert_origin: impl Fn(&mut M, usize, &HeaderName, V),
    ) -> Replaced {
        policy.0.put(self.lines, headers, |headers, place, name, value| {
            if *name == ACCESS_CONTROL_ALLOW_ORIGIN
                && let Some(origin) = self.origin.take()
            {
                insert_origin(headers, place, name, origin);
            } else {
                headers.insert_constant(place, name, value);
            }
        })
    }
}
