//! A response's body, as it comes.

use std::net::SocketAddr;

use bytes::Bytes;
use corsage::browser::{Code, HeaderList, WireFailure, WireRequest, WireResponse};

use crate::browser::lock;
use crate::decode::Decoder;
use crate::http_cache::{HttpCache, MAX_BODY_BYTES};
use crate::net::{Answer, Http1Body, WireError};
use crate::{Browser, FetchError};

/// A body that is read piece by piece; what is not asked for is not read from the network.
#[derive(Debug)]
pub struct ResponseBody {
    source: Source,
    decoder: Decoder,
    /// Undecoded bytes, for the HTTP cache.
    keep: Option<Keep>,
    browser: Option<Browser>,
}

#[derive(Debug)]
enum Source {
    Empty,
    Bytes(Bytes),
    Http1 { body: Http1Body, peer: SocketAddr, key: crate::net::Key },
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
        Self { source: Source::Empty, decoder: Decoder::Identity, keep: None, browser: None }
    }

    pub(crate) fn bytes(bytes: Bytes, content_encoding: Option<&[u8]>) -> Self {
        Self {
            source: Source::Bytes(bytes),
            decoder: Decoder::new(content_encoding),
            keep: None,
            browser: None,
        }
    }

    pub(crate) fn network(
        browser: &Browser,
        wire: &WireRequest,
        headers: &HeaderList,
        answer: Answer,
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
            source: Source::Http1 { body: answer.body, peer: answer.peer, key: answer.key },
            keep,
            browser: Some(browser.clone()),
        }
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
                Source::Http1 { body, .. } => match body.chunk().await {
                    Ok(piece) => piece,
                    Err(error) => {
                        self.source = Source::Empty;
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

    /// Reads a short rest so that the connection can be used again; a long one is not worth it.
    pub(crate) async fn discard(mut self) {
        const WORTH_READING: usize = 64 * 1024;
        let mut read = 0;
        while read < WORTH_READING {
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
        let Some(browser) = &self.browser else {
            self.source = Source::Empty;
            return;
        };
        if let Some(keep) = self.keep.take() {
            lock(&browser.shared.cache).store(
                &keep.wire,
                &keep.headers,
                &keep.response,
                keep.bytes.into(),
            );
        }
        if let Source::Http1 { body, peer, key } =
            std::mem::replace(&mut self.source, Source::Empty)
        {
            browser.shared.network.give_back(body, peer, key);
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
