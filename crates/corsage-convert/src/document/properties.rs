//! Java's properties as a tree: `a.b[0].c=d` is a map in a map with a list.

use super::{Entry, Node, Value};
use crate::{NotRead, Refused, Span, Why};

/// How deep a key may stand.
const MAX_DEPTH: usize = 64;

/// The documents of a text; a line of `#---` or `!---` parts them.
pub(crate) fn read(text: &str) -> Result<Vec<Node>, NotRead> {
    let mut documents = vec![empty(0)];
    let mut lines = text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    });
    while let Some((start, line)) = lines.next() {
        let trimmed = line.trim();
        if matches!(trimmed, "#---" | "!---") {
            documents.push(empty(start));
            continue;
        }
        if trimmed.is_empty() || trimmed.starts_with(['#', '!']) {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let (mut logical, mut end) = (trimmed.to_owned(), start + line.trim_end().len());
        while continues(&logical) {
            logical.pop();
            let Some((next, more)) = lines.next() else { break };
            logical.push_str(more.trim());
            end = next + more.trim_end().len();
        }
        let span = start + indent..end;
        let (key, value) = parted(&logical);
        let path = steps(&unescaped(key));
        if path.len() > MAX_DEPTH {
            return Err(NotRead::refused(Refused::new(span, key, Why::TooLarge)));
        }
        let value = Value::String(unescaped(value));
        if let Some(document) = documents.last_mut() {
            put(document, &path, Node { value, span: span.clone() }, &span)?;
        }
    }
    Ok(documents.into_iter().map(listed).collect())
}

fn empty(at: usize) -> Node {
    Node { value: Value::Map(Vec::new()), span: at..at }
}

/// Whether a line goes on in the next: it ends in an odd number of backslashes.
fn continues(line: &str) -> bool {
    line.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1
}

/// Key and value: the first `=`, `:` or white space that no backslash takes for itself parts them.
fn parted(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let mut brackets = 0_usize;
    let end = line.char_indices().find(|&(_, char)| {
        let is_end =
            !escaped && brackets == 0 && (matches!(char, '=' | ':') || char.is_whitespace());
        match char {
            '[' => brackets += 1,
            ']' => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        escaped = char == '\\' && !escaped;
        is_end
    });
    let Some((end, _)) = end else { return (line, "") };
    let rest = line[end..].trim_start();
    (&line[..end], rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start())
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                out.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

/// The steps of a key: names between dots, and what stands in brackets as it is.
fn steps(key: &str) -> Vec<String> {
    let (mut all, mut name) = (Vec::new(), String::new());
    let mut rest = key;
    while let Some(char) = rest.chars().next() {
        rest = &rest[char.len_utf8()..];
        match char {
            '.' => all.push(std::mem::take(&mut name)),
            '[' => {
                all.push(std::mem::take(&mut name));
                let (inner, after) = rest.split_once(']').unwrap_or((rest, ""));
                all.push(format!("[{inner}]"));
                rest = after;
            }
            other => name.push(other),
        }
    }
    all.push(name);
    all.retain(|step| !step.is_empty());
    all
}

/// The last value of a key stands.
fn put(node: &mut Node, path: &[String], value: Node, span: &Span) -> Result<(), NotRead> {
    let Some((first, rest)) = path.split_first() else {
        *node = value;
        return Ok(());
    };
    let Value::Map(entries) = &mut node.value else {
        return Err(NotRead::refused(Refused::new(span.clone(), first, Why::Syntax)));
    };
    let at = entries.iter().position(|entry| entry.key == *first).unwrap_or_else(|| {
        let node = Node { value: Value::Map(Vec::new()), span: span.clone() };
        entries.push(Entry { key: first.clone(), key_span: span.clone(), node });
        entries.len() - 1
    });
    let inner = &mut entries[at].node;
    if rest.is_empty() {
        *inner = value;
        return Ok(());
    }
    put(inner, rest, value, span)
}

/// Maps whose keys are `[0]`, `[1]` and so on become lists.
fn listed(node: Node) -> Node {
    let Value::Map(entries) = node.value else { return node };
    let number =
        |key: &str| -> Option<usize> { key.strip_prefix('[')?.strip_suffix(']')?.parse().ok() };
    let entries: Vec<Entry> =
        entries.into_iter().map(|entry| Entry { node: listed(entry.node), ..entry }).collect();
    let value = if !entries.is_empty() && entries.iter().all(|entry| number(&entry.key).is_some()) {
        let mut numbered: Vec<(usize, Node)> = entries
            .into_iter()
            .filter_map(|entry| Some((number(&entry.key)?, entry.node)))
            .collect();
        numbered.sort_by_key(|(number, _)| *number);
        Value::List(numbered.into_iter().map(|(_, node)| node).collect())
    } else {
        Value::Map(entries)
    };
    Node { value, span: node.span }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_a_tree_with_places() {
        let text = "# a comment\na.b[1]: two\na.b[0] = one\na.c[/**].d = e\\\n  f\n#---\nx y\n";
        let documents = read(text).unwrap();
        let [first, second] = documents.as_slice() else { panic!("{documents:?}") };
        let items: Vec<_> = first
            .at(&["a", "b"])
            .unwrap()
            .items()
            .iter()
            .map(|item| item.as_str().unwrap())
            .collect();
        assert_eq!(items, ["one", "two"]);
        assert_eq!(first.at(&["a", "c", "[/**]", "d"]).unwrap().as_str(), Some("ef"));
        assert_eq!(second.get("x").unwrap().as_str(), Some("y"));
        assert_eq!(&text[first.at(&["a", "b"]).unwrap().items()[0].span.clone()], "a.b[0] = one");
    }
}
