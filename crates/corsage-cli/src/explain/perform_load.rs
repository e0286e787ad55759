//! Performs loads as each browser would that is asked about: what one of them asks and another did not is asked too.

use corsage::browser::load::{Content, IntegrityMatch, Load, LoadKind};
use corsage::browser::{Profile, WireRequest};
use corsage_diagnosis::account::{MessageName, Verdict, judge};
use corsage_diagnosis::{Due, Exchange, Observation, Source, due};

use super::arguments::{Planned, Probe, UnsafeRequests};
use super::network::Network;
use super::perform::MAX_MESSAGES;

/// Whether the page may use what came.
pub(super) async fn perform(
    planned: &Planned,
    observation: &mut Observation,
    network: &Network,
) -> bool {
    for profile in &planned.profiles {
        ask(planned, observation, &planned.loads, *profile, network).await;
    }
    let (verdict, _) = judge(observation, &planned.profiles);
    // How the server answers once the page says `crossorigin`: only asking shows it.
    if verdict == Verdict::Blocked
        && planned.probe == Probe::Ask
        && let Some(loads) = with_crossorigin(&planned.loads)
    {
        ask(planned, observation, &loads, observation.profile, network).await;
    }
    verdict == Verdict::Allowed
}

/// The same with `crossorigin` on the element, where the element has it and it is not there.
fn with_crossorigin(loads: &[Load]) -> Option<Vec<Load>> {
    let (last, before) = loads.split_last()?;
    let changed = last.with_crossorigin()?;
    Some(before.iter().cloned().chain([changed]).collect())
}

/// Asks what is due in that browser, until nothing is.
async fn ask(
    planned: &Planned,
    observation: &mut Observation,
    loads: &[Load],
    profile: Profile,
    network: &Network,
) {
    while let Some(due) = due(observation, loads, profile) {
        let harmless = due.kind == MessageName::Preflight
            || matches!(due.request.method.as_slice(), b"GET" | b"HEAD");
        if !harmless && planned.unsafe_requests == UnsafeRequests::Withhold {
            observation.withheld = Some(Box::new(due.request));
            return;
        }
        if observation.exchanges.len() >= MAX_MESSAGES {
            return;
        }
        send(observation, loads, due, network).await;
    }
}

async fn send(observation: &mut Observation, loads: &[Load], due: Due, network: &Network) {
    let Due { kind, hop, request } = due;
    let last = loads.last();
    let socket = last.is_some_and(|load| load.kind() == LoadKind::WebSocket);
    let sent = if socket { handshake(&request) } else { request.clone() };
    let metadata = last.map(Load::integrity_metadata).unwrap_or_default();
    let (answer, body) = network.send_and_read(&sent, metadata).await;
    let content = body.as_ref().zip(answer.as_ref().ok()).map(|(body, response)| Content {
        integrity: body.integrity,
        ..Content::observed(&response.headers, &body.beginning)
    });
    if let (Ok(response), Some(body)) = (&answer, body)
        && response.status >= 400
    {
        observation.beyond.bodies.push((observation.exchanges.len(), body.beginning));
    }
    let source = Source::Recorded;
    observation.exchanges.push(Exchange { kind, hop, request: sent, answer, content, source });
}

/// [The WebSocket opening handshake](https://datatracker.ietf.org/doc/html/rfc6455#section-4.1), as far as whoever
/// holds the connection writes it.
fn handshake(request: &WireRequest) -> WireRequest {
    let mut request = request.clone();
    let lines = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        // Any 16 bytes: nobody reads on.
        ("Sec-WebSocket-Key", "Y29yc2FnZSBleHBsYWluIQ=="),
    ];
    for (name, value) in lines {
        request.headers.append(name, value);
    }
    request
}

/// What was read of a body.
pub(super) struct ReadBody {
    /// Its beginning.
    pub(super) beginning: Vec<u8>,
    /// Whether it is what `integrity` asks for.
    pub(super) integrity: IntegrityMatch,
}
