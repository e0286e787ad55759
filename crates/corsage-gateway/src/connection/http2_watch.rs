//! Floods of HTTP/2 frames that cost their sender next to nothing: what
//! [RFC 9113 10.5](https://www.rfc-editor.org/rfc/rfc9113#section-10.5) asks servers to watch for.
//!
//! h2 bounds the size of heads, and streams that are reset before anybody has looked at them. It keeps
//! every empty DATA frame until somebody reads it, answers every PING and every SETTINGS, and lets a
//! client open and reset streams one after the other for ever. So the frames that come in are counted
//! by kind, before h2 sees them.

use crate::clock;

const PREFACE_BYTES: usize = 24;
const FRAME_HEAD_BYTES: usize = 9;

// Kinds of frames, and a flag.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;

/// Frames of a kind that any client may send at first.
const FREE: u64 = 1_000;
/// And for each second since: keep-alive pings on connections that live for days.
const FREE_PER_SECOND: u64 = 10;
/// And one for so many bytes that we have sent: probes of the bandwidth, and settings of the peer.
/// What a PING makes us send is a fraction of it.
const BYTES_PER_CONTROL: u64 = 64;
/// And one for so many bytes: clients tell how much they have taken, of the stream and of the
/// connection, some of them after every frame.
const BYTES_PER_UPDATE: u64 = 16;

/// Streams that may be open when the client is asked to leave, and that it may still give up.
const MAX_STREAMS_RESET: u64 = 256;

/// Whether a client may go on as it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// It may.
    Enough,
    /// It gets a GOAWAY, and its streams are served to their end.
    AskToLeave,
}

/// Counts the frames of one client.
#[derive(Debug)]
pub(super) struct FrameWatch {
    place: Place,
    born_ms: u64,
    /// Streams that may be reset beyond every second one.
    resets_allowed: u64,
    last_stream: u32,
    opened: u64,
    reset: u64,
    control: u64,
    updates: u64,
    sent_bytes: u64,
}

#[derive(Debug)]
enum Place {
    /// Inside the preface, with so many bytes to come.
    Preface(usize),
    /// Inside a frame's head.
    Head { bytes: [u8; FRAME_HEAD_BYTES], have: usize },
    /// Inside a frame's payload, with so many bytes to come.
    Payload(usize),
}

const HEAD: Place = Place::Head { bytes: [0; FRAME_HEAD_BYTES], have: 0 };

/// A client sends more of something than any honest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flood {
    /// Streams that are opened and reset.
    Resets,
    /// PING, SETTINGS, PRIORITY, frames without content, and frames of no known kind.
    Control,
    /// Updates of the window.
    Updates,
}

impl FrameWatch {
    /// `resets_allowed` streams may be reset, and every second one beyond; then the client is asked to leave. It may
    /// reset as many again while it does.
    pub(super) fn new(resets_allowed: u32) -> Self {
        Self {
            place: Place::Preface(PREFACE_BYTES),
            born_ms: clock::now_ms(),
            resets_allowed: u64::from(resets_allowed),
            last_stream: 0,
            opened: 0,
            reset: 0,
            control: 0,
            updates: 0,
            sent_bytes: 0,
        }
    }

    /// Notes what was sent to the client.
    pub(super) fn sent(&mut self, bytes: usize) {
        self.sent_bytes += bytes as u64;
    }

    /// Notes what came from the client.
    ///
    /// # Errors
    /// If it is a flood.
    pub(super) fn received(&mut self, mut new: &[u8]) -> Result<Patience, Flood> {
        while !new.is_empty() {
            match &mut self.place {
                Place::Preface(left) | Place::Payload(left) => {
                    let skip = new.len().min(*left);
                    *left -= skip;
                    new = &new[skip..];
                    if *left == 0 {
                        self.place = HEAD;
                    }
                }
                Place::Head { bytes, have } => {
                    let take = new.len().min(FRAME_HEAD_BYTES - *have);
                    bytes[*have..*have + take].copy_from_slice(&new[..take]);
                    *have += take;
                    new = &new[take..];
                    if *have == FRAME_HEAD_BYTES {
                        let head = *bytes;
                        self.frame(head)?;
                    }
                }
            }
        }
        let over = self.reset > self.resets_allowed + self.opened / 2;
        Ok(if over { Patience::AskToLeave } else { Patience::Enough })
    }

    fn frame(&mut self, head: [u8; FRAME_HEAD_BYTES]) -> Result<(), Flood> {
        let [a, b, c, kind, flags, s0, s1, s2, s3] = head;
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        let stream = u32::from_be_bytes([s0 & 0x7f, s1, s2, s3]);
        self.place = if length == 0 { HEAD } else { Place::Payload(length) };
        match kind {
            HEADERS => {
                // Trailers are no stream of their own.
                if stream > self.last_stream {
                    self.last_stream = stream;
                    self.opened += 1;
                }
            }
            RST_STREAM => {
                self.reset += 1;
                // A page that is left behind resets all its streams at once, and loses nothing else by it: the
                // answers under way come, and what it asks for next goes over another connection.
                if self.reset > 2 * self.resets_allowed + MAX_STREAMS_RESET + self.opened / 2 {
                    return Err(Flood::Resets);
                }
            }
            WINDOW_UPDATE => {
                self.updates += 1;
                if self.updates > self.allowance(BYTES_PER_UPDATE) {
                    return Err(Flood::Updates);
                }
            }
            DATA if length > 0 || flags & END_STREAM != 0 => {}
            CONTINUATION if length > 0 => {}
            GOAWAY => {}
            _ => {
                self.control += 1;
                if self.control > self.allowance(BYTES_PER_CONTROL) {
                    return Err(Flood::Control);
                }
            }
        }
        Ok(())
    }

    fn allowance(&self, bytes_per_frame: u64) -> u64 {
        let seconds = clock::now_ms().saturating_sub(self.born_ms) / 1_000;
        // Each request may come with some, of whichever kind.
        FREE + FREE_PER_SECOND * seconds + 4 * self.opened + self.sent_bytes / bytes_per_frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let mut bytes = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
        bytes.extend([kind, flags]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(payload);
        bytes
    }

    fn watch() -> FrameWatch {
        let mut watch = FrameWatch::new(64);
        watch.received(&[b'x'; PREFACE_BYTES]).unwrap();
        watch
    }

    #[test]
    fn frames_are_found_however_the_bytes_arrive() {
        let mut stream = vec![b'x'; PREFACE_BYTES];
        stream.extend(frame(4, 0, 0, &[0; 18]));
        stream.extend(frame(1, 5, 1, b"head"));
        stream.extend(frame(0, 0, 1, b""));
        stream.extend(frame(8, 0, 0, &[0; 4]));
        stream.extend(frame(3, 0, 1, &[0; 4]));
        for cut in 0..stream.len() {
            let mut watch = FrameWatch::new(64);
            watch.received(&stream[..cut]).unwrap();
            watch.received(&stream[cut..]).unwrap();
            assert_eq!(
                (watch.control, watch.opened, watch.updates, watch.reset),
                (2, 1, 1, 1),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn floods_end() {
        // PING, SETTINGS, PRIORITY, empty DATA, empty CONTINUATION, an unknown kind.
        for (kind, payload) in [(6, 8), (4, 0), (2, 5), (0, 0), (9, 0), (0xf5, 3)] {
            let one = frame(kind, 0, 1, &vec![0; payload]);
            let mut watch = watch();
            let ended = (0..10_000).find(|_| {
                // A PING is answered by as many bytes.
                watch.sent(one.len());
                watch.received(&one).is_err()
            });
            assert!(ended.is_some_and(|at| at < 2_000), "{kind}: {ended:?}");
        }
        let update = frame(8, 0, 0, &[0, 0, 0, 1]);
        let mut watch = watch();
        assert!((0..1_100).any(|_| watch.received(&update) == Err(Flood::Updates)));
    }

    #[test]
    fn streams_that_are_reset_one_after_the_other_end() {
        let mut watch = watch();
        let ended = (0..1_000).find(|n| {
            let pair = [frame(1, 5, 2 * n + 1, b"h"), frame(3, 0, 2 * n + 1, &[0; 4])].concat();
            watch.received(&pair) == Err(Flood::Resets)
        });
        assert!(ended.is_some_and(|at| at < 800), "{ended:?}");
    }

    #[test]
    fn a_page_that_cancels_all_it_has_asked_for_is_asked_to_leave_first() {
        let mut watch = watch();
        let mut asked = None;
        for n in 0..300 {
            let pair = [frame(1, 5, 2 * n + 1, b"h"), frame(3, 0, 2 * n + 1, &[0; 4])].concat();
            if watch.received(&pair).unwrap() == Patience::AskToLeave {
                asked.get_or_insert(n);
            }
        }
        assert!(asked.is_some_and(|at| at < 150), "{asked:?}");
    }

    #[test]
    fn honest_clients_go_on() {
        // Every event acknowledged twice; every second stream given up; a ping with every answer.
        let mut watch = watch();
        for n in 0..20_000 {
            let stream = 2 * n + 1;
            watch.received(&frame(1, 4, stream, b"head")).unwrap();
            watch.received(&frame(0, 0, stream, b"x")).unwrap();
            watch.received(&frame(0, 1, stream, b"")).unwrap();
            watch.sent(40);
            watch.received(&frame(8, 0, stream, &[0; 4])).unwrap();
            watch.received(&frame(8, 0, 0, &[0; 4])).unwrap();
            watch.received(&frame(6, 0, 0, &[0; 8])).unwrap();
            if n % 2 == 0 {
                watch.received(&frame(3, 0, stream, &[0; 4])).unwrap();
            }
        }
    }
}
