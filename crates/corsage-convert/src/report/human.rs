//! For people, on a terminal and in a pull request.

use std::fmt::Write;

use super::texts;
use crate::compare::{Comparison, Difference, Direction};

/// The differences, one paragraph each, grouped by who gains and who loses, with credentials or without.
#[must_use]
pub fn human(comparison: &Comparison) -> String {
    let mut text = String::new();
    for (direction, with_credentials, group) in groups(comparison) {
        let _ = writeln!(text, "{}", heading(direction, with_credentials));
        for difference in group {
            let _ = writeln!(
                text,
                "  {} ({})\n    {}\n      before  {}\n      after   {}",
                difference.witness,
                texts::holder(difference.witness.holder),
                request(difference),
                texts::result(&difference.first),
                texts::result(&difference.second),
            );
        }
    }
    text.push_str(&remarks(comparison));
    text
}

/// The same as Markdown.
#[must_use]
pub fn markdown(comparison: &Comparison) -> String {
    let mut text = String::new();
    for (direction, with_credentials, group) in groups(comparison) {
        let _ = writeln!(text, "### {}\n", heading(direction, with_credentials));
        text.push_str(
            "| origin | who can have it | request | before | after |\n|---|---|---|---|---|\n",
        );
        for difference in group {
            let _ = writeln!(
                text,
                "| `{}` | {} | {} | {} | {} |",
                cell(&difference.witness.origin),
                texts::holder(difference.witness.holder),
                cell(&request(difference)),
                cell(&texts::result(&difference.first)),
                cell(&texts::result(&difference.second)),
            );
        }
        text.push('\n');
    }
    text.push_str(&remarks(comparison));
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

fn heading(direction: Direction, with_credentials: bool) -> String {
    let credentials = if with_credentials { "with credentials" } else { "without credentials" };
    format!("{} {credentials}", texts::direction(direction))
}

/// The requests of a difference in one line.
fn request(difference: &Difference) -> String {
    let mut methods = Vec::new();
    let mut headers = Vec::new();
    for (method, header) in &difference.requests {
        match header {
            Some(header) => headers.push(header.as_str()),
            None => methods.push(method.as_str()),
        }
    }
    let mut text = String::new();
    if !methods.is_empty() {
        text.push_str(&methods.join(", "));
    }
    if !headers.is_empty() {
        if !text.is_empty() {
            text.push_str("; ");
        }
        let _ = write!(text, "GET with {}", headers.join(", "));
    }
    let _ = write!(text, " {}{}", difference.host, difference.path);
    if let Some(scene) = texts::scene(difference.scene) {
        let _ = write!(text, ", {scene}");
    }
    text
}

fn remarks(comparison: &Comparison) -> String {
    let mut text = String::new();
    if let Some(seconds) = comparison.revocation_latency {
        let _ = writeln!(
            text,
            "what is revoked may live on for {seconds} seconds in browsers that remember a preflight"
        );
    }
    if let Some(error) = comparison.undecided {
        let _ = writeln!(text, "not decided as a whole: {}", texts::undecided(error));
    }
    let _ = writeln!(text, "{}", texts::verdict(comparison.verdict()));
    text
}
