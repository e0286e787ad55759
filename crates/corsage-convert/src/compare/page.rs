//! A page's request against a model, judged by the browser's half.

use std::time::Duration;

use corsage::browser::{
    Client, CredentialsMode, FilteredResponse, Message, PreflightCache, Profile, Request,
    RequestInit, WireRequest, WireResponse, fetch,
};
use corsage::terms::{OpaqueOrigin, Origin};

use crate::{Answered, Asked, Behind, Program};

/// What a page asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageRequest<'q> {
    /// The page's origin.
    pub origin: &'q str,
    /// The host that it asks.
    pub host: &'q str,
    /// The path.
    pub path: &'q str,
    /// The method.
    pub method: &'q str,
    /// A header that has to be asked for, where there is one.
    pub header: Option<&'q str>,
    /// Whether cookies go with it.
    pub with_credentials: bool,
}

/// What the page got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Saw {
    /// Nothing: the request was never performed.
    Nothing,
    /// Nothing, but the handler ran.
    NothingButRan,
    /// The response.
    Response,
}

impl Saw {
    /// A stable name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::NothingButRan => "nothing-but-ran",
            Self::Response => "response",
        }
    }
}

/// What came of a page's request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageResult {
    /// What the page saw.
    pub saw: Saw,
    /// Which headers of the response it could read, of those named.
    pub exposed: Vec<String>,
    /// How long the preflight's answer is remembered, where it passed, in seconds.
    pub remembered: Option<u64>,
    /// Why the browser refused, by its stable code.
    pub refused: Option<String>,
}

/// Longer than any safelisted value may be, so that every name has to be asked for.
const UNSAFE_VALUE: [u8; 129] = [b'x'; 129];

/// Performs a page's request as the standard has it. `None` where no page could ask so: no origin, a forbidden
/// name.
#[must_use]
pub fn page(
    program: &dyn Program,
    behind: &dyn Behind,
    request: &PageRequest<'_>,
    named: &[&str],
) -> Option<PageResult> {
    page_in(Profile::Standard, program, behind, request, named)
}

/// Performs a page's request as this browser does.
#[must_use]
pub fn page_in(
    profile: Profile,
    program: &dyn Program,
    behind: &dyn Behind,
    request: &PageRequest<'_>,
    named: &[&str],
) -> Option<PageResult> {
    let origin = match request.origin {
        "null" => Origin::Opaque(OpaqueOrigin(1)),
        origin => Origin::parse(origin).ok()?,
    };
    let client = Client::page(origin);
    let init = RequestInit {
        // The host is told to the program apart: as the page's own it would be no cross-origin request.
        url: format!("https://server.corsage.test{}", request.path),
        method: Some(request.method.as_bytes().to_vec()),
        headers: request
            .header
            .map(|name| (name.as_bytes().to_vec(), UNSAFE_VALUE.to_vec()))
            .into_iter()
            .collect(),
        credentials: Some(if request.with_credentials {
            CredentialsMode::Include
        } else {
            CredentialsMode::SameOrigin
        }),
        ..RequestInit::default()
    };
    let made = Request::new(init, &client, profile).ok()?;
    if made.headers().len() != usize::from(request.header.is_some()) {
        return None;
    }
    let (mut cache, now) = (PreflightCache::new(), Duration::ZERO);
    let (mut has_run, mut remembered) = (false, None);
    let finished = fetch(made, &client, profile, &mut cache, now).run(&mut cache, now, |pending| {
        let answered = ask(program, behind, request, pending.wire());
        Ok(match pending.message() {
            Message::Preflight => {
                remembered = Some(max_age(&answered));
                response(&answered, &[])
            }
            Message::Request => {
                has_run |= answered.reached;
                response(&answered, named)
            }
        })
    });
    let (saw, exposed, refused) = match &finished.outcome {
        Ok(response) => (Saw::Response, exposed(response, named), None),
        Err(error) => {
            let saw = if has_run { Saw::NothingButRan } else { Saw::Nothing };
            (saw, Vec::new(), Some(error.blamed().code.as_str().to_owned()))
        }
    };
    Some(PageResult { saw, exposed, remembered, refused })
}

fn ask(
    program: &dyn Program,
    behind: &dyn Behind,
    request: &PageRequest<'_>,
    wire: &WireRequest,
) -> Answered {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut headers: Vec<(String, String)> =
        wire.headers.iter().map(|header| (text(&header.name), text(&header.value))).collect();
    if request.with_credentials && wire.method != b"OPTIONS" {
        headers.push(("Cookie".to_owned(), "session=1".to_owned()));
    }
    let method = text(&wire.method);
    program.answer(
        &Asked { method: &method, path: request.path, host: request.host, headers: &headers },
        behind,
    )
}

fn response(answered: &Answered, named: &[&str]) -> WireResponse {
    let mut headers = corsage::browser::HeaderList::new();
    for (name, value) in &answered.cors {
        headers.append(name, value);
    }
    for value in &answered.vary {
        headers.append("Vary", value);
    }
    for name in named {
        headers.append(name, "1");
    }
    // What is no status closes the connection: nothing passes then.
    let status = if answered.status < 200 { 599 } else { answered.status };
    WireResponse { status, status_text: Vec::new(), headers }
}

fn exposed(response: &FilteredResponse, named: &[&str]) -> Vec<String> {
    named
        .iter()
        .filter(|name| response.headers().contains(name.as_bytes()))
        .map(|&name| name.to_owned())
        .collect()
}

/// Five seconds where there is no number, as the standard has it.
fn max_age(answered: &Answered) -> u64 {
    let lines: Vec<&str> = answered.lines("access-control-max-age").collect();
    match lines.as_slice() {
        [one] => one.trim().parse().unwrap_or(5),
        _ => 5,
    }
}
