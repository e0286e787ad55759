//! JUnit's XML, as CI servers read it: a file is a suite, a problem is a test that failed.

use std::fmt::Write as _;

use crate::{Problem, Problems, Report, Severity};

pub(super) fn report(report: &Report, fails_from: Severity) -> String {
    let suites: Vec<Suite<'_>> =
        report.files().iter().map(|file| Suite { file, fails_from }).collect();
    let tests: usize = suites.iter().map(Suite::tests).sum();
    let failures: usize = suites.iter().map(Suite::failures).sum();
    let errors: usize = suites.iter().map(Suite::errors).sum();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">\n",
        escaped(report.tool())
    );
    for suite in &suites {
        suite.write(&mut xml);
    }
    xml.push_str("</testsuites>\n");
    xml
}

struct Suite<'r> {
    file: &'r Problems,
    fails_from: Severity,
}

impl Suite<'_> {
    /// A file without problems is a test that passed.
    fn tests(&self) -> usize {
        self.file.iter().len().max(1)
    }

    fn failures(&self) -> usize {
        self.file.iter().filter(|problem| problem.severity >= self.fails_from).count()
    }

    fn errors(&self) -> usize {
        usize::from(self.file.why_unreadable().is_some())
    }

    fn write(&self, xml: &mut String) {
        let name = escaped(self.file.file_name());
        line(
            xml,
            format_args!(
                "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"{}\">",
                self.tests(),
                self.failures(),
                self.errors()
            ),
        );
        if let Some(cause) = self.file.why_unreadable() {
            line(xml, format_args!("    <testcase classname=\"{name}\" name=\"read\">"));
            line(
                xml,
                format_args!(
                    "      <error type=\"unreadable-file\" message=\"{}\"/>",
                    escaped(cause)
                ),
            );
            line(xml, format_args!("    </testcase>"));
        } else if self.file.is_empty() {
            line(xml, format_args!("    <testcase classname=\"{name}\" name=\"no problems\"/>"));
        }
        for problem in self.file {
            self.write_problem(xml, &name, problem);
        }
        line(xml, format_args!("  </testsuite>"));
    }

    fn write_problem(&self, xml: &mut String, file_name: &str, problem: &Problem) {
        let mut name = problem.code.to_string();
        if !problem.field.is_empty() {
            name = format!("{name} {}", problem.field);
        }
        let mut at = file_name.to_owned();
        if let Some(span) = problem.place.span() {
            let (line, column) = self.file.line_and_column(span.start);
            at = format!("{file_name}:{line}:{column}");
        }
        let told = format!("{at}: {}: {}", problem.severity, escaped(&problem.to_string()));
        line(
            xml,
            format_args!("    <testcase classname=\"{file_name}\" name=\"{}\">", escaped(&name)),
        );
        if problem.severity >= self.fails_from {
            line(
                xml,
                format_args!(
                    "      <failure type=\"{}\" message=\"{}\">{told}</failure>",
                    escaped(&problem.code),
                    escaped(&problem.cause)
                ),
            );
        } else {
            line(xml, format_args!("      <system-out>{told}</system-out>"));
        }
        line(xml, format_args!("    </testcase>"));
    }
}

fn line(xml: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(xml, "{text}");
}

/// Text for an element or an attribute. XML 1.0 has no way to write most control characters.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}
