//! A scenario's call as the engine takes it: who fetches, and with what.

use corsage::browser::load::{Load, LoadKind};
use corsage::browser::{
    AddressSpace, Body, Client, CredentialsMode, Mode, RedirectMode, RequestInit, SecureContext,
};
use corsage::terms::{OpaqueOrigin, Origin};
use url::Url;

use super::places::{FRAME_PATH, Party, Places};
use super::scenario::{Call, Page};

/// The page as the engine knows it.
///
/// # Errors
/// None, as long as the demo's own addresses are addresses.
pub(crate) fn client(from: Page, places: &Places) -> Result<Client, String> {
    let parse = |origin: &str| Origin::parse(origin).map_err(|error| error.to_string());
    let (page, partner) = (places.page_origin(), places.origin_of(Party::Partner));
    let (origin, url) = match from {
        Page::Own => (parse(&page)?, format!("{page}/")),
        Page::Partner => (parse(&partner)?, format!("{partner}{FRAME_PATH}")),
        Page::Sandbox => (Origin::Opaque(OpaqueOrigin(1)), format!("{page}{FRAME_PATH}")),
    };
    Ok(Client {
        url: Some(Url::parse(&url).map_err(|error| error.to_string())?),
        top_level_origin: parse(&page)?,
        secure_context: SecureContext::Secure,
        address_space: Some(AddressSpace::Loopback),
        ..Client::page(origin)
    })
}

/// What the script passes to `fetch`.
///
/// # Errors
/// A word that no browser knows.
pub(crate) fn init(call: &Call, places: &Places, run: &str) -> Result<RequestInit, String> {
    let mode = word(
        "mode",
        call.mode.as_deref(),
        &[("cors", Mode::Cors), ("no-cors", Mode::NoCors), ("same-origin", Mode::SameOrigin)],
    )?;
    let credentials = word(
        "credentials mode",
        call.credentials.as_deref(),
        &[
            ("omit", CredentialsMode::Omit),
            ("same-origin", CredentialsMode::SameOrigin),
            ("include", CredentialsMode::Include),
        ],
    )?;
    let redirect = word(
        "redirect mode",
        call.redirect.as_deref(),
        &[
            ("follow", RedirectMode::Follow),
            ("error", RedirectMode::Error),
            ("manual", RedirectMode::Manual),
        ],
    )?;
    let bytes = |text: &String| text.as_bytes().to_vec();
    Ok(RequestInit {
        url: call.url(places, run).map_err(|error| error.to_string())?.into(),
        method: call.method.as_ref().map(bytes),
        headers: call.headers.iter().map(|(name, value)| (bytes(name), bytes(value))).collect(),
        body: call.body.as_ref().map(|body| Body::Bytes(body.as_bytes().into())),
        body_content_type: call.body.as_ref().map(|_| b"text/plain;charset=UTF-8".to_vec()),
        mode,
        credentials,
        redirect,
        ..RequestInit::default()
    })
}

/// What the page's element loads; `None` where a script fetches.
///
/// # Errors
/// A kind that there is not.
pub(crate) fn load(call: &Call, places: &Places, run: &str) -> Result<Option<Load>, String> {
    let Some(kind) = &call.load else { return Ok(None) };
    let kind: LoadKind = kind.parse().map_err(|error| format!("{kind}: {error}"))?;
    let mut load = Load::new(kind, call.url(places, run).map_err(|error| error.to_string())?);
    if let Some(value) = &call.crossorigin {
        load = load.crossorigin(value);
    }
    if let Some(metadata) = &call.integrity {
        load = load.integrity(metadata);
    }
    Ok(Some(load))
}

/// The value that a word stands for.
fn word<T: Copy>(what: &str, word: Option<&str>, known: &[(&str, T)]) -> Result<Option<T>, String> {
    let Some(word) = word else { return Ok(None) };
    let found = known.iter().find(|(name, _)| *name == word);
    found.map(|(_, value)| Some(*value)).ok_or_else(|| format!("there is no {what} {word:?}"))
}
