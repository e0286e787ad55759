//! The oracle's format.

use serde::Deserialize;

/// Names and values; characters are bytes.
pub(crate) type Pairs = Vec<(String, String)>;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) tags: Vec<String>,
    pub(crate) page: Page,
    pub(crate) steps: Vec<Step>,
    pub(crate) server: Vec<Place>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Page {
    pub(crate) kind: String,
    pub(crate) origin: String,
    pub(crate) url_origin: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Step {
    pub(crate) url: String,
    pub(crate) method: Option<String>,
    #[serde(default)]
    pub(crate) headers: Pairs,
    pub(crate) mode: Option<String>,
    pub(crate) credentials: Option<String>,
    pub(crate) redirect: Option<String>,
    pub(crate) body: Option<Body>,
    #[serde(default)]
    pub(crate) init: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    pub(crate) delay_ms: u64,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Body {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) value: serde_json::Value,
    pub(crate) mime: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) preflight: Option<Answers>,
    pub(crate) actual: Option<Answers>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Answers {
    Several(Vec<Answer>),
    One(Answer),
}

impl Answers {
    /// In order of arrival, the last one repeating.
    pub(crate) fn at(&self, position: usize) -> Option<&Answer> {
        match self {
            Self::One(answer) => Some(answer),
            Self::Several(list) => list.get(position).or(list.last()),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Answer {
    pub(crate) status: Option<u16>,
    #[serde(default)]
    pub(crate) headers: Pairs,
    #[serde(default)]
    pub(crate) body: String,
    #[serde(default)]
    pub(crate) close: bool,
    pub(crate) raw: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) id: String,
    pub(crate) steps: Vec<RecordedStep>,
    pub(crate) requests: Vec<RecordedRequest>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RecordedStep {
    pub(crate) outcome: String,
    pub(crate) response: Option<RecordedResponse>,
    pub(crate) ms: Option<(u64, u64)>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RecordedResponse {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) status: u16,
    pub(crate) redirected: bool,
    pub(crate) url: String,
    pub(crate) headers: Pairs,
    pub(crate) body_null: bool,
    pub(crate) text: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RecordedRequest {
    pub(crate) to: String,
    pub(crate) kind: String,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Pairs,
    #[serde(default)]
    pub(crate) referer: bool,
}

/// Latin-1 code points to bytes.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

/// Bytes to Latin-1 code points.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
