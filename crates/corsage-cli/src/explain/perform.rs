//! Performs a request as a browser would, and keeps everything that went over the wire.

use std::sync::Arc;
use std::time::Duration;

use super::arguments::{ApiArg, Planned, Probe, UnsafeRequests};
use super::network::{self, Network};
use super::{perform_load as load, probe};
use crate::world::Clock;
use corsage::browser::{
    AddressSpace, Body, Client, Initiator, Message, PreflightCache, Profile, Request, RequestInit,
    Step, fetch,
};
use corsage_diagnosis::{Beyond, Observation};

/// No fetch sends more: 21 requests, each with a preflight.
pub(super) const MAX_MESSAGES: usize = 48;

/// Performs the request, or says why it cannot even be tried.
pub(crate) fn perform(planned: &Planned) -> Result<Observation, String> {
    let network = Network::new(planned)?;
    let client = client(planned)?;
    network::block_on(observe(planned, client, &network))
}

/// The page with its own rules.
fn client(planned: &Planned) -> Result<Client, String> {
    let mut client = planned.page.client();
    planned.policies.apply(&mut client)?;
    if planned.policies.decides_local_network() {
        client.address_space =
            planned.policies.page_space().or_else(|| planned.page.address_space());
    }
    Ok(client)
}

async fn observe(planned: &Planned, client: Client, network: &Network) -> Observation {
    let profile = planned.profiles.first().copied().unwrap_or_default();
    let mut observation = Observation {
        init: init(planned, &client, profile),
        loads: planned.loads.clone(),
        // What is told decides; what is assumed is only remarked.
        page_space: planned.page.address_space().filter(|_| client.address_space.is_none()),
        client,
        profile,
        exchanges: Vec::new(),
        withheld: None,
        probe: None,
        beyond: Beyond {
            server: planned.server,
            keep_origins: planned.keep_origins.clone(),
            ..Beyond::default()
        },
        reachable: None,
        target_space: target_space(planned),
    };
    let readable = if planned.loads.is_empty() {
        fetches(planned, &mut observation, network).await
    } else {
        load::perform(planned, &mut observation, network).await
    };
    if let Some(Err(_)) = observation.exchanges.last().map(|exchange| &exchange.answer) {
        observation.reachable = network.reach(&observation).await;
    }
    // Where the page may read nothing, what a cache holds is the smaller problem.
    if planned.probe == Probe::Ask && !observation.exchanges.is_empty() {
        observation.beyond.probes = if readable {
            observation.probe = probe::for_caches(&observation, network).await;
            probe::for_strangers(&observation, network).await
        } else if observation.withheld.is_none() {
            probe::for_causes(&observation, network).await
        } else {
            Vec::new()
        };
        let kept = probe::for_kept(&observation, network).await;
        observation.beyond.probes.extend(kept);
    }
    observation
}

/// The script's fetch, message by message; whether the page may read what came.
async fn fetches(planned: &Planned, observation: &mut Observation, network: &Network) -> bool {
    let profile = observation.profile;
    let client = observation.client.clone();
    let Ok(request) = Request::new(observation.init.clone(), &client, profile) else {
        return false;
    };
    let start = Clock::start();
    let mut cache = PreflightCache::default();
    let mut readable = false;
    let mut step = fetch(request, &client, profile, &mut cache, Duration::ZERO);
    while observation.exchanges.len() < MAX_MESSAGES {
        step = match step {
            Step::Finish(finished) => {
                readable = finished.outcome.is_ok();
                break;
            }
            Step::Send(pending) => {
                let harmless = pending.message() == Message::Preflight
                    || matches!(pending.wire().method.as_slice(), b"GET" | b"HEAD");
                if !harmless && planned.unsafe_requests == UnsafeRequests::Withhold {
                    observation.withheld = Some(Box::new(pending.wire().clone()));
                    break;
                }
                let (answer, body) = network.send_and_look(pending.wire()).await;
                if !body.is_empty() {
                    observation.beyond.bodies.push((observation.exchanges.len(), body));
                }
                let received = observation.record(&pending, answer);
                pending.receive(received, &mut cache, start.elapsed())
            }
        };
    }
    readable
}

/// What the script passes to its API; of a load, what it comes to.
fn init(planned: &Planned, client: &Client, profile: Profile) -> RequestInit {
    if let Some(load) = planned.loads.last() {
        return load.as_init(client, profile);
    }
    RequestInit {
        url: planned.url.as_str().to_owned(),
        method: planned.method.clone().map(String::into_bytes),
        headers: planned
            .headers
            .iter()
            .map(|(name, value)| (name.clone().into_bytes(), value.clone().into_bytes()))
            .collect(),
        body: planned.data.as_ref().map(|data| Body::Bytes(Arc::from(data.as_bytes()))),
        body_content_type: planned.body_type.clone().map(String::into_bytes),
        referrer_policy: planned.referrer_policy,
        mode: planned.mode,
        credentials: planned.credentials,
        redirect: planned.redirect,
        initiator: match planned.api {
            ApiArg::Xhr => Initiator::XmlHttpRequest,
            ApiArg::Fetch => Initiator::Fetch,
        },
        use_cors_preflight: planned.upload_listener,
        ..RequestInit::default()
    }
}

/// The address space that the URL itself gives away. A name that is redirected by `--resolve`
/// gives nothing away: the real one may be anywhere.
fn target_space(planned: &Planned) -> Option<AddressSpace> {
    let host = planned.url.host_str()?;
    // RFC 6762: such a name is answered by neighbours.
    let by_name = host.ends_with(".local").then_some(AddressSpace::Local);
    AddressSpace::of_host(host).or(by_name)
}
