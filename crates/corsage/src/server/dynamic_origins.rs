//! Origins that no list names: those that a predicate admits, and those that somebody looks up.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http::{HeaderMap, Method};

use super::Request;
use super::decide::Evidence;
use crate::terms::OriginParts;

/// Who decides about an origin that the list does not admit: predicates, lookups, or several of them. Two are equal if
/// they are the same.
#[derive(Clone, PartialEq, Eq)]
pub struct DynamicOrigins(Vec<Rule>);

type Predicate = dyn Fn(OriginParts<'_>) -> bool + Send + Sync;
type PredicateOfRequest = dyn Fn(OriginParts<'_>, &Request<'_>) -> bool + Send + Sync;

#[derive(Clone)]
enum Rule {
    Predicate(Arc<Predicate>),
    SeeingRequest(Arc<PredicateOfRequest>),
    LookedUp,
}

/// What looking an origin up has shown; goes into a [`Request`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OriginVerdict {
    /// Nobody looked, or it is not admitted.
    #[default]
    Refused,
    /// It is admitted.
    Admitted,
}

impl DynamicOrigins {
    /// Wraps a predicate. It runs for every request with an `Origin` that the list does not admit, so it
    /// should look things up in memory.
    #[must_use]
    pub fn new(predicate: impl Fn(OriginParts<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self(vec![Rule::Predicate(Arc::new(predicate))])
    }

    /// Wraps a predicate that looks at the request too.
    #[must_use]
    pub fn seeing_request(
        predicate: impl Fn(OriginParts<'_>, &Request<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self(vec![Rule::SeeingRequest(Arc::new(predicate))])
    }

    /// The adapter looks origins up, and may wait for the answer.
    #[must_use]
    pub fn looked_up() -> Self {
        Self(vec![Rule::LookedUp])
    }

    /// Admits what either of the two admits.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    pub(super) fn are_looked_up(&self) -> bool {
        self.0.iter().any(|rule| matches!(rule, Rule::LookedUp))
    }

    /// Whether any of them looks at more of a request than its origin.
    pub(super) fn see_requests(&self) -> bool {
        self.0.iter().any(|rule| matches!(rule, Rule::SeeingRequest(_)))
    }

    /// Whether predicates admit origins that nobody can have listed: then they admit everybody. They are asked when
    /// the policy is compiled; one that panics there admits nobody.
    pub(super) fn admit_everybody(&self) -> bool {
        // Names under `.invalid` belong to nobody, for ever (RFC 6761, 6.4).
        const NOBODY: [&str; 2] =
            ["https://corsage-asks-whether-you-admit-everybody.invalid", "https://x7q.invalid"];
        let headers = HeaderMap::new();
        let request = Request::new(&Method::GET, &headers);
        let evidence = Evidence { verdict: OriginVerdict::Refused, request: Some(&request) };
        let asked = || {
            NOBODY.into_iter().all(|origin| {
                OriginParts::parse(origin).is_ok_and(|parts| self.admit(parts, evidence))
            })
        };
        catch_unwind(AssertUnwindSafe(asked)).unwrap_or(false)
    }

    pub(super) fn admit(&self, origin: OriginParts<'_>, evidence: Evidence<'_>) -> bool {
        self.0.iter().any(|rule| match rule {
            Rule::Predicate(predicate) => predicate(origin),
            Rule::SeeingRequest(predicate) => {
                evidence.request.is_some_and(|request| predicate(origin, request))
            }
            Rule::LookedUp => evidence.verdict == OriginVerdict::Admitted,
        })
    }
}

impl fmt::Debug for DynamicOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DynamicOrigins").field(&self.0).finish()
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Predicate(_) => "a predicate",
            Self::SeeingRequest(_) => "a predicate that sees the request",
            Self::LookedUp => "looked up",
        })
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Predicate(one), Self::Predicate(two)) => Arc::ptr_eq(one, two),
            (Self::SeeingRequest(one), Self::SeeingRequest(two)) => Arc::ptr_eq(one, two),
            (Self::LookedUp, Self::LookedUp) => true,
            _ => false,
        }
    }
}

impl Eq for Rule {}
