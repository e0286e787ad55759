//! Requests: a line of JSON, or what is wrong with it, every field at once.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use corsage::browser::{
    AddressSpace, Body, CacheMode, Client, CredentialsMode, Destination, Global, Initiator, Mode,
    RedirectMode, ReferrerPolicy, RequestInit, SecureContext,
};
use corsage::terms::{OpaqueOrigin, Origin};
use serde_json::Value;
use url::Url;

use super::fields::{Fields, kind};

/// One request.
#[derive(Debug)]
#[non_exhaustive]
pub struct Request {
    /// The caller's name for it, a number or a string; every reply repeats it.
    pub id: Value,
    /// What is asked for.
    pub operation: Operation,
}

/// What is asked for.
#[derive(Debug)]
#[non_exhaustive]
pub enum Operation {
    /// Says what this agent is and can do.
    Hello,
    /// Fetches as a page would.
    Fetch(Box<Fetch>),
    /// Aborts a fetch that has no answer yet.
    Abort {
        /// The fetch's id.
        target: Value,
    },
    /// Forgets cookies and caches, as a new browser would have none.
    Reset,
    /// Reads `document.cookie` of a page.
    Cookies {
        /// The page's address.
        url: Url,
    },
    /// Sets `document.cookie` of a page.
    SetCookie {
        /// The page's address.
        url: Url,
        /// What is assigned.
        value: String,
    },
}

/// A fetch that is asked for.
#[derive(Debug)]
#[non_exhaustive]
pub struct Fetch {
    /// Who fetches.
    pub client: Client,
    /// What is passed to `fetch`.
    pub init: RequestInit,
    /// A body that is to be sent as a stream.
    pub upload: Option<Vec<u8>>,
    /// Where the body of the response goes.
    pub reply_body: ReplyBody,
}

/// Where the body of the response goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyBody {
    /// Into the reply, when all of it has come.
    InReply,
    /// Into lines of its own, as it comes.
    Streamed,
}

/// Not a request.
#[derive(Debug)]
#[non_exhaustive]
pub struct Malformed {
    /// The request's id, as far as it could be told; else null.
    pub id: Value,
    /// Every field that is wrong, and what it must be.
    pub message: String,
}

impl Malformed {
    pub(crate) fn line(message: impl Into<String>) -> Self {
        Self { id: Value::Null, message: message.into() }
    }
}

/// Reads requests, and remembers which opaque origins it has seen.
#[derive(Debug, Default)]
pub struct Parser {
    opaque_origins: HashMap<String, u64>,
}

impl Parser {
    /// Reads one line, without its end.
    ///
    /// # Errors
    /// If it is no request: everything that is wrong with it, in one message.
    pub fn parse(&mut self, line: &[u8]) -> Result<Request, Malformed> {
        let text = std::str::from_utf8(line)
            .map_err(|error| Malformed::line(format!("the line is not UTF-8: {error}")))?;
        let value: Value = serde_json::from_str(text)
            .map_err(|error| Malformed::line(format!("the line is not JSON: {error}")))?;
        let Value::Object(object) = &value else {
            return Err(Malformed::line(format!("a request is an object, not {}", kind(&value))));
        };
        let id = match object.get("id") {
            Some(id @ (Value::Number(_) | Value::String(_))) => id.clone(),
            Some(other) => {
                let message = format!("id must be a number or a string, not {}", kind(other));
                return Err(Malformed::line(message));
            }
            None => return Err(Malformed::line("id is missing; it must be a number or a string")),
        };
        let mut fields = Fields::new(object, "");
        let operation = self.operation(&mut fields);
        match operation {
            Some(operation) if fields.problems.is_empty() => Ok(Request { id, operation }),
            _ => Err(Malformed { id, message: fields.problems.join("; ") }),
        }
    }

    fn operation(&mut self, fields: &mut Fields<'_>) -> Option<Operation> {
        match fields.required_text("op")? {
            "hello" => Some(Operation::Hello),
            "fetch" => self.fetch(fields).map(|fetch| Operation::Fetch(Box::new(fetch))),
            "abort" => match fields.given("target") {
                Some(target @ (Value::Number(_) | Value::String(_))) => {
                    Some(Operation::Abort { target: target.clone() })
                }
                _ => {
                    fields.problem("target", "must be the id of a fetch, a number or a string");
                    None
                }
            },
            "reset" => Some(Operation::Reset),
            "cookies" => url(fields).map(|url| Operation::Cookies { url }),
            "set-cookie" => {
                let (url, value) = (url(fields), fields.required_text("value"));
                Some(Operation::SetCookie { url: url?, value: value?.to_owned() })
            }
            other => {
                fields.problem(
                    "op",
                    &format!(
                        "is {other:?}; there are hello, fetch, abort, reset, cookies and set-cookie"
                    ),
                );
                None
            }
        }
    }

    fn fetch(&mut self, fields: &mut Fields<'_>) -> Option<Fetch> {
        let client = fields.required_object("client").and_then(|object| {
            let mut members = Fields::new(object, "client.");
            let client = self.client(&mut members);
            fields.problems.append(&mut members.problems);
            client
        });
        let (init, upload) = init(fields);
        let streamed = fields.flag("stream").unwrap_or(false);
        let reply_body = if streamed { ReplyBody::Streamed } else { ReplyBody::InReply };
        Some(Fetch { client: client?, init, upload, reply_body })
    }

    fn client(&mut self, fields: &mut Fields<'_>) -> Option<Client> {
        let address = fields.text("url").unwrap_or_default();
        let url = match Url::parse(address) {
            Ok(url) => Some(url),
            Err(_) if address.is_empty() => None,
            Err(error) => {
                fields.problem("url", &format!("is {address:?}, which is no URL: {error}"));
                None
            }
        };
        let origin = match fields.required_text("origin") {
            // The same address is taken for the same page, and so for the same opaque origin.
            Some("null") => Some(self.opaque(address)),
            Some(text) => tuple_origin(fields, "origin", text),
            None => None,
        };
        let top_level = match fields.text("topLevelOrigin") {
            Some("null") => match &origin {
                Some(Origin::Opaque(_)) | None => origin.clone(),
                Some(Origin::Tuple(_)) => Some(self.opaque(&format!("above {address}"))),
            },
            Some(text) => tuple_origin(fields, "topLevelOrigin", text),
            None => origin.clone(),
        };
        let secure = fields.flag("secureContext").map(|secure| match secure {
            true => SecureContext::Secure,
            false => SecureContext::Insecure,
        });
        let global = fields.text("global").map(global);
        let policy = fields.one_of("referrerPolicy", REFERRER_POLICIES);
        let space = fields.one_of("addressSpace", ADDRESS_SPACES);
        let page = Client::page(origin?);
        Some(Client {
            url,
            top_level_origin: top_level?,
            secure_context: secure.unwrap_or(page.secure_context),
            referrer_policy: policy.unwrap_or_default(),
            address_space: space,
            global: global.unwrap_or_default(),
            ..page
        })
    }

    fn opaque(&mut self, address: &str) -> Origin {
        let next = self.opaque_origins.len() as u64;
        let number = *self.opaque_origins.entry(address.to_owned()).or_insert(next);
        Origin::Opaque(OpaqueOrigin(number))
    }
}

/// Runtimes name their workers in many ways.
fn global(name: &str) -> Global {
    let name = name.to_ascii_lowercase();
    match (name.contains("worker"), name.contains("service")) {
        (true, true) => Global::ServiceWorker,
        (true, false) => Global::Worker,
        (false, _) => Global::Window,
    }
}

fn tuple_origin(fields: &mut Fields<'_>, name: &str, text: &str) -> Option<Origin> {
    match Origin::parse(text) {
        Ok(origin) => Some(origin),
        Err(error) => {
            fields.problem(name, &format!("is {text:?}, which is no origin: {error}"));
            None
        }
    }
}

fn url(fields: &mut Fields<'_>) -> Option<Url> {
    let text = fields.required_text("url")?;
    match Url::parse(text) {
        Ok(url) => Some(url),
        Err(error) => {
            fields.problem("url", &format!("is {text:?}, which is no URL: {error}"));
            None
        }
    }
}

/// What the script asks for, and its body if that is to be a stream.
fn init(fields: &mut Fields<'_>) -> (RequestInit, Option<Vec<u8>>) {
    let url = fields.required_text("url").unwrap_or_default();
    let method = fields.text("method").map(|method| bytes(method, fields, "method"));
    let headers = headers(fields);
    let initiator = initiator(fields);
    let (body, upload) = body(fields);
    let init = RequestInit {
        url: url.to_owned(),
        method,
        headers,
        body,
        mode: fields.one_of(
            "mode",
            &[
                ("cors", Mode::Cors),
                ("no-cors", Mode::NoCors),
                ("same-origin", Mode::SameOrigin),
                ("navigate", Mode::Navigate),
            ],
        ),
        credentials: fields.one_of(
            "credentials",
            &[
                ("omit", CredentialsMode::Omit),
                ("same-origin", CredentialsMode::SameOrigin),
                ("include", CredentialsMode::Include),
            ],
        ),
        redirect: fields.one_of(
            "redirect",
            &[
                ("follow", RedirectMode::Follow),
                ("error", RedirectMode::Error),
                ("manual", RedirectMode::Manual),
            ],
        ),
        cache: fields.one_of(
            "cache",
            &[
                ("default", CacheMode::Default),
                ("no-store", CacheMode::NoStore),
                ("reload", CacheMode::Reload),
                ("no-cache", CacheMode::NoCache),
                ("force-cache", CacheMode::ForceCache),
                ("only-if-cached", CacheMode::OnlyIfCached),
            ],
        ),
        referrer: fields.text("referrer").map(str::to_owned),
        referrer_policy: fields.one_of("referrerPolicy", REFERRER_POLICIES),
        integrity: fields.text("integrity").unwrap_or_default().to_owned(),
        keepalive: fields.flag("keepalive").unwrap_or(false),
        target_address_space: fields.one_of("targetAddressSpace", ADDRESS_SPACES),
        initiator,
        destination: fields.one_of("destination", DESTINATIONS).unwrap_or_default(),
        use_cors_preflight: fields.flag("useCorsPreflight").unwrap_or(false),
        use_url_credentials: fields.flag("useUrlCredentials").unwrap_or(false),
        ..RequestInit::default()
    };
    (init, upload)
}

fn initiator(fields: &mut Fields<'_>) -> Initiator {
    let choices = [("fetch", Initiator::Fetch), ("xmlhttprequest", Initiator::XmlHttpRequest)];
    let initiator = fields.one_of("initiator", &choices).unwrap_or_default();
    match fields.flag("unsafeRequest") {
        Some(false) => Initiator::Other,
        _ => initiator,
    }
}

fn headers(fields: &mut Fields<'_>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut headers = Vec::new();
    for (position, pair) in fields.list("headers").into_iter().flatten().enumerate() {
        let place = format!("headers[{position}]");
        match pair.as_array().map(Vec::as_slice) {
            Some([Value::String(name), Value::String(value)]) => {
                headers.push((bytes(name, fields, &place), bytes(value, fields, &place)));
            }
            _ => fields.problem(&place, "must be an array of a name and a value, both strings"),
        }
    }
    headers
}

/// Code points as bytes of the same numbers.
fn bytes(text: &str, fields: &mut Fields<'_>, place: &str) -> Vec<u8> {
    let converted: Result<Vec<u8>, _> = text.chars().map(u8::try_from).collect();
    converted.unwrap_or_else(|_| {
        fields.problem(place, "has a code point above U+00FF; bytes are written as Latin-1");
        Vec::new()
    })
}

/// The body, as bytes or to be sent as a stream.
fn body(fields: &mut Fields<'_>) -> (Option<Body>, Option<Vec<u8>>) {
    #[derive(Clone, Copy)]
    enum Kind {
        None,
        Bytes,
        Stream,
    }
    let kinds = [("none", Kind::None), ("bytes", Kind::Bytes), ("stream", Kind::Stream)];
    let kind = fields.one_of("bodyKind", &kinds);
    let bytes = fields.text("body").and_then(|text| match STANDARD.decode(text) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            fields.problem("body", &format!("is no base64: {error}"));
            None
        }
    });
    match (kind, bytes) {
        (Some(Kind::None), _) | (None, None) => (None, None),
        (Some(Kind::Stream), bytes) => (None, Some(bytes.unwrap_or_default())),
        (Some(Kind::Bytes) | None, bytes) => {
            (Some(Body::Bytes(bytes.unwrap_or_default().into())), None)
        }
    }
}

const REFERRER_POLICIES: &[(&str, ReferrerPolicy)] = &[
    ("", ReferrerPolicy::Empty),
    ("no-referrer", ReferrerPolicy::NoReferrer),
    ("no-referrer-when-downgrade", ReferrerPolicy::NoReferrerWhenDowngrade),
    ("same-origin", ReferrerPolicy::SameOrigin),
    ("origin", ReferrerPolicy::Origin),
    ("strict-origin", ReferrerPolicy::StrictOrigin),
    ("origin-when-cross-origin", ReferrerPolicy::OriginWhenCrossOrigin),
    ("strict-origin-when-cross-origin", ReferrerPolicy::StrictOriginWhenCrossOrigin),
    ("unsafe-url", ReferrerPolicy::UnsafeUrl),
];

const ADDRESS_SPACES: &[(&str, AddressSpace)] = &[
    ("loopback", AddressSpace::Loopback),
    ("local", AddressSpace::Local),
    ("public", AddressSpace::Public),
];

const DESTINATIONS: &[(&str, Destination)] = &[
    ("", Destination::Empty),
    ("audio", Destination::Audio),
    ("document", Destination::Document),
    ("font", Destination::Font),
    ("image", Destination::Image),
    ("manifest", Destination::Manifest),
    ("script", Destination::Script),
    ("style", Destination::Style),
    ("track", Destination::Track),
    ("video", Destination::Video),
    ("worker", Destination::Worker),
    ("json", Destination::Json),
    ("text", Destination::Text),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::Parser;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[ -~]{0,16}".prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::vec(inner, 2..3).prop_map(|pair| json!([pair])),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_line_is_a_request_or_malformed(line in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Parser::default().parse(&line);
        }

        /// Every member with a value of any kind.
        #[test]
        fn any_members(members in prop::collection::vec((prop::sample::select(vec![
            "id", "op", "url", "method", "headers", "body", "mode", "credentials", "redirect", "cache",
            "referrer", "referrerPolicy", "integrity", "keepalive", "origin", "client", "window", "priority",
        ]), value()), 0..8)) {
            let object: serde_json::Map<String, Value> =
                members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let line = Value::Object(object).to_string();
            let _ = Parser::default().parse(line.as_bytes());
        }
    }
}
