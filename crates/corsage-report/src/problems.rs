//! All problems of one file.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::{Problem, Severity};

/// All problems of one file, in the order of the file.
///
/// The file may be anything that has a name and a text: a policy file, a server's configuration, a
/// recorded answer. What has no text is given an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    file_name: Arc<str>,
    source: Source,
    problems: Vec<Problem>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Text(Arc<str>),
    Unreadable(Arc<str>),
}

impl Problems {
    /// The problems of a file of this name and this text. They are put into the order of the file;
    /// of equal ones the first is kept.
    #[must_use]
    pub fn new(file_name: &str, text: &str, mut problems: Vec<Problem>) -> Self {
        // Stable: problems of one place keep the order in which they were found.
        problems.sort_by_key(|problem| problem.place.span().map_or(usize::MAX, |s| s.start));
        problems.dedup();
        Self { file_name: file_name.into(), source: Source::Text(text.into()), problems }
    }

    /// A file that could not be read at all, and why.
    #[must_use]
    pub fn unreadable(file_name: &str, cause: &str) -> Self {
        Self {
            file_name: file_name.into(),
            source: Source::Unreadable(cause.into()),
            problems: Vec::new(),
        }
    }

    /// These problems and more of the same file.
    #[must_use]
    pub fn with(mut self, more: impl IntoIterator<Item = Problem>) -> Self {
        self.problems.extend(more);
        self.problems.sort_by_key(|problem| problem.place.span().map_or(usize::MAX, |s| s.start));
        self
    }

    /// Every problem, in the order of the file; those of the environment and the arguments last.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.problems.iter()
    }

    /// How many there are of this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.iter().filter(|problem| problem.severity == severity).count()
    }

    /// The worst severity among them; `None` if there is no problem.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.iter().map(|problem| problem.severity).max()
    }

    /// Whether there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Why the file could not be read, if it could not.
    #[must_use]
    pub fn why_unreadable(&self) -> Option<&str> {
        match &self.source {
            Source::Text(_) => None,
            Source::Unreadable(cause) => Some(cause),
        }
    }

    /// The file's name, as it was given.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// The file's text; empty if it could not be read.
    #[must_use]
    pub fn text(&self) -> &str {
        match &self.source {
            Source::Text(text) => text,
            Source::Unreadable(_) => "",
        }
    }

    /// Line and column, both from 1, of a byte of the file; columns count characters.
    #[must_use]
    pub fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let text = self.text();
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// Lines and columns of a span: where it starts, and where it ends.
    pub(crate) fn region(&self, span: &Range<usize>) -> [(usize, usize); 2] {
        [self.line_and_column(span.start), self.line_and_column(span.end.max(span.start))]
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One line a problem: `file:line:column: severity: field value cause; way out`.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cause) = self.why_unreadable() {
            return write!(f, "{} cannot be read: {cause}", self.file_name);
        }
        for (index, problem) in self.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            if let Some(span) = problem.place.span() {
                let (line, column) = self.line_and_column(span.start);
                write!(f, "{}:{line}:{column}: ", self.file_name)?;
            }
            write!(f, "{}: {problem}", problem.severity)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
