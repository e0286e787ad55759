//! [Content codings](https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1): gzip and deflate, piece by piece.

use std::io::Write;

use flate2::write::{DeflateDecoder, GzDecoder, ZlibDecoder};

/// A decoder of one response's body.
#[derive(Debug)]
pub(crate) enum Decoder {
    Identity,
    Gzip(GzDecoder<Vec<u8>>),
    /// `deflate` means zlib, and some servers send raw deflate all the same: the first byte tells.
    DeflateUndecided,
    Zlib(ZlibDecoder<Vec<u8>>),
    Deflate(DeflateDecoder<Vec<u8>>),
}

impl Decoder {
    pub(crate) fn new(content_encoding: Option<&[u8]>) -> Self {
        match content_encoding.map(<[u8]>::to_ascii_lowercase).as_deref() {
            Some(b"gzip" | b"x-gzip") => Self::Gzip(GzDecoder::new(Vec::new())),
            Some(b"deflate") => Self::DeflateUndecided,
            _ => Self::Identity,
        }
    }

    pub(crate) fn decode(&mut self, input: &[u8]) -> std::io::Result<Vec<u8>> {
        if let (Self::DeflateUndecided, Some(first)) = (&self, input.first()) {
            *self = match first & 0x0F {
                8 => Self::Zlib(ZlibDecoder::new(Vec::new())),
                _ => Self::Deflate(DeflateDecoder::new(Vec::new())),
            };
        }
        match self {
            Self::Identity | Self::DeflateUndecided => Ok(input.to_vec()),
            Self::Gzip(decoder) => {
                decoder.write_all(input)?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Zlib(decoder) => {
                decoder.write_all(input)?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Deflate(decoder) => {
                decoder.write_all(input)?;
                Ok(std::mem::take(decoder.get_mut()))
            }
        }
    }

    /// What is left at the end; an error if the body broke off.
    pub(crate) fn finish(&mut self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Identity | Self::DeflateUndecided => Ok(Vec::new()),
            Self::Gzip(decoder) => {
                decoder.try_finish()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Zlib(decoder) => {
                decoder.try_finish()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Deflate(decoder) => {
                decoder.try_finish()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
        }
    }
}
