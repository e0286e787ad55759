//! One object on one line, written as it is read: a line per request must cost next to nothing.
//!
//! Names are ours and need no escaping; what clients sent does. A name comes with what stands around it, as in
//! `,"status":` or `","path":"`, and is copied as a constant where the call is inlined: that is why it always is.

use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime};

use http::StatusCode;

use super::own_log::is_disguise;

thread_local! {
    /// The last second written on this thread.
    static SECOND: Cell<Option<Second>> = const { Cell::new(None) };
}

/// A second of the calendar: when it began, and the beginning of a line within it, with three digits to be filled in.
/// With it the time of day follows from the monotonic clock, which has been read anyhow; a clock that is set is noticed
/// when the second is over.
#[derive(Clone, Copy)]
struct Second {
    began: Instant,
    line: [u8; LINE.len()],
}

/// How a line begins, with its time as RFC 3339 has it, to the millisecond.
const LINE: &[u8; 34] = br#"{"time":"2026-01-01T00:00:00.000Z""#;
/// Where the time begins in it, and where its three last digits do.
const TIME: usize = 9;
const DIGITS: usize = 29;

/// Text that needs no escaping. The name opens its quotes; what comes next closes them.
#[inline(always)]
pub(crate) fn plain(out: &mut Vec<u8>, name: &[u8], text: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(text);
}

/// A word of ours, which may be none.
#[inline(always)]
pub(crate) fn code(out: &mut Vec<u8>, name: &[u8], code: Option<&'static str>) {
    if let Some(code) = code {
        plain(out, name, code.as_bytes());
    }
}

/// A text that is written down.
#[derive(Clone, Copy)]
pub(crate) enum Text<'t> {
    /// Somebody has looked at it for reasons of his own: nothing in it wants escaping.
    Plain(&'t [u8]),
    /// Anything.
    Any(&'t [u8]),
}

/// As [`plain`], of any text.
#[inline(always)]
pub(crate) fn text(out: &mut Vec<u8>, name: &[u8], text: Text<'_>) {
    match text {
        Text::Any(text) if !is_plain(text) => escaped(out, name, text),
        Text::Any(text) | Text::Plain(text) => plain(out, name, text),
    }
}

#[cold]
fn escaped(out: &mut Vec<u8>, name: &[u8], text: &[u8]) {
    out.extend_from_slice(name);
    escape(text, out);
}

/// A text that may be none.
#[inline(always)]
pub(crate) fn text_if(out: &mut Vec<u8>, name: &[u8], some: Option<Text<'_>>) {
    if let Some(some) = some {
        text(out, name, some);
    }
}

#[inline(always)]
pub(crate) fn number(out: &mut Vec<u8>, name: &[u8], number: u64) {
    out.extend_from_slice(name);
    match u8::try_from(number) {
        Ok(digit) if digit < 10 => out.push(b'0' + digit),
        _ => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
    }
}

#[inline(always)]
pub(crate) fn status(out: &mut Vec<u8>, name: &[u8], status: StatusCode) {
    out.extend_from_slice(name);
    // A status has three digits.
    out.extend_from_slice(&three_digits(status.as_u16().into()));
}

/// With three decimals.
#[inline(always)]
pub(crate) fn milliseconds(out: &mut Vec<u8>, name: &[u8], duration: Duration) {
    out.extend_from_slice(name);
    decimal(out, duration);
}

fn decimal(out: &mut Vec<u8>, duration: Duration) {
    let micros = duration.subsec_micros();
    let whole = duration.as_secs().saturating_mul(1_000).saturating_add((micros / 1_000).into());
    let [tenths, hundredths, thousandths] = three_digits(micros % 1_000);
    if whole < 10 {
        let digit = u8::try_from(whole).unwrap_or_default();
        return out.extend_from_slice(&[b'0' + digit, b'.', tenths, hundredths, thousandths]);
    }
    number(out, b"", whole);
    out.extend_from_slice(&[b'.', tenths, hundredths, thousandths]);
}

/// Begins a line with the time of what happened just now, as RFC 3339 has it, to the millisecond.
pub(crate) fn begin(out: &mut Vec<u8>, now: Instant) {
    let known = SECOND.get().and_then(|second| Some((second, second.milliseconds_at(now)?)));
    let (Second { mut line, .. }, milliseconds) =
        known.unwrap_or_else(|| Second::at(now, SystemTime::now()));
    line[DIGITS..DIGITS + 3].copy_from_slice(&three_digits(milliseconds));
    out.extend_from_slice(&line);
}

impl Second {
    /// The milliseconds of this second that have gone by, if it is not over.
    #[inline]
    fn milliseconds_at(self, now: Instant) -> Option<u32> {
        let gone = now.checked_duration_since(self.began)?;
        (gone.as_secs() == 0).then_some(gone.subsec_millis())
    }

    /// The second of a time of day, to be known from now on, and the milliseconds of it that have gone by.
    #[cold]
    fn at(now: Instant, of_day: SystemTime) -> (Self, u32) {
        // The calendar has an end in this crate; what is behind it cannot be told.
        const END: Duration = Duration::from_secs(253_402_300_799);
        let since = of_day.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().min(END);
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs());
        let text = humantime::format_rfc3339_seconds(time).to_string();
        let mut line = *LINE;
        for (place, byte) in line[TIME..DIGITS - 1].iter_mut().zip(text.bytes()) {
            *place = byte;
        }
        let began = now.checked_sub(Duration::from_nanos(since.subsec_nanos().into()));
        let second = Self { began: began.unwrap_or(now), line };
        SECOND.set(Some(second));
        (second, since.subsec_millis())
    }
}

/// Of a number below a thousand.
#[inline]
fn three_digits(number: u32) -> [u8; 3] {
    let digit = |of: u32| b'0' + u8::try_from(of % 10).unwrap_or_default();
    [digit(number / 100), digit(number / 10), digit(number)]
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

/// Whether nothing in it wants escaping. Sixteen bytes are looked at together; the last sixteen may have been seen in
/// part already.
#[inline(never)]
fn is_plain(bytes: &[u8]) -> bool {
    let (sixteens, rest) = bytes.as_chunks::<16>();
    let odd = sixteens.iter().fold(0, |odd, sixteen| odd | any_odd(sixteen));
    let last = match (bytes.last_chunk::<16>(), bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        _ if rest.is_empty() => 0,
        (Some(last), ..) => any_odd(last),
        (None, Some(first), Some(last)) => any_odd(first) | any_odd(last),
        _ => rest.iter().fold(0, |odd, &byte| odd | u8::from(!PLAIN[usize::from(byte)])),
    };
    odd | last == 0
}

/// Not zero if [`PLAIN`] has not all of them. Without a branch, so that the compiler looks at them in one step.
#[inline(always)]
fn any_odd<const N: usize>(bytes: &[u8; N]) -> u8 {
    let is_odd = |byte: u8| {
        u8::from(byte.wrapping_sub(0x20) > 0x5e) | u8::from(byte == b'"') | u8::from(byte == b'\\')
    };
    bytes.iter().fold(0, |odd, &byte| odd | is_odd(byte))
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
        let now = Instant::now() + Duration::from_secs(1);
        Second::at(now, noon);
        begin(&mut out, now);
        let odd = b"x\"\\\x01\x7f\xff\xc2\x9b\xe2\x80\xae\xd1\x84";
        text(&mut out, b",\"a\":\"", Text::Any(odd));
        out.push(b'"');
        for micros in [7, 9_876, 12_034, 345_678, 1_002_003] {
            milliseconds(&mut out, b",\"ms\":", Duration::from_micros(micros));
        }
        number(&mut out, b",\"n\":", 7);
        text_if(&mut out, b",\"none\":\"", None);
        out.extend_from_slice(b"}\n");
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"time\":\"1970-01-02T00:00:00.007Z\",\"a\":\"x\\\"\\\\\\u0001\\u007f\u{fffd}\\u009b\\u202e\u{444}\",\
             \"ms\":0.007,\"ms\":9.876,\"ms\":12.034,\"ms\":345.678,\"ms\":1002.003,\"n\":7}\n"
        );
    }

    #[test]
    fn each_byte_is_plain_wherever_it_stands_or_is_not() {
        for byte in 0..=u8::MAX {
            for length in 1..=40 {
                for at in 0..length {
                    let mut bytes = vec![b'a'; length];
                    bytes[at] = byte;
                    assert_eq!(is_plain(&bytes), PLAIN[usize::from(byte)], "{byte} {at} {length}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_was_sent_is_read_back(bytes: Vec<u8>) {
            let mut out = Vec::new();
            text(&mut out, b"{\"text\":\"", Text::Any(&bytes));
            out.extend_from_slice(b"\"}\n");
            let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(read["text"].as_str().unwrap(), String::from_utf8_lossy(&bytes));
            prop_assert_eq!(out.iter().filter(|&&byte| byte < 0x20).count(), 1);
        }
    }
}
