//! TOML into the tree. The parser recovers, so that a fault in one line does not hide the next.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::{Entry, Node, Value};
use corsage_report::{Place, Problem, Severity};

/// The document, as far as it can be read, and every fault of its syntax.
pub(crate) fn read_toml(text: &str) -> (Node, Vec<Problem>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let span = document.span();
    let mut problems: Vec<Problem> =
        errors.iter().map(|error| syntax_problem(error, text)).collect();
    // Recovering, the parser stumbles on: what it says next of the same line follows from the first fault.
    let line = |problem: &Problem| {
        let at = problem.place.span().map_or(0, |span| floor(text, span.start));
        text[..at].matches('\n').count()
    };
    problems.sort_by_key(|problem| problem.place.span().map_or(0, |span| span.start));
    problems.dedup_by(|next, first| line(next) == line(first));
    (Node::new(table(document.into_inner()), Place::File(span)), problems)
}

fn node(value: Spanned<DeValue<'_>>) -> Node {
    let place = Place::File(value.span());
    let value = match value.into_inner() {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Integer(number) => Value::Integer(number.to_string()),
        DeValue::Float(number) => Value::Float(number.as_str().to_owned()),
        DeValue::Boolean(value) => Value::Boolean(value),
        DeValue::Datetime(time) => Value::DateTime(time.to_string()),
        DeValue::Array(items) => Value::List(items.into_iter().map(node).collect()),
        DeValue::Table(entries) => table(entries),
    };
    Node::new(value, place)
}

fn table(entries: DeTable<'_>) -> Value {
    let mut entries: Vec<Entry> = entries
        .into_iter()
        .map(|(key, value)| Entry {
            key_place: Place::File(key.span()),
            key: key.into_inner().into_owned(),
            node: node(value),
        })
        .collect();
    // The parser's map is sorted by name; problems are told in the order of the file.
    entries.sort_by_key(|entry| entry.key_place.span().map_or(0, |span| span.start));
    Value::Table(entries)
}

fn syntax_problem(error: &Error, text: &str) -> Problem {
    let span = error.span().unwrap_or(text.len()..text.len());
    let message = error.message();
    if message.starts_with("duplicate key") {
        return Problem::new(Severity::Error, "duplicate-key")
            .value_if(text.get(span.clone()).map(str::to_owned))
            .cause("this key was set before in the same table")
            .way_out("keep one of the two; lists take several values between [ and ]")
            .place(Place::File(span));
    }
    Problem::new(Severity::Error, "syntax")
        .cause(message.replace('\n', ", "))
        .way_out(way_out(message, text, &span))
        .place(Place::File(span))
}

/// What people most often meant when they wrote this.
fn way_out(message: &str, text: &str, span: &Range<usize>) -> &'static str {
    let line_start = text[..floor(text, span.start)].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[line_start..].lines().next().unwrap_or_default().trim();
    if line.starts_with('[') && (message.contains("table") || !line.contains(']')) {
        "close the table's header with `]`, or `]]` if it began with `[[`"
    } else if !line.contains('=') && line.contains(':') {
        "in TOML a key and its value are joined by `=`; a YAML file's name ends in .yaml or .yml"
    } else if message.contains("string") || message.contains("quote") {
        "put the text between two quotation marks, \"like this\""
    } else if message.contains("in array") && message.contains("unexpected `=`") {
        "the list above is still open: close it with `]`"
    } else if message.contains("array") || message.contains("`]`") || message.contains("`,`") {
        "separate a list's values by commas, and close it with `]`"
    } else if line.contains('=') {
        "write `key = value`; text goes between quotation marks: name = \"api\""
    } else {
        "write one `key = value` a line, below its [table]"
    }
}

/// The nearest character boundary at or before this byte.
fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
