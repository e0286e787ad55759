//! What a page reads: the browser's half, stepped with what the server answers.

use std::time::Duration;

use corsage::browser::{
    Client, CredentialsMode, HeaderList, Message, Mode, Pending, PreflightCache, Profile,
    RedirectMode, ReferrerPolicy, Request, RequestInit, Step, WireFailure, WireRequest,
    WireResponse, fetch,
};
use corsage::terms::{OpaqueOrigin, Origin};
use url::Url;

use super::answer::Answer;

/// A script's request.
#[derive(Clone, Debug)]
pub(crate) struct Script<'s> {
    pub(crate) origin: &'s str,
    pub(crate) url: &'s str,
    pub(crate) method: &'s str,
    pub(crate) headers: Vec<(&'s str, String)>,
    pub(crate) credentials: CredentialsMode,
    /// The page's own path, and that it lets the server see it.
    pub(crate) shows_path: Option<&'s str>,
    /// The browser that runs it.
    pub(crate) profile: Profile,
}

impl<'s> Script<'s> {
    pub(crate) fn get(origin: &'s str, url: &'s str, credentials: CredentialsMode) -> Self {
        Self {
            origin,
            url,
            method: "GET",
            headers: Vec::new(),
            credentials,
            shows_path: None,
            profile: Profile::Chromium,
        }
    }

    /// The first step of its fetch; `None` if no browser makes such a request.
    pub(crate) fn begin(&self) -> Option<Step> {
        let client = self.client()?;
        let init = RequestInit {
            url: self.url.to_owned(),
            method: Some(self.method.as_bytes().to_vec()),
            headers: self
                .headers
                .iter()
                .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
                .collect(),
            mode: Some(Mode::Cors),
            credentials: Some(self.credentials),
            redirect: Some(RedirectMode::Manual),
            referrer_policy: self.shows_path.map(|_| ReferrerPolicy::UnsafeUrl),
            ..RequestInit::default()
        };
        let request = Request::new(init, &client, self.profile).ok()?;
        let mut cache = PreflightCache::new();
        Some(fetch(request, &client, self.profile, &mut cache, Duration::ZERO))
    }

    fn client(&self) -> Option<Client> {
        if self.origin == "null" {
            let origin = Origin::Opaque(OpaqueOrigin(0));
            return Some(Client { url: None, ..Client::page(origin) });
        }
        let mut client = Client::page(Origin::parse(self.origin).ok()?);
        let path = self.shows_path.unwrap_or("/");
        client.url = Url::parse(&format!("{}{path}", self.origin)).ok();
        Some(client)
    }
}

/// Hands an answer to the message that waits for it.
pub(crate) fn receive(pending: Pending, answer: Option<&Answer>) -> Step {
    let response = answer.map(wire).ok_or(WireFailure::Connection);
    pending.receive(response, &mut PreflightCache::new(), Duration::ZERO)
}

/// An answer as the browser's half takes it.
pub(crate) fn wire(answer: &Answer) -> WireResponse {
    let mut headers = HeaderList::new();
    for (name, value) in &answer.headers {
        headers.push_line(name, value);
    }
    WireResponse { status: answer.status, status_text: Vec::new(), headers }
}

/// What a script learns of an answer to a request that needs no preflight.
pub(crate) fn reads(script: &Script<'_>, answer: &Answer) -> Reads {
    match script.begin() {
        Some(Step::Send(pending)) if pending.message() == Message::Request => {
            match receive(pending, Some(answer)) {
                Step::Finish(finished) => match finished.outcome {
                    Ok(filtered) if !(300..400).contains(&answer.status) => Reads::All {
                        headers: filtered
                            .headers()
                            .iter()
                            .map(|header| String::from_utf8_lossy(&header.value).into_owned())
                            .collect(),
                    },
                    _ => Reads::Nothing,
                },
                // What a redirect leads to is another answer.
                Step::Send(_) => Reads::Nothing,
            }
        }
        _ => Reads::Nothing,
    }
}

/// What a script learns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    Nothing,
    /// The body, and these headers' values.
    All {
        headers: Vec<String>,
    },
}

impl Reads {
    pub(crate) fn is_something(&self) -> bool {
        *self != Self::Nothing
    }
}

/// The lines of a message, as they go out.
pub(crate) fn lines(wire: &WireRequest) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    wire.headers.iter().map(|header| (text(&header.name), text(&header.value))).collect()
}
