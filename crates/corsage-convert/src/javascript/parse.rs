//! From a text to a tree, by oxc.

use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::SourceType;

use super::lower::lower_program;
use super::tree::Statement;
use crate::{NotRead, Refused, Span, Why};

/// How long a module may be. The longest server files that people write by hand have some thousand lines.
const MAX_TEXT_BYTES: usize = 1024 * 1024;
/// How many constructs that can stand inside each other a text may have: the parser takes stack for each.
const MAX_NESTING: usize = 40_000;
/// Stack for the parser, and for each level that may stand inside another.
const STACK_BYTES: usize = 4 * 1024 * 1024;
const STACK_BYTES_A_LEVEL: usize = 12 * 1024;

/// Reads a module: JavaScript or TypeScript, with `import` or with `require`.
pub(crate) fn parse(text: &str) -> Result<Vec<Statement>, NotRead> {
    let levels = nesting(text);
    if text.len() > MAX_TEXT_BYTES || levels > MAX_NESTING {
        return Err(NotRead::refused(Refused::new(0..text.len(), "the module", Why::TooLarge)));
    }
    crate::deep::grow(STACK_BYTES + levels * STACK_BYTES_A_LEVEL, || {
        let kinds = [SourceType::mjs(), SourceType::ts(), SourceType::cjs()];
        let mut first: Option<NotRead> = None;
        for kind in kinds {
            match parse_as(text, kind) {
                Ok(statements) => return Ok(statements),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.expect("every kind was tried and failed"))
    })
}

fn parse_as(text: &str, kind: SourceType) -> Result<Vec<Statement>, NotRead> {
    let allocator = Allocator::default();
    let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, text, kind).with_options(options).parse();
    if parsed.panicked || !parsed.errors.is_empty() {
        let place = parsed.errors.iter().find_map(|diagnostic| {
            let label = diagnostic.labels.as_ref()?.first()?;
            let start = (label.offset()).min(text.len());
            Some(start..(start + label.len()).min(text.len()))
        });
        let span: Span = place.unwrap_or(0..text.len());
        let what = text.get(span.clone()).unwrap_or_default();
        return Err(NotRead::refused(Refused::new(span, what, Why::Syntax)));
    }
    Ok(lower_program(&parsed.program))
}

/// At most how many constructs of a text can stand inside each other.
///
/// Every bracket that is open at once, and every token that can begin a further level without a bracket
/// (a prefix operator, an arrow, a branch), wherever they stand: texts that people write stay far below
/// the limit, and one that was made to exhaust the stack does not.
fn nesting(text: &str) -> usize {
    let (mut open, mut deepest, mut others) = (0usize, 0usize, 0usize);
    let mut word: &[u8] = &[];
    let bytes = text.as_bytes();
    let mut start = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' {
            continue;
        }
        if start < at {
            word = &bytes[start..at];
        }
        start = at + 1;
        if matches!(
            word,
            b"if"
                | b"else"
                | b"for"
                | b"while"
                | b"do"
                | b"new"
                | b"typeof"
                | b"void"
                | b"delete"
                | b"await"
                | b"yield"
        ) {
            others += 1;
        }
        word = &[];
        match byte {
            b'(' | b'[' | b'{' | b'<' | b'`' => {
                open += 1;
                deepest = deepest.max(open);
            }
            b')' | b']' | b'}' | b'>' => open = open.saturating_sub(1),
            b'!' | b'~' | b'+' | b'-' | b'?' | b'*' | b':' | b'=' | b'|' | b'&' => others += 1,
            _ => {}
        }
    }
    deepest + others
}
