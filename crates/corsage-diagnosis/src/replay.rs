//! The machine once more, fed with recorded answers: under another profile, or with changes made
//! to the answers.

use std::time::Duration;

use corsage::browser::load::{Content, Document, Load, LoadStep, Loaded, load};
use corsage::browser::{
    Client, Finished, HeaderList, Pending, PreflightCache, Profile, Request, RequestError,
    RequestInit, Step, WireRequest, fetch,
};

use crate::account::MessageName;
use crate::machine::text;
use crate::observation::{Exchange, Observation};

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
    pub(crate) hop: usize,
    pub(crate) request: WireRequest,
}

/// A replay.
#[derive(Debug)]
pub(crate) struct Replay {
    /// How it ended.
    pub(crate) ending: Ending,
    /// Which recorded answers were used, in order, with the hop they were used at.
    pub(crate) trail: Vec<Used>,
    /// Those that preloads before it used.
    pub(crate) earlier: Vec<Used>,
    /// Of a load: its end.
    pub(crate) loaded: Option<Box<Loaded>>,
}

/// What a page asks for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) init: RequestInit,
    pub(crate) loads: Vec<Load>,
    pub(crate) client: Client,
}

impl Asked {
    pub(crate) fn of(observation: &Observation) -> Self {
        Self {
            init: observation.init.clone(),
            loads: observation.loads.clone(),
            client: observation.client.clone(),
        }
    }
}

/// A recorded answer that was used.
#[derive(Clone, Debug)]
pub(crate) struct Used {
    pub(crate) index: usize,
    pub(crate) kind: MessageName,
    pub(crate) hop: usize,
    /// `Origin` as this replay sends it: the answer may have been recorded to a question without.
    pub(crate) origin: Option<String>,
}

impl Used {
    fn new(index: usize, pending: &Pending) -> Self {
        Self {
            index,
            kind: pending.message().into(),
            hop: pending.hop(),
            origin: pending.wire().headers.get(b"origin").map(|value| text(&value)),
        }
    }
}

impl Replay {
    /// Whether a preload answers.
    pub(crate) fn is_preloaded(&self) -> bool {
        self.loaded.as_ref().is_some_and(|loaded| loaded.is_preload_reused())
    }

    /// The recorded answer to the message of that kind at that hop.
    pub(crate) fn used(&self, kind: MessageName, hop: usize) -> Option<&Used> {
        let trail = if self.is_preloaded() { &self.earlier } else { &self.trail };
        trail.iter().rev().find(|used| used.kind == kind && used.hop == hop)
    }

    /// Its index.
    pub(crate) fn index_of(&self, kind: MessageName, hop: usize) -> Option<usize> {
        self.used(kind, hop).map(|used| used.index)
    }
}

/// Runs the machine on recorded answers.
pub(crate) fn replay(asked: &Asked, profile: Profile, exchanges: &[Exchange]) -> Replay {
    let (init, client) = (&asked.init, &asked.client);
    if let [preloads @ .., asked] = asked.loads.as_slice() {
        return replay_load(preloads, asked, client, profile, exchanges);
    }
    let mut trail: Vec<Used> = Vec::new();
    let request = match Request::new(init.clone(), client, profile) {
        Ok(request) => request,
        Err(error) => {
            return Replay {
                ending: Ending::Refused(error),
                trail,
                earlier: Vec::new(),
                loaded: None,
            };
        }
    };
    let mut cache = PreflightCache::default();
    let mut step = fetch(request, client, profile, &mut cache, Duration::ZERO);
    loop {
        step = match step {
            Step::Finish(finished) => {
                return Replay {
                    ending: Ending::Finished(finished),
                    trail,
                    earlier: Vec::new(),
                    loaded: None,
                };
            }
            Step::Send(pending) => {
                let kind = MessageName::from(pending.message());
                let Some(index) = answer(exchanges, &trail, kind, pending.wire(), |_| true) else {
                    let needed =
                        Needed { kind, hop: pending.hop(), request: pending.wire().clone() };
                    return Replay {
                        ending: Ending::Open(Box::new(needed)),
                        trail,
                        earlier: Vec::new(),
                        loaded: None,
                    };
                };
                trail.push(Used::new(index, &pending));
                let answer = exchanges[index].answer.clone().map_err(|failure| failure.kind);
                pending.receive(answer, &mut cache, Duration::ZERO)
            }
        };
    }
}

fn replay_load(
    preloads: &[Load],
    asked: &Load,
    client: &Client,
    profile: Profile,
    exchanges: &[Exchange],
) -> Replay {
    let mut run =
        LoadRun { client, profile, exchanges, likeness: Likeness::Near, trail: Vec::new() };
    let mut document = Document::new();
    for preload in preloads {
        // What came of a preload shows in what the load finds.
        let _ = run.load(preload, &mut document);
    }
    let before = run.trail.len();
    let end = run.load(asked, &mut document);
    let trail = run.trail.split_off(before);
    let earlier = run.trail;
    match end {
        Ok(loaded) => {
            let finished =
                Finished { outcome: loaded.outcome.clone(), transcript: loaded.transcript.clone() };
            let ending = Ending::Finished(Box::new(finished));
            Replay { ending, trail, earlier, loaded: Some(loaded) }
        }
        Err(ending) => Replay { ending, trail, earlier, loaded: None },
    }
}

/// The message that these loads would send next in this browser: the first one to which no answer was recorded. A
/// question asked with another `Origin`, or with other credentials, is another question.
///
/// Whoever has a network asks it, records what came, and comes back.
#[must_use]
pub fn due(observation: &Observation, loads: &[Load], profile: Profile) -> Option<Due> {
    let mut run = LoadRun {
        client: &observation.client,
        profile,
        exchanges: &observation.exchanges,
        likeness: Likeness::Exact,
        trail: Vec::new(),
    };
    let mut document = Document::new();
    for load in loads {
        if let Err(Ending::Open(needed)) = run.load(load, &mut document) {
            return Some(Due { kind: needed.kind, hop: needed.hop, request: needed.request });
        }
    }
    None
}

/// A message to send.
#[derive(Clone, Debug)]
pub struct Due {
    /// Preflight or request.
    pub kind: MessageName,
    /// Number of redirects followed before.
    pub hop: usize,
    /// What to send.
    pub request: WireRequest,
}

/// Which recorded answer will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likeness {
    /// One to the same question.
    Exact,
    /// One to the same question, else one to the same method and URL.
    Near,
}

/// Loads of one document, answered from what was recorded.
struct LoadRun<'a> {
    client: &'a Client,
    profile: Profile,
    exchanges: &'a [Exchange],
    likeness: Likeness,
    trail: Vec<Used>,
}

impl LoadRun<'_> {
    fn load(&mut self, asked: &Load, document: &mut Document) -> Result<Box<Loaded>, Ending> {
        let now = Duration::ZERO;
        let mut step = load(asked.clone(), self.client, self.profile, document, now)
            .map_err(Ending::Refused)?;
        loop {
            let pending = match step {
                LoadStep::Finish(loaded) => return Ok(loaded),
                LoadStep::Request(pending) => pending,
            };
            let (kind, hop) = (pending.pending().message().into(), pending.pending().hop());
            let Some(index) = self.answer(kind, pending.wire()) else {
                let needed = Needed { kind, hop, request: pending.wire().clone() };
                return Err(Ending::Open(Box::new(needed)));
            };
            self.trail.push(Used::new(index, pending.pending()));
            let exchange = &self.exchanges[index];
            let answer = exchange.answer.clone().map_err(|failure| failure.kind);
            let content = match (&exchange.content, &answer) {
                (Some(content), _) => *content,
                (None, Ok(response)) => Content::declared(&response.headers),
                (None, Err(_)) => Content::default(),
            };
            step = pending.receive(answer, &content, document, now);
        }
    }

    fn answer(&self, kind: MessageName, wire: &WireRequest) -> Option<usize> {
        let origin = |headers: &HeaderList| headers.get(b"origin");
        let same = |exchange: &Exchange| {
            exchange.request.credentials == wire.credentials
                && origin(&exchange.request.headers) == origin(&wire.headers)
        };
        let exact = answer(self.exchanges, &self.trail, kind, wire, same);
        match self.likeness {
            Likeness::Exact => exact,
            Likeness::Near => {
                exact.or_else(|| answer(self.exchanges, &self.trail, kind, wire, |_| true))
            }
        }
    }
}

/// The recorded answer to a message: the first one not yet used, else the last one, since a
/// server is taken to say the same again.
fn answer(
    exchanges: &[Exchange],
    trail: &[Used],
    kind: MessageName,
    wire: &WireRequest,
    also: impl Fn(&Exchange) -> bool,
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
            && also(exchange)
    };
    let mut fitting = (0..exchanges.len()).filter(|&index| fits(&exchanges[index]));
    let unused = fitting.clone().find(|index| trail.iter().all(|used| used.index != *index));
    unused.or_else(|| fitting.next_back())
}
