//! Findings that somebody has accepted, with a reason, until a day.

use std::path::Path;
use std::time::SystemTime;

use corsage_audit::Findings;
use corsage_texts::{Language, text};
use serde::Deserialize;

/// What is accepted.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Baseline {
    #[serde(default)]
    accept: Vec<Accepted>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Accepted {
    target: String,
    class: String,
    reason: String,
    expires: toml::value::Datetime,
}

impl Baseline {
    pub(super) fn read(file: Option<&Path>) -> Result<Self, String> {
        let Some(file) = file else { return Ok(Self::default()) };
        let name = file.display();
        let text = std::fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
        let baseline: Self = toml::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
        let classes: Vec<&str> = corsage_audit::Class::ALL.iter().map(|it| it.code()).collect();
        for accepted in &baseline.accept {
            if accepted.reason.trim().is_empty() {
                return Err(format!(
                    "{name}: {} of {} has no reason",
                    accepted.class, accepted.target
                ));
            }
            if !classes.contains(&&*accepted.class) {
                return Err(format!("{name}: {:?} is no class of findings", accepted.class));
            }
        }
        Ok(baseline)
    }

    /// Takes out what is accepted, and says so.
    pub(super) fn apply(&self, findings: &mut Findings) {
        let today = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let today = today.get(..10).unwrap_or_default();
        let target = findings.target.clone();
        let mut told = Vec::new();
        findings.findings.retain(|finding| {
            let accepted = self.accept.iter().find(|it| {
                it.target == target
                    && it.class == finding.class.code()
                    && it.expires.to_string().get(..10).is_some_and(|day| day >= today)
            });
            if let Some(accepted) = accepted {
                told.push(text!(
                    Language::English,
                    "audit-told.accepted",
                    class = accepted.class,
                    date = accepted.expires,
                    reason = accepted.reason
                ));
            }
            accepted.is_none()
        });
        findings.not_vulnerable.extend(told);
    }
}
