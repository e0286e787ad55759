//! Manifests, line by line: only the lines of what has changed are touched.

use std::ops::Range;

use super::NotEdited;

/// Puts each block under `key` of the written text into the one of the file, in order. `own` are the beginnings of the
/// keys of such a block that a conversion decides; all of them where there are none.
pub(super) fn edit(
    file: &str,
    written: &str,
    key: &str,
    own: &[&str],
) -> Result<String, NotEdited> {
    let mut lines: Vec<String> = file.split_inclusive('\n').map(str::to_owned).collect();
    if lines.last().is_some_and(|line| !line.ends_with('\n')) {
        lines.iter_mut().last().into_iter().for_each(|line| line.push('\n'));
    }
    let new: Vec<String> = written.split_inclusive('\n').map(str::to_owned).collect();
    let is_own = |name: &str| own.is_empty() || own.iter().any(|start| name.starts_with(start));
    let wanted: Vec<Range<usize>> = blocks(&new, key)
        .into_iter()
        .filter(|block| entries(&new, block).iter().any(|entry| is_own(&entry.name)))
        .collect();
    let there: Vec<Range<usize>> = blocks(&lines, key)
        .into_iter()
        .filter(|block| entries(&lines, block).iter().any(|entry| is_own(&entry.name)))
        .collect();
    if there.is_empty() || there.len() != wanted.len() {
        return Err(NotEdited::Shape);
    }
    // From the end, so that what comes before keeps its place.
    for (old, new_block) in there.iter().zip(&wanted).rev() {
        let merged = merged(&lines, old, &new, new_block, is_own);
        lines.splice(old.clone(), merged);
    }
    Ok(lines.concat())
}

/// An entry of a block: its key, its lines.
struct Entry {
    name: String,
    lines: Range<usize>,
}

/// The lines below every line that is this key alone: what is deeper, but for blank lines and comments at its end.
fn blocks(lines: &[String], key: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let item = line.trim_start().trim_start_matches("- ").trim_start();
        let Some((name, rest)) = split(item) else { continue };
        if name != key || !without_comment(rest).is_empty() {
            continue;
        }
        // What stands behind a dash is as deep as it stands.
        let depth = line.len() - item.len();
        let end = end_of(lines, index + 1, depth);
        if end > index + 1 {
            found.push(index + 1..end);
        }
    }
    found
}

fn end_of(lines: &[String], start: usize, depth: usize) -> usize {
    let mut end = start;
    for (index, line) in lines.iter().enumerate().skip(start) {
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let indent = indent(line);
        // A list may stand as deep as its key.
        if indent < depth || (indent == depth && !text.starts_with("- ")) {
            break;
        }
        end = index + 1;
    }
    end
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// `key: rest`, the key without quotes.
fn split(item: &str) -> Option<(&str, &str)> {
    let item = item.trim_end();
    if item.starts_with("- ") {
        return None;
    }
    let (name, rest) = match item.strip_prefix('"') {
        Some(quoted) => quoted.split_once("\":")?,
        None => item.split_once(':')?,
    };
    (rest.is_empty() || rest.starts_with(' ')).then_some((name, rest))
}

fn without_comment(rest: &str) -> &str {
    let rest = rest.trim();
    if rest.starts_with('#') { "" } else { rest.split(" #").next().unwrap_or_default().trim() }
}

/// The entries of a block, in order. Comments above an entry are its own.
fn entries(lines: &[String], block: &Range<usize>) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    let first = block.clone().find(|&index| !is_comment(&lines[index]));
    let Some(depth) = first.map(|index| indent(&lines[index])) else { return found };
    let mut start = block.start;
    for index in block.clone() {
        let line = &lines[index];
        if is_comment(line) {
            continue;
        }
        let name = (indent(line) == depth).then(|| split(line.trim_start())).flatten();
        match (name, found.last_mut()) {
            (Some((name, _)), _) => {
                found.push(Entry { name: name.to_owned(), lines: start..index + 1 });
            }
            (None, Some(last)) => last.lines.end = index + 1,
            (None, None) => {}
        }
        start = index + 1;
    }
    found
}

fn is_comment(line: &str) -> bool {
    let text = line.trim();
    text.is_empty() || text.starts_with('#')
}

/// The old block with what the new one says.
fn merged(
    old_lines: &[String],
    old: &Range<usize>,
    new_lines: &[String],
    new: &Range<usize>,
    is_own: impl Fn(&str) -> bool,
) -> Vec<String> {
    let (old_entries, new_entries) = (entries(old_lines, old), entries(new_lines, new));
    let depth = |lines: &[String], entries: &[Entry]| {
        entries
            .first()
            .and_then(|entry| {
                lines[entry.lines.clone()]
                    .iter()
                    .find(|line| !is_comment(line))
                    .map(|line| indent(line))
            })
            .unwrap_or(0)
    };
    let (old_depth, new_depth) = (depth(old_lines, &old_entries), depth(new_lines, &new_entries));
    let moved = |entry: &Entry| -> Vec<String> {
        new_lines[entry.lines.clone()]
            .iter()
            .filter(|line| !is_comment(line))
            .map(|line| {
                format!("{}{}", " ".repeat(old_depth), &line[new_depth.min(indent(line))..])
            })
            .collect()
    };
    let mut result = Vec::new();
    for entry in &old_entries {
        let lines = &old_lines[entry.lines.clone()];
        let wanted = new_entries.iter().find(|other| other.name == entry.name);
        match wanted.map(moved) {
            _ if !is_own(&entry.name) => result.extend(lines.iter().cloned()),
            // What a conversion never says is none of its business: the type of Envoy's message.
            None if entry.name.starts_with('@') => result.extend(lines.iter().cloned()),
            None => {}
            Some(new) if said(lines) == said(&new) => result.extend(lines.iter().cloned()),
            Some(new) => {
                result.extend(lines.iter().take_while(|line| is_comment(line)).cloned());
                result.extend(with_comment(lines, new));
            }
        }
    }
    for entry in &new_entries {
        if !old_entries.iter().any(|other| other.name == entry.name) && is_own(&entry.name) {
            result.extend(moved(entry));
        }
    }
    result
}

/// What lines say, without comments, quotes and depth.
fn said(lines: &[String]) -> Vec<String> {
    lines
        .iter()
        .filter(|line| !is_comment(line))
        .map(|line| without_comment(line).replace(['"', '\''], ""))
        .collect()
}

/// The comment behind a value stays where the value is one line.
fn with_comment(old: &[String], mut new: Vec<String>) -> Vec<String> {
    let mut told = old.iter().filter(|line| !is_comment(line));
    let (first, second) = (told.next(), told.next());
    if let ([line], Some(first), None) = (new.as_mut_slice(), first, second)
        && let Some((_, comment)) = first.trim_end().split_once(" #")
    {
        *line = format!("{} #{comment}\n", line.trim_end());
    }
    new
}
