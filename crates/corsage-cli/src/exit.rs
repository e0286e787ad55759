//! Exit codes, the same for every subcommand.

/// Allowed; nothing to report. (`ExitCode::SUCCESS`)
pub(crate) const ALLOWED: u8 = 0;
/// A browser would block; problems were found.
pub(crate) const BLOCKED: u8 = 1;
/// Usage or configuration error. Clap exits with the same.
pub(crate) const USAGE: u8 = 2;
/// Could not be decided: network, TLS.
pub(crate) const UNDECIDED: u8 = 3;
