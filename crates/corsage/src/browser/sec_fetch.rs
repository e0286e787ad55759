//! [Fetch Metadata](https://w3c.github.io/webappsec-fetch-metadata/): `Sec-Fetch-Dest`, `-Mode`, `-Site`.

use url::Url;

use super::profile::FetchMetadata;
use super::request_class::MetadataManner;
use super::run::Run;
use super::{Destination, HeaderList, MessageKind, Mode};
use crate::terms::{Origin, site};

pub(crate) fn append_fetch_metadata(run: &Run, message: MessageKind, headers: &mut HeaderList) {
    if run.request.manners.metadata == MetadataManner::Unsent || !run.is_trustworthy(run.url()) {
        return;
    }
    let Some(value) = fetch_site(run, message) else { return };
    let mode = match message {
        MessageKind::Preflight => Mode::Cors,
        _ => run.request.mode,
    };
    headers.append("Sec-Fetch-Dest", destination_name(run.request.destination));
    headers.append("Sec-Fetch-Mode", mode_name(mode));
    headers.append("Sec-Fetch-Site", value);
}

/// Over the whole URL list of a request; a preflight is a request of its own, with one URL.
fn fetch_site(run: &Run, message: MessageKind) -> Option<&'static str> {
    let preflight = message == MessageKind::Preflight;
    let urls = if preflight { &run.urls[run.hop()..] } else { &run.urls[..] };
    let worst = urls.iter().map(|url| site_of(run, url)).max().unwrap_or(Relation::SameOrigin);
    let worst = match run.switches().fetch_metadata {
        FetchMetadata::WorstOfChain => worst,
        FetchMetadata::ForeignChainsAreCrossSite
            if urls.len() > 1 && worst == Relation::SameSite =>
        {
            Relation::CrossSite
        }
        FetchMetadata::ForeignChainsAreCrossSite => worst,
        FetchMetadata::GoneAfterLeaving if preflight && run.is_tainted_by_redirects() => {
            Relation::CrossSite
        }
        FetchMetadata::GoneAfterLeaving if !preflight && has_just_left_an_origin(run) => {
            return None;
        }
        FetchMetadata::GoneAfterLeaving => worst,
    };
    Some(match worst {
        Relation::SameOrigin => "same-origin",
        Relation::SameSite => "same-site",
        Relation::CrossSite => "cross-site",
    })
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Relation {
    SameOrigin,
    SameSite,
    CrossSite,
}

fn site_of(run: &Run, url: &Url) -> Relation {
    let from = run.request.manners.asked_by.as_ref().unwrap_or(&run.client.origin);
    match Origin::from_url(url) {
        Some(target) if target.is_same_origin(from) => Relation::SameOrigin,
        Some(target) if site::is_same_site(&target, from, &*run.client.public_suffixes) => {
            Relation::SameSite
        }
        _ => Relation::CrossSite,
    }
}

fn has_just_left_an_origin(run: &Run) -> bool {
    let [.., from, to] = run.urls.as_slice() else { return false };
    run.request.mode == Mode::Cors && Origin::from_url(from) != Origin::from_url(to)
}

const fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::SameOrigin => "same-origin",
        Mode::Cors => "cors",
        Mode::NoCors => "no-cors",
        Mode::Navigate => "navigate",
        Mode::Websocket => "websocket",
    }
}

const fn destination_name(destination: Destination) -> &'static str {
    match destination {
        Destination::Empty => "empty",
        Destination::Audio => "audio",
        Destination::Document => "document",
        Destination::Font => "font",
        Destination::Image => "image",
        Destination::Manifest => "manifest",
        Destination::Script => "script",
        Destination::Style => "style",
        Destination::Track => "track",
        Destination::Video => "video",
        Destination::Worker => "worker",
        Destination::Json => "json",
        Destination::Text => "text",
        Destination::AudioWorklet => "audioworklet",
        Destination::Embed => "embed",
        Destination::Iframe => "iframe",
        Destination::Object => "object",
        Destination::ServiceWorker => "serviceworker",
        Destination::SharedWorker => "sharedworker",
        Destination::WebSocket => "websocket",
    }
}
