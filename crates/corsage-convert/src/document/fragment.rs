//! Pieces of YAML that were cut out of a larger file, as they are found in documentation and in reviews.

use super::{Node, read_all};
use crate::{NotRead, Span};

/// Every document of a text. Where the text as a whole is none because it was cut out of the middle of one,
/// its pieces are read instead: each begins with a line, and goes on as long as lines stand no further left.
pub(crate) fn read_fragments(text: &str) -> Result<Vec<Node>, NotRead> {
    let whole = read_all(text);
    let Err(error) = whole else { return whole };
    let pieces = pieces(text);
    if pieces.len() < 2 {
        return Err(error);
    }
    let mut documents = Vec::new();
    for piece in pieces {
        // Everything else becomes blank, so that places stay what they are.
        let mut blank = String::with_capacity(text.len());
        for (at, char) in text.char_indices() {
            if piece.contains(&at) || char == '\n' {
                blank.push(char);
            } else {
                blank.extend(std::iter::repeat_n(' ', char.len_utf8()));
            }
        }
        // A piece that does not stand alone tells more of what is wrong than the text as a whole does not.
        documents.extend(read_all(&blank).map_err(|_| error.clone())?);
    }
    Ok(documents)
}

fn pieces(text: &str) -> Vec<Span> {
    let mut pieces: Vec<Span> = Vec::new();
    let (mut at, mut indent) = (0, 0);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim_start();
        let blanks = line.len() - content.len();
        let is_content = !content.is_empty() && !content.starts_with('#');
        match pieces.last_mut() {
            Some(piece) if !is_content || blanks >= indent => piece.end = at,
            None if !is_content => {}
            _ => {
                pieces.push(start..at);
                indent = blanks;
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_begins_where_lines_go_further_left() {
        let text = "      a: 1\n      b: 2\n\n  # about c\n  c:\n    d: 3\n";
        assert!(read_all(text).is_err());
        let documents = read_fragments(text).unwrap();
        assert_eq!(documents.len(), 2);
        let three = documents[1].at(&["c", "d"]).unwrap();
        assert_eq!(&text[three.span.clone()], "3");
        assert!(read_fragments("a: [").is_err());
    }
}
