//! `corsage check` on the files of other programs.

use std::collections::{BTreeMap, HashMap};

use corsage_convert::findings::{Finding, FindingCode, FindingSeverity, findings_in};
use corsage_convert::{Format, recognise};
use corsage_report::{Outcome, Place, Problem, Problems, Report, Rule, Severity};

use crate::foreign::{Circumstance, Gathered, gather, model};

/// Whether a file is another program's, by its name and text.
pub(crate) fn is_foreign(name: &str) -> bool {
    if name == "-" {
        return false;
    }
    match gather(name) {
        Ok(files) => match files.as_slice() {
            [(_, text)] => {
                match recognise(text, Some(name)).first() {
                    Some(format) => *format != Format::Corsage,
                    // An object of Kubernetes is not ours, whatever it is.
                    None => has_line(text, "apiVersion:") && has_line(text, "kind:"),
                }
            }
            // A directory, or a revision's.
            _ => true,
        },
        Err(_) => name.starts_with("git:"),
    }
}

fn has_line(text: &str, start: &str) -> bool {
    text.lines().any(|line| line.starts_with(start))
}

/// Adds what is wrong with a file, or a directory, of any program.
///
/// # Errors
/// What cannot be read, or is not understood.
pub(crate) fn check(
    name: &str,
    circumstance: &Circumstance,
    report: &mut Report,
) -> Result<(), (Outcome, String)> {
    let files: Gathered =
        gather(name).map_err(|error| (Outcome::Unusable, format!("{error}\n")))?;
    let models =
        model(name, &files, None, circumstance).map_err(|error| (Outcome::Undecided, error))?;
    for code in FindingCode::ALL {
        report.describe(code.as_str(), Rule { title: code.cause().to_owned(), page: None });
    }
    let texts: HashMap<&str, &str> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let mut by_file = BTreeMap::<String, Vec<Problem>>::new();
    for side in &models {
        for piece in &side.unit.pieces {
            by_file.entry(piece.file.clone()).or_default();
        }
        let found = findings_in(side.unit.format, &side.unit.text, side.program.as_ref());
        for finding in found {
            let place = side.unit.place(&finding.span);
            let length = texts.get(place.file.as_str()).map_or(0, |text| text.len());
            let span = place.span.start.min(length)..place.span.end.min(length);
            by_file.entry(place.file).or_default().push(problem(&finding, Place::File(span)));
        }
    }
    for (file, problems) in by_file {
        let text = texts.get(file.as_str()).copied().unwrap_or_default();
        report.add(Problems::new(&file, text, problems));
    }
    Ok(())
}

fn problem(finding: &Finding, place: Place) -> Problem {
    let severity = match finding.code.severity() {
        FindingSeverity::Error => Severity::Error,
        FindingSeverity::Warning => Severity::Warning,
        FindingSeverity::Note => Severity::Note,
    };
    let mut problem = Problem::new(severity, finding.code.as_str())
        .field(finding.route.clone())
        .value(finding.value.clone())
        .cause(finding.code.cause())
        .way_out(finding.code.way_out())
        .place(place);
    if finding.code == FindingCode::DefaultGrants {
        problem = problem.note(finding.value.clone());
    }
    if let Some(witness) = &finding.witness {
        problem = problem.note(format!("such as {witness}"));
    }
    problem
}
