//! Calls in JavaScript: parsed by a whole parser, and never run. What is written as a constant is known, and what
//! is computed is named with its place.

mod calls;
mod chains;
mod depth;
mod fetch_call;
mod libraries;
mod value;
mod xhr;

use corsage_diagnosis::RemarkKind;
use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::SourceType;

use super::word::place;
use crate::request::{Copied, Remark};

/// The parser goes down into what it reads: its stack is made large enough for the depth that is let through.
const STACK: usize = 64 << 20;

/// The requests of a text, in order.
pub(super) fn read(text: &str) -> Result<Vec<Copied>, Remark> {
    if let Some(at) = depth::too_deep(text) {
        return Err(Remark::new(RemarkKind::TooDeep, &[("place", &place(text, at))]));
    }
    crate::deep::grow(STACK, || parsed(&straight_quotes(text)))
}

fn parsed(text: &str) -> Result<Vec<Copied>, Remark> {
    let allocator = Allocator::default();
    let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
    // What TypeScript adds is read too, and JSX where it is none.
    let mut parsed = Parser::new(&allocator, text, SourceType::ts().with_module(true))
        .with_options(options)
        .parse();
    if parsed.panicked || !parsed.errors.is_empty() {
        let jsx = Parser::new(&allocator, text, SourceType::tsx().with_module(true))
            .with_options(options)
            .parse();
        if !jsx.panicked && jsx.errors.len() < parsed.errors.len().max(1) {
            parsed = jsx;
        }
    }
    let mut found = calls::find(&parsed.program, text);
    if found.is_empty() {
        if let Some(error) = parsed.errors.first() {
            let label = error.labels.as_ref().and_then(|labels| labels.first());
            let at = label.map_or(0, |label| label.offset());
            return Err(Remark::new(
                RemarkKind::NotJavaScript,
                &[("problem", error.message.as_ref()), ("place", &place(text, at))],
            ));
        }
        return Err(Remark::new(RemarkKind::NoCall, &[]));
    }
    // `http.request(method)`: whoever reads of several has to know why one of them is nowhere.
    for copied in &mut found {
        if copied.url.is_none() && copied.remarks.is_empty() {
            copied.remark(RemarkKind::NoUrl, &[("tool", CALL)]);
        }
    }
    Ok(found)
}

/// How a call is named, whatever its library calls it.
const CALL: &str = "`request()`";

/// Quotes of word processors, where there are no others.
fn straight_quotes(text: &str) -> String {
    if text.contains(['\'', '"', '`']) || !text.contains(['‘', '“']) {
        return text.to_owned();
    }
    text.replace(['‘', '’'], "'").replace(['“', '”'], "\"")
}
