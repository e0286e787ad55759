//! What an adapter does with a request.

use http::{HeaderMap, StatusCode};

use super::{Decision, PendingHeaders, Policy, SharedPolicy};

/// Where an adapter takes its policy from.
#[derive(Clone, Debug)]
pub enum PolicySource {
    /// It stays.
    Fixed(Policy),
    /// It can be replaced while requests are served.
    Shared(SharedPolicy),
}

/// What becomes of a request: every adapter does the one or the other.
#[derive(Clone, Debug)]
pub enum Handling {
    /// Nobody else sees it: it is a preflight, or a write that the policy refuses. This is the
    /// complete response, which has no body.
    Answer(StatusCode, HeaderMap),
    /// The handler answers, and this goes on its response, whatever its status.
    PassOn(PendingHeaders),
}

/// What becomes of a panic in what an adapter wraps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Panics {
    /// It becomes a 500 that carries the headers, so that the page can tell it from a broken network. The
    /// panic hook has run; nothing of the panic is told to the stranger.
    #[default]
    Answer,
    /// It goes on, and the connection ends without an answer.
    Propagate,
}

impl PolicySource {
    /// The policy in force.
    #[must_use]
    pub fn load(&self) -> Policy {
        match self {
            Self::Fixed(policy) => policy.clone(),
            Self::Shared(shared) => shared.load(),
        }
    }

    /// Whether a decision may ever refuse a write. A shared policy may be replaced by one that does.
    #[must_use]
    pub fn may_refuse_writes(&self) -> bool {
        match self {
            Self::Fixed(policy) => {
                policy.draft().disallowed_writes == super::DisallowedWrites::Refuse
            }
            Self::Shared(_) => true,
        }
    }
}

impl From<Policy> for PolicySource {
    fn from(policy: Policy) -> Self {
        Self::Fixed(policy)
    }
}

impl From<SharedPolicy> for PolicySource {
    fn from(policy: SharedPolicy) -> Self {
        Self::Shared(policy)
    }
}

impl Decision<'_> {
    /// What an adapter does with the request.
    ///
    /// ```
    /// use corsage::server::{Handling, PolicyDraft, Request};
    /// use http::{HeaderMap, HeaderValue, Method, StatusCode};
    ///
    /// let policy = PolicyDraft::new().origins(["https://app.example"]).compile()?;
    /// let mut headers = HeaderMap::new();
    /// headers.insert("origin", HeaderValue::from_static("https://app.example"));
    /// let Handling::PassOn(pending) = policy.decide(&Request::new(&Method::GET, &headers)).handling()
    /// else { panic!("a GET goes to the handler") };
    /// let mut response = HeaderMap::new();
    /// pending.apply(&mut response);
    /// assert_eq!(response["access-control-allow-origin"], "https://app.example");
    ///
    /// headers.insert("access-control-request-method", HeaderValue::from_static("POST"));
    /// let decision = policy.decide(&Request::new(&Method::OPTIONS, &headers));
    /// assert!(matches!(decision.handling(), Handling::Answer(StatusCode::NO_CONTENT, _)));
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    pub fn handling(&self) -> Handling {
        if self.is_preflight() {
            let (status, headers) = self.answer_preflight();
            return Handling::Answer(status, headers);
        }
        if self.refuses_write() {
            let mut headers = HeaderMap::new();
            self.apply(&mut headers);
            return Handling::Answer(StatusCode::FORBIDDEN, headers);
        }
        Handling::PassOn(self.pending())
    }
}
