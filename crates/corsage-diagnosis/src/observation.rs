//! What was observed: a request as a page made it, and every message that went over the wire.

use corsage::browser::load::{Content, Load};
use corsage::browser::{
    Client, Message, Pending, Profile, RequestInit, WireFailure, WireRequest, WireResponse,
};

use crate::account::MessageName;

/// One request of a page with everything that came back: the input of an account.
#[derive(Clone, Debug)]
pub struct Observation {
    /// What the script asked for.
    pub init: RequestInit,
    /// The loads, where it is no `fetch()`: preloads, and last what is asked about; `init` is then what it comes to, for
    /// reports.
    pub loads: Vec<Load>,
    /// The page.
    pub client: Client,
    /// Whose behaviour was shown while observing.
    pub profile: Profile,
    /// Messages in order.
    pub exchanges: Vec<Exchange>,
    /// The request that was due and was not sent, because it could change something.
    pub withheld: Option<Box<WireRequest>>,
    /// The same URL asked without `Origin` and without credentials.
    pub probe: Option<Exchange>,
    /// What was looked at beyond what a browser judges by.
    pub beyond: Beyond,
    /// Whether the host could be reached, if a message got no answer and somebody looked.
    pub reachable: Option<Reachable>,
    /// Where the page seems to come from, judged by its name.
    pub page_space: Option<corsage::browser::AddressSpace>,
    /// Whether the address that answered is on this machine, on a private network, or public.
    pub target_space: Option<corsage::browser::AddressSpace>,
}

/// What was looked at beyond what a browser judges by, to tell causes apart. May be empty.
#[derive(Clone, Debug, Default)]
pub struct Beyond {
    /// How the body of an error begins, with the number of its exchange.
    pub bodies: Vec<(usize, Vec<u8>)>,
    /// Questions that no browser asks.
    pub probes: Vec<Probed>,
    /// The software that the fix is to be written for, if somebody said which.
    pub server: Option<crate::fix::ServerKind>,
    /// Origins that have to stay let in, though no answer shows that they are.
    pub keep_origins: Vec<String>,
}

/// A question that no browser asks, and its answer.
#[derive(Clone, Debug)]
pub struct Probed {
    /// The question.
    pub question: Question,
    /// As it went over the wire.
    pub exchange: Exchange,
}

/// What is asked to tell causes apart. Each is safe: it changes nothing on a server that keeps to the methods' meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// The request (GET in place of a method that could change something), without `Origin`.
    WithoutOrigin,
    /// GET with `Origin`, where the preflight was refused.
    Read,
    /// A preflight for GET and no header.
    PlainPreflight,
    /// A preflight for GET and the same headers.
    SameHeaders,
    /// The same for an origin that nobody has.
    OtherOrigin,
    /// The preflight with a header that nobody knows.
    OtherHeader,
    /// A preflight for an origin that has to stay let in.
    KeptOrigin,
    /// What another browser asks.
    OtherBrowser,
    /// What the element would ask with `crossorigin`.
    WithCrossorigin,
}

impl Observation {
    /// Writes down a message and its answer, and gives back the answer as the machine takes it.
    pub fn record(
        &mut self,
        pending: &Pending,
        answer: Result<WireResponse, Failure>,
    ) -> Result<WireResponse, WireFailure> {
        let received = answer.clone().map_err(|failure| failure.kind);
        self.exchanges.push(Exchange {
            kind: pending.message().into(),
            hop: pending.hop(),
            request: pending.wire().clone(),
            answer,
            content: None,
            source: Source::Recorded,
        });
        received
    }
}

impl From<Message> for MessageName {
    fn from(message: Message) -> Self {
        match message {
            Message::Preflight => Self::Preflight,
            Message::Request => Self::Request,
        }
    }
}

/// How far one gets towards a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reachable {
    /// The name does not resolve.
    NoAddress,
    /// Nothing accepts connections; the system's message.
    NoConnection(String),
    /// A connection is accepted.
    Connects,
}

/// A message and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Which kind.
    pub kind: MessageName,
    /// Number of redirects followed before.
    pub hop: usize,
    /// What was sent.
    pub request: WireRequest,
    /// What came back.
    pub answer: Result<WireResponse, Failure>,
    /// What its body is, if somebody looked.
    pub content: Option<Content>,
    /// How that is known.
    pub source: Source,
}

/// How an answer is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// It was seen.
    #[default]
    Recorded,
    /// Nobody saw it; that it granted what was asked follows from what came after it.
    Inferred,
}

/// Why nothing came back.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The kind, as the machine knows it.
    pub kind: WireFailure,
    /// The message of the system or library, in English.
    pub text: String,
}
