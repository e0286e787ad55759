//! Values of headers, in which parameters may stand.

/// Why a value is not read: it asks of a parameter what has no model.
pub(super) struct NotModelled;

/// A piece of a value.
pub(super) enum Piece {
    Text(String),
    Parameter(String),
}

/// The pieces of a value, with the names that its rule's parameters have.
pub(super) fn pieces(
    value: &str,
    names: &[String],
    repeated: &[String],
) -> Result<Vec<Piece>, NotModelled> {
    if names.is_empty() || !value.contains(':') {
        return Ok(vec![Piece::Text(value.to_owned())]);
    }
    if value.contains('\\') {
        return Err(NotModelled);
    }
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = value;
    while let Some(c) = rest.chars().next() {
        if c == ':' {
            let length = rest[1..]
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(rest.len() - 1);
            let name = &rest[1..=length];
            let after = &rest[length + 1..];
            if names.iter().any(|one| one == name) {
                // Right after another, or with a modifier, it is compiled in ways of its own.
                let is_next = text.is_empty() && matches!(pieces.last(), Some(Piece::Parameter(_)));
                let is_repeated = repeated.iter().any(|one| one == name);
                if is_next || is_repeated || after.starts_with(['*', '?', '+', '(']) {
                    return Err(NotModelled);
                }
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(Piece::Parameter(name.to_owned()));
                rest = after;
                continue;
            }
            // One name may begin with another.
            if names.iter().any(|one| name.starts_with(one.as_str())) {
                return Err(NotModelled);
            }
        }
        text.push(c);
        rest = &rest[c.len_utf8()..];
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}
