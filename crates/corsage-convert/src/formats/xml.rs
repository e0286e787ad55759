//! XML, read with care: no entities, no text that is made to exhaust.

use roxmltree::{Document, ParsingOptions};

use crate::{NotRead, Refused, Why};

/// How many nodes a text may have.
const MAX_NODES: u32 = 200_000;

/// Reads a text. Nesting is bounded: the parser takes stack for each level.
pub(crate) fn parse(text: &str, max_nesting: usize) -> Result<Document<'_>, NotRead> {
    let mut open = 0usize;
    for (at, _) in text.match_indices('<') {
        match text.as_bytes().get(at + 1) {
            Some(b'/') => open = open.saturating_sub(1),
            Some(b'!' | b'?') | None => {}
            Some(_) => {
                let closes_itself =
                    text[at..].find('>').is_some_and(|end| text.as_bytes()[at + end - 1] == b'/');
                open += usize::from(!closes_itself);
            }
        }
        if open > max_nesting {
            return Err(NotRead::refused(Refused::new(
                at..text.len(),
                "deep nesting",
                Why::TooLarge,
            )));
        }
    }
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| {
        let place = error.pos();
        let start: usize = text
            .split_inclusive('\n')
            .take(place.row.saturating_sub(1) as usize)
            .map(str::len)
            .sum();
        let at = (start + place.col.saturating_sub(1) as usize).min(text.len());
        NotRead::refused(Refused::new(at..text.len(), "XML", Why::Syntax))
    })
}
