//! Lines of standard input, bounded.

use std::io::{BufRead, Read};

/// A longer line is refused; a request with a body of 48 MiB still fits.
pub(crate) const MAX_LINE_BYTES: usize = 64 * 1024 * 1024;

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line without its end.
    Whole(Vec<u8>),
    /// One that was too long: passed over.
    TooLong,
}

/// The next line, or `None` at the end of the input. The last line may lack its end.
pub(crate) fn next_line(input: &mut impl BufRead, limit: usize) -> std::io::Result<Option<Line>> {
    let mut line = Vec::new();
    input.by_ref().take(limit as u64 + 1).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(Some(Line::Whole(line)));
    }
    if line.len() <= limit {
        return Ok(Some(Line::Whole(line)));
    }
    drop(line);
    skip_line(input)?;
    Ok(Some(Line::TooLong))
}

fn skip_line(input: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        match buffer.iter().position(|byte| *byte == b'\n') {
            Some(end) => {
                input.consume(end + 1);
                return Ok(());
            }
            None => {
                let length = buffer.len();
                input.consume(length);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, next_line};

    #[test]
    fn a_long_line_is_passed_over_and_the_next_is_whole() {
        let mut input = std::io::BufReader::with_capacity(3, &b"ab\nabcd\nabcde\n\nx"[..]);
        let mut lines = Vec::new();
        while let Some(line) = next_line(&mut input, 4).unwrap() {
            lines.push(line);
        }
        let whole = |text: &str| Line::Whole(text.into());
        assert_eq!(lines, [whole("ab"), whole("abcd"), Line::TooLong, whole(""), whole("x")]);
    }
}
