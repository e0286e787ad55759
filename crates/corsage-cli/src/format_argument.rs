//! `--format`: who reads a report.

use std::fmt;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use corsage_report::Format;

/// A report's format as an argument; for people, unless it is given.
#[derive(Clone, Copy)]
pub(crate) struct FormatArgument(pub(crate) Format);

impl Default for FormatArgument {
    fn default() -> Self {
        Self(Format::Human)
    }
}

impl fmt::Display for FormatArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ValueEnum for FormatArgument {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [FormatArgument; Format::ALL.len()] = {
            let mut all = [FormatArgument(Format::Human); Format::ALL.len()];
            let mut index = 0;
            while index < all.len() {
                all[index] = FormatArgument(Format::ALL[index]);
                index += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self.0 {
            Format::Human => "For people: the lines of the file, marked",
            Format::Json => "One JSON document",
            Format::Sarif => "SARIF 2.1.0, for code scanning",
            Format::Junit => "JUnit's XML, for CI servers",
            Format::Github => "Annotations for a workflow of GitHub",
            Format::Markdown => "Markdown, for a comment or a job's summary",
            _ => return None,
        };
        Some(PossibleValue::new(self.0.as_str()).help(help))
    }
}
