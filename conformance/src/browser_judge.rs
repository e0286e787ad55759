//! What the browser half makes of a server's answer.

use std::time::Duration;

use corsage::browser::{
    Client, CredentialsMode, HeaderList, PreflightCache, Profile, Request, RequestInit, Step,
    WireResponse, fetch,
};
use corsage::terms::Origin;
use corsage::terms::method::is_safelisted;
use http::{HeaderMap, StatusCode};

/// The request that a page makes.
pub(crate) struct Question<'q> {
    /// Whether the answer is a preflight's.
    pub(crate) preflight: bool,
    pub(crate) origin: &'q str,
    pub(crate) include: bool,
    pub(crate) method: &'q str,
    pub(crate) unsafe_headers: &'q [String],
}

/// Whether the page may go on. `None` where no page could have asked: its origin is none, or its headers
/// are forbidden.
pub(crate) fn judge(
    question: &Question<'_>,
    status: StatusCode,
    headers: &HeaderMap,
) -> Option<Result<(), String>> {
    let client = Client::page(Origin::parse(question.origin).ok()?);
    let init = RequestInit {
        url: "https://server.corsage.test/".to_owned(),
        method: question.preflight.then(|| question.method.as_bytes().to_vec()),
        // Longer than any safelisted value may be, so that every name is unsafe.
        headers: question
            .unsafe_headers
            .iter()
            .map(|name| (name.as_bytes().to_vec(), vec![b'x'; 129]))
            .collect(),
        credentials: Some(if question.include {
            CredentialsMode::Include
        } else {
            CredentialsMode::SameOrigin
        }),
        // Where nothing else would make a browser ask; the flag also lets every method pass.
        use_cors_preflight: question.preflight
            && question.unsafe_headers.is_empty()
            && is_safelisted(question.method.as_bytes()),
        ..RequestInit::default()
    };
    let request = Request::new(init, &client, Profile::Standard).ok()?;
    if request.headers().iter().count() != question.unsafe_headers.len() {
        return None;
    }
    let mut list = HeaderList::new();
    for (name, value) in headers {
        list.append(name.as_str(), value.as_bytes());
    }
    let response = WireResponse { status: status.as_u16(), status_text: Vec::new(), headers: list };
    let mut cache = PreflightCache::new();
    let now = Duration::ZERO;
    let end = match fetch(request, &client, Profile::Standard, &mut cache, now) {
        Step::Send(pending) => pending.receive(Ok(response), &mut cache, now),
        Step::Finish(end) => Step::Finish(end),
    };
    Some(match end {
        Step::Finish(end) => end.outcome.map(|_| ()).map_err(|error| error.to_string()),
        // The preflight passed, and the request itself is next; or a redirect passed its check.
        Step::Send(_) => Ok(()),
    })
}
