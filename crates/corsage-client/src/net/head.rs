//! The head of an HTTP/1 response, as browsers read it.
//!
//! Libraries refuse heads that browsers accept: one-digit statuses, control bytes in values, statuses whose
//! text is not ASCII, heads that end with the connection. What browsers refuse is refused here: a NUL, and
//! a carriage return that ends no line.

use corsage::browser::{HeaderList, WireFailure, WireResponse};

use super::wire_error::WireError;

/// A head, and how many bytes it took.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) response: WireResponse,
    pub(crate) version: Version,
    pub(crate) length: usize,
}

/// What decides whether a connection stays open by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Http10,
    Http11,
}

/// Whether more bytes can come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Open,
    Ended,
}

/// `None` if the head is not complete yet.
pub(crate) fn parse_head(bytes: &[u8], input: Input) -> Result<Option<Head>, WireError> {
    let Some(length) = head_length(bytes, input)? else { return Ok(None) };
    let head = &bytes[..length];
    if head.contains(&0) {
        return Err(malformed("a NUL in the response's head"));
    }
    let mut lines = head.split(|byte| *byte == b'\n').map(without_return);
    let status_line = lines.next().unwrap_or_default();
    let (version, status, status_text) = parse_status_line(status_line)?;
    let mut headers: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        if let b' ' | b'\t' = line[0] {
            // A line that goes on, as it was allowed once.
            if let Some((_, value)) = headers.last_mut() {
                value.push(b' ');
                value.extend_from_slice(line.trim_ascii());
            }
        } else if let Some((name, value)) = split_line(line) {
            headers.push((name.to_vec(), value.to_vec()));
        }
    }
    let mut list = HeaderList::new();
    for (name, value) in &headers {
        list.push_line(name, value);
    }
    let response = WireResponse { status, status_text, headers: list };
    Ok(Some(Head { response, version, length }))
}

/// Up to the empty line, that included; up to the end where the connection ends after a whole line.
fn head_length(bytes: &[u8], input: Input) -> Result<Option<usize>, WireError> {
    let mut start = 0;
    for (end, byte) in bytes.iter().enumerate() {
        match byte {
            b'\r' if bytes.get(end + 1).is_some_and(|next| *next != b'\n') => {
                return Err(malformed("a carriage return that ends no line"));
            }
            b'\n' => {
                let empty = without_return(&bytes[start..end]).is_empty();
                if empty {
                    return Ok(Some(end + 1));
                }
                start = end + 1;
            }
            _ => {}
        }
    }
    match input {
        Input::Open => Ok(None),
        Input::Ended if start == bytes.len() => Ok(Some(start)),
        Input::Ended => Err(malformed("the connection was closed within the response's head")),
    }
}

fn parse_status_line(line: &[u8]) -> Result<(Version, u16, Vec<u8>), WireError> {
    let wrong = || {
        let shown = &line[..line.len().min(80)];
        malformed(&format!("\"{}\" is no status line", shown.escape_ascii()))
    };
    let (protocol, rest) = split_at_space(line).ok_or_else(wrong)?;
    let version = match protocol {
        [h, t, t2, p, b'/', major, b'.', minor]
            if [*h, *t, *t2, *p].eq_ignore_ascii_case(b"HTTP")
                && major.is_ascii_digit()
                && minor.is_ascii_digit() =>
        {
            if (*major, *minor) < (b'1', b'1') {
                Version::Http10
            } else {
                Version::Http11
            }
        }
        _ => return Err(wrong()),
    };
    let rest = rest.trim_ascii_start();
    let (code, text) = split_at_space(rest).unwrap_or((rest, b""));
    if code.is_empty() || code.len() > 3 || !code.iter().all(u8::is_ascii_digit) {
        return Err(wrong());
    }
    let status = code.iter().fold(0, |status, digit| status * 10 + u16::from(digit - b'0'));
    Ok((version, status, text.trim_ascii().to_vec()))
}

/// A line without a colon, or whose name is no token, is passed over.
fn split_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line[..colon].trim_ascii_end();
    corsage::terms::header_name::is_token(name).then(|| (name, &line[colon + 1..]))
}

fn split_at_space(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = bytes.iter().position(|byte| *byte == b' ')?;
    Some((&bytes[..space], &bytes[space + 1..]))
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn malformed(detail: &str) -> WireError {
    WireError::new(WireFailure::Malformed, detail)
}

#[cfg(test)]
mod tests {
    use super::{Input, Version, parse_head};

    #[test]
    fn heads_that_browsers_accept() {
        for (head, status, text, header) in [
            ("HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", 200, &b"OK"[..], &b"b"[..]),
            ("HTTP/1.1 200 OK\nA:b\n\nbody", 200, b"OK", b"b"),
            (
                "http/1.1  099   NOT  OK \r\nA : \x01b\x7f \r\n\r\nbody",
                99,
                b"NOT  OK",
                b"\x01b\x7f",
            ),
            ("HTTP/1.1 0\r\nA: b\r\n c\r\n\td\r\n\r\nbody", 0, b"", b"b c d"),
            ("HTTP/1.1 999 \r\nno colon\r\nA B: c\r\nA: b\r\n\r\nbody", 999, b"", b"b"),
        ] {
            let parsed = parse_head(head.as_bytes(), Input::Open).unwrap().unwrap();
            assert_eq!(parsed.response.status, status, "{head:?}");
            assert_eq!(parsed.response.status_text, text, "{head:?}");
            assert_eq!(parsed.response.headers.get(b"a").unwrap(), header, "{head:?}");
            assert_eq!(&head[parsed.length..], "body");
            assert_eq!(parsed.version, Version::Http11);
            for cut in 0..parsed.length {
                let cut = parse_head(&head.as_bytes()[..cut], Input::Open);
                assert!(cut.unwrap().is_none(), "{head:?}");
            }
        }
        let ended = parse_head(b"HTTP/1.0 200\nA: b\n", Input::Ended).unwrap().unwrap();
        assert_eq!(ended.version, Version::Http10);
        assert_eq!(ended.response.headers.get(b"a").unwrap(), b"b");
    }

    #[test]
    fn heads_that_browsers_refuse() {
        for head in [
            "HTTP/1.1 \n\n",
            "HTTP/1.1 BLAH\n\n",
            "HTTP/1.1 1000 BOO\n\n",
            "HTTP/1.1 0200 BOO\n\n",
            "HTTP/1.1 -200 TEST\n\n",
            "HTTP/1.1 0xA\n\n",
            "HTTP/1.1 C8\n\n",
            "HTTPS/1.1 200\n\n",
            "garbage\n\n",
            "\n",
            "HTTP/1.1\r200 OK\n\n",
            "HTTP/1.1 200\rOK\n\n",
            "HTTP/1.1 200 OK\n\rA: b\n\n",
            "HTTP/1.1 200 OK\nA: b\r\r\n\n",
            "HTTP/1.1 200 OK\nA: b\n\r",
            "HTTP/1.1 200 OK\nA: \0\n\n",
            "HTTP/1.1 200 OK\nA: b",
        ] {
            assert!(parse_head(head.as_bytes(), Input::Ended).is_err(), "{head:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = parse_head(&bytes, Input::Open);
            let mut head = b"HTTP/1.1 200 OK\r\n".to_vec();
            head.extend(bytes);
            let _ = parse_head(&head, Input::Ended);
        }
    }
}
