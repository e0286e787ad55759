//! The driver: hands the machine's requests to the network, and the answers back.

use std::time::{Instant, SystemTime};

use bytes::Bytes;
use corsage::browser::{
    BodyAccess, Client, HeaderList, Request, RequestInit, SendCredentials, Step, WireFailure,
    WireRequest, WireResponse,
};

use crate::browser::lock;
use crate::cookies::Source;
use crate::http_cache::Lookup;
use crate::net::{Send, WireError};
use crate::{Browser, Exchange, FetchError, Outcome, Response, ResponseBody, SendError, integrity};

pub(crate) async fn fetch(
    browser: &Browser,
    client: &Client,
    init: RequestInit,
) -> Result<Response, FetchError> {
    let profile = browser.profile();
    let request = Request::new(init, client, profile).map_err(FetchError::Refused)?;
    let metadata = request.integrity().to_owned();
    let mut driver =
        Driver { browser, exchanges: Vec::new(), detail: None, body: ResponseBody::empty() };
    let mut next = {
        let mut preflights = lock(&browser.shared.preflights);
        corsage::browser::fetch(request, client, profile, &mut preflights, browser.now())
    };
    loop {
        next = match next {
            Step::Preflight(pending) => {
                let response = driver.send_preflight(pending.wire()).await;
                let mut preflights = lock(&browser.shared.preflights);
                pending.receive(response, &mut preflights, browser.now())
            }
            Step::Request(pending) => {
                let response = driver.send(pending.wire()).await;
                let mut preflights = lock(&browser.shared.preflights);
                pending.receive(response, &mut preflights, browser.now())
            }
            Step::Finish(finished) => {
                let filtered = match finished.outcome {
                    Ok(filtered) => filtered,
                    Err(error) => {
                        let (transcript, exchanges) = (finished.transcript, driver.exchanges);
                        return Err(FetchError::Network {
                            error,
                            transcript,
                            exchanges,
                            detail: driver.detail,
                        });
                    }
                };
                let body = match filtered.body() {
                    BodyAccess::Readable => driver.body,
                    BodyAccess::Bytes(bytes) => ResponseBody::bytes(bytes.clone().into(), None),
                    BodyAccess::Null | BodyAccess::Hidden => {
                        driver.body.discard().await;
                        ResponseBody::empty()
                    }
                };
                let mut response = Response {
                    filtered,
                    body,
                    transcript: finished.transcript,
                    exchanges: driver.exchanges,
                };
                if !metadata.is_empty() {
                    verify(&mut response, &metadata).await?;
                }
                return Ok(response);
            }
        };
    }
}

/// One message of the machine, past the HTTP cache; the body is left unread.
pub(crate) async fn send(browser: &Browser, wire: &WireRequest) -> Result<WireResponse, SendError> {
    let mut driver =
        Driver { browser, exchanges: Vec::new(), detail: None, body: ResponseBody::empty() };
    let headers = driver.headers(wire);
    match driver.exchange(wire, &headers).await {
        // Reading on would wait for the end of a stream that may have none.
        Ok((response, _body)) => Ok(response),
        Err(failure) => {
            Err(SendError { failure, detail: driver.detail.take().unwrap_or_default() })
        }
    }
}

/// D11: nothing of a body is handed over before all of it matches.
async fn verify(response: &mut Response, metadata: &str) -> Result<(), FetchError> {
    let bytes = response.body.read_to_end().await?;
    if !integrity::matches(metadata, &bytes) {
        let code = corsage::browser::Code::IntegrityMismatch;
        return Err(FetchError::Body { code, detail: Some(format!("wanted {metadata}")) });
    }
    response.body = ResponseBody::bytes(bytes.into(), None);
    Ok(())
}

struct Driver<'b> {
    browser: &'b Browser,
    exchanges: Vec<Exchange>,
    detail: Option<String>,
    /// Of the last response.
    body: ResponseBody,
}

impl Driver<'_> {
    async fn send_preflight(&mut self, wire: &WireRequest) -> Result<WireResponse, WireFailure> {
        let headers = self.headers(wire);
        let (response, body) = self.exchange(wire, &headers).await?;
        body.discard().await;
        Ok(response)
    }

    async fn send(&mut self, wire: &WireRequest) -> Result<WireResponse, WireFailure> {
        std::mem::replace(&mut self.body, ResponseBody::empty()).discard().await;
        let mut headers = self.headers(wire);
        let looked_up = lock(&self.browser.shared.cache).look_up(wire, &headers);
        let mut revalidating = false;
        match looked_up {
            Lookup::Fresh(response, body) => {
                return Ok(self.answer_from_cache(wire, &headers, response, body));
            }
            Lookup::Unsatisfiable => {
                self.fail(
                    wire,
                    &headers,
                    &WireError::new(WireFailure::CacheMiss, "nothing is stored"),
                    Instant::now(),
                );
                return Err(WireFailure::CacheMiss);
            }
            Lookup::Revalidate(conditions) => {
                for (name, value) in conditions {
                    headers.append(name, value);
                    revalidating = true;
                }
            }
            Lookup::Miss => {}
        }
        let (mut response, mut body) = self.exchange(wire, &headers).await?;
        // O3: a server that does not know this name on this connection may know it on another.
        if response.status == 421 {
            body.discard().await;
            self.browser.shared.network.close_idle();
            (response, body) = self.exchange(wire, &headers).await?;
        }
        if response.status == 304 && revalidating {
            let freshened = lock(&self.browser.shared.cache).freshen(wire, &headers, &response);
            if let Some((stored, bytes)) = freshened {
                body.discard().await;
                self.body =
                    ResponseBody::bytes(bytes, stored.headers.get(b"content-encoding").as_deref());
                return Ok(stored);
            }
        }
        lock(&self.browser.shared.cache).invalidate(wire, response.status);
        self.body = body;
        Ok(response)
    }

    fn answer_from_cache(
        &mut self,
        wire: &WireRequest,
        headers: &HeaderList,
        response: WireResponse,
        body: Bytes,
    ) -> WireResponse {
        self.body = ResponseBody::bytes(body, response.headers.get(b"content-encoding").as_deref());
        self.log(wire, headers, Outcome::FromCache, None, Instant::now());
        response
    }

    /// The machine's headers, and those that are the sender's affair.
    fn headers(&self, wire: &WireRequest) -> HeaderList {
        let mut headers = HeaderList::new();
        headers.push_line("Host", wire.url.authority().rsplit('@').next().unwrap_or_default());
        headers.push_line("Connection", "keep-alive");
        if let Some(body) = &wire.body {
            headers.push_line("Content-Length", body.len().to_string());
        } else if matches!(&*wire.method, b"POST" | b"PUT") && !wire.body_is_stream {
            headers.push_line("Content-Length", "0");
        }
        for header in &wire.headers {
            headers.push_line(&header.name, &header.value);
        }
        let mut default = |name: &str, value: &str| {
            if !headers.contains(name.as_bytes()) {
                headers.push_line(name, value);
            }
        };
        default("User-Agent", concat!("corsage/", env!("CARGO_PKG_VERSION")));
        default("Accept-Language", "en-US,en;q=0.9");
        default("Accept-Encoding", "gzip, deflate");
        if wire.credentials == SendCredentials::Include
            && let Some(cookies) = lock(&self.browser.shared.cookies).cookie_string(
                &wire.url,
                Source::Http,
                wire.cookies,
                SystemTime::now(),
            )
        {
            headers.push_line("Cookie", cookies);
        }
        headers
    }

    async fn exchange(
        &mut self,
        wire: &WireRequest,
        headers: &HeaderList,
    ) -> Result<(WireResponse, ResponseBody), WireFailure> {
        let started = Instant::now();
        let answer = match self.browser.shared.network.send(&Send { wire, headers }).await {
            Ok(answer) => answer,
            Err(error) => {
                self.fail(wire, headers, &error, started);
                return Err(error.failure);
            }
        };
        let response = answer.response.clone();
        // I3: obeyed even if the CORS check then fails.
        if wire.credentials == SendCredentials::Include {
            let mut cookies = lock(&self.browser.shared.cookies);
            for line in response.headers.lines(b"set-cookie") {
                cookies.set(&wire.url, line, Source::Http, wire.cookies, SystemTime::now());
            }
        }
        let outcome =
            Outcome::Response { status: response.status, headers: response.headers.clone() };
        self.log(wire, headers, outcome, Some(answer.peer), started);
        let body = ResponseBody::network(self.browser, wire, headers, answer);
        Ok((response, body))
    }

    fn fail(
        &mut self,
        wire: &WireRequest,
        headers: &HeaderList,
        error: &WireError,
        started: Instant,
    ) {
        self.detail = Some(error.detail.clone());
        let outcome =
            Outcome::Failed { failure: error.failure.clone(), detail: error.detail.clone() };
        self.log(wire, headers, outcome, None, started);
    }

    fn log(
        &mut self,
        wire: &WireRequest,
        headers: &HeaderList,
        outcome: Outcome,
        peer: Option<std::net::SocketAddr>,
        started: Instant,
    ) {
        self.exchanges.push(Exchange {
            method: wire.method.clone(),
            url: wire.url.clone(),
            request: headers.clone(),
            outcome,
            peer,
            duration: started.elapsed(),
        });
    }
}
