//! Problems for people: the lines of the file, marked.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet, renderer::DecorStyle};
use corsage_texts::{Language, text};

use super::Colour;
use crate::{Place, Problem, Problems, Report, Severity};

pub(super) fn report(report: &Report, colour: Colour) -> String {
    report.files().iter().map(|file| file.render(colour)).collect()
}

/// The catalogue's section of what is said of configurations.
const SECTION: &str = "problems";

/// A sentence about a configuration, which was found in English.
fn told(sentence: &str, language: Language) -> String {
    language.retell(SECTION, sentence).unwrap_or_else(|| sentence.to_owned())
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
        self.render_in(Language::English, colour)
    }

    /// [`render`](Self::render) in another language.
    ///
    /// ```
    /// use corsage_report::{Colour, Place, Problem, Problems, Severity};
    /// use corsage_texts::Language;
    ///
    /// let problem = Problem::new(Severity::Error, "unknown-key")
    ///     .cause("unknown key `thread`")
    ///     .way_out("did you mean `threads`?")
    ///     .place(Place::File(10..16));
    /// let problems = Problems::new("corsage.toml", "[gateway]\nthread = 2\n", vec![problem]);
    /// let shown = problems.render_in(Language::Russian, Colour::Plain);
    /// assert!(shown.starts_with("ошибка[unknown-key]: неизвестный ключ `thread`"), "{shown}");
    /// assert!(shown.ends_with("corsage.toml: 1 ошибка\n"));
    /// ```
    #[must_use]
    pub fn render_in(&self, language: Language, colour: Colour) -> String {
        if let Some(cause) = self.why_unreadable() {
            let file = self.file_name();
            return format!(
                "{}: {}\n",
                text!(language, "report.error"),
                text!(language, "report.unreadable", file = file, cause = cause)
            );
        }
        let renderer = match colour {
            Colour::Ansi => Renderer::styled(),
            Colour::Plain => Renderer::plain(),
        }
        .decor_style(DecorStyle::Ascii);
        let mut report = String::new();
        for problem in self {
            report.push_str(&self.render_one(problem, &renderer, language));
            report.push_str("\n\n");
        }
        report.push_str(&self.summary_in(language));
        report.push('\n');
        report
    }

    fn render_one(&self, problem: &Problem, renderer: &Renderer, language: Language) -> String {
        let level = match problem.severity {
            Severity::Error => Level::ERROR.with_name(text!(language, "report.error")),
            Severity::Warning => Level::WARNING.with_name(text!(language, "report.warning")),
            Severity::Note => note_level(language),
        };
        let note = |text: String| note_level(language).message(text);
        let mut title = String::new();
        if !problem.field.is_empty() {
            title.push_str(&problem.field);
            title.push_str(": ");
        }
        title.push_str(&told(&problem.cause, language));
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
                    text!(language, "report.set-by-variable", name = with_value(variable, problem));
                title.element(note(origin))
            }
            Place::Argument(argument) => {
                let origin =
                    text!(language, "report.set-by-argument", name = with_value(argument, problem));
                title.element(note(origin))
            }
            Place::Nowhere => {
                title.element(note(text!(language, "report.in-file", file = self.file_name())))
            }
        };
        for line in &problem.notes {
            group = group.element(note(told(line, language)));
        }
        if !problem.way_out.is_empty() {
            let help = Level::HELP.with_name(text!(language, "report.help"));
            group = group.element(help.message(told(&problem.way_out, language)));
        }
        renderer.render(&[group])
    }

    /// One line that counts the problems: `corsage.toml: 2 errors, 1 warning`.
    #[must_use]
    pub fn summary(&self) -> String {
        self.summary_in(Language::English)
    }

    /// [`summary`](Self::summary) in another language.
    #[must_use]
    pub fn summary_in(&self, language: Language) -> String {
        let counted = |severity, say: &dyn Fn(usize) -> String| {
            let count = self.count(severity);
            (count > 0).then(|| say(count))
        };
        let counts: Vec<String> = [
            counted(Severity::Error, &|count| text!(language, "report.errors", count count)),
            counted(Severity::Warning, &|count| text!(language, "report.warnings", count count)),
            counted(Severity::Note, &|count| text!(language, "report.notes", count count)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let counts = match counts.is_empty() {
            true => text!(language, "report.no-problems").to_owned(),
            false => counts.join(", "),
        };
        format!("{}: {counts}", self.file_name())
    }
}

fn note_level(language: Language) -> Level<'static> {
    Level::NOTE.with_name(text!(language, "report.note"))
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
