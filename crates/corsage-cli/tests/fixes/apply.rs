//! Applies a snippet to a text, as it says.

use serde_json::Value;

/// Lines that go are taken out, and each part is put into its place.
pub(crate) fn apply(text: &str, paste: &Value, path: &str) -> Result<String, String> {
    let parts = items(paste, "parts");
    if parts.is_empty() {
        return Err("there is no snippet".to_owned());
    }
    let module = text.trim_start().starts_with("import ");
    let (mut out, _) = take_out(text, paste, path);
    for (number, part) in parts.iter().enumerate() {
        let mark = format!("#{number}");
        let text = part["text"].as_str().unwrap_or_default();
        let place = part["place"].as_str().unwrap_or_default();
        let text = &if module { as_module(text, place) } else { text.to_owned() };
        let mut places = 0;
        // "All but the first line again", where a snippet says so.
        let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
        for (mark, text) in [
            (mark.clone(), text.as_str()),
            (format!("{mark} again"), rest),
            (format!("{mark} inner"), &inner(text)),
        ] {
            let Some(line) = out.lines().find(|line| line.trim() == mark).map(str::to_owned) else {
                continue;
            };
            places += 1;
            // Where depth counts, a part is pasted as deep as its place is.
            let indent = &line[..line.len() - mark.len()];
            let pasted: String = text.lines().map(|text| format!("{indent}{text}\n")).collect();
            out = out.replace(&format!("{line}\n"), &pasted);
        }
        if places == 0 {
            return Err(format!("no place for part {number}: {}", part["place"]));
        }
    }
    Ok(out)
}

/// "In an ES module: import …"
fn as_module(text: &str, place: &str) -> String {
    let import = place.split_once("in an ES module: ").map(|(_, import)| import);
    let line = |line: &str| match import.filter(|_| line.contains(" = require(")) {
        Some(import) => format!("{import}\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// What a part puts into a block, for a text that has the block already.
fn inner(part: &str) -> String {
    let lines: Vec<&str> = part.lines().collect();
    let first =
        lines.iter().position(|line| line.ends_with("handle_errors {")).map_or(0, |at| at + 1);
    let lines = lines.get(first..lines.len().saturating_sub(1)).unwrap_or_default();
    let kept = lines.iter().filter(|line| !line.trim().starts_with("respond"));
    kept.map(|line| format!("{line}\n")).collect()
}

/// The text without what goes, and what went.
pub(crate) fn take_out(text: &str, paste: &Value, path: &str) -> (String, String) {
    let remove: Vec<String> = strings(paste, "remove");
    let cut: Vec<String> = strings(paste, "cut");
    let mut gone = String::new();
    let text: String = text
        .lines()
        .map(|line| {
            let serves = line.contains(&format!("{path}\""));
            cut.iter()
                .filter(|_| serves)
                .fold(line.to_owned(), |line, begin| cut_argument(&line, begin, &mut gone))
                + "\n"
        })
        .collect();
    let lines: Vec<&str> = text.lines().collect();
    let mut goes = vec![false; lines.len()];
    for at in 0..lines.len() {
        let line = normal(lines[at]);
        let named = remove.iter().any(|part| line.contains(&normal(part)));
        if !goes[at] && named && applies(&lines, at, path) {
            let (first, last) = statement(&lines, at);
            goes[first..=last].fill(true);
        }
    }
    empty_ifs(&lines, &mut goes);
    let mut left = String::new();
    for (line, goes) in lines.iter().zip(&goes) {
        let to = if *goes { &mut gone } else { &mut left };
        to.push_str(line);
        to.push('\n');
    }
    (left, gone)
}

fn items(paste: &Value, name: &str) -> Vec<Value> {
    paste[name].as_array().cloned().unwrap_or_default()
}

fn strings(paste: &Value, name: &str) -> Vec<String> {
    items(paste, name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn normal(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase()
}

fn depth_of_indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether a line has to do with a path: neither it nor a block around it is for others.
fn applies(lines: &[&str], at: usize, path: &str) -> bool {
    let mut around: Vec<&str> = Vec::new();
    for line in &lines[..at] {
        let text = line.trim();
        if text.starts_with("</") {
            around.pop();
        } else if text.starts_with('<') && text.ends_with('>') {
            around.push(line);
        }
        for c in line.chars() {
            match c {
                '{' => around.push(line),
                '}' => drop(around.pop()),
                _ => {}
            }
        }
    }
    let words = ["use(", "path", "header ", "handle", "location "];
    let own = words.iter().any(|word| lines[at].contains(word));
    let others = around.iter().any(|line| is_for_others(line, path));
    !(others || own && is_for_others(lines[at], path))
}

/// Whether a line names a path, and not this one or one above it.
fn is_for_others(line: &str, path: &str) -> bool {
    if line.contains("<Directory") {
        return false;
    }
    let starts = line.match_indices('/').map(|(at, _)| at);
    let begins = |at: &usize| line[..*at].ends_with([' ', '\t', '"', '\'', '(']);
    starts.filter(begins).any(|at| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "_./-".contains(c);
        let named: String = line[at..].chars().take_while(|c| is_part(*c)).collect();
        named != "/" && !format!("{path}/").starts_with(&named)
    })
}

/// The lines of the statement or of the indented block that a line belongs to.
fn statement(lines: &[&str], at: usize) -> (usize, usize) {
    // Arguments of a call over several lines belong to the call.
    let mut open: Vec<(char, usize)> = Vec::new();
    for (number, line) in lines[..at].iter().enumerate() {
        for c in line.chars() {
            match c {
                '(' | '{' | '[' => open.push((c, number)),
                ')' | '}' | ']' => drop(open.pop()),
                _ => {}
            }
        }
    }
    let first = match open.last() {
        Some(('(', opened)) => *opened,
        _ => at,
    };
    let mut last = first;
    let mut depth = 0;
    loop {
        depth += balance(lines[last]);
        let next = lines.get(last + 1);
        let deeper = next.is_some_and(|next| {
            !next.trim().is_empty()
                && !next.trim().starts_with('#')
                && depth_of_indent(next) > depth_of_indent(lines[first])
        });
        if next.is_none() || (depth <= 0 && last >= at && !deeper) {
            return (first, last);
        }
        last += 1;
    }
}

/// Brackets that a line opens and does not close.
fn balance(line: &str) -> i32 {
    line.chars()
        .map(|c| match c {
            '(' | '{' | '[' => 1,
            ')' | '}' | ']' => -1,
            _ => 0,
        })
        .sum()
}

/// An `if` goes if all that it held goes.
fn empty_ifs(lines: &[&str], goes: &mut [bool]) {
    for at in (0..lines.len()).rev() {
        let line = lines[at].trim();
        let begins = ["if ", "if(", "elif ", "else", "for ", "with "]
            .iter()
            .any(|word| line.starts_with(word));
        let opens = line.ends_with(':') || line.ends_with(')') || line == "else";
        let body: Vec<usize> = (at + 1..lines.len())
            .take_while(|next| depth_of_indent(lines[*next]) > depth_of_indent(lines[at]))
            .collect();
        if begins && opens && !goes[at] && !body.is_empty() && body.iter().all(|line| goes[*line]) {
            goes[at] = true;
        }
    }
}

/// A line without the argument that begins so.
fn cut_argument(line: &str, begin: &str, gone: &mut String) -> String {
    let Some(start) = line.find(begin) else { return line.to_owned() };
    let mut depth = 0;
    let mut end = line.len();
    for (at, c) in line[start..].char_indices() {
        depth += balance(c.encode_utf8(&mut [0; 4]));
        if c == ')' && depth == 0 {
            end = start + at + 1;
            break;
        }
    }
    gone.push_str(&line[start..end]);
    gone.push('\n');
    let rest = line[end..].trim_start_matches([',', ' ']);
    // A route that nothing else handles goes.
    if line[..start].trim_end().ends_with("\",") && rest.starts_with(')') {
        gone.push_str(line);
        return String::new();
    }
    format!("{}{rest}", &line[..start])
}
