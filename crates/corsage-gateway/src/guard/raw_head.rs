//! What the parser does not tell: the bytes of the request head that is being served.
//!
//! hyper drops `Content-Length` where `Transfer-Encoding` stands beside it, and the service cannot
//! see that it did. So the bytes a connection reads are kept until the service has asked about the
//! head they make up. The record only watches: were it ever wrong about where a head begins, a
//! request would be normalised as hyper does it, and none would be held up.

use memchr::{memchr, memchr_iter};

/// How the bytes after a head are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyFraming {
    /// So many bytes, or none.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

/// The record of one HTTP/1 connection.
#[derive(Debug)]
pub(crate) struct RawHead {
    place: Place,
    bytes: Vec<u8>,
    limit: usize,
}

#[derive(Debug)]
enum Place {
    /// Between messages or inside a head: what comes is kept.
    Head,
    /// Inside a body that ends after so many bytes.
    Body(u64),
    /// Inside a chunked body.
    Chunks(ChunkScanner),
    /// More came in than a head may hold; or this connection no longer speaks HTTP/1.
    Lost,
}

/// Whether a head names both ways of framing a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// At most one.
    Single,
    /// `Content-Length` and `Transfer-Encoding`; or the record cannot tell.
    Doubtful,
}

impl RawHead {
    /// A record that keeps `limit` bytes at most: what the parser may hold unread, and more.
    pub(crate) fn new(limit: usize) -> Self {
        Self { place: Place::Head, bytes: Vec::new(), limit }
    }

    /// Notes what was read.
    pub(crate) fn read(&mut self, mut new: &[u8]) {
        loop {
            match &mut self.place {
                Place::Lost => return,
                Place::Head => {
                    if self.bytes.len() + new.len() > self.limit {
                        self.stop();
                        return;
                    }
                    self.bytes.extend_from_slice(new);
                    return;
                }
                Place::Body(left) => {
                    let skip = usize::try_from(*left).unwrap_or(usize::MAX).min(new.len());
                    *left -= skip as u64;
                    if *left > 0 {
                        return;
                    }
                    new = &new[skip..];
                    self.place = Place::Head;
                }
                Place::Chunks(scanner) => match scanner.skip(new) {
                    Some(rest) => {
                        new = rest;
                        self.place = Place::Head;
                    }
                    None => return,
                },
            }
            if new.is_empty() {
                return;
            }
        }
    }

    /// Whether bytes of a head that is not complete yet have come in.
    pub(crate) fn is_partial(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Bytes of it that are kept.
    pub(crate) fn held(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the next byte begins a head.
    pub(crate) fn is_between_messages(&self) -> bool {
        matches!(self.place, Place::Head) && self.bytes.is_empty()
    }

    /// The bytes kept: for an answer to a head that did not parse.
    pub(crate) fn kept(&self) -> &[u8] {
        &self.bytes
    }

    /// The parser has delivered a head whose body is framed as it says: judges that head, forgets
    /// it, and goes on behind it.
    pub(crate) fn take(&mut self, framing: BodyFraming) -> Framing {
        let (verdict, end) = match (&self.place, end_of_head(&self.bytes)) {
            (Place::Head, Some(end)) => {
                let verdict = match framing {
                    BodyFraming::Chunked if has_content_length(&self.bytes[..end]) => {
                        Framing::Doubtful
                    }
                    _ => Framing::Single,
                };
                (verdict, end)
            }
            _ => {
                self.stop();
                return match framing {
                    BodyFraming::Chunked => Framing::Doubtful,
                    BodyFraming::Length(_) => Framing::Single,
                };
            }
        };
        self.place = match framing {
            BodyFraming::Length(0) => Place::Head,
            BodyFraming::Length(length) => Place::Body(length),
            BodyFraming::Chunked => Place::Chunks(ChunkScanner::default()),
        };
        if end == self.bytes.len() {
            self.bytes.clear();
        } else {
            let kept = std::mem::take(&mut self.bytes);
            self.read(&kept[end..]);
        }
        verdict
    }

    /// Keeps nothing any more.
    pub(crate) fn stop(&mut self) {
        self.place = Place::Lost;
        self.bytes = Vec::new();
    }

    /// Gives memory back while the connection idles.
    pub(crate) fn shrink(&mut self) {
        if self.bytes.is_empty() {
            self.bytes = Vec::new();
        }
    }
}

/// Where the first head ends: behind its empty line. Lines may end in a bare LF, as hyper reads them.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    // Empty lines before a request line are skipped by the parser.
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
    let mut line_start = start;
    for newline in memchr_iter(b'\n', &bytes[start..]).map(|at| at + start) {
        match &bytes[line_start..newline] {
            [] | [b'\r'] => return Some(newline + 1),
            _ => line_start = newline + 1,
        }
    }
    None
}

fn has_content_length(head: &[u8]) -> bool {
    head.split(|&byte| byte == b'\n').any(|line| field_named(line, b"content-length").is_some())
}

/// The value of a header line, if it has this name.
pub(crate) fn field_named<'l>(line: &'l [u8], name: &[u8]) -> Option<&'l [u8]> {
    let colon = memchr(b':', line)?;
    let (this, value) = (&line[..colon], &line[colon + 1..]);
    this.trim_ascii().eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

/// Finds the end of a chunked body. The parser has the say about its validity; a connection on
/// which they differ is one that the parser closes.
#[derive(Debug, Default)]
struct ChunkScanner {
    state: ChunkState,
}

#[derive(Debug)]
enum ChunkState {
    Size {
        value: u64,
        digits: Digits,
    },
    Data(u64),
    /// The line end behind a chunk's data.
    DataEnd,
    Trailers(TrailerState),
}

/// Inside the trailer section, as hyper reads it: a line ends in CRLF there, and a bare LF is part of it. Were it
/// taken for an end here, what follows would pass for a head, and the next head for its body.
#[derive(Clone, Copy, Debug)]
enum TrailerState {
    /// Before a line, or the CRLF that ends them all.
    LineStart,
    Line,
    /// Behind a line's CR.
    LineEnd,
    /// Behind the CR that follows the last line.
    LastEnd,
}

/// Whether the chunk's size is still being read.
#[derive(Debug, PartialEq, Eq)]
enum Digits {
    Reading,
    Over,
}

impl Default for ChunkState {
    fn default() -> Self {
        Self::Size { value: 0, digits: Digits::Reading }
    }
}

impl ChunkScanner {
    /// Consumes bytes of the body; what is behind its end, if the end is among them.
    fn skip<'b>(&mut self, mut bytes: &'b [u8]) -> Option<&'b [u8]> {
        while let Some((&byte, rest)) = bytes.split_first() {
            match &mut self.state {
                ChunkState::Size { value, digits } => {
                    match (byte, char::from(byte).to_digit(16)) {
                        (b'\n', _) => {
                            self.state = match *value {
                                0 => ChunkState::Trailers(TrailerState::LineStart),
                                size => ChunkState::Data(size),
                            };
                        }
                        (_, Some(digit)) if *digits == Digits::Reading => {
                            *value = value.saturating_mul(16).saturating_add(u64::from(digit));
                        }
                        _ => *digits = Digits::Over,
                    }
                    bytes = rest;
                }
                ChunkState::Data(left) => {
                    let skip = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    *left -= skip as u64;
                    if *left == 0 {
                        self.state = ChunkState::DataEnd;
                    }
                    bytes = &bytes[skip..];
                }
                ChunkState::DataEnd => {
                    if byte == b'\n' {
                        self.state = ChunkState::default();
                    }
                    bytes = rest;
                }
                ChunkState::Trailers(state) => {
                    bytes = rest;
                    *state = match (*state, byte) {
                        (TrailerState::LineStart, b'\r') => TrailerState::LastEnd,
                        (TrailerState::Line, b'\r') => TrailerState::LineEnd,
                        (TrailerState::LineEnd, b'\n') => TrailerState::LineStart,
                        (TrailerState::LastEnd, b'\n') => return Some(bytes),
                        // What hyper refuses ends the connection, whatever is made of it here.
                        _ => TrailerState::Line,
                    };
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const BOTH: &[u8] =
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
    const CHUNKED: &[u8] = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

    fn record() -> RawHead {
        RawHead::new(64 * 1024)
    }

    #[test]
    fn both_framings_are_seen() {
        let mut raw = record();
        raw.read(BOTH);
        assert_eq!(raw.take(BodyFraming::Chunked), Framing::Doubtful);
    }

    #[test]
    fn both_framings_are_seen_behind_pipelined_requests() {
        let body = b"3\r\nabc\r\n0\r\nX: content-length: 5\r\n\r\n";
        let stream = [GET, CHUNKED, body, GET, BOTH].concat();
        // Cut everywhere: nothing may depend on how the bytes arrive.
        for cut in 0..stream.len() {
            let mut raw = record();
            raw.read(&stream[..cut]);
            raw.read(&stream[cut..]);
            assert_eq!(raw.take(BodyFraming::Length(0)), Framing::Single, "cut at {cut}");
            assert_eq!(raw.take(BodyFraming::Chunked), Framing::Single, "cut at {cut}");
            assert_eq!(raw.take(BodyFraming::Length(0)), Framing::Single, "cut at {cut}");
            assert_eq!(raw.take(BodyFraming::Chunked), Framing::Doubtful, "cut at {cut}");
        }
    }

    #[test]
    fn a_body_that_looks_like_a_head_is_not_one() {
        let mut raw = record();
        raw.read(b"POST / HTTP/1.1\r\nContent-Length: 78\r\n\r\n");
        assert_eq!(raw.take(BodyFraming::Length(BOTH.len() as u64)), Framing::Single);
        raw.read(BOTH);
        assert!(!raw.is_partial());
        raw.read(CHUNKED);
        assert_eq!(raw.take(BodyFraming::Chunked), Framing::Single);
    }

    #[test]
    fn what_cannot_be_told_is_doubtful() {
        let mut raw = RawHead::new(16);
        raw.read(CHUNKED);
        assert_eq!(raw.take(BodyFraming::Chunked), Framing::Doubtful);
        assert_eq!(raw.take(BodyFraming::Length(0)), Framing::Single);
    }

    #[test]
    fn bare_line_feeds_end_lines_too() {
        assert_eq!(end_of_head(b"\r\nGET / HTTP/1.1\nHost: a\n\nrest"), Some(26));
        assert_eq!(end_of_head(b"GET / HTTP/1.1\r\nHost: a\r\n"), None);
        assert_eq!(end_of_head(b"\r\n\r\n"), None);
    }

    #[test]
    fn a_bare_line_feed_ends_no_trailers() {
        let body = b"0\r\nX: a\n\nPOST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n";
        let stream = [CHUNKED, body, BOTH].concat();
        for cut in 0..stream.len() {
            let mut raw = record();
            raw.read(&stream[..cut]);
            raw.read(&stream[cut..]);
            assert_eq!(raw.take(BodyFraming::Chunked), Framing::Single, "cut at {cut}");
            assert_eq!(raw.take(BodyFraming::Chunked), Framing::Doubtful, "cut at {cut}");
        }
    }

    #[test]
    fn chunks_end_where_they_end() {
        let body = b"a;x=1\r\n0123456789\r\n00\r\n\r\nGET";
        for cut in 0..body.len() - 3 {
            let mut scanner = ChunkScanner::default();
            assert_eq!(scanner.skip(&body[..cut]), None);
            assert_eq!(scanner.skip(&body[cut..]), Some(&b"GET"[..]), "cut at {cut}");
        }
    }
}
