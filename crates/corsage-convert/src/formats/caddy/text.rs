//! Texts with placeholders.

use super::model::{Piece, Text};
use super::parse::Word;
use crate::NotRead;

/// Reads a word; `outputs` are the names that `map` and `vars` make.
pub(super) fn text(word: &Word, outputs: &[String]) -> Result<Text, NotRead> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = word.text.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        literal.push_str(before);
        let end = after.find(['}', '{']);
        let Some(end) = end.filter(|end| after[*end..].starts_with('}')) else {
            literal.push('{');
            rest = after;
            continue;
        };
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Placeholder(placeholder(&after[..end], word, outputs)?));
        rest = &after[end + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(Text(pieces))
}

fn placeholder(name: &str, word: &Word, outputs: &[String]) -> Result<String, NotRead> {
    if outputs.iter().any(|output| output == name) {
        return Ok(name.to_owned());
    }
    let lower = name.to_ascii_lowercase();
    let long = [
        ("header.", "http.request.header."),
        ("re.", "http.regexp."),
        ("query.", "http.request.uri.query."),
        ("err.", "http.error."),
        ("vars.", "http.vars."),
    ];
    let full = long
        .iter()
        .find_map(|(short, long)| lower.strip_prefix(short).map(|rest| format!("{long}{rest}")))
        .unwrap_or_else(|| match lower.as_str() {
            "method" => "http.request.method".to_owned(),
            "path" => "http.request.uri.path".to_owned(),
            "uri" => "http.request.uri".to_owned(),
            "host" => "http.request.host".to_owned(),
            "hostport" => "http.request.hostport".to_owned(),
            "scheme" => "http.request.scheme".to_owned(),
            _ => lower.clone(),
        });
    let known = ["http.request.header.", "http.regexp.", "http.error.status_code"];
    let exact = [
        "http.request.method",
        "http.request.uri.path",
        "http.request.uri",
        "http.request.host",
        "http.request.hostport",
        "http.request.scheme",
        "http.error.status_code",
    ];
    if known.iter().any(|known| full.starts_with(known)) || exact.contains(&full.as_str()) {
        Ok(full)
    } else {
        Err(word.refused())
    }
}
