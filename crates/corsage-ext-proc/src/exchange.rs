//! One exchange of Envoy's: what is said of its request, and what of its response.

use std::sync::Arc;

use corsage::server::Replaced;
use corsage_config::UpstreamCors;
use corsage_enforce::{Judgement, Step};
use corsage_gateway::{Judge, Ruling};
use http::{HeaderMap, StatusCode};

use crate::head::Head;
use crate::messages::{HeaderMutation, HeaderValueOption};
use crate::mutation::{Changes, lines_of};

/// What is kept of an exchange between its two messages.
pub(crate) struct Exchange {
    judge: Arc<Judge>,
    state: State,
}

enum State {
    New,
    PassedOn(Box<(Ruling, Judgement)>),
    /// It has been answered, and is complete.
    Answered,
}

/// An answer in the upstream's place.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<HeaderValueOption>,
    pub(crate) body: &'static str,
    pub(crate) details: &'static str,
}

/// What becomes of a response.
pub(crate) enum Finish {
    Amend(HeaderMutation),
    Replace(Answer),
}

impl Exchange {
    pub(crate) fn new(judge: Arc<Judge>) -> Self {
        Self { judge, state: State::New }
    }

    /// A request's head has come: `Some` if nobody else is to see it.
    pub(crate) fn request(&mut self, head: &Head) -> Option<Answer> {
        let mut ruling = self.judge.judge(&head.method, &head.path, &head.headers);
        match std::mem::take(&mut ruling.judgement).step(ruling.web_sockets) {
            Step::PassOn(judgement) => {
                self.state = State::PassedOn(Box::new((ruling, judgement)));
                None
            }
            Step::Answer(status, headers) => {
                self.state = State::Answered;
                let (body, details) = if status.is_success() {
                    ("", "corsage_preflight")
                } else {
                    self.judge.blocks(&mut ruling);
                    (BLOCKED, "corsage_origin_not_allowed")
                };
                self.judge.settle(&ruling, Replaced::Nothing);
                Some(Answer { status, headers: lines_of(&headers), body, details })
            }
        }
    }

    /// A response's head has come, an upstream's or Envoy's own.
    pub(crate) fn response(&mut self, headers: &HeaderMap) -> Finish {
        let State::PassedOn(kept) = std::mem::replace(&mut self.state, State::Answered) else {
            return Finish::Amend(HeaderMutation::default());
        };
        let (ruling, mut judgement) = *kept;
        let mut changes = Changes::to(headers);
        let replaced = judgement.apply_to_upstream(&mut changes, ruling.upstream_cors);
        self.judge.settle(&ruling, replaced);
        if replaced == Replaced::HandlersHeaders && ruling.upstream_cors == UpstreamCors::Refuse {
            let mut headers = HeaderMap::new();
            judgement.apply(&mut headers);
            return Finish::Replace(Answer {
                status: StatusCode::BAD_GATEWAY,
                headers: lines_of(&headers),
                body: UPSTREAM_CORS,
                details: "corsage_upstream_sets_cors",
            });
        }
        Finish::Amend(changes.into_mutation())
    }

    /// What goes on whatever response comes, for who does not ask again.
    pub(crate) fn response_unseen(&mut self) -> Vec<HeaderValueOption> {
        let State::PassedOn(kept) = std::mem::replace(&mut self.state, State::Answered) else {
            return Vec::new();
        };
        let (ruling, mut judgement) = *kept;
        let mut unseen = HeaderMap::new();
        // There may be a `Vary` already, and then this is one more line of it.
        unseen.insert(http::header::VARY, http::HeaderValue::from_static(""));
        let mut changes = Changes::to(&unseen);
        judgement.apply_to_upstream(&mut changes, UpstreamCors::Strip);
        self.judge.settle(&ruling, Replaced::Nothing);
        changes.into_lines()
    }
}

const BLOCKED: &str =
    "403 origin-not-allowed: requests of this kind are not taken from this origin\n";
const UPSTREAM_CORS: &str = "502 upstream-sets-cors: the upstream sets CORS headers itself, which this proxy is told to refuse\n";
