//! Answers that are written byte by byte, read as far as every engine reads them: lines that end with a line
//! feed alone, folded lines, interim responses, a head that ends with the connection.

use corsage::browser::HeaderList;

/// A head that was read, and what came after it.
pub(crate) struct Read {
    pub(crate) status: u16,
    pub(crate) headers: HeaderList,
    pub(crate) body: Vec<u8>,
}

/// Why bytes are no HTTP response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// The first line is no status line.
    StatusLine,
    /// A line of the head has no colon.
    NoColon,
    /// Blanks stand between a header's name and its colon.
    BlankBeforeColon,
    /// A value holds a NUL.
    NulInValue,
    /// Two lines of `Content-Length` differ.
    LengthsDiffer,
}

pub(crate) fn read(bytes: &[u8]) -> Result<Read, Malformed> {
    let mut rest = bytes;
    let status = status(next_line(&mut rest).unwrap_or_default())?;
    let mut lines: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    while let Some(line) = next_line(&mut rest).filter(|line| !line.is_empty()) {
        if line.contains(&0) {
            return Err(Malformed::NulInValue);
        }
        // RFC 9112, 5.2: what begins with a blank goes on with the line before.
        if let (b' ' | b'\t', Some((_, value))) = (line[0], lines.last_mut()) {
            value.push(b' ');
            value.extend_from_slice(line.trim_ascii());
            continue;
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or(Malformed::NoColon)?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if name.last().is_some_and(u8::is_ascii_whitespace) {
            return Err(Malformed::BlankBeforeColon);
        }
        lines.push((name.to_vec(), value.trim_ascii().to_vec()));
    }
    if (100..200).contains(&status) {
        return read(rest);
    }
    let mut headers = HeaderList::new();
    for (name, value) in lines {
        headers.push_line(name, value.trim_ascii());
    }
    let lengths: Vec<&[u8]> = headers.lines(b"content-length").collect();
    if lengths.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(Malformed::LengthsDiffer);
    }
    Ok(Read { status, headers, body: rest.to_vec() })
}

/// The next line, without its end; `None` where nothing is left.
fn next_line<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    if rest.is_empty() {
        return None;
    }
    let end = rest.iter().position(|byte| *byte == b'\n');
    let line = &rest[..end.unwrap_or(rest.len())];
    *rest = end.map_or(&[][..], |end| &rest[end + 1..]);
    Some(line.strip_suffix(b"\r").unwrap_or(line))
}

fn status(line: &[u8]) -> Result<u16, Malformed> {
    let rest =
        line.strip_prefix(b"HTTP/1.").filter(|rest| matches!(rest.get(5), None | Some(b' ')));
    let digits = rest.and_then(|rest| rest.get(1..5)?.strip_prefix(b" "));
    let number = digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    number.filter(|number| (100..1000).contains(number)).ok_or(Malformed::StatusLine)
}

#[cfg(test)]
mod tests {
    use super::{Malformed, read};

    #[test]
    fn what_every_engine_reads() {
        for (bytes, value, body) in [
            (&b"HTTP/1.1 200 OK\r\nA: 1\r\n\r\nraw"[..], &b"1"[..], &b"raw"[..]),
            (b"HTTP/1.0 200 OK\nA:1\n\nraw", b"1", b"raw"),
            (b"HTTP/1.1 200\r\nA:\r\n 1\r\n\t2\r\n\r\n", b"1 2", b""),
            (b"HTTP/1.1 200 OK\r\nA: 1\r\n", b"1", b""),
            (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: 1\r\n\r\n", b"1", b""),
        ] {
            let found =
                read(bytes).unwrap_or_else(|why| panic!("{}: {why:?}", bytes.escape_ascii()));
            assert_eq!((found.status, found.body.as_slice()), (200, body));
            assert_eq!(found.headers.get(b"a").as_deref(), Some(value));
        }
    }

    #[test]
    fn what_is_malformed_says_how() {
        for (bytes, why) in [
            (&b""[..], Malformed::StatusLine),
            (b"garbage\r\n\r\n", Malformed::StatusLine),
            (b"HTTP/1.1 2000 OK\r\n\r\n", Malformed::StatusLine),
            (b"HTTP/1.1 100 Continue\r\n\r\n", Malformed::StatusLine),
            (b"HTTP/1.1 200 OK\r\nA\r\n\r\n", Malformed::NoColon),
            (b"HTTP/1.1 200 OK\r\nA : 1\r\n\r\n", Malformed::BlankBeforeColon),
            (b"HTTP/1.1 200 OK\r\nA: 1\0\r\n\r\n", Malformed::NulInValue),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
                Malformed::LengthsDiffer,
            ),
        ] {
            assert_eq!(read(bytes).err(), Some(why), "{}", bytes.escape_ascii());
        }
    }
}
