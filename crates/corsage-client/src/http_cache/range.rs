//! [Range requests](https://www.rfc-editor.org/rfc/rfc9110#section-14) for what is stored.

/// One range of `Range: bytes=…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Range {
    From {
        first: u64,
        last: Option<u64>,
    },
    /// The last so many bytes.
    Suffix(u64),
}

/// A part of a representation, as `Content-Range` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) total: Option<u64>,
}

impl Range {
    /// `None` for several ranges, other units and what is no range.
    pub(crate) fn parse(value: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?;
        let (unit, range) = text.split_once('=')?;
        let (first, last) = range.trim().split_once('-')?;
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return None;
        }
        match (number(first), number(last), first.is_empty(), last.is_empty()) {
            (Some(first), Some(last), ..) if first <= last => {
                Some(Self::From { first, last: Some(last) })
            }
            (Some(first), None, _, true) => Some(Self::From { first, last: None }),
            (None, Some(count), true, _) if count > 0 => Some(Self::Suffix(count)),
            _ => None,
        }
    }

    /// Where in a stored body the range lies: its first byte, and one past its last. `None` if not all of
    /// it is there.
    pub(crate) fn within(self, part: Part, length: usize) -> Option<(usize, usize)> {
        let reaches_end = part.total.is_some_and(|total| part.last + 1 == total);
        match self {
            Self::Suffix(count) => {
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                let whole = part.first == 0;
                let there = reaches_end && (count <= length || whole) && length > 0;
                there.then(|| (length.saturating_sub(count), length))
            }
            Self::From { first, last } => {
                let start = usize::try_from(first.checked_sub(part.first)?).ok()?;
                let end = match last {
                    Some(last) if last <= part.last => {
                        usize::try_from(last - part.first + 1).ok()?.min(length)
                    }
                    // What lies past the end is cut off, if the end is known.
                    _ if reaches_end => length,
                    _ => return None,
                };
                (start < end).then_some((start, end))
            }
        }
    }
}

impl Part {
    /// All of a representation.
    pub(crate) fn whole(length: usize) -> Option<Self> {
        let length = length as u64;
        Some(Self { first: 0, last: length.checked_sub(1)?, total: Some(length) })
    }

    pub(crate) fn parse(content_range: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(content_range).ok()?;
        let (unit, rest) = text.split_once(' ')?;
        let (range, total) = rest.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (first, last) = (number(first)?, number(last)?);
        let total = if total == "*" { None } else { Some(number(total)?) };
        let sound = first <= last && total.is_none_or(|total| last < total);
        (unit.eq_ignore_ascii_case("bytes") && sound).then_some(Self { first, last, total })
    }

    pub(crate) fn content_range(self) -> String {
        let total = self.total.map_or_else(|| "*".to_owned(), |total| total.to_string());
        format!("bytes {}-{}/{total}", self.first, self.last)
    }
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{Part, Range};

    #[test]
    fn ranges_of_what_is_stored() {
        let whole = Part::whole(10).unwrap();
        let end = Part::parse(b"bytes 4-9/10").unwrap();
        let start = Part::parse(b"bytes 0-4/10").unwrap();
        let unknown = Part::parse(b"bytes 0-4/*").unwrap();
        for (range, part, length, found) in [
            ("bytes=0-1", whole, 10, Some((0, 2))),
            ("bytes=1-", whole, 10, Some((1, 10))),
            ("bytes=8-99", whole, 10, Some((8, 10))),
            ("bytes=10-", whole, 10, None),
            ("bytes=-3", whole, 10, Some((7, 10))),
            ("bytes=-30", whole, 10, Some((0, 10))),
            ("bytes=6-8", end, 6, Some((2, 5))),
            ("bytes=6-", end, 6, Some((2, 6))),
            ("bytes=-1", end, 6, Some((5, 6))),
            ("bytes=-7", end, 6, None),
            ("bytes=3-5", end, 6, None),
            ("bytes=1-4", start, 5, Some((1, 5))),
            ("bytes=1-5", start, 5, None),
            ("bytes=1-", start, 5, None),
            ("bytes=-1", start, 5, None),
            ("bytes=1-2", unknown, 5, Some((1, 3))),
            ("bytes=1-", unknown, 5, None),
        ] {
            let parsed = Range::parse(range.as_bytes()).unwrap();
            assert_eq!(parsed.within(part, length), found, "{range} {part:?}");
        }
        for bad in [
            "bytes=-",
            "bytes=2-1",
            "bytes=0-1,3-4",
            "lines=0-1",
            "bytes",
            "bytes=+1-2",
            "bytes=-0",
        ] {
            assert_eq!(Range::parse(bad.as_bytes()), None, "{bad}");
        }
        for bad in ["bytes 0-4", "bytes 4-0/9", "bytes 0-9/9", "bytes */9", "x 0-4/9"] {
            assert_eq!(Part::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
