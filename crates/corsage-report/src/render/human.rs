//! Problems for people: the lines of the file, marked.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};
use corsage_texts::{Language, text};

use super::Colour;
use crate::{Place, Problem, Problems, Report, Severity};

/// Problems bring their causes in the language in which they were found.
const LANGUAGE: Language = Language::English;

pub(super) fn report(report: &Report, colour: Colour) -> String {
    report.files().iter().map(|file| file.render(colour)).collect()
}

impl Problems {
    /// Each problem with the lines it is about, and a last line that counts them.
    ///
    /// ```
    /// use corsage_report::{Colour, Place, Problem, Problems, Severity};
    ///
    /// let problem = Problem::new(Severity::Error, "unknown-key")
    ///     .cause("unknown key `thread`")
    ///     .way_out("did you mean `threads`?")
    ///     .place(Place::File(10..16));
    /// let problems = Problems::new("corsage.toml", "[gateway]\nthread = 2\n", vec![problem]);
    /// let shown = problems.render(Colour::Plain);
    /// assert!(shown.contains("corsage.toml:2:1"));
    /// assert!(shown.contains("did you mean `threads`?"));
    /// ```
    #[must_use]
    pub fn render(&self, colour: Colour) -> String {
        if let Some(cause) = self.why_unreadable() {
            let file = self.file_name();
            return format!(
                "error: {}\n",
                text!(LANGUAGE, "report.unreadable", file = file, cause = cause)
            );
        }
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
        let mut group = match &problem.place {
            Place::File(span) => {
                let text = self.text();
                let start = span.start.min(text.len());
                let end = span.end.clamp(start, text.len());
                title.element(
                    Snippet::source(text).path(self.file_name()).annotation(
                        AnnotationKind::Primary.span(start..first_line(text, start, end)),
                    ),
                )
            }
            Place::Environment(variable) => {
                let origin =
                    text!(LANGUAGE, "report.set-by-variable", name = with_value(variable, problem));
                title.element(note(origin))
            }
            Place::Argument(argument) => {
                let origin =
                    text!(LANGUAGE, "report.set-by-argument", name = with_value(argument, problem));
                title.element(note(origin))
            }
            Place::Nowhere => {
                title.element(note(text!(LANGUAGE, "report.in-file", file = self.file_name())))
            }
        };
        for line in &problem.notes {
            group = group.element(note(line.as_str()));
        }
        renderer.render(&[with_way_out(group, &problem.way_out)])
    }

    /// One line that counts the problems: `corsage.toml: 2 errors, 1 warning`.
    #[must_use]
    pub fn summary(&self) -> String {
        let counted = |severity, say: fn(usize) -> String| {
            let count = self.count(severity);
            (count > 0).then(|| say(count))
        };
        let counts: Vec<String> = [
            counted(Severity::Error, |count| text!(LANGUAGE, "report.errors", count count)),
            counted(Severity::Warning, |count| text!(LANGUAGE, "report.warnings", count count)),
            counted(Severity::Note, |count| text!(LANGUAGE, "report.notes", count count)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let counts = match counts.is_empty() {
            true => text!(LANGUAGE, "report.no-problems").to_owned(),
            false => counts.join(", "),
        };
        format!("{}: {counts}", self.file_name())
    }
}

fn note<'a>(text: impl Into<std::borrow::Cow<'a, str>>) -> annotate_snippets::Message<'a> {
    Level::NOTE.message(text)
}

fn with_way_out<'a>(group: Group<'a>, way_out: &'a str) -> Group<'a> {
    if way_out.is_empty() { group } else { group.element(Level::HELP.message(way_out)) }
}

fn with_value(name: &str, problem: &Problem) -> String {
    match &problem.value {
        Some(value) => format!("{name}={value:?}"),
        None => name.to_owned(),
    }
}

/// A mark over many lines hides what it marks: it ends with its first line.
fn first_line(text: &str, start: usize, end: usize) -> usize {
    text.get(start..end).and_then(|marked| marked.find('\n')).map_or(end, |newline| start + newline)
}
