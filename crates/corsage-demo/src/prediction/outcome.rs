//! What a call of `fetch` ends with: predicted, and observed.

use serde::{Deserialize, Serialize};

use crate::prediction::exchange::{Exchange, Line};

/// How it ended, from the page's point of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A response that the page may read.
    Readable,
    /// A response that the page may not look into.
    Opaque,
    /// A network error, whatever its reason.
    Blocked,
    /// Refused by the constructor of `Request`: nothing is sent.
    Thrown,
}

impl Outcome {
    /// Key of its text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Readable => "readable",
            Self::Opaque => "opaque",
            Self::Blocked => "blocked",
            Self::Thrown => "thrown",
        }
    }
}

/// What the script got. The parts of a response are absent where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Got {
    /// How it ended.
    pub outcome: Outcome,
    /// `response.type`
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub response_type: Option<String>,
    /// `response.status`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// `response.redirected`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirected: Option<bool>,
    /// `response.headers`, without those that the transport adds.
    #[serde(default)]
    pub headers: Vec<Line>,
    /// `response.text()`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The exception's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Got {
    /// No response: blocked, or thrown.
    pub fn nothing(outcome: Outcome) -> Self {
        Self {
            outcome,
            response_type: None,
            status: None,
            redirected: None,
            headers: Vec::new(),
            body: None,
            error: None,
        }
    }

    /// Leaves out the headers that HTTP itself brings, sorts the rest, and joins repeated ones.
    pub fn without_transport(mut self) -> Self {
        self.headers.retain(|(name, _)| !TRANSPORT.contains(&name.as_str()));
        self.headers.sort();
        self
    }
}

/// Headers that the servers' HTTP stacks add, and that no policy is about.
const TRANSPORT: &[&str] =
    &["connection", "content-length", "date", "keep-alive", "transfer-encoding"];

/// What a performed call ended with, and how far the wire log had come by then.
#[derive(Clone, Debug, Deserialize)]
pub struct Observation {
    /// What the script got.
    #[serde(flatten)]
    pub got: Got,
    /// How many exchanges of its run had been seen.
    pub seen: usize,
}

/// What of a request CORS is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// The origin asked.
    pub target_origin: String,
    /// The path asked.
    pub path: String,
    /// `Origin`
    pub origin: Option<String>,
    /// `Access-Control-Request-Method`
    pub asked_method: Option<String>,
    /// `Access-Control-Request-Headers`
    pub asked_headers: Option<String>,
    /// Whether any cookie went along.
    pub cookie: Cookie,
    /// The status that came back.
    pub status: u16,
}

/// Whether any cookie went along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cookie {
    /// It did.
    Sent,
    /// None did.
    None,
}

impl From<&Exchange> for Sent {
    fn from(exchange: &Exchange) -> Self {
        let header = |name| exchange.request_header(name).map(str::to_owned);
        Self {
            method: exchange.method.clone(),
            target_origin: exchange.target_origin.clone(),
            path: exchange.path.clone(),
            origin: header("origin"),
            asked_method: header("access-control-request-method"),
            asked_headers: header("access-control-request-headers"),
            cookie: if header("cookie").is_some() { Cookie::Sent } else { Cookie::None },
            status: exchange.status,
        }
    }
}

/// What the engine says a call will end with, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Prediction {
    /// What the script will get.
    #[serde(flatten)]
    pub got: Got,
    /// What will be sent.
    pub wire: Vec<Sent>,
    /// Every condition that is not met, the one that the browser blames first.
    pub blockers: Vec<Reason>,
    /// What does not block, and is good to know.
    pub notes: Vec<Reason>,
}

/// One reason, told.
#[derive(Clone, Debug, Serialize)]
pub struct Reason {
    /// The unified code.
    pub code: &'static str,
    /// `before-sending`, `preflight` or `actual`.
    pub at: &'static str,
    /// Redirects followed before.
    pub hop: usize,
    /// What is the matter, in a line.
    pub title: String,
    /// Why it is so.
    pub cause: String,
    /// What to change.
    pub fix: Option<String>,
    /// What the browser prints in its console.
    pub console: Option<String>,
}
