//! Which rendering is wanted.

use std::fmt;
use std::str::FromStr;

use super::{Colour, github, human, json, junit, markdown, sarif};
use crate::{Report, Severity};

/// For whom a report is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// For people: the lines of the file, marked.
    Human,
    /// For programs: one JSON document.
    Json,
    /// [SARIF 2.1.0](https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), which GitHub's code
    /// scanning and editors read.
    Sarif,
    /// JUnit's XML, which CI servers show as tests.
    Junit,
    /// [Workflow commands](https://docs.github.com/actions/reference/workflow-commands-for-github-actions)
    /// that GitHub turns into annotations of a change.
    Github,
    /// Markdown, for a comment or a job's summary.
    Markdown,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 6] =
        [Self::Human, Self::Json, Self::Sarif, Self::Junit, Self::Github, Self::Markdown];

    /// The format's name, as commands take it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Markdown => "markdown",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|format| format.as_str() == name).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|format| format.as_str()).collect();
            format!("{name:?} is no format; write one of {}", known.join(", "))
        })
    }
}

impl Report {
    /// The whole report in one of the formats; it ends with a line end, unless it is empty.
    #[must_use]
    pub fn render(&self, format: Format, colour: Colour) -> String {
        match format {
            Format::Human => human::report(self, colour),
            Format::Json => format!("{:#}\n", json::report(self)),
            Format::Sarif => format!("{:#}\n", sarif::report(self)),
            Format::Junit => junit::report(self, Severity::Error),
            Format::Github => github::report(self),
            Format::Markdown => markdown::report(self),
        }
    }

    /// [`Format::Json`] as a value, for a tool that has more to say of its files.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json::report(self)
    }

    /// [`Format::Junit`], where problems of this severity and worse ones are failures.
    #[must_use]
    pub fn to_junit(&self, fails_from: Severity) -> String {
        junit::report(self, fails_from)
    }
}
