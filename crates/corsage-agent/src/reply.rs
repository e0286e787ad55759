//! Replies, as the protocol writes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use corsage::browser::{Code, HeaderList, Severity};
use corsage_client::{FetchError, Response};
use serde_json::{Map, Value, json};

/// What this agent can do.
const FEATURES: [&str; 4] = ["cors", "cookies", "http-cache", "streams"];

pub(crate) fn hello(id: &Value) -> Value {
    json!({
        "id": id,
        "engine": "corsage",
        "version": env!("CARGO_PKG_VERSION"),
        "protocol": 1,
        "features": FEATURES,
    })
}

pub(crate) fn done(id: &Value) -> Value {
    json!({"id": id, "done": true})
}

pub(crate) fn cookies(id: &Value, cookies: &str) -> Value {
    json!({"id": id, "cookies": cookies})
}

pub(crate) fn protocol_error(id: &Value, message: &str) -> Value {
    json!({"id": id, "error": {"name": "ProtocolError", "message": message}})
}

/// A response without its body.
pub(crate) fn head(id: &Value, response: &Response) -> Map<String, Value> {
    let mut reply = Map::new();
    let mut put = |name: &str, value: Value| drop(reply.insert(name.to_owned(), value));
    put("id", id.clone());
    put("type", response.response_type().as_str().into());
    put("status", response.status().into());
    put("statusText", response.status_text().into());
    put("headers", headers(response.headers()));
    put("url", response.url().map_or("", url::Url::as_str).into());
    put("redirected", response.redirected().into());
    reply
}

/// A response in full; `None` is a null body.
pub(crate) fn whole(head: Map<String, Value>, body: Option<&[u8]>) -> Value {
    let mut reply = head;
    reply.insert("body".into(), body.map_or(Value::Null, encoded));
    reply.into()
}

pub(crate) fn chunk(id: &Value, bytes: &[u8]) -> Value {
    json!({"id": id, "chunk": encoded(bytes)})
}

/// How a streamed body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    Broken,
}

pub(crate) fn end(id: &Value, end: End) -> Value {
    match end {
        End::Whole => json!({"id": id, "end": true}),
        End::Broken => json!({"id": id, "end": "error"}),
    }
}

/// A failed fetch: to a script one `TypeError`, its reason beside it.
pub(crate) fn failed(id: &Value, error: &FetchError) -> Value {
    let code = error.code();
    if code == Code::Aborted {
        return aborted(id);
    }
    let message = match error {
        FetchError::Refused(refused) if code.severity() == Severity::Thrown => {
            format!("Failed to construct the request: {refused}")
        }
        _ => "Failed to fetch".to_owned(),
    };
    json!({"id": id, "error": {
        "name": "TypeError",
        "message": message,
        "code": code.as_str(),
        "detail": latin1(&error.detail()),
    }})
}

pub(crate) fn aborted(id: &Value) -> Value {
    json!({"id": id, "error": {
        "name": "AbortError",
        "message": "The operation was aborted.",
        "code": Code::Aborted.as_str(),
        "detail": "",
    }})
}

fn headers(headers: &HeaderList) -> Value {
    let pair = |header: &corsage::browser::Header| -> Value {
        json!([latin1(&header.name.to_ascii_lowercase()), latin1(&header.value)])
    };
    headers.iter().map(pair).collect()
}

/// Bytes as the code points of the same numbers.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn encoded(bytes: &[u8]) -> Value {
    STANDARD.encode(bytes).into()
}
