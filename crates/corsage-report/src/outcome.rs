//! How a run ended.

/// How a run of a tool ended, and the exit code that says so; the same for every subcommand.
///
/// The variants are in the order of their exit codes, and the greater one counts where several came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Nothing to report, or what was asked about is allowed.
    Passed,
    /// Problems were found, or a browser would block.
    Failed,
    /// The tool was used wrongly, or a file cannot be read.
    Unusable,
    /// It could not be decided, because the network or TLS failed.
    Undecided,
}

impl Outcome {
    /// The exit code of a process that ended so.
    ///
    /// ```
    /// assert_eq!(corsage_report::Outcome::Unusable.exit_code(), 2);
    /// ```
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Unusable => 2,
            Self::Undecided => 3,
        }
    }
}

impl From<Outcome> for std::process::ExitCode {
    fn from(outcome: Outcome) -> Self {
        outcome.exit_code().into()
    }
}
