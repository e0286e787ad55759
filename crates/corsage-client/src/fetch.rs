//! A fetch: the machine's steps, one after the other, and what a script gets at the end.

use std::sync::Arc;

use corsage::browser::{
    BodyAccess, Client, Finished, Message, Request, RequestInit, Step, WireRequest, WireResponse,
};

use crate::driver::{Driver, put_aside};
use crate::keepalive::Keepalive;
use crate::lock::lock;
use crate::net::{Send, WireError};
use crate::shared::Shared;
use crate::{
    FetchError, RequestBody, Response, ResponseBody, SendError, does_body_match_integrity,
};

pub(crate) async fn fetch(
    shared: &Arc<Shared>,
    client: &Client,
    init: RequestInit,
    upload: Option<RequestBody>,
) -> Result<Response, FetchError> {
    let profile = shared.profile;
    let request = Request::new(init, client, profile).map_err(FetchError::Refused)?;
    let metadata = request.integrity().to_owned();
    let keepalive = if request.keepalive() {
        Keepalive::limited(&shared.keepalive, client)
    } else {
        Keepalive::unlimited()
    };
    let mut driver = Driver::new(shared, upload, keepalive);
    let mut next = {
        let mut preflights = lock(&shared.preflights);
        corsage::browser::fetch(request, client, profile, &mut preflights, shared.now())
    };
    loop {
        next = match next {
            Step::Send(pending) => {
                let response = match pending.message() {
                    Message::Preflight => driver.send_preflight(pending.wire()).await,
                    Message::Request => driver.send(pending.wire()).await,
                };
                let mut preflights = lock(&shared.preflights);
                pending.receive(response, &mut preflights, shared.now())
            }
            Step::Finish(finished) => return finish(*finished, driver, &metadata).await,
        };
    }
}

/// One message as it stands, and the beginning of its answer's body.
pub(crate) async fn send_exactly(
    shared: &Arc<Shared>,
    wire: &WireRequest,
    limit: usize,
) -> Result<(WireResponse, Vec<u8>), SendError> {
    let mut headers = corsage::browser::HeaderList::new();
    if !wire.headers.contains(b"host") {
        let host = wire.url.authority().rsplit('@').next().unwrap_or_default();
        headers.push_line("Host", host);
    }
    for header in wire.headers.iter() {
        headers.push_line(&header.name, &header.value);
    }
    let send = Send { wire, headers: &headers, upload: None };
    let failed = |error: WireError| SendError { failure: error.failure, detail: error.detail };
    let answer = shared.network.send(send).await.map_err(failed)?;
    let (mut body, mut bytes) = (answer.body, Vec::new());
    while bytes.len() < limit {
        match body.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            // What broke off is shown as far as it came.
            Ok(None) | Err(_) => break,
        }
    }
    bytes.truncate(limit);
    Ok((answer.response, bytes))
}

async fn finish(
    finished: Finished,
    driver: Driver<'_>,
    metadata: &str,
) -> Result<Response, FetchError> {
    let (transcript, exchanges, detail) = (finished.transcript, driver.exchanges, driver.detail);
    let filtered = match finished.outcome {
        Ok(filtered) => filtered,
        Err(error) => {
            put_aside(driver.body).await;
            return Err(FetchError::Network { error, transcript, exchanges, detail });
        }
    };
    let body = match filtered.body() {
        BodyAccess::Readable => driver.body,
        // The engine's own bytes; what came is read all the same, as only a whole answer is stored.
        BodyAccess::Bytes(bytes) => {
            put_aside(driver.body).await;
            ResponseBody::bytes(bytes.clone().into(), None)
        }
        BodyAccess::Null | BodyAccess::Hidden => {
            put_aside(driver.body).await;
            ResponseBody::empty()
        }
    };
    let mut response = Response { filtered, body, transcript, exchanges };
    if !metadata.is_empty() {
        verify(&mut response, metadata).await?;
    }
    Ok(response)
}

/// [Subresource Integrity](https://w3c.github.io/webappsec-subresource-integrity/): nothing of a body is handed over before all of it matches.
async fn verify(response: &mut Response, metadata: &str) -> Result<(), FetchError> {
    let bytes = response.body.read_to_end().await?;
    if !does_body_match_integrity(metadata, &bytes) {
        let code = corsage::browser::Code::IntegrityMismatch;
        return Err(FetchError::Body { code, detail: Some(format!("wanted {metadata}")) });
    }
    response.body = ResponseBody::bytes(bytes.into(), None);
    Ok(())
}

/// One message of the machine, past the HTTP cache; the body is left unread.
pub(crate) async fn send(
    shared: &Arc<Shared>,
    wire: &WireRequest,
) -> Result<WireResponse, SendError> {
    // Reading on would wait for the end of a stream that may have none.
    send_whole(shared, wire).await.map(|(response, _body)| response)
}

/// One message of the machine, past the HTTP cache, with its body unread.
pub(crate) async fn send_whole(
    shared: &Arc<Shared>,
    wire: &WireRequest,
) -> Result<(WireResponse, ResponseBody), SendError> {
    let mut driver = Driver::new(shared, None, Keepalive::unlimited());
    let headers = driver.headers(wire);
    match driver.exchange(wire, &headers).await {
        Ok(answer) => Ok(answer),
        Err(failure) => {
            Err(SendError { failure, detail: driver.detail.take().unwrap_or_default() })
        }
    }
}
