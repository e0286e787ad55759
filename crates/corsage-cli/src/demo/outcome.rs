//! What a call of `fetch` ends with: predicted, and observed.

use serde::{Deserialize, Serialize};

use super::wire_log::{Exchange, Line};

/// How it ended, from the page's point of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
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
    pub(crate) fn as_str(self) -> &'static str {
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
pub(crate) struct Got {
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// `response.type`
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub(crate) response_type: Option<String>,
    /// `response.status`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// `response.redirected`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) redirected: Option<bool>,
    /// `response.headers`, without those that the transport adds.
    #[serde(default)]
    pub(crate) headers: Vec<Line>,
    /// `response.text()`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
    /// The exception's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

impl Got {
    /// No response: blocked, or thrown.
    pub(crate) fn nothing(outcome: Outcome) -> Self {
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
    pub(crate) fn without_transport(mut self) -> Self {
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
pub(crate) struct Observation {
    /// What the script got.
    #[serde(flatten)]
    pub(crate) got: Got,
    /// How many exchanges of its run had been seen.
    pub(crate) seen: usize,
}

/// What of a request CORS is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Sent {
    /// The method.
    pub(crate) method: String,
    /// The origin asked.
    pub(crate) target_origin: String,
    /// The path asked.
    pub(crate) path: String,
    /// `Origin`
    pub(crate) origin: Option<String>,
    /// `Access-Control-Request-Method`
    pub(crate) asked_method: Option<String>,
    /// `Access-Control-Request-Headers`
    pub(crate) asked_headers: Option<String>,
    /// Whether any cookie went along.
    pub(crate) cookie: Cookie,
    /// The status that came back.
    pub(crate) status: u16,
}

/// Whether any cookie went along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Cookie {
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
pub(crate) struct Prediction {
    /// What the script will get.
    #[serde(flatten)]
    pub(crate) got: Got,
    /// What will be sent.
    pub(crate) wire: Vec<Sent>,
    /// Every condition that is not met, the one that the browser blames first.
    pub(crate) blockers: Vec<Reason>,
    /// What does not block, and is good to know.
    pub(crate) notes: Vec<Reason>,
}

/// One reason, told.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Reason {
    /// The unified code.
    pub(crate) code: &'static str,
    /// `before-sending`, `preflight` or `actual`.
    pub(crate) at: &'static str,
    /// Redirects followed before.
    pub(crate) hop: usize,
    /// What is the matter, in a line.
    pub(crate) title: String,
    /// Why it is so.
    pub(crate) cause: String,
    /// What to change.
    pub(crate) fix: Option<String>,
    /// What the browser prints in its console.
    pub(crate) console: Option<String>,
}
