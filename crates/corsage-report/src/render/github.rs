//! [Workflow commands](https://docs.github.com/actions/reference/workflow-commands-for-github-actions):
//! one line a problem, which GitHub shows beside the changed lines.

use crate::{Problem, Problems, Report, Severity};

pub(super) fn report(report: &Report) -> String {
    let mut lines = String::new();
    for file in report.files() {
        if let Some(cause) = file.why_unreadable() {
            let problem = Problem::new(Severity::Error, "unreadable-file").cause(cause);
            lines.push_str(&command(file, &problem));
        }
        lines.extend(file.iter().map(|problem| command(file, problem)));
    }
    lines
}

fn command(file: &Problems, problem: &Problem) -> String {
    let kind = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = format!("file={}", property(file.file_name()));
    if let Some(span) = problem.place.span() {
        let [(line, column), (end_line, end_column)] = file.region(&span);
        properties.push_str(&format!(",line={line},endLine={end_line}"));
        // Columns are for marks within one line.
        if line == end_line {
            properties.push_str(&format!(",col={column},endColumn={end_column}"));
        }
    }
    let mut message = problem.to_string();
    for note in &problem.notes {
        message.push('\n');
        message.push_str(note);
    }
    format!("::{kind} {properties},title={}::{}\n", property(&problem.code), data(&message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
