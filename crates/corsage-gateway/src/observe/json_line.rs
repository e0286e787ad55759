//! One object on one line, written as it is read: a line per request must cost next to nothing.
//!
//! Names are ours and need no escaping; what clients sent does. A name comes with what stands around it, as in
//! `,"status":`: it is copied as a constant then.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use super::own_log::is_disguise;

thread_local! {
    /// The last second written on this thread, as text up to its dot.
    static SECOND: Cell<(u64, [u8; 19])> = const { Cell::new((u64::MAX, [0; 19])) };
}

/// Text that needs no escaping.
#[inline]
pub(crate) fn plain(out: &mut Vec<u8>, name: &[u8], text: &[u8]) {
    out.extend_from_slice(name);
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

/// A word of ours, which may be none.
#[inline]
pub(crate) fn code(out: &mut Vec<u8>, name: &[u8], code: Option<&'static str>) {
    if let Some(code) = code {
        plain(out, name, code.as_bytes());
    }
}

/// Text of anybody's.
#[inline]
pub(crate) fn text(out: &mut Vec<u8>, name: &[u8], text: &[u8]) {
    out.extend_from_slice(name);
    out.push(b'"');
    if is_plain(text) {
        out.extend_from_slice(text);
    } else {
        escape(text, out);
    }
    out.push(b'"');
}

/// Text of anybody's, which may be none.
#[inline]
pub(crate) fn text_if(out: &mut Vec<u8>, name: &[u8], some: Option<&[u8]>) {
    if let Some(some) = some {
        text(out, name, some);
    }
}

pub(crate) fn number(out: &mut Vec<u8>, name: &[u8], number: u64) {
    out.extend_from_slice(name);
    match u8::try_from(number) {
        Ok(digit) if digit < 10 => out.push(b'0' + digit),
        _ => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
    }
}

/// With three decimals.
pub(crate) fn milliseconds(out: &mut Vec<u8>, name: &[u8], duration: Duration) {
    let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    number(out, name, us / 1_000);
    out.push(b'.');
    three_digits(us % 1_000, out);
}

/// As RFC 3339 has it, to the millisecond.
pub(crate) fn time(out: &mut Vec<u8>, name: &[u8], time: SystemTime) {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    out.extend_from_slice(name);
    out.push(b'"');
    out.extend_from_slice(&second(since.as_secs()));
    out.push(b'.');
    three_digits(u64::from(since.subsec_millis()), out);
    out.extend_from_slice(b"Z\"");
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

/// Whether nothing in it wants escaping. Eight bytes are looked at together, each in its part of a number.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    let (eights, rest) = bytes.as_chunks::<8>();
    eights.iter().all(|eight| are_plain(u64::from_le_bytes(*eight)))
        && rest.iter().all(|&byte| PLAIN[usize::from(byte)])
}

/// Whether each of eight bytes lies between a space and a tilde, and is neither a quote nor a backslash. A part that
/// borrows from the next one may report that one too: that is for [`escape`] to find out.
#[inline]
fn are_plain(eight: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let zero_in = |parts: u64| parts.wrapping_sub(ONES) & !parts;
    let below_space = eight.wrapping_sub(ONES * 0x20);
    // 0x7f and above have their high bit set when one is added.
    let above_tilde = eight | eight.wrapping_add(ONES);
    let quote = zero_in(eight ^ (ONES * b'"' as u64));
    let backslash = zero_in(eight ^ (ONES * b'\\' as u64));
    (below_space | above_tilde | quote | backslash) & HIGH == 0
}

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
        let noon = SystemTime::UNIX_EPOCH + Duration::from_millis(86_400_007);
        time(&mut out, b"{\"time\":", noon);
        text(&mut out, b",\"a\":", b"x\"\\\x01\x7f\xff\xc2\x9b\xe2\x80\xae\xd1\x84");
        milliseconds(&mut out, b",\"ms\":", Duration::from_micros(12_034));
        number(&mut out, b",\"n\":", 7);
        text_if(&mut out, b",\"none\":", None);
        out.extend_from_slice(b"}\n");
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"time\":\"1970-01-02T00:00:00.007Z\",\"a\":\"x\\\"\\\\\\u0001\\u007f\u{fffd}\\u009b\\u202e\u{444}\",\
             \"ms\":12.034,\"n\":7}\n"
        );
    }

    #[test]
    fn each_byte_is_plain_wherever_it_stands_or_is_not() {
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                let mut eight = *b"abcdefgh";
                eight[at] = byte;
                assert_eq!(
                    are_plain(u64::from_le_bytes(eight)),
                    PLAIN[usize::from(byte)],
                    "{byte} {at}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_was_sent_is_read_back(bytes: Vec<u8>) {
            let mut out = Vec::new();
            text(&mut out, b"{\"text\":", &bytes);
            out.extend_from_slice(b"}\n");
            let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(read["text"].as_str().unwrap(), String::from_utf8_lossy(&bytes));
            prop_assert_eq!(out.iter().filter(|&&byte| byte < 0x20).count(), 1);
        }
    }
}
