//! Applies a snippet to a text, as it says.

use serde_json::Value;

/// Lines that go are taken out, and each part is put into its place.
pub(crate) fn apply(text: &str, paste: &Value) -> Result<String, String> {
    let items = |name: &str| paste[name].as_array().cloned().unwrap_or_default();
    let parts = items("parts");
    if parts.is_empty() {
        return Err("there is no snippet".to_owned());
    }
    let remove = items("remove");
    let goes = |line: &str| remove.iter().filter_map(Value::as_str).any(|part| line.contains(part));
    let mut out = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if !goes(line) {
            out.push_str(line);
            out.push('\n');
            continue;
        }
        // A statement over several lines goes whole.
        let mut open = depth(line);
        while open > 0 {
            let Some(next) = lines.next() else { break };
            open += depth(next);
        }
    }
    for (number, part) in parts.iter().enumerate() {
        let mark = format!("#{number}");
        let Some(line) = out.lines().find(|line| line.trim() == mark).map(str::to_owned) else {
            return Err(format!("no place for part {number}: {}", part["place"]));
        };
        // Where depth counts, a part is pasted as deep as its place is.
        let indent = &line[..line.len() - mark.len()];
        let text = part["text"].as_str().unwrap_or_default();
        let pasted: String = text.lines().map(|text| format!("{indent}{text}\n")).collect();
        out = out.replacen(&format!("{line}\n"), &pasted, 1);
        // "All but the first line again", where a snippet says so.
        let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
        out = out.replace(&format!("{mark} again\n"), rest);
    }
    Ok(out)
}

/// Brackets that a line opens and does not close.
fn depth(line: &str) -> i32 {
    line.chars()
        .map(|c| match c {
            '(' | '{' | '[' => 1,
            ')' | '}' | ']' => -1,
            _ => 0,
        })
        .sum()
}
