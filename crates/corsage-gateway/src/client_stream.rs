//! A request's body as its connection delivers it.

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::RecvStream;
use http::{HeaderMap, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::connection::Interim;

/// Why a client's body broke off.
pub(crate) type ClientError = Box<dyn StdError + Send + Sync>;

pub(crate) enum ClientStream {
    Http1(Incoming),
    Http2(Http2Stream),
}

pub(crate) struct Http2Stream {
    stream: RecvStream,
    /// Bytes still to come, where `Content-Length` says how many.
    left: Option<u64>,
    /// Who is told to go on, if the client waits to be told.
    waits: Option<Arc<Interim>>,
    part: Part,
}

#[derive(PartialEq, Eq)]
enum Part {
    Data,
    Trailers,
}

impl ClientStream {
    pub(crate) fn http2(stream: RecvStream, headers: &HeaderMap, interim: &Arc<Interim>) -> Self {
        let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let left = match length {
            // h2 has compared it with what comes, and is still to.
            Some(length) => length.parse().ok(),
            None if stream.is_end_stream() => Some(0),
            None => None,
        };
        let waits = headers.contains_key(header::EXPECT).then(|| Arc::clone(interim));
        Self::Http2(Http2Stream { stream, left, waits, part: Part::Data })
    }
}

impl Body for ClientStream {
    type Data = Bytes;
    type Error = ClientError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ClientError>>> {
        match self.get_mut() {
            Self::Http1(incoming) => Pin::new(incoming)
                .poll_frame(cx)
                .map(|frame| frame.map(|frame| frame.map_err(Into::into))),
            Self::Http2(stream) => stream.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Http1(incoming) => incoming.is_end_stream(),
            Self::Http2(stream) => stream.stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Http1(incoming) => incoming.size_hint(),
            Self::Http2(stream) => stream.left.map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}

impl Http2Stream {
    /// A stream that is reset is an error, whatever the reason: what came of it must not look whole.
    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ClientError>>> {
        if let Some(interim) = self.waits.take() {
            let mut go_on = Response::new(());
            *go_on.status_mut() = StatusCode::CONTINUE;
            interim.push(go_on);
        }
        if self.part == Part::Data {
            match ready!(self.stream.poll_data(cx)) {
                Some(Ok(data)) => {
                    // What is taken from here goes on at the pace of whoever takes it.
                    let _ = self.stream.flow_control().release_capacity(data.len());
                    self.left = self.left.map(|left| left.saturating_sub(data.len() as u64));
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => self.part = Part::Trailers,
            }
        }
        let trailers = ready!(self.stream.poll_trailers(cx)).map_err(ClientError::from);
        Poll::Ready(trailers.map(|trailers| trailers.map(Frame::trailers)).transpose())
    }
}
