//! What all targets come to: kept where it is told at the end, counted where it is told at once.

use std::io::{IsTerminal as _, Write as _};

use corsage_audit::Severity;
use corsage_report::Outcome;
use corsage_texts::Language;

use super::baseline::Baseline;
use super::journal::{Done, Journal, Keep};
use super::targets::{Named, Source};
use super::{Args, Audited, policy, render};

pub(super) struct Sum<'a> {
    args: &'a Args,
    language: Language,
    baseline: Baseline,
    journal: Journal,
    kept: Vec<Audited>,
    worst: Option<Severity>,
    is_undecided: bool,
    total: usize,
    done: usize,
    shows_progress: bool,
}

impl<'a> Sum<'a> {
    pub(super) fn new(
        args: &'a Args,
        language: Language,
        baseline: Baseline,
        journal: Journal,
        total: usize,
    ) -> Self {
        Self {
            args,
            // Lines for machines are the same for everybody.
            language: if args.keep() == Keep::Everything { language } else { Language::English },
            baseline,
            journal,
            kept: Vec::new(),
            worst: None,
            is_undecided: false,
            total,
            done: 0,
            shows_progress: std::io::stderr().is_terminal(),
        }
    }

    pub(super) fn args(&self) -> &'a Args {
        self.args
    }

    /// What the journal knows of a target already; `None` if it has to be asked.
    pub(super) fn resume(&mut self, one: &Named) -> Result<Option<()>, String> {
        match self.journal.take(one.target.url()) {
            None => return Ok(None),
            Some(Done::Worst(worst)) => {
                self.worst = self.worst.max(worst);
                self.done += 1;
            }
            Some(Done::Whole(findings)) => {
                let policy = policy::policy(&one.target, &findings, None);
                let (file, place) = (one.file.clone(), one.place.clone());
                self.add(Audited { findings: *findings, file, place, policy })?;
            }
        }
        Ok(Some(()))
    }

    /// A result as it comes from a server: written down before anything else.
    pub(super) fn arrived(&mut self, one: Audited) -> Result<(), String> {
        self.journal.write(&one.findings)?;
        self.add(one)
    }

    pub(super) fn add(&mut self, mut one: Audited) -> Result<(), String> {
        self.done += 1;
        one.findings.sent = Vec::new();
        self.baseline.apply(&mut one.findings);
        self.worst = self.worst.max(one.findings.worst());
        self.is_undecided |= one.findings.undecided.is_some();
        one.findings.tell_in(self.language);
        if let Some(folder) = &self.args.poc {
            render::pages(folder, &one.findings, self.language)?;
        }
        if self.shows_progress {
            let _ = write!(std::io::stderr(), "\r{} of {}", self.done, self.total);
        }
        match self.args.keep() {
            Keep::TheWorst => render::ndjson(self.args, &one, self.language)?,
            Keep::Everything => self.kept.push(one),
        }
        Ok(())
    }

    /// Tells all, and what it means for the exit code.
    pub(super) fn tell(mut self, sources: &[Source]) -> Result<Outcome, String> {
        if self.shows_progress {
            let _ = writeln!(std::io::stderr());
        }
        if self.args.keep() == Keep::Everything {
            self.kept.sort_by(|a, b| (&a.file, a.place.start).cmp(&(&b.file, b.place.start)));
            let text = render::text(self.args.format, &self.kept, sources, self.language);
            render::put(self.args, &text)?;
        }
        Ok(if self.worst >= Some(Severity::from(self.args.fail_on)) {
            Outcome::Failed
        } else if self.is_undecided {
            Outcome::Undecided
        } else {
            Outcome::Passed
        })
    }
}
