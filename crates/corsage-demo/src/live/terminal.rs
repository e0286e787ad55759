//! What the terminal shows: a table for people, lines of JSON for machines.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Table, presets};
use corsage_texts::Language;
use serde_json::json;

use super::Demo;
use super::performed::Performed;
use crate::live::demo_state::BrowserReport;
use crate::prediction::outcome::Outcome;
use crate::prediction::places::Party;

/// How to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON value a line: the scenarios, the address, then each browser that has run them.
    Json,
}

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const HEADING: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();

/// The table of all scenarios, and what it comes to.
pub(crate) fn table(demo: &Demo, performed: &[Performed], format: Format) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let agree = performed.iter().filter(|performed| performed.judged.agree).count();
    if format == Format::Json {
        let line = json!({
            "kind": "scenarios",
            "profile": super::browsers::profile_name(super::PROFILE),
            "scenarios": performed.len(),
            "agree": agree,
            "results": performed,
        });
        return writeln!(out, "{line}");
    }
    let texts = &demo.texts;
    writeln!(out, "{}", texts.get("terminal.intro"))?;
    for (name, origin) in [
        ("terminal.page", demo.places.page_origin()),
        ("terminal.api", demo.places.origin_of(Party::Api)),
        ("terminal.partner", demo.places.origin_of(Party::Partner)),
    ] {
        writeln!(out, "  {QUIET}{:12}{QUIET:#} {origin}", texts.get(name))?;
    }
    writeln!(out)?;
    // Into a pipe a row is a line; a terminal is as wide as it is.
    let width = terminal_size::terminal_size_of(io::stdout())
        .map_or(usize::MAX, |(width, _)| usize::from(width.0));
    let lines = drawn(demo, performed);
    let wire = texts.get("terminal.column_wire");
    let column = lines
        .first()
        .and_then(|(_, heading)| heading.find(wire).map(|byte| heading[..byte].chars().count()))
        .unwrap_or_default();
    for (style, line) in lines {
        for line in folded(line.trim_end(), column, width) {
            writeln!(out, "{style}{line}{style:#}")?;
        }
    }
    writeln!(out)?;
    let count = performed.len().to_string();
    if agree == performed.len() {
        let all = texts.fill("terminal.all_agree", &[("count", &count)]);
        writeln!(out, "{GOOD}{all}{GOOD:#}")?;
    } else {
        let differ = (performed.len() - agree).to_string();
        let some = texts.fill("terminal.some_differ", &[("count", &count), ("differ", &differ)]);
        writeln!(out, "{BAD}{some}{BAD:#}")?;
        for performed in performed {
            for (step, judged) in performed.judged.steps.iter().enumerate() {
                for difference in &judged.differences {
                    writeln!(out, "  {} ({}): {difference}", performed.id, step + 1)?;
                }
            }
        }
    }
    Ok(())
}

/// A row as lines of a terminal: what begins at `column` is broken after its commas, and stands below
/// the row where there is too little room beside it.
fn folded(row: &str, column: usize, width: usize) -> Vec<String> {
    /// With less room than this, words stand one below the other.
    const ROOM: usize = 24;
    let length = row.chars().count();
    if length <= width || length <= column {
        return vec![row.to_owned()];
    }
    let indent = if width >= column + ROOM { column } else { 6 };
    let left: String = row.chars().take(column).collect();
    let right: String = row.chars().skip(column).collect();
    let mut lines: Vec<String> = Vec::new();
    let mut line = if indent == column {
        left
    } else {
        lines.push(left.trim_end().to_owned());
        " ".repeat(indent)
    };
    let mut is_empty = true;
    for part in right.split_inclusive(", ") {
        if !is_empty && line.chars().count() + part.trim_end().chars().count() > width {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)).trim_end().to_owned());
        }
        line.push_str(part);
        is_empty = false;
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// The table's lines, each with its style. Nothing is wrapped, so that a row is a line.
fn drawn(demo: &Demo, performed: &[Performed]) -> Vec<(Style, String)> {
    let texts = &demo.texts;
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let columns = ["scenario", "predicted", "happened", "agree", "wire"];
    table.add_row(columns.map(|column| texts.get(&format!("terminal.column_{column}")).to_owned()));
    let mut styles = vec![HEADING];
    let mut group = "";
    for (scenario, performed) in demo.scenarios.iter().zip(performed) {
        if scenario.group != group {
            group = &scenario.group;
            table.add_row([texts.get(&format!("groups.{group}"))]);
            styles.push(HEADING);
        }
        let title = texts.get(&format!("scenarios.{}.title", scenario.id)).replace('`', "");
        let outcome =
            |outcome: Outcome| texts.get(&format!("outcomes.{}", outcome.as_str())).to_owned();
        let (predicted, happened) = match performed.outcomes() {
            Some((predicted, happened)) => (outcome(predicted), outcome(happened)),
            None => Default::default(),
        };
        let (agree, style) = match performed.judged.agree {
            true => (texts.get("terminal.yes"), Style::new()),
            false => (texts.get("terminal.no"), BAD),
        };
        let wire = wire(demo, performed);
        table.add_row([format!("  {title}"), predicted, happened, agree.to_owned(), wire]);
        styles.push(style);
    }
    styles.into_iter().zip(table.lines()).collect()
}

/// What passed over the wire, and the cause where it was blocked.
fn wire(demo: &Demo, performed: &Performed) -> String {
    let mut told: Vec<String> = Vec::new();
    for step in &performed.judged.steps {
        if step.predicted.notes.iter().any(|note| note.code == "preflight-cache-hit") {
            told.push(demo.texts.get("terminal.and_cached").to_owned());
        }
        told.extend(
            step.wire.iter().map(|exchange| format!("{} {}", exchange.method, exchange.status)),
        );
        told.extend(step.predicted.blockers.first().map(|blocker| blocker.code.to_owned()));
    }
    told.join(", ")
}

/// The address to open.
pub(crate) fn serving(demo: &Demo, format: Format) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let url = format!("{}/", demo.places.page_origin());
    match format {
        Format::Json => writeln!(out, "{}", json!({ "kind": "serving", "url": url }))?,
        Format::Human => {
            // The page speaks its browser's language, unless another was asked for.
            let url = match demo.texts.language() {
                Language::English => url,
                other => format!("{url}?lang={other}"),
            };
            writeln!(out, "\n{}", demo.texts.fill("terminal.open", &[("url", &url)]))?;
        }
    }
    out.flush()
}

/// A browser has run every scenario.
pub(crate) fn browser(demo: &Demo, report: &BrowserReport, format: Format) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    match format {
        Format::Json => {
            let mut line = json!({ "kind": "browser" });
            if let (Some(line), Ok(serde_json::Value::Object(report))) =
                (line.as_object_mut(), serde_json::to_value(report))
            {
                line.extend(report);
            }
            writeln!(out, "{line}")?;
        }
        Format::Human => {
            let style = if report.agree == report.scenarios { GOOD } else { BAD };
            let (count, agree) = (report.scenarios.to_string(), report.agree.to_string());
            let line = demo.texts.fill(
                "terminal.browser_report",
                &[("browser", &report.browser), ("count", &count), ("agree", &agree)],
            );
            writeln!(out, "{style}{line}{style:#}")?;
            for result in &report.results {
                for difference in &result.differences {
                    writeln!(out, "  {}: {difference}", result.id)?;
                }
            }
        }
    }
    out.flush()
}

/// The end, after Ctrl-C.
pub(crate) fn ended(demo: &Demo, format: Format) -> io::Result<()> {
    match format {
        Format::Json => Ok(()),
        Format::Human => {
            writeln!(anstream::stdout().lock(), "\n{}", demo.texts.get("terminal.ended"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::folded;

    const ROW: &str =
        "Title     readable  OPTIONS 204, PUT 200, (no preflight: remembered), PUT 200";

    #[test]
    fn a_wide_terminal_shows_a_row_as_it_is() {
        assert_eq!(folded(ROW, 20, 200), [ROW]);
        assert_eq!(folded("a heading that is longer than that", 40, 10).len(), 1);
    }

    #[test]
    fn a_narrow_one_breaks_the_last_column_only() {
        assert_eq!(
            folded(ROW, 20, 52),
            [
                "Title     readable  OPTIONS 204, PUT 200,",
                "                    (no preflight: remembered),",
                "                    PUT 200",
            ]
        );
        assert_eq!(
            folded(ROW, 20, 34),
            [
                "Title     readable",
                "      OPTIONS 204, PUT 200,",
                "      (no preflight: remembered),",
                "      PUT 200",
            ]
        );
    }
}
