//! Shapes of paths that servers read in different ways.

/// How a path reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathShape {
    /// Everybody reads it alike.
    Plain,
    /// It has a form that some servers normalise and others do not.
    Ambiguous,
    /// It leads above the root, however it is read.
    EscapesRoot,
    /// It holds a NUL, encoded.
    Nul,
    /// It does not begin with a slash.
    Relative,
}

/// Whether everybody reads a path alike.
pub(crate) fn is_plain(path: &str) -> bool {
    shape(path) == PathShape::Plain
}

/// Classifies a path, without its query.
pub(crate) fn shape(path: &str) -> PathShape {
    let bytes = path.as_bytes();
    if bytes.first() != Some(&b'/') {
        return PathShape::Relative;
    }
    let suspicious = bytes
        .iter()
        .zip(&bytes[1..])
        .any(|(&first, &second)| first == b'/' && matches!(second, b'/' | b'.'))
        || bytes.iter().any(|&byte| matches!(byte, b'%' | b'\\'));
    if !suspicious { PathShape::Plain } else { slow_shape(bytes) }
}

fn slow_shape(path: &[u8]) -> PathShape {
    let decoded = decode_once(path);
    if decoded.contains(&0) {
        return PathShape::Nul;
    }
    let mut depth = 0_usize;
    let mut ambiguous = decoded.windows(2).any(|pair| pair == b"//")
        || decoded.contains(&b'\\')
        || decoded.iter().filter(|&&byte| byte == b'/').count()
            != path.iter().filter(|&&byte| byte == b'/').count();
    for segment in decoded.split(|&byte| matches!(byte, b'/' | b'\\')) {
        match segment {
            b"" => {}
            b"." => ambiguous = true,
            b".." if depth == 0 => return PathShape::EscapesRoot,
            b".." => {
                ambiguous = true;
                depth -= 1;
            }
            _ => depth += 1,
        }
    }
    if ambiguous { PathShape::Ambiguous } else { PathShape::Plain }
}

fn decode_once(path: &[u8]) -> Vec<u8> {
    let hex = |byte: &u8| char::from(*byte).to_digit(16);
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let pair = match (byte, tail) {
            (b'%', [high, low, after @ ..]) => hex(high).zip(hex(low)).zip(Some(after)),
            _ => None,
        };
        match pair {
            Some(((high, low), after)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or(u8::MAX));
                rest = after;
            }
            None => decoded.push(byte),
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::{PathShape::*, shape};

    #[test]
    fn shapes() {
        for (path, expected) in [
            ("/", Plain),
            ("/a/b.c", Plain),
            ("/a%20b", Plain),
            ("/.well-known/x", Plain),
            ("/a/..b", Plain),
            ("/a//b", Ambiguous),
            ("/a/./b", Ambiguous),
            ("/a/../b", Ambiguous),
            ("/a/%2e%2E/b", Ambiguous),
            ("/a%2fb", Ambiguous),
            ("/a\\b", Ambiguous),
            ("/a%5cb", Ambiguous),
            ("/%00", Nul),
            ("//../x", EscapesRoot),
            ("/..", EscapesRoot),
            ("/a/../../b", EscapesRoot),
            ("/%2e%2e/x", EscapesRoot),
            ("/a/..%2f..%2fb", EscapesRoot),
            ("*", Relative),
            ("", Relative),
        ] {
            assert_eq!(shape(path), expected, "{path}");
        }
    }
}
