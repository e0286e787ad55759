//! Differences as problems of the second file, for formats that show problems on lines.

use corsage_convert::compare::{Comparison, Difference, Direction};
use corsage_convert::origins::{Holder, OriginSet};
use corsage_convert::{OriginBorder, Span, report as told};
use corsage_report::{Place, Problem, Problems, Report, Rule, Severity};
use corsage_texts::Language;

use crate::foreign::{Gathered, Modelled};

/// The kinds of differences: what code scanning lists apart from where they are.
const KINDS: &[(&str, &str)] = &[
    ("page-gains-with-credentials", "a page reads more with the user's cookies than before"),
    ("page-gains", "a page reads or does more than before"),
    ("page-loses-with-credentials", "a page reads less with the user's cookies than before"),
    ("page-loses", "a page reads or does less than before"),
    ("revoked-lives-on", "browsers that remember a preflight go on with what is revoked"),
    ("not-decided", "some origins could not be compared as a whole"),
];

/// Two units, and what came of comparing them.
pub(crate) struct Compared<'m> {
    pub(crate) first: &'m Modelled,
    pub(crate) second: &'m Modelled,
    pub(crate) comparison: Comparison,
}

impl Compared<'_> {
    pub(crate) fn title(&self) -> String {
        format!("{} -> {}", title(self.first), title(self.second))
    }
}

pub(crate) fn title(side: &Modelled) -> String {
    format!("{} ({})", side.unit.name(), side.unit.format)
}

/// What differs, on the lines of the second file that make it so. Machines read it, so it is in English.
pub(crate) fn report(compared: &[Compared<'_>], files: &Gathered) -> Report {
    let mut report = Report::new("corsage diff");
    for (code, title) in KINDS {
        report.describe(code, Rule { title: (*title).to_owned(), page: None });
    }
    for one in compared {
        let name = one.second.unit.name();
        let text =
            files.iter().find(|(other, _)| other == name).map_or("", |(_, text)| text.as_str());
        report.add(Problems::new(name, text, problems(one, name, text.len())));
    }
    report
}

fn problems(one: &Compared<'_>, name: &str, length: usize) -> Vec<Problem> {
    let borders = one.second.program.borders();
    let borders: Vec<(&OriginBorder, OriginSet)> = borders
        .origins
        .iter()
        .chain(borders.origin_lists.iter().flatten())
        .map(|border| (border, OriginSet::union([&border.matcher])))
        .collect();
    let place = |origin: &str| {
        let admits = borders.iter().find(|(_, set)| set.holds(origin));
        let border = admits.or_else(|| borders.first()).map(|(border, _)| border.span.clone());
        Place::File(within(one.second, &border.unwrap_or(0..0), name, length))
    };
    let mut problems: Vec<Problem> = one
        .comparison
        .differences
        .iter()
        .map(|difference| problem(difference).place(place(&difference.witness.origin)))
        .collect();
    if let Some(seconds) = one.comparison.revocation_latency {
        problems.push(
            Problem::new(Severity::Note, "revoked-lives-on")
                .cause(told::revocation(Language::English, seconds))
                .place(Place::File(0..0)),
        );
    }
    if let Some(error) = one.comparison.undecided {
        problems.push(
            Problem::new(Severity::Warning, "not-decided")
                .cause(told::undecided(Language::English, error))
                .place(Place::File(0..0)),
        );
    }
    problems
}

/// A span of the unit's text in the file that is told of; its beginning where it stands in another.
fn within(side: &Modelled, span: &Span, name: &str, length: usize) -> Span {
    let place = side.unit.place(span);
    if place.file == name && place.span.end <= length { place.span } else { 0..0 }
}

fn problem(difference: &Difference) -> Problem {
    let (code, severity) = match (difference.direction(), difference.with_credentials) {
        (Direction::Gains, true) => ("page-gains-with-credentials", Severity::Error),
        (Direction::Gains, false) => ("page-gains", gains(difference)),
        (Direction::Loses, true) => ("page-loses-with-credentials", Severity::Warning),
        (Direction::Loses, false) => ("page-loses", Severity::Warning),
    };
    let severity = if difference.is_access() { severity } else { Severity::Note };
    Problem::new(severity, code)
        .field(format!("{}{}", difference.host, difference.path))
        .value(difference.witness.origin.clone())
        .cause(format!(
            "{}: before {}, after {}",
            told::request(Language::English, difference),
            told::result(Language::English, &difference.first),
            told::result(Language::English, &difference.second),
        ))
        .note(told::holder(Language::English, difference.witness.holder))
}

/// What anybody gains is worse than what somebody does who is named.
fn gains(difference: &Difference) -> Severity {
    match difference.witness.holder {
        Holder::Anybody | Holder::AnybodyUnencrypted | Holder::Null => Severity::Error,
        Holder::NamedSite | Holder::Host | Holder::Application => Severity::Warning,
    }
}
