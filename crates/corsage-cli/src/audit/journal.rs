//! What is done already, a line a target: an audit that was broken off goes on from there.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use corsage_audit::Findings;

/// The results so far.
#[derive(Debug, Default)]
pub(super) struct Journal {
    file: Option<File>,
    done: HashMap<String, Findings>,
}

impl Journal {
    pub(super) fn open(path: Option<&Path>) -> Result<Self, String> {
        let Some(path) = path else { return Ok(Self::default()) };
        let name = path.display();
        let mut done = HashMap::new();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(format!("{name}: {error}")),
        };
        // A last line that was cut is done again.
        for line in text.lines() {
            if let Ok(findings) = serde_json::from_str::<Findings>(line)
                && findings.undecided.is_none()
            {
                done.insert(findings.target.clone(), findings);
            }
        }
        let opened = OpenOptions::new().create(true).append(true).open(path);
        let mut file = opened.map_err(|error| format!("{name}: {error}"))?;
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n").map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(Self { file: Some(file), done })
    }

    pub(super) fn take(&mut self, target: &str) -> Option<Findings> {
        self.done.remove(target)
    }

    pub(super) fn write(&mut self, findings: &Findings) -> Result<(), String> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut line = serde_json::to_string(findings).map_err(|error| error.to_string())?;
        line.push('\n');
        file.write_all(line.as_bytes()).map_err(|error| format!("the journal: {error}"))
    }
}
