//! What is done already, a line a target: an audit that was broken off goes on from there.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use corsage_audit::Findings;

use super::feed::fingerprint;

/// The results so far, by their targets' addresses.
#[derive(Debug, Default)]
pub(super) struct Journal {
    file: Option<File>,
    done: HashMap<u64, Done>,
}

/// What is remembered of a result: all of it only where all of it is told at the end.
#[derive(Debug)]
pub(super) enum Done {
    Whole(Box<Findings>),
    Worst(Option<corsage_audit::Severity>),
}

/// How much of each result is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    Everything,
    /// For as many targets as one likes.
    TheWorst,
}

impl Journal {
    pub(super) fn open(path: Option<&Path>, keep: Keep) -> Result<Self, String> {
        let Some(path) = path else { return Ok(Self::default()) };
        let told = |error: std::io::Error| format!("{}: {error}", path.display());
        let mut done = HashMap::new();
        match File::open(path) {
            Ok(file) => {
                // What was cut in the middle of a line is done again.
                for line in BufReader::new(file).split(b'\n') {
                    let line = line.map_err(told)?;
                    let Ok(findings) = serde_json::from_slice::<Findings>(&line) else { continue };
                    if findings.undecided.is_none() {
                        let key = fingerprint(&findings.target);
                        let held = match keep {
                            Keep::Everything => Done::Whole(Box::new(findings)),
                            Keep::TheWorst => Done::Worst(findings.worst()),
                        };
                        done.insert(key, held);
                    }
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(told(error)),
        }
        let opened = OpenOptions::new().create(true).read(true).append(true).open(path);
        let mut file = opened.map_err(told)?;
        let is_cut = file.seek(SeekFrom::End(-1)).is_ok() && {
            let mut last = [0];
            file.read_exact(&mut last).map_err(told)?;
            last != *b"\n"
        };
        if is_cut {
            file.write_all(b"\n").map_err(told)?;
        }
        Ok(Self { file: Some(file), done })
    }

    pub(super) fn take(&mut self, target: &str) -> Option<Done> {
        self.done.remove(&fingerprint(target))
    }

    pub(super) fn write(&mut self, findings: &Findings) -> Result<(), String> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut line = serde_json::to_string(findings).map_err(|error| error.to_string())?;
        line.push('\n');
        file.write_all(line.as_bytes()).map_err(|error| format!("the journal: {error}"))
    }
}
