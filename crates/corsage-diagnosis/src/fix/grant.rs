//! What a server must grant, all in all: what it grants now and what this request needs besides.

use corsage::browser::{CredentialsMode, WireResponse};
use schemars::JsonSchema;
use serde::Serialize;
use url::Url;

use super::{is_response_header, joined};
use crate::account::{MessageName, credentials, method, page_origin, requested_headers};
use crate::machine::{lines_of, text};
use crate::observation::{Observation, Question};

/// The whole policy that would let this request through, and takes nothing from anybody who is let in now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Grant {
    /// The page's origin.
    pub origin: String,
    /// Who else is let in now: `*` for everyone without credentials.
    pub others: Vec<String>,
    /// Whether credentials are included.
    pub credentials: bool,
    /// Methods that need to be listed.
    pub methods: Vec<String>,
    /// The method of this request.
    pub method: String,
    /// Request headers that need to be listed; `*` for all, if all are let in now.
    pub headers: Vec<String>,
    /// Response headers that a script may want to read.
    pub expose: Vec<String>,
    /// Seconds that browsers keep a preflight now; empty if nothing is said.
    pub max_age: String,
    /// Whether some answer carries CORS headers now.
    pub present: bool,
    /// Whether authentication stands in the preflight's way.
    pub behind_authentication: bool,
    /// The URL that was asked for, without its path.
    pub upstream: String,
}

/// What is granted now and what is needed, together. `None` for a page whose origin is `null`.
pub(crate) fn grant(observation: &Observation, hidden: Vec<String>) -> Option<Grant> {
    let origin = page_origin(&observation.client);
    if origin == "null" {
        return None;
    }
    let preflights: Vec<_> = observation
        .exchanges
        .iter()
        .filter(|exchange| exchange.kind == MessageName::Preflight)
        .collect();
    let requested = preflights.first().map(|preflight| &preflight.request);
    let credentials = credentials(&observation.init) == CredentialsMode::Include;
    let answers = answers(observation);
    let mut grant = Grant {
        credentials,
        method: requested
            .and_then(|wire| joined(&wire.headers, "access-control-request-method"))
            .unwrap_or_else(|| method(&observation.init))
            .to_ascii_uppercase(),
        upstream: upstream(observation),
        behind_authentication: observation.exchanges.iter().any(|exchange| {
            exchange.kind == MessageName::Preflight
                && exchange
                    .answer
                    .as_ref()
                    .is_ok_and(|response| matches!(response.status, 401 | 403 | 407))
        }),
        origin,
        ..Grant::default()
    };
    for (response, strangers) in &answers {
        take(&mut grant, response, *strangers);
    }
    for origin in observation.beyond.keep_origins.iter().filter(|kept| **kept != grant.origin) {
        add(&mut grant.others, origin);
    }
    if !matches!(grant.method.as_str(), "GET" | "HEAD" | "POST") {
        add(&mut grant.methods, &grant.method.clone());
    }
    for name in requested.map(requested_headers).unwrap_or_default() {
        if !is_response_header(&name) && !grant.headers.iter().any(|held| held == "*") {
            add_name(&mut grant.headers, &name);
        }
    }
    if any_header(observation) {
        grant.headers = vec!["*".to_owned()];
    }
    for name in hidden {
        add_name(&mut grant.expose, &name);
    }
    // Who may send credentials must be named one by one; `*` counts for nothing there.
    if grant.credentials {
        grant.methods.retain(|name| name != "*");
        grant.expose.retain(|name| name != "*");
    }
    Some(grant)
}

/// Every answer that came, and whether a stranger got it.
fn answers(observation: &Observation) -> Vec<(&WireResponse, Stranger)> {
    let own = observation.exchanges.iter().map(|exchange| (exchange, Stranger::No));
    let probes = observation.beyond.probes.iter().map(|probed| {
        let stranger = match probed.question {
            Question::OtherOrigin => Stranger::Yes,
            Question::KeptOrigin => Stranger::Kept,
            _ => Stranger::No,
        };
        (&probed.exchange, stranger)
    });
    own.chain(probes)
        .filter_map(|(exchange, stranger)| Some((exchange.answer.as_ref().ok()?, stranger)))
        .collect()
}

/// To whom an answer was given: to the page, to an origin that nobody has, or to one that has to stay let in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stranger {
    Yes,
    No,
    Kept,
}

/// How the origin ends that nobody has (RFC 6761).
const NOBODYS_SUFFIX: &str = ".invalid";

/// Takes over what an answer grants.
fn take(grant: &mut Grant, response: &WireResponse, stranger: Stranger) {
    let values = |name: &str| -> Vec<String> {
        let joined = joined(&response.headers, name).unwrap_or_default();
        let items = joined.split(',').map(str::trim);
        items.filter(|item| is_token(item)).map(str::to_owned).collect()
    };
    let lines: Vec<String> = lines_of(&response.headers)
        .filter(|line| line.name.eq_ignore_ascii_case(b"access-control-allow-origin"))
        .map(|line| text(&line.value))
        .collect();
    grant.present |= !lines.is_empty();
    match (lines.as_slice(), stranger) {
        // An answer to the stranger that names the stranger names everybody; so do two, if each of them does.
        (lines, Stranger::Yes)
            if !lines.is_empty()
                && lines
                    .iter()
                    .flat_map(|line| line.split(','))
                    .map(str::trim)
                    .all(|value| value.ends_with(NOBODYS_SUFFIX) || value == "*") =>
        {
            add(&mut grant.others, "*");
        }
        ([value], _) if value == "*" => add(&mut grant.others, "*"),
        // Two lines let nobody in; each alone may be meant. Who stays is named by whoever asked, maybe by a pattern.
        (lines, Stranger::No) => {
            let values = lines.iter().flat_map(|line| line.split([',', ' ']));
            let origin = grant.origin.clone();
            for value in values.filter(|value| *value != origin && is_origin(value)) {
                add(&mut grant.others, value);
            }
        }
        _ => {}
    }
    if stranger == Stranger::Yes {
        return;
    }
    for method in values("access-control-allow-methods") {
        // These need no listing, but who lists them may mean it.
        add(&mut grant.methods, &method);
    }
    for name in values("access-control-allow-headers") {
        add_name(&mut grant.headers, &name);
    }
    for name in values("access-control-expose-headers") {
        add_name(&mut grant.expose, &name);
    }
    if let Some(age) = joined(&response.headers, "access-control-max-age")
        .filter(|age| !age.is_empty() && age.bytes().all(|byte| byte.is_ascii_digit()))
    {
        grant.max_age = age;
    }
    let allows = joined(&response.headers, "access-control-allow-credentials");
    let named = joined(&response.headers, "access-control-allow-origin")
        .is_some_and(|value| value == grant.origin || stranger == Stranger::Kept && value != "*");
    grant.credentials |= named && allows.as_deref() == Some("true");
}

/// The exposed headers that a response names now.
pub(crate) fn exposed_now(observation: &Observation) -> Vec<String> {
    let last =
        observation.exchanges.iter().rev().find_map(|exchange| exchange.answer.as_ref().ok());
    let value =
        last.and_then(|response| joined(&response.headers, "access-control-expose-headers"));
    let value = value.unwrap_or_default();
    value.split(',').map(str::trim).filter(|name| is_token(name)).map(str::to_owned).collect()
}

/// Whether a header that nobody knows was let in.
fn any_header(observation: &Observation) -> bool {
    let probes = &observation.beyond.probes;
    let asks = |question| matches!(question, Question::OtherHeader | Question::KeptOrigin);
    probes.iter().filter(|probed| asks(probed.question)).any(|probed| {
        let asked = joined(&probed.exchange.request.headers, "access-control-request-headers");
        let answer = probed.exchange.answer.as_ref().ok();
        let granted =
            answer.and_then(|answer| joined(&answer.headers, "access-control-allow-headers"));
        asked.zip(granted).is_some_and(|(asked, granted)| {
            granted.split(',').any(|name| name.trim().eq_ignore_ascii_case(&asked))
        })
    })
}

fn upstream(observation: &Observation) -> String {
    Url::parse(&observation.init.url)
        .map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}

/// Whether a value is an origin as browsers send it.
fn is_origin(value: &str) -> bool {
    Url::parse(value).is_ok_and(|url| {
        url.host_str().is_some_and(|host| !host.contains('*'))
            && (url.origin().ascii_serialization() == value
                || (!matches!(url.scheme(), "http" | "https") && url.path().is_empty()))
    })
}

fn is_token(item: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !item.is_empty() && item.bytes().all(allowed)
}

fn add(list: &mut Vec<String>, item: &str) {
    if list.iter().all(|held| held != item) {
        list.push(item.to_owned());
    }
}

/// Names of headers are the same in any case.
fn add_name(list: &mut Vec<String>, item: &str) {
    if list.iter().all(|held| !held.eq_ignore_ascii_case(item)) {
        list.push(item.to_owned());
    }
}
