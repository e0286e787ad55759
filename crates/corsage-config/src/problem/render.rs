//! Problems for people: the lines of the file, marked.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet, renderer::DecorStyle};

use super::{Problem, Problems, Severity};
use crate::tree::Place;

/// Whether the report is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// For a terminal.
    Ansi,
    /// For everything else.
    Plain,
}

impl Problems {
    /// The whole report: each problem with the lines it is about, and a last line that counts them.
    ///
    /// ```
    /// use corsage_config::{Colour, parse};
    ///
    /// let problems = parse("[gateway]\nthread = 2\n", "corsage.toml").unwrap_err();
    /// let report = problems.render(Colour::Plain);
    /// assert!(report.contains("corsage.toml:2:1"));
    /// assert!(report.contains("did you mean `threads`?"));
    /// ```
    #[must_use]
    pub fn render(&self, colour: Colour) -> String {
        let renderer = match colour {
            Colour::Ansi => Renderer::styled(),
            Colour::Plain => Renderer::plain(),
        }
        .decor_style(DecorStyle::Ascii);
        let mut report = String::new();
        for problem in self {
            report.push_str(&self.render_one(problem, &renderer));
            report.push_str("\n\n");
        }
        report.push_str(&self.summary());
        report.push('\n');
        report
    }

    fn render_one(&self, problem: &Problem, renderer: &Renderer) -> String {
        let level = match problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let mut title = String::new();
        if !problem.field.is_empty() {
            title.push_str(&problem.field);
            title.push_str(": ");
        }
        title.push_str(&problem.cause);
        let title = level.primary_title(title).id(&*problem.code);
        let way_out = Level::HELP.message(problem.way_out.as_str());
        let group = match &problem.place {
            Place::File(span) => {
                let start = span.start.min(self.text.len());
                let end = span.end.clamp(start, self.text.len());
                title
                    .element(Snippet::source(&*self.text).path(&*self.file_name).annotation(
                        AnnotationKind::Primary.span(start..first_line(&self.text, start, end)),
                    ))
                    .element(way_out)
            }
            Place::Environment(variable) => title
                .element(Level::NOTE.message(origin("environment variable", variable, problem)))
                .element(way_out),
            Place::Argument(argument) => title
                .element(Level::NOTE.message(origin("argument", argument, problem)))
                .element(way_out),
            Place::Nowhere => title
                .element(Level::NOTE.message(format!("in {}", self.file_name)))
                .element(way_out),
        };
        renderer.render(&[group])
    }

    /// `corsage.toml: 2 errors, 1 warning`
    #[must_use]
    pub fn summary(&self) -> String {
        let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
            .into_iter()
            .map(|severity| (severity, self.count(severity)))
            .filter(|&(_, count)| count > 0)
            .map(|(severity, count)| {
                format!("{count} {severity}{}", if count == 1 { "" } else { "s" })
            })
            .collect();
        let counts = if counts.is_empty() { "no problems".to_owned() } else { counts.join(", ") };
        format!("{}: {counts}", self.file_name)
    }
}

fn origin(kind: &str, name: &str, problem: &Problem) -> String {
    match &problem.value {
        Some(value) => format!("set by the {kind} {name}={value:?}"),
        None => format!("set by the {kind} {name}"),
    }
}

/// A mark over many lines hides what it marks: it ends with its first line.
fn first_line(text: &str, start: usize, end: usize) -> usize {
    text.get(start..end).and_then(|marked| marked.find('\n')).map_or(end, |newline| start + newline)
}
