//! Corsage's own file, decided by the core itself.

mod origin;
mod program;

use corsage_config::{Problems, Severity};

use self::program::Corsage;
use crate::{NotRead, Program, Refused, Rejected, Source, Why};

/// Reads `corsage.toml`, or the same as YAML or JSON.
///
/// # Errors
/// What the file's own reader refuses.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let name = source.name.unwrap_or("corsage.toml");
    let config =
        corsage_config::parse(source.text, name).map_err(|problems| not_read(&problems, source))?;
    let mut refused = Vec::new();
    for entry in config.policies.entries() {
        if entry.policy.looks_origins_up() {
            refused.push(Refused::new(0..source.text.len(), "allow_origins", Why::Elsewhere));
        }
    }
    if !refused.is_empty() {
        return Err(NotRead::Refused(refused));
    }
    Ok(Box::new(Corsage::new(config.policies, source.text)))
}

fn not_read(problems: &Problems, source: &Source<'_>) -> NotRead {
    let first = problems.iter().find(|problem| problem.severity == Severity::Error);
    let what =
        first.map_or_else(String::new, |problem| format!("{}: {}", problem.field, problem.cause));
    NotRead::Rejected(Rejected { span: 0..source.text.len(), what })
}
