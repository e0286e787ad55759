//! The machine once more, fed with recorded answers: under another profile, or with changes made
//! to the answers.

use std::time::Duration;

use corsage::browser::{
    Client, Finished, PreflightCache, Profile, Request, RequestError, RequestInit, Step,
    WireRequest, fetch,
};

use crate::account::MessageName;
use crate::observation::Exchange;

/// No fetch needs more: 21 requests, each with a preflight, and one repetition.
const MAX_MESSAGES: usize = 64;

/// How a replay ends.
#[derive(Debug)]
pub(crate) enum Ending {
    /// As a fetch ends.
    Finished(Box<Finished>),
    /// The API refused the request.
    Refused(RequestError),
    /// A message would be sent whose answer was never recorded.
    Open(Box<Needed>),
}

/// A message without a recorded answer.
#[derive(Debug)]
pub(crate) struct Needed {
    pub(crate) kind: MessageName,
    pub(crate) request: WireRequest,
}

/// A replay.
#[derive(Debug)]
pub(crate) struct Replay {
    /// How it ended.
    pub(crate) ending: Ending,
    /// Which recorded answers were used, in order, with the hop they were used at.
    pub(crate) trail: Vec<Used>,
}

/// A recorded answer that was used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    pub(crate) index: usize,
    pub(crate) kind: MessageName,
    pub(crate) hop: usize,
}

impl Replay {
    /// The recorded answer to the message of that kind at that hop.
    pub(crate) fn index_of(&self, kind: MessageName, hop: usize) -> Option<usize> {
        self.trail
            .iter()
            .rev()
            .find(|used| used.kind == kind && used.hop == hop)
            .map(|used| used.index)
    }
}

/// Runs the machine on recorded answers.
pub(crate) fn replay(
    init: &RequestInit,
    client: &Client,
    profile: Profile,
    exchanges: &[Exchange],
) -> Replay {
    let mut trail: Vec<Used> = Vec::new();
    let request = match Request::new(init.clone(), client, profile) {
        Ok(request) => request,
        Err(error) => return Replay { ending: Ending::Refused(error), trail },
    };
    let mut cache = PreflightCache::default();
    let mut step = fetch(request, client, profile, &mut cache, Duration::ZERO);
    loop {
        step = match step {
            Step::Finish(finished) => return Replay { ending: Ending::Finished(finished), trail },
            Step::Send(pending) => {
                let kind = MessageName::from(pending.message());
                let Some(index) = answer(exchanges, &trail, kind, pending.wire()) else {
                    return open(kind, pending.wire(), trail);
                };
                trail.push(Used { index, kind, hop: pending.hop() });
                let answer = exchanges[index].answer.clone().map_err(|failure| failure.kind);
                pending.receive(answer, &mut cache, Duration::ZERO)
            }
        };
    }
}

fn open(kind: MessageName, wire: &WireRequest, trail: Vec<Used>) -> Replay {
    let needed = Needed { kind, request: wire.clone() };
    Replay { ending: Ending::Open(Box::new(needed)), trail }
}

/// The recorded answer to a message: the first one not yet used, else the last one, since a
/// server is taken to say the same again.
fn answer(
    exchanges: &[Exchange],
    trail: &[Used],
    kind: MessageName,
    wire: &WireRequest,
) -> Option<usize> {
    if trail.len() >= MAX_MESSAGES {
        return None;
    }
    let fits = |exchange: &Exchange| {
        exchange.kind == kind
            && exchange.request.url[..url::Position::AfterQuery]
                == wire.url[..url::Position::AfterQuery]
            && (kind == MessageName::Preflight
                || exchange.request.method.eq_ignore_ascii_case(&wire.method))
    };
    let mut fitting = (0..exchanges.len()).filter(|&index| fits(&exchanges[index]));
    let unused = fitting.clone().find(|index| trail.iter().all(|used| used.index != *index));
    unused.or_else(|| fitting.next_back())
}
