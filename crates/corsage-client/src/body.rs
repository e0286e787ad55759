//! A response's body, as it comes.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use corsage::browser::{Code, HeaderList, WireFailure, WireRequest, WireResponse};

use crate::FetchError;
use crate::decode::Decoder;
use crate::http_cache::{HttpCache, MAX_BODY_BYTES, Times};
use crate::keepalive::Reservation;
use crate::lock::lock;
use crate::net::{Answer, AnswerBody, Key, WireError};
use crate::shared::Shared;

/// A body that is read piece by piece; what is not asked for is not read from the network.
#[derive(Debug)]
pub struct ResponseBody {
    source: Source,
    decoder: Decoder,
    /// Undecoded bytes, for the HTTP cache.
    keep: Option<Keep>,
    shared: Option<Arc<Shared>>,
    times: Option<Times>,
    /// Its share of the keepalive quota, until the body has ended.
    reservation: Option<Reservation>,
}

#[derive(Debug)]
enum Source {
    Empty,
    Bytes(Bytes),
    Network { body: AnswerBody, peer: SocketAddr, key: Key },
}

#[derive(Debug)]
struct Keep {
    wire: WireRequest,
    headers: HeaderList,
    response: WireResponse,
    bytes: Vec<u8>,
}

impl ResponseBody {
    pub(crate) fn empty() -> Self {
        Self::of(Source::Empty, Decoder::default())
    }

    pub(crate) fn bytes(bytes: Bytes, content_encoding: Option<&[u8]>) -> Self {
        Self::of(Source::Bytes(bytes), Decoder::new(content_encoding))
    }

    fn of(source: Source, decoder: Decoder) -> Self {
        Self { source, decoder, keep: None, shared: None, times: None, reservation: None }
    }

    pub(crate) fn network(
        shared: &Arc<Shared>,
        wire: &WireRequest,
        headers: &HeaderList,
        answer: Answer,
        times: Times,
    ) -> Self {
        let response = answer.response;
        let keep = HttpCache::is_storable(wire, headers, &response).then(|| Keep {
            wire: wire.clone(),
            headers: headers.clone(),
            response: response.clone(),
            bytes: Vec::new(),
        });
        Self {
            decoder: Decoder::new(response.headers.get(b"content-encoding").as_deref()),
            source: Source::Network { body: answer.body, peer: answer.peer, key: answer.key },
            keep,
            shared: Some(Arc::clone(shared)),
            times: Some(times),
            reservation: None,
        }
    }

    /// When it was asked for, and when its head came; `None` if it did not come over the network.
    pub(crate) fn times(&self) -> Option<Times> {
        self.times
    }

    pub(crate) fn hold(&mut self, reservation: Option<Reservation>) {
        self.reservation = reservation;
    }

    /// Whether nothing can come any more.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.source, Source::Empty)
    }

    /// The next piece, decoded; `None` at the end.
    ///
    /// # Errors
    /// A connection that breaks, a coding that is none, a time-out.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        loop {
            let piece = match &mut self.source {
                Source::Empty => return Ok(None),
                Source::Bytes(bytes) => {
                    let bytes = std::mem::take(bytes);
                    if bytes.is_empty() { None } else { Some(bytes) }
                }
                Source::Network { body, .. } => match body.chunk().await {
                    Ok(piece) => piece,
                    Err(error) => {
                        self.source = Source::Empty;
                        self.reservation = None;
                        return Err(broken(error));
                    }
                },
            };
            let Some(piece) = piece else {
                let rest = self.decoder.finish().map_err(|error| undecodable(&error))?;
                self.end();
                return Ok((!rest.is_empty()).then(|| rest.into()));
            };
            self.remember(&piece);
            let decoded = self.decoder.decode(&piece).map_err(|error| undecodable(&error))?;
            if !decoded.is_empty() {
                return Ok(Some(decoded.into()));
            }
        }
    }

    /// All that remains.
    ///
    /// # Errors
    /// As [`chunk`](Self::chunk).
    pub async fn read_to_end(&mut self) -> Result<Vec<u8>, FetchError> {
        let mut all = Vec::new();
        while let Some(piece) = self.chunk().await? {
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }

    /// Reads a short rest so that the connection can be used again, and all that the HTTP cache wants to
    /// keep; a longer rest is not worth it.
    pub(crate) async fn discard(mut self) {
        const WORTH_READING: usize = 64 * 1024;
        let mut read = 0;
        while read < WORTH_READING || self.keep.is_some() {
            match self.chunk().await {
                Ok(Some(piece)) => read += piece.len(),
                _ => return,
            }
        }
    }

    fn remember(&mut self, piece: &[u8]) {
        if let Some(keep) = &mut self.keep {
            keep.bytes.extend_from_slice(piece);
            if keep.bytes.len() > MAX_BODY_BYTES {
                self.keep = None;
            }
        }
    }

    fn end(&mut self) {
        self.reservation = None;
        let Some(shared) = &self.shared else {
            self.source = Source::Empty;
            return;
        };
        if let (Some(keep), Some(times)) = (self.keep.take(), self.times) {
            lock(&shared.cache).store(
                &keep.wire,
                &keep.headers,
                &keep.response,
                keep.bytes.into(),
                times,
            );
        }
        if let Source::Network { body: AnswerBody::Http1(body), peer, key } =
            std::mem::replace(&mut self.source, Source::Empty)
        {
            shared.network.give_back(body, peer, key);
        }
    }
}

fn broken(error: WireError) -> FetchError {
    FetchError::Body { code: error.failure.code(), detail: Some(error.detail) }
}

fn undecodable(error: &std::io::Error) -> FetchError {
    let code: Code = WireFailure::ContentDecoding.code();
    FetchError::Body { code, detail: Some(error.to_string()) }
}
