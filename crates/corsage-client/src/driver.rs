//! [HTTP-network-or-cache fetch](https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch), from the
//! point where the machine hands a request out: cache, cookies, authentication, network.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use corsage::browser::{
    CacheMode, Header, HeaderList, SendCredentials, UrlCredentials, WireFailure, WireRequest,
    WireResponse,
};
use tokio::time::timeout;

use crate::cookies::Source;
use crate::http_cache::{Lookup, Times, Validation};
use crate::keepalive::{Keepalive, Reservation};
use crate::lock::lock;
use crate::net::{Send, WireError};
use crate::shared::Shared;
use crate::{Exchange, Outcome, RequestBody, ResponseBody, authentication};

/// Nobody reads the body of a preflight's answer, or of a redirect. If the rest of it is near, the
/// connection can be used again.
const REST_IS_NEAR: Duration = Duration::from_millis(50);

pub(crate) struct Driver<'b> {
    shared: &'b Arc<Shared>,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) detail: Option<String>,
    /// Of the last response.
    pub(crate) body: ResponseBody,
    upload: Option<RequestBody>,
    keepalive: Keepalive,
    reservation: Option<Reservation>,
}

impl<'b> Driver<'b> {
    pub(crate) fn new(
        shared: &'b Arc<Shared>,
        upload: Option<RequestBody>,
        keepalive: Keepalive,
    ) -> Self {
        Self {
            shared,
            exchanges: Vec::new(),
            detail: None,
            body: ResponseBody::empty(),
            upload,
            keepalive,
            reservation: None,
        }
    }

    pub(crate) async fn send_preflight(
        &mut self,
        wire: &WireRequest,
    ) -> Result<WireResponse, WireFailure> {
        let headers = self.headers(wire);
        let (response, body) = self.exchange(wire, &headers).await?;
        put_aside(body).await;
        Ok(response)
    }

    pub(crate) async fn send(&mut self, wire: &WireRequest) -> Result<WireResponse, WireFailure> {
        put_aside(std::mem::replace(&mut self.body, ResponseBody::empty())).await;
        self.reserve(wire)?;
        let mut headers = self.headers(wire);
        let looked_up = lock(&self.shared.cache).look_up(wire, &headers, SystemTime::now());
        let mut validation = None;
        match looked_up {
            Lookup::Fresh(response, body) => {
                return Ok(self.answer_from_cache(wire, &headers, response, body));
            }
            Lookup::WhileRevalidating(response, body, validation) => {
                self.revalidate(wire, &headers, validation);
                return Ok(self.answer_from_cache(wire, &headers, response, body));
            }
            Lookup::GatewayTimeout => {
                let response = gateway_timeout();
                return Ok(self.answer_from_cache(wire, &headers, response, Bytes::new()));
            }
            Lookup::Unsatisfiable => {
                let error = WireError::new(WireFailure::CacheMiss, "nothing is stored");
                self.fail(wire, &headers, &error, Instant::now());
                return Err(WireFailure::CacheMiss);
            }
            Lookup::Revalidate(found) => {
                for (name, value) in &found.conditions {
                    headers.append(name, value);
                }
                validation = Some(found);
            }
            Lookup::Miss => {}
        }
        let (mut response, mut body) = self.exchange(wire, &headers).await?;
        if response.status == 401
            && let Some(value) = self.answer_to_challenge(wire, &headers, &response)
        {
            put_aside(body).await;
            headers.set("Authorization", value);
            (response, body) = self.exchange(wire, &headers).await?;
        }
        // https://httpwg.org/specs/rfc9110.html#status.421: a server that does not know this name on this connection may know it on another.
        if response.status == 421 && !wire.body_is_stream {
            put_aside(body).await;
            self.shared.network.close_idle();
            (response, body) = self.exchange(wire, &headers).await?;
        }
        if response.status == 304
            && let Some(validation) = validation
            && let Some((stored, bytes)) = self.freshen(wire, &validation, &response, &body)
        {
            put_aside(body).await;
            self.body =
                ResponseBody::bytes(bytes, stored.headers.get(b"content-encoding").as_deref());
            return Ok(stored);
        }
        self.body = body;
        self.body.hold(self.reservation.take());
        Ok(response)
    }

    /// A keepalive body takes its share of the quota until the fetch is done.
    fn reserve(&mut self, wire: &WireRequest) -> Result<(), WireFailure> {
        self.reservation = None;
        let length = wire.body.as_ref().map_or(0, |body| body.len());
        match self.keepalive.reserve(length) {
            Ok(reservation) => {
                self.reservation = reservation;
                Ok(())
            }
            Err(in_flight) => {
                self.detail =
                    Some(format!("{length} bytes, and {in_flight} in flight, exceed 65536"));
                Err(WireFailure::KeepaliveQuotaExceeded)
            }
        }
    }

    fn freshen(
        &self,
        wire: &WireRequest,
        validation: &Validation,
        response: &WireResponse,
        body: &ResponseBody,
    ) -> Option<(WireResponse, Bytes)> {
        let times = body.times()?;
        lock(&self.shared.cache).freshen(wire, validation, response, times)
    }

    /// [Stale-while-revalidate](https://fetch.spec.whatwg.org/#concept-stale-while-revalidate-response): a fetch of
    /// its own, whose response nobody sees.
    fn revalidate(&self, wire: &WireRequest, headers: &HeaderList, validation: Validation) {
        let (shared, mut wire, mut headers) =
            (Arc::clone(self.shared), wire.clone(), headers.clone());
        wire.cache = CacheMode::NoCache;
        for (name, value) in &validation.conditions {
            headers.append(name, value);
        }
        tokio::spawn(async move {
            let mut driver = Driver::new(&shared, None, Keepalive::unlimited());
            let Ok((response, body)) = driver.exchange(&wire, &headers).await else { return };
            if response.status == 304 {
                driver.freshen(&wire, &validation, &response, &body);
            }
            body.discard().await;
        });
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
    pub(crate) fn headers(&self, wire: &WireRequest) -> HeaderList {
        let mut headers = HeaderList::new();
        headers.push_line("Host", wire.url.authority().rsplit('@').next().unwrap_or_default());
        headers.push_line("Connection", "keep-alive");
        if let Some(body) = &wire.body {
            headers.push_line("Content-Length", body.len().to_string());
        } else if matches!(&*wire.method, b"POST" | b"PUT") && !wire.body_is_stream {
            headers.push_line("Content-Length", "0");
        }
        for header in combined(&wire.headers) {
            headers.push_line(&header.name, &header.value);
        }
        let mut default = |name: &str, value: &str| {
            if !headers.contains(name.as_bytes()) {
                headers.push_line(name, value);
            }
        };
        default("User-Agent", concat!("corsage/", env!("CARGO_PKG_VERSION")));
        default("Accept-Language", "en-US,en;q=0.9");
        // Proxies on the way of plain HTTP may not know the newer ones.
        let secure = wire.url.scheme() == "https";
        default(
            "Accept-Encoding",
            if secure { "gzip, deflate, br, zstd" } else { "gzip, deflate" },
        );
        if wire.credentials == SendCredentials::Exclude {
            return headers;
        }
        let cookies = lock(&self.shared.cookies).cookie_string(
            &wire.url,
            Source::Http,
            wire.cookies,
            SystemTime::now(),
        );
        if let Some(cookies) = cookies {
            headers.push_line("Cookie", cookies);
        }
        let entry = lock(&self.shared.authentication).entry(&wire.url);
        if let Some(value) = entry
            && wire.url_credentials == UrlCredentials::Unused
            && !headers.contains(b"authorization")
        {
            headers.push_line("Authorization", value);
        }
        headers
    }

    /// Credentials from the URL, for a challenge that they can answer. They are remembered.
    fn answer_to_challenge(
        &self,
        wire: &WireRequest,
        headers: &HeaderList,
        response: &WireResponse,
    ) -> Option<String> {
        let answerable = wire.url_credentials == UrlCredentials::AnswerChallenge
            && !headers.contains(b"authorization")
            && !wire.body_is_stream
            && authentication::asks_for_basic(&response.headers);
        if !answerable {
            return None;
        }
        let value = authentication::basic(&wire.url);
        lock(&self.shared.authentication).remember(&wire.url, &value);
        Some(value)
    }

    pub(crate) async fn exchange(
        &mut self,
        wire: &WireRequest,
        headers: &HeaderList,
    ) -> Result<(WireResponse, ResponseBody), WireFailure> {
        let (started, requested) = (Instant::now(), SystemTime::now());
        let upload = self.upload.take_if(|_| wire.body_is_stream);
        let sent = self.shared.network.send(Send { wire, headers, upload }).await;
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) => {
                self.fail(wire, headers, &error, started);
                return Err(error.failure);
            }
        };
        let response = answer.response.clone();
        // Cookies are stored with the response's arrival, even if the CORS check then fails:
        // https://fetch.spec.whatwg.org/#http-network-fetch
        if wire.credentials == SendCredentials::Include {
            let mut cookies = lock(&self.shared.cookies);
            for line in response.headers.lines(b"set-cookie") {
                cookies.set(&wire.url, line, Source::Http, wire.cookies, SystemTime::now());
            }
        }
        lock(&self.shared.cache).invalidate(wire, &response);
        let outcome =
            Outcome::Response { status: response.status, headers: response.headers.clone() };
        self.log(wire, headers, outcome, Some(answer.peer), started);
        let times = Times { requested, received: SystemTime::now() };
        let body = ResponseBody::network(self.shared, wire, headers, answer, times);
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

/// Every engine sends the lines of one name as one.
fn combined(headers: &HeaderList) -> Vec<Header> {
    let mut lines: Vec<Header> = Vec::new();
    for header in headers {
        let same = |line: &&mut Header| line.name.eq_ignore_ascii_case(&header.name);
        match lines.iter_mut().find(same) {
            Some(line) => {
                line.value.extend_from_slice(b", ");
                line.value.extend_from_slice(&header.value);
            }
            None => lines.push(header.clone()),
        }
    }
    lines
}

/// Reads on behind the back of whoever goes on: nobody waits for the end of a body that may have none.
pub(crate) async fn put_aside(body: ResponseBody) {
    if !body.is_over() {
        let _ = timeout(REST_IS_NEAR, tokio::spawn(body.discard())).await;
    }
}

fn gateway_timeout() -> WireResponse {
    let mut headers = HeaderList::new();
    headers.push_line("Content-Length", "0");
    WireResponse { status: 504, status_text: b"Gateway Timeout".to_vec(), headers }
}
