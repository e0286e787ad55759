//! For people, on a terminal and in a pull request.

use std::fmt::Write;

use corsage_texts::{Language, text};

use super::texts;
use crate::compare::{Comparison, Difference, Direction};

/// The differences, one paragraph each, grouped by who gains and who loses, with credentials or without.
#[must_use]
pub fn human(comparison: &Comparison, language: Language) -> String {
    let (before, after) =
        (text!(language, "convert.table.before"), text!(language, "convert.table.after"));
    let width = before.chars().count().max(after.chars().count());
    let mut text = String::new();
    for (direction, with_credentials, group) in groups(comparison) {
        let _ = writeln!(text, "{}", texts::group(language, direction, with_credentials));
        for difference in group {
            let _ = writeln!(
                text,
                "  {} ({})\n    {}\n      {}  {}\n      {}  {}",
                difference.witness,
                texts::holder(language, difference.witness.holder),
                request(language, difference),
                padded(before, width),
                texts::result(language, &difference.first),
                padded(after, width),
                texts::result(language, &difference.second),
            );
        }
    }
    text.push_str(&remarks(language, comparison));
    text
}

/// The same as Markdown.
#[must_use]
pub fn markdown(comparison: &Comparison, language: Language) -> String {
    let mut text = String::new();
    for (direction, with_credentials, group) in groups(comparison) {
        let _ = writeln!(text, "### {}\n", texts::group(language, direction, with_credentials));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |\n|---|---|---|---|---|",
            text!(language, "convert.table.origin"),
            text!(language, "convert.table.holder"),
            text!(language, "convert.table.request"),
            text!(language, "convert.table.before"),
            text!(language, "convert.table.after"),
        );
        for difference in group {
            let _ = writeln!(
                text,
                "| `{}` | {} | {} | {} | {} |",
                cell(&difference.witness.origin),
                texts::holder(language, difference.witness.holder),
                cell(&request(language, difference)),
                cell(&texts::result(language, &difference.first)),
                cell(&texts::result(language, &difference.second)),
            );
        }
        text.push('\n');
    }
    text.push_str(&remarks(language, comparison));
    text
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('`', "'")
}

type Group<'c> = (Direction, bool, Vec<&'c Difference>);

fn groups(comparison: &Comparison) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    for direction in [Direction::Gains, Direction::Loses] {
        for with_credentials in [true, false] {
            let group: Vec<&Difference> = comparison
                .differences
                .iter()
                .filter(|other| {
                    other.direction() == direction && other.with_credentials == with_credentials
                })
                .collect();
            if !group.is_empty() {
                groups.push((direction, with_credentials, group));
            }
        }
    }
    groups
}

fn padded(word: &str, width: usize) -> String {
    format!("{word}{}", " ".repeat(width - word.chars().count()))
}

/// The requests of a difference in one line.
#[must_use]
pub fn request(language: Language, difference: &Difference) -> String {
    let mut parts = Vec::new();
    let alone = difference.requests.iter().filter(|(_, header)| header.is_none());
    let methods: Vec<&str> = alone.map(|(method, _)| method.as_str()).collect();
    if !methods.is_empty() {
        parts.push(methods.join(", "));
    }
    for (methods, names) in with_headers(difference, &methods) {
        let (methods, names) = (methods.join(", "), names.join(", "));
        parts.push(text!(language, "convert.report.with-header", methods = methods, names = names));
    }
    let mut text = parts.join("; ");
    let _ = write!(text, " {}{}", difference.host, difference.path);
    if let Some(scene) = texts::scene(language, difference.scene) {
        let _ = write!(text, ", {scene}");
    }
    text
}

/// Headers by the methods that they go with. A method that differs without any header is not told once more with each.
fn with_headers<'d>(
    difference: &'d Difference,
    alone: &[&str],
) -> Vec<(Vec<&'d str>, Vec<&'d str>)> {
    let mut found: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    let mut methods: Vec<&str> = Vec::new();
    for (method, header) in &difference.requests {
        let method = method.as_str();
        if header.is_none() || alone.contains(&method) || methods.contains(&method) {
            continue;
        }
        methods.push(method);
        let names: Vec<&str> = difference
            .requests
            .iter()
            .filter(|(other, _)| other == method)
            .filter_map(|(_, header)| header.as_deref())
            .collect();
        match found.iter_mut().find(|(_, others)| *others == names) {
            Some((methods, _)) => methods.push(method),
            None => found.push((vec![method], names)),
        }
    }
    found
}

fn remarks(language: Language, comparison: &Comparison) -> String {
    let mut text = String::new();
    if let Some(seconds) = comparison.revocation_latency {
        let _ = writeln!(text, "{}", texts::revocation(language, seconds));
    }
    if let Some(error) = comparison.undecided {
        let _ = writeln!(text, "{}", texts::undecided(language, error));
    }
    let _ = writeln!(text, "{}", texts::verdict(language, comparison.verdict()));
    text
}
