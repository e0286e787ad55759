//! The format of the recorded loads.

use serde::Deserialize;

use crate::oracle::Pairs;

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Case {
    pub(super) id: String,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    pub(super) page: Page,
    pub(super) load: Spec,
    pub(super) server: Vec<Place>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Page {
    pub(super) kind: String,
    pub(super) origin: String,
    pub(super) url_origin: String,
    pub(super) coep: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Spec {
    pub(super) kind: String,
    #[serde(default)]
    pub(super) variant: String,
    pub(super) url: Option<String>,
    pub(super) crossorigin: Option<String>,
    pub(super) integrity: Option<String>,
    pub(super) referrerpolicy: Option<String>,
    #[serde(rename = "type")]
    pub(super) script_type: Option<String>,
    #[serde(rename = "as")]
    pub(super) destination: Option<String>,
    pub(super) real: Option<Box<Spec>>,
    #[serde(default)]
    pub(super) init: serde_json::Map<String, serde_json::Value>,
    pub(super) body: Option<Body>,
    pub(super) credentials: Option<bool>,
    pub(super) how: Option<String>,
    pub(super) prop: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) method: Option<String>,
    pub(super) enctype: Option<String>,
    pub(super) rel: Option<String>,
    #[serde(rename = "with")]
    pub(super) import_attributes: Option<String>,
    pub(super) credentialless: Option<String>,
    #[serde(default)]
    pub(super) protocols: Vec<String>,
    #[serde(default)]
    pub(super) check_cookie: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Body {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) mime: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Place {
    pub(super) path: String,
    pub(super) preflight: Option<Answer>,
    pub(super) actual: Option<Answer>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) status: Option<u16>,
    #[serde(default)]
    pub(super) headers: Pairs,
    pub(super) body: Option<String>,
    pub(super) asset: Option<String>,
    pub(super) ws: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Recorded {
    pub(super) id: String,
    #[serde(default)]
    pub(super) lost: bool,
    #[serde(default)]
    pub(super) page: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    pub(super) requests: Vec<RecordedRequest>,
    /// What the browser printed.
    #[serde(default)]
    pub(super) console: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct RecordedRequest {
    pub(super) to: String,
    pub(super) kind: String,
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Pairs,
    pub(super) referer: Option<String>,
}
