//! Markdown, for a comment on a change or a job's summary: a table for each file.

use crate::{Place, Problem, Problems, Report};

pub(super) fn report(report: &Report) -> String {
    let mut text = format!("## {}\n", inline(report.tool()));
    for file in report.files() {
        text.push_str(&format!("\n### {}\n\n", inline(&headline(file))));
        if file.is_empty() {
            continue;
        }
        text.push_str("| | code | place | what | way out |\n| --- | --- | --- | --- | --- |\n");
        text.extend(file.iter().map(|problem| row(file, problem)));
    }
    text
}

fn headline(file: &Problems) -> String {
    match file.why_unreadable() {
        Some(_) => file.to_string(),
        None => file.summary(),
    }
}

fn row(file: &Problems, problem: &Problem) -> String {
    let place = match &problem.place {
        Place::File(span) => {
            let (line, column) = file.line_and_column(span.start);
            format!("{line}:{column}")
        }
        Place::Environment(name) | Place::Argument(name) => name.to_string(),
        Place::Nowhere => String::new(),
    };
    let mut what = String::new();
    if !problem.field.is_empty() {
        what = format!("{}: ", problem.field);
    }
    what.push_str(&problem.cause);
    for note in &problem.notes {
        what.push('\n');
        what.push_str(note);
    }
    format!(
        "| {} | {} | {} | {} | {} |\n",
        problem.severity,
        inline(&problem.code),
        inline(&place),
        inline(&what),
        inline(&problem.way_out)
    )
}

/// Text that stays text within a table's cell. Spans in backticks are left to be code.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let code_spans = text.matches('`').count().is_multiple_of(2);
    let mut in_code = false;
    for c in text.chars() {
        match c {
            '`' if code_spans => {
                in_code = !in_code;
                out.push(c);
            }
            '\n' => out.push_str("<br>"),
            '\r' => {}
            // A cell ends at a bar, in code too.
            '|' => out.push_str("\\|"),
            '<' if !in_code => out.push_str("&lt;"),
            '>' if !in_code => out.push_str("&gt;"),
            '&' if !in_code => out.push_str("&amp;"),
            '*' | '_' | '[' | ']' | '\\' | '`' | '#' | '~' if !in_code => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}
