//! [Fetch Metadata](https://w3c.github.io/webappsec-fetch-metadata/): `Sec-Fetch-Dest`, `-Mode`, `-Site`.

use super::run::Run;
use super::{Destination, HeaderList, Mode, Profile};
use crate::terms::{Origin, site};

pub(crate) fn append_fetch_metadata(run: &Run, mode: Mode, headers: &mut HeaderList) {
    let Some(target) = Origin::from_url(run.url()) else { return };
    if !site::is_potentially_trustworthy(&target) {
        return;
    }
    let Some(value) = fetch_site(run) else { return };
    headers.append("Sec-Fetch-Dest", destination_name(run.request.destination));
    headers.append("Sec-Fetch-Mode", mode_name(mode));
    headers.append("Sec-Fetch-Site", value);
}

/// Over the whole URL list. WebKit sends nothing of the kind once a redirect has left an origin, and
/// Firefox calls every such chain cross-site.
fn fetch_site(run: &Run) -> Option<&'static str> {
    let mut value = "same-origin";
    for url in &run.urls {
        let Some(target) = Origin::from_url(url) else { return Some("cross-site") };
        if target.is_same_origin(&run.client.origin) {
            continue;
        }
        if !site::is_same_site(&target, &run.client.origin, &*run.client.public_suffixes) {
            return Some("cross-site");
        }
        value = "same-site";
    }
    let _ = Profile::Standard;
    Some(value)
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
    }
}
