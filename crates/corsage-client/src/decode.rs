//! [Content codings](https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1): gzip, deflate, br and zstd, piece by
//! piece.

use std::io::{self, Write};

use brotli_decompressor::DecompressorWriter;
use flate2::write::{DeflateDecoder, GzDecoder, ZlibDecoder};

/// For one piece of output of `br`.
const BROTLI_BUFFER_BYTES: usize = 16 * 1024;
/// [RFC 9659](https://www.rfc-editor.org/rfc/rfc9659): windows of 8 MiB and no more.
const ZSTD_WINDOW_LOG: u32 = 23;
/// Longer chains are attacks.
const MAX_CODINGS: usize = 5;

/// A decoder of one response's body: the codings in the order in which they are taken off.
#[derive(Debug, Default)]
pub(crate) struct Decoder(Vec<Coding>);

enum Coding {
    Gzip(GzDecoder<Vec<u8>>),
    /// `deflate` means zlib, and some servers send raw deflate all the same: the first byte tells.
    DeflateUndecided,
    Zlib(ZlibDecoder<Vec<u8>>),
    Deflate(DeflateDecoder<Vec<u8>>),
    Brotli(Box<DecompressorWriter<Vec<u8>>>),
    Zstd(Box<zstd::stream::write::Decoder<'static, Vec<u8>>>),
}

impl std::fmt::Debug for Coding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Gzip(_) => "gzip",
            Self::DeflateUndecided | Self::Zlib(_) | Self::Deflate(_) => "deflate",
            Self::Brotli(_) => "br",
            Self::Zstd(_) => "zstd",
        })
    }
}

impl Decoder {
    /// A coding that is not known leaves the body as it is.
    pub(crate) fn new(content_encoding: Option<&[u8]>) -> Self {
        let value = content_encoding.unwrap_or_default().to_ascii_lowercase();
        let names = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        let names: Vec<&[u8]> =
            names.filter(|name| !name.is_empty() && *name != b"identity").collect();
        if names.len() > MAX_CODINGS {
            return Self::default();
        }
        let codings = names.into_iter().rev().map(Coding::new);
        Self(codings.collect::<Option<_>>().unwrap_or_default())
    }

    pub(crate) fn decode(&mut self, input: &[u8]) -> io::Result<Vec<u8>> {
        let mut bytes = input.to_vec();
        for coding in &mut self.0 {
            bytes = coding.decode(&bytes)?;
        }
        Ok(bytes)
    }

    /// What is left at the end; an error if the body broke off.
    pub(crate) fn finish(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for coding in &mut self.0 {
            let mut rest = coding.decode(&bytes)?;
            rest.extend(coding.finish()?);
            bytes = rest;
        }
        Ok(bytes)
    }
}

impl Coding {
    fn new(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"gzip" | b"x-gzip" => Self::Gzip(GzDecoder::new(Vec::new())),
            b"deflate" => Self::DeflateUndecided,
            b"br" => {
                Self::Brotli(Box::new(DecompressorWriter::new(Vec::new(), BROTLI_BUFFER_BYTES)))
            }
            b"zstd" => {
                let mut decoder = zstd::stream::write::Decoder::new(Vec::new()).ok()?;
                decoder.window_log_max(ZSTD_WINDOW_LOG).ok()?;
                Self::Zstd(Box::new(decoder))
            }
            _ => return None,
        })
    }

    fn decode(&mut self, input: &[u8]) -> io::Result<Vec<u8>> {
        if let (Self::DeflateUndecided, Some(first)) = (&self, input.first()) {
            *self = match first & 0x0F {
                8 => Self::Zlib(ZlibDecoder::new(Vec::new())),
                _ => Self::Deflate(DeflateDecoder::new(Vec::new())),
            };
        }
        Ok(match self {
            Self::DeflateUndecided => Vec::new(),
            Self::Gzip(decoder) => {
                feed(decoder, input)?;
                std::mem::take(decoder.get_mut())
            }
            Self::Zlib(decoder) => {
                feed(decoder, input)?;
                std::mem::take(decoder.get_mut())
            }
            Self::Deflate(decoder) => {
                feed(decoder, input)?;
                std::mem::take(decoder.get_mut())
            }
            Self::Brotli(decoder) => {
                feed(&mut **decoder, input)?;
                std::mem::take(decoder.get_mut())
            }
            Self::Zstd(decoder) => {
                feed(&mut **decoder, input)?;
                decoder.flush()?;
                std::mem::take(decoder.get_mut())
            }
        })
    }

    fn finish(&mut self) -> io::Result<Vec<u8>> {
        Ok(match self {
            Self::DeflateUndecided => Vec::new(),
            Self::Gzip(decoder) => {
                decoder.try_finish()?;
                std::mem::take(decoder.get_mut())
            }
            Self::Zlib(decoder) => {
                decoder.try_finish()?;
                std::mem::take(decoder.get_mut())
            }
            Self::Deflate(decoder) => {
                decoder.try_finish()?;
                std::mem::take(decoder.get_mut())
            }
            Self::Brotli(decoder) => {
                decoder.close()?;
                std::mem::take(decoder.get_mut())
            }
            Self::Zstd(decoder) => {
                decoder.flush()?;
                std::mem::take(decoder.get_mut())
            }
        })
    }
}

/// What follows the end of the coded data is ignored, as in browsers.
fn feed(decoder: &mut impl Write, mut input: &[u8]) -> io::Result<()> {
    while !input.is_empty() {
        match decoder.write(input) {
            Ok(0) => return Ok(()),
            Ok(count) => input = &input[count..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
