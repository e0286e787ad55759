//! What a whole run found.

use std::collections::BTreeMap;

use crate::{Outcome, Problems, Severity};

/// What a whole run of a tool found, file by file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    tool: String,
    files: Vec<Problems>,
    rules: BTreeMap<String, Rule>,
}

/// What is said of a kind of problem where a reader looks kinds up, as in GitHub's code scanning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What is wrong where this code stands, in one line.
    pub title: String,
    /// The address of the page about it.
    pub page: Option<String>,
}

impl Report {
    /// A report of this tool, `corsage check` say, with nothing in it yet.
    #[must_use]
    pub fn new(tool: &str) -> Self {
        Self { tool: tool.to_owned(), files: Vec::new(), rules: BTreeMap::new() }
    }

    /// Adds what was found in one file; a file without problems is added too, so that it is told of.
    pub fn add(&mut self, file: Problems) {
        self.files.push(file);
    }

    /// Describes a kind of problem, for formats that list kinds apart from what was found.
    pub fn describe(&mut self, code: &str, rule: Rule) {
        self.rules.insert(code.to_owned(), rule);
    }

    /// The tool's name.
    #[must_use]
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// What was found, file by file, in the order in which the files were added.
    #[must_use]
    pub fn files(&self) -> &[Problems] {
        &self.files
    }

    /// What was said of this kind of problem, if anything was.
    #[must_use]
    pub fn rule(&self, code: &str) -> Option<&Rule> {
        self.rules.get(code)
    }

    /// The worst severity in all files; `None` if there is no problem.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.files.iter().filter_map(Problems::worst).max()
    }

    /// How the run ended, where problems of this severity and worse ones fail it.
    ///
    /// ```
    /// use corsage_report::{Outcome, Problem, Problems, Report, Severity};
    ///
    /// let mut report = Report::new("corsage check");
    /// let warning = Problem::new(Severity::Warning, "no-origins");
    /// report.add(Problems::new("corsage.toml", "", vec![warning]));
    /// assert_eq!(report.outcome(Severity::Error), Outcome::Passed);
    /// assert_eq!(report.outcome(Severity::Warning), Outcome::Failed);
    ///
    /// report.add(Problems::unreadable("missing.toml", "no such file"));
    /// assert_eq!(report.outcome(Severity::Error), Outcome::Unusable);
    /// ```
    #[must_use]
    pub fn outcome(&self, fails_from: Severity) -> Outcome {
        if self.files.iter().any(|file| file.why_unreadable().is_some()) {
            Outcome::Unusable
        } else if self.worst() >= Some(fails_from) {
            Outcome::Failed
        } else {
            Outcome::Passed
        }
    }
}
