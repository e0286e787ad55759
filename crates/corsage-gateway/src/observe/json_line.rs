//! One object on one line, written as it is read: a line per request must cost next to nothing.
//!
//! Names are ours and need no escaping; what clients sent does.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use super::own_log::is_disguise;

/// An object being written.
pub(crate) struct JsonLine<'o> {
    out: &'o mut Vec<u8>,
    next: u8,
}

thread_local! {
    /// The last second written on this thread, as text up to its dot.
    static SECOND: Cell<(u64, [u8; 19])> = const { Cell::new((u64::MAX, [0; 19])) };
}

impl<'o> JsonLine<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>) -> Self {
        out.reserve(512);
        Self { out, next: b'{' }
    }

    fn name(&mut self, name: &str) {
        self.out.extend_from_slice(&[self.next, b'"']);
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.next = b',';
    }

    /// Text that needs no escaping.
    pub(crate) fn plain(&mut self, name: &str, text: &[u8]) {
        self.name(name);
        self.out.push(b'"');
        self.out.extend_from_slice(text);
        self.out.push(b'"');
    }

    /// Text of anybody's, which may be none.
    pub(crate) fn text(&mut self, name: &str, text: &[u8]) {
        self.name(name);
        self.out.push(b'"');
        escape(text, self.out);
        self.out.push(b'"');
    }

    pub(crate) fn text_if(&mut self, name: &str, text: Option<&[u8]>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    pub(crate) fn number(&mut self, name: &str, number: u64) {
        self.name(name);
        self.out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }

    /// With three decimals.
    pub(crate) fn milliseconds(&mut self, name: &str, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.number(name, us / 1_000);
        self.out.push(b'.');
        three_digits(us % 1_000, self.out);
    }

    /// As RFC 3339 has it, to the millisecond.
    pub(crate) fn time(&mut self, name: &str, time: SystemTime) {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.name(name);
        self.out.push(b'"');
        self.out.extend_from_slice(&second(since.as_secs()));
        self.out.push(b'.');
        three_digits(u64::from(since.subsec_millis()), self.out);
        self.out.extend_from_slice(b"Z\"");
    }

    /// The end of the object, and of its line.
    pub(crate) fn end(self) {
        self.out.extend_from_slice(b"}\n");
    }
}

fn second(second: u64) -> [u8; 19] {
    let (last, text) = SECOND.get();
    if last == second {
        return text;
    }
    // The calendar has an end in this crate; what is behind it cannot be told.
    const END: u64 = 253_402_300_799;
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(second.min(END));
    let formatted = humantime::format_rfc3339_seconds(time).to_string();
    let text = formatted.as_bytes().get(..19).and_then(|it| it.try_into().ok()).unwrap_or(text);
    SECOND.set((second, text));
    text
}

fn three_digits(number: u64, out: &mut Vec<u8>) {
    let digit = |of: u64| b'0' + u8::try_from(of % 10).unwrap_or_default();
    out.extend_from_slice(&[digit(number / 100), digit(number / 10), digit(number)]);
}

/// Bytes that stand in a string as they are.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0x20;
    while byte < 0x7f {
        plain[byte] = byte != b'"' as usize && byte != b'\\' as usize;
        byte += 1;
    }
    plain
};

/// Bytes that are no UTF-8 become replacement characters; what controls a terminal or disguises its surroundings is
/// escaped, as are the characters that JSON wants escaped.
fn escape(mut bytes: &[u8], out: &mut Vec<u8>) {
    while !bytes.is_empty() {
        let plain = bytes.iter().position(|&byte| !PLAIN[usize::from(byte)]);
        let (run, rest) = bytes.split_at(plain.unwrap_or(bytes.len()));
        out.extend_from_slice(run);
        let odd = rest.iter().position(|&byte| PLAIN[usize::from(byte)]);
        let (odd, rest) = rest.split_at(odd.unwrap_or(rest.len()));
        for character in String::from_utf8_lossy(odd).chars() {
            match character {
                '"' | '\\' => out.extend_from_slice(&[b'\\', character as u8]),
                '\0'..='\u{1f}' | '\u{7f}' => unit(u32::from(character), out),
                _ if is_disguise(character) => unit(u32::from(character), out),
                _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        bytes = rest;
    }
}

fn unit(code: u32, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(b"\\u");
    for shift in [12, 8, 4, 0] {
        out.push(HEX[(code >> shift & 0xf) as usize]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_object_is_what_was_written() {
        let mut out = Vec::new();
        let mut line = JsonLine::new(&mut out);
        line.time("time", SystemTime::UNIX_EPOCH + Duration::from_millis(86_400_007));
        line.text("a", b"x\"\\\x01\x7f\xff\xc2\x9b\xe2\x80\xae\xd1\x84");
        line.milliseconds("ms", Duration::from_micros(12_034));
        line.number("n", 7);
        line.text_if("none", None);
        line.end();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"time\":\"1970-01-02T00:00:00.007Z\",\"a\":\"x\\\"\\\\\\u0001\\u007f\u{fffd}\\u009b\\u202e\u{444}\",\
             \"ms\":12.034,\"n\":7}\n"
        );
    }

    proptest! {
        #[test]
        fn whatever_was_sent_is_read_back(bytes: Vec<u8>) {
            let mut out = Vec::new();
            let mut line = JsonLine::new(&mut out);
            line.text("text", &bytes);
            line.end();
            let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(read["text"].as_str().unwrap(), String::from_utf8_lossy(&bytes));
            prop_assert_eq!(out.iter().filter(|&&byte| byte < 0x20).count(), 1);
        }
    }
}
