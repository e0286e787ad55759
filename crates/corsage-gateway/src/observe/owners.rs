//! What upstreams say of CORS themselves. Two owners of one header are a frequent fault, so the operator is told once
//! for each route, with the lines.

use std::sync::OnceLock;

use http::HeaderMap;

/// Lines that are told. An upstream that says more has said enough.
const MAX_LINES: usize = 16;
/// Characters of a line that are told.
const MAX_LINE: usize = 256;

/// What the upstream of one route says, as it said it first.
#[derive(Debug, Default)]
pub(crate) struct Owners(OnceLock<Vec<String>>);

impl Owners {
    /// The lines, if any have come.
    pub(crate) fn lines(&self) -> Option<&[String]> {
        self.0.get().map(Vec::as_slice)
    }

    /// Whether anything is still to be told.
    pub(crate) fn are_unknown(&self) -> bool {
        self.0.get().is_none()
    }

    /// Keeps the CORS lines of a response that has some; `None` if others have come before.
    pub(crate) fn hear(&self, headers: &HeaderMap) -> Option<&[String]> {
        let lines = headers.iter().filter(|(name, _)| name.as_str().starts_with("access-control-"));
        let lines = lines.take(MAX_LINES).map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let line = format!("{name}: {value}");
            match line.char_indices().nth(MAX_LINE) {
                Some((end, _)) => format!("{}…", &line[..end]),
                None => line,
            }
        });
        self.0.set(lines.collect()).ok()?;
        self.lines()
    }
}
