//! From the bytes of a file to its text: compressed, in UTF-16, with a byte-order mark, or with a bad byte.

use std::io::Read;

/// What a small file may unfold to. Archives of browsers have some hundred megabytes at most; more is an attack.
const MAX_UNCOMPRESSED: u64 = 4 << 30;

/// Why bytes have no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoText {
    /// The compression is broken, or unfolds to more than any archive holds.
    Gzip,
    /// A ZIP file, as Fiddler and Charles save their own formats.
    Zip,
}

/// The text of a file. A byte that is not UTF-8 becomes `?`: it never stands where JSON has its marks.
///
/// ```
/// assert_eq!(corsage_evidence::text::decode(b"\xef\xbb\xbf{}".to_vec()), Ok("{}".to_owned()));
/// assert_eq!(corsage_evidence::text::decode(b"\xff\xfe{\0}\0".to_vec()), Ok("{}".to_owned()));
/// assert_eq!(corsage_evidence::text::decode(b"a\xff".to_vec()), Ok("a?".to_owned()));
/// ```
///
/// # Errors
///
/// What is compressed and cannot be unfolded.
pub fn decode(bytes: Vec<u8>) -> Result<String, NoText> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(NoText::Zip);
    }
    let mut bytes = if bytes.starts_with(&[0x1f, 0x8b]) { unfold(&bytes)? } else { bytes };
    if let Some(text) = utf16(&bytes) {
        return Ok(text);
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| mended(error.into_bytes())))
}

fn unfold(bytes: &[u8]) -> Result<Vec<u8>, NoText> {
    let mut out = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(bytes).take(MAX_UNCOMPRESSED);
    match reader.read_to_end(&mut out) {
        Ok(read) if read as u64 >= MAX_UNCOMPRESSED => Err(NoText::Gzip),
        Ok(_) => Ok(out),
        // What came before the broken part may be enough.
        Err(_) if !out.is_empty() => Ok(out),
        Err(_) => Err(NoText::Gzip),
    }
}

/// UTF-16 by its mark, or by the zeros between letters.
fn utf16(bytes: &[u8]) -> Option<String> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] | [b'{' | b' ' | b'\n' | b'\r' | b'c' | b'f', 0, _, 0, ..] => {
            u16::from_le_bytes
        }
        [0xfe, 0xff, ..] | [0, b'{' | b' ' | b'\n' | b'\r' | b'c' | b'f', 0, _, ..] => {
            u16::from_be_bytes
        }
        _ => return None,
    };
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len() / 2);
    text.extend(char::decode_utf16(units).map(|c| c.unwrap_or('?')).filter(|c| *c != '\u{feff}'));
    Some(text)
}

/// In place: the file may be as large as memory allows.
fn mended(mut bytes: Vec<u8>) -> String {
    let mut from = 0;
    loop {
        let (bad, length) = match std::str::from_utf8(&bytes[from..]) {
            Ok(_) => break,
            Err(error) => (from + error.valid_up_to(), error.error_len()),
        };
        let end = length.map_or(bytes.len(), |length| bad + length);
        bytes[bad..end].fill(b'?');
        from = end;
    }
    String::from_utf8(bytes).unwrap_or_default()
}
