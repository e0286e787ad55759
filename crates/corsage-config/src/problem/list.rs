//! All problems of one file.

use std::fmt;
use std::sync::Arc;

use super::{Problem, Severity};

/// All problems of one file, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    pub(crate) file_name: Arc<str>,
    pub(crate) text: Arc<str>,
    pub(crate) problems: Vec<Problem>,
}

impl Problems {
    pub(crate) fn new(file_name: &str, text: &str, mut problems: Vec<Problem>) -> Self {
        // Stable: problems of one place keep the order in which they were found.
        problems.sort_by_key(|problem| problem.place.span().map_or(usize::MAX, |s| s.start));
        problems.dedup();
        Self { file_name: file_name.into(), text: text.into(), problems }
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

    /// The file's name, as it was given.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// Line and column, both from 1, of a byte of the file; columns count characters.
    #[must_use]
    pub fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
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
