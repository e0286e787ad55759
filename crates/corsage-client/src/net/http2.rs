//! HTTP/2, by a library: streams of requests over one connection.

use std::future::poll_fn;
use std::time::Duration;

use bytes::Bytes;
use corsage::browser::{HeaderList, WireFailure, WireRequest, WireResponse};
use futures_util::StreamExt as _;
use h2::client::SendRequest;
use h2::{RecvStream, SendStream};
use http::{HeaderName, HeaderValue, Method, Request, Uri, Version};
use tokio::time::timeout;
use url::Position;

use super::connect::Stream;
use super::wire_error::WireError;
use crate::RequestBody;

/// How much may come before it is read, for a stream and for all of a connection.
const WINDOW_BYTES: u32 = 1024 * 1024;

/// One connection; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Http2 {
    sender: SendRequest<Bytes>,
    idle: Duration,
}

/// A response's body, as it comes.
#[derive(Debug)]
pub(crate) struct Http2Body {
    stream: RecvStream,
    idle: Duration,
}

impl Http2 {
    pub(crate) async fn start(stream: Stream, idle: Duration) -> Result<Self, WireError> {
        let mut builder = h2::client::Builder::new();
        builder
            .initial_window_size(WINDOW_BYTES)
            .initial_connection_window_size(WINDOW_BYTES * 4)
            .enable_push(false);
        let (sender, connection) =
            builder.handshake(stream).await.map_err(|error| broken(&error))?;
        tokio::spawn(async move {
            // Its end shows in every stream.
            let _ = connection.await;
        });
        Ok(Self { sender, idle })
    }

    /// Whether a further request can be sent, now or soon.
    pub(crate) async fn is_usable(&self) -> bool {
        self.sender.clone().ready().await.is_ok()
    }

    pub(crate) async fn send(
        &self,
        wire: &WireRequest,
        headers: &HeaderList,
        upload: Option<RequestBody>,
    ) -> Result<(WireResponse, Http2Body), WireError> {
        let request = request(wire, headers)?;
        let mut sender = self.sender.clone().ready().await.map_err(|error| broken(&error))?;
        let body = wire.body.as_deref().filter(|body| !body.is_empty()).map(Bytes::copy_from_slice);
        let ends_here = body.is_none() && upload.is_none();
        let (response, stream) =
            sender.send_request(request, ends_here).map_err(|error| broken(&error))?;
        let body = body.map(RequestBody::once).or(upload);
        // A server may answer before it has read all; the rest goes on beside its answer.
        let sending = body.map(|body| tokio::spawn(send_body(stream, body)));
        let answered = timeout(self.idle, response).await.map_err(|_| {
            WireError::new(WireFailure::TimedOut, format!("nothing came for {:?}", self.idle))
        })?;
        let response = match answered {
            Ok(response) => response,
            Err(error) => {
                // If the page's stream failed, that is the cause.
                return Err(match sending {
                    Some(sending) => sending.await.ok().and_then(Result::err),
                    None => None,
                }
                .unwrap_or_else(|| broken(&error)));
            }
        };
        let (parts, stream) = response.into_parts();
        let mut list = HeaderList::new();
        for (name, value) in &parts.headers {
            list.push_line(name.as_str(), value.as_bytes());
        }
        let wire = WireResponse {
            status: parts.status.as_u16(),
            // HTTP/2 has no reason phrase: https://www.rfc-editor.org/rfc/rfc9113#section-8.3.2
            status_text: Vec::new(),
            headers: list,
        };
        Ok((wire, Http2Body { stream, idle: self.idle }))
    }
}

async fn send_body(mut stream: SendStream<Bytes>, mut body: RequestBody) -> Result<(), WireError> {
    while let Some(piece) = body.next().await {
        let mut piece = piece.map_err(|error| {
            stream.send_reset(h2::Reason::CANCEL);
            WireError::new(WireFailure::Aborted, format!("the request's body broke: {error}"))
        })?;
        while !piece.is_empty() {
            stream.reserve_capacity(piece.len());
            let granted = poll_fn(|context| stream.poll_capacity(context)).await;
            let count = match granted {
                Some(granted) => granted.map_err(|error| broken(&error))?.min(piece.len()),
                // The peer wants no more; what it answered counts.
                None => return Ok(()),
            };
            stream.send_data(piece.split_to(count), false).map_err(|error| broken(&error))?;
        }
    }
    stream.send_data(Bytes::new(), true).map_err(|error| broken(&error))
}

/// Without what belongs to a connection of HTTP/1.
fn request(wire: &WireRequest, headers: &HeaderList) -> Result<Request<()>, WireError> {
    let refuse = |what: &str, value: &[u8]| {
        let shown = value.escape_ascii();
        WireError::new(WireFailure::Malformed, format!("HTTP/2 has no such {what}: \"{shown}\""))
    };
    let method = Method::from_bytes(&wire.method).map_err(|_| refuse("method", &wire.method))?;
    let authority = wire.url.authority().rsplit('@').next().unwrap_or_default();
    let uri = Uri::builder()
        .scheme(wire.url.scheme())
        .authority(authority)
        .path_and_query(&wire.url[Position::BeforePath..Position::AfterQuery])
        .build()
        .map_err(|_| refuse("URL", wire.url.as_str().as_bytes()))?;
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.version_mut() = Version::HTTP_2;
    for header in headers {
        if matches!(&*header.name.to_ascii_lowercase(), b"host" | b"connection" | b"keep-alive") {
            continue;
        }
        let name = HeaderName::from_bytes(&header.name)
            .map_err(|_| refuse("header name", &header.name))?;
        let value = HeaderValue::from_bytes(&header.value)
            .map_err(|_| refuse("header value", &header.value))?;
        request.headers_mut().append(name, value);
    }
    Ok(request)
}

impl Http2Body {
    /// The next piece, or `None` at the end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, WireError> {
        let next = timeout(self.idle, self.stream.data()).await.map_err(|_| {
            WireError::new(WireFailure::TimedOut, format!("nothing came for {:?}", self.idle))
        })?;
        let Some(piece) = next else { return Ok(None) };
        let piece = piece.map_err(|error| broken(&error))?;
        // What has been read may be sent again; an error here shows with the next piece.
        let _ = self.stream.flow_control().release_capacity(piece.len());
        Ok(Some(piece))
    }
}

fn broken(error: &h2::Error) -> WireError {
    let failure = if error.is_io() || error.is_go_away() || error.is_reset() {
        WireFailure::Connection
    } else {
        WireFailure::Malformed
    };
    WireError::new(failure, error.to_string())
}
