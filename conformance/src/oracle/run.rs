//! The run over a directory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use corsage::browser::Profile;

use super::case::{Case, Recorded};
use super::compare::{Comparison, Difference, compare, tell};
use super::explained;
use crate::Report;
use crate::input::{json_lines, recorded_browsers};

/// Which differences are told one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// In the CORS facets, which decide.
    Disagreements,
    /// In what surrounds them.
    Ambient,
}

/// Runs every case of a directory; `browser` and `id` narrow it down, `show` says how many differences
/// are told.
///
/// # Errors
/// What cannot be read, and unknown names.
pub fn run(
    directory: &Path,
    browser: Option<&str>,
    id: Option<&str>,
    told: Told,
    show: usize,
) -> Result<Report, String> {
    let cases: Vec<Case> = json_lines(&directory.join("cases.jsonl"))?;
    let chosen = recorded_browsers(browser)?;
    let unstable = unstable(directory)?;
    let mut report = Report { text: String::new(), passed: true };
    let mut last_lines = String::new();
    for profile in chosen {
        let recorded: Vec<Recorded> = json_lines(&directory.join(format!("{profile}.jsonl")))?;
        let recorded: HashMap<&str, &Recorded> =
            recorded.iter().map(|line| (line.id.as_str(), line)).collect();
        let mut tally = Tally::default();
        for case in &cases {
            if id.is_some_and(|id| id != case.id)
                || unstable.contains(&(profile.as_str().into(), case.id.clone()))
            {
                continue;
            }
            let Some(recorded) = recorded.get(case.id.as_str()) else { continue };
            let comparison = compare(case, recorded, profile);
            if id.is_some() {
                tell_all(profile, case, &comparison, &mut report.text);
            }
            tally.count(case, profile, &comparison);
            if told == Told::Ambient {
                tally.told.extend(
                    comparison.ambient.iter().map(|difference| line(case, profile, difference)),
                );
            } else if let (Some(first), None) =
                (comparison.cors.first(), explained::reason(case, profile))
            {
                tally.told.push(line(case, profile, first));
            }
        }
        tally.tell(profile, show, &mut report.text);
        let _ = writeln!(last_lines, "{profile}: {}", tally.summary());
        report.passed &= tally.disagree == 0 && tally.cases > 0;
    }
    report.text += &last_lines;
    Ok(report)
}

fn unstable(directory: &Path) -> Result<HashSet<(String, String)>, String> {
    let path = directory.join("unstable.json");
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(HashSet::new()) };
    let lists: HashMap<String, Vec<String>> =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(lists
        .into_iter()
        .flat_map(|(browser, ids)| ids.into_iter().map(move |id| (browser.clone(), id)))
        .collect())
}

#[derive(Default)]
struct Tally {
    cases: usize,
    agree: usize,
    disagree: usize,
    ambient: usize,
    explained: BTreeMap<&'static str, usize>,
    told: Vec<String>,
    groups: BTreeMap<String, usize>,
    ambient_facets: BTreeMap<String, usize>,
}

impl Tally {
    fn count(&mut self, case: &Case, profile: Profile, comparison: &Comparison) {
        self.cases += 1;
        self.ambient += usize::from(comparison.ambient.is_empty());
        for difference in &comparison.ambient {
            let facet = difference.facet.split(' ').skip(2).collect::<Vec<_>>().join(" ");
            *self.ambient_facets.entry(facet).or_default() += 1;
        }
        if comparison.cors.is_empty() {
            self.agree += 1;
        } else if let Some(reason) = explained::reason(case, profile) {
            *self.explained.entry(reason).or_default() += 1;
        } else {
            self.disagree += 1;
            let first = &comparison.cors[0];
            let facet = first
                .facet
                .split(' ')
                .filter(|part| part.parse::<usize>().is_err())
                .collect::<Vec<_>>()
                .join(" ");
            *self
                .groups
                .entry(format!("{} {facet}", case.tags[..case.tags.len().min(2)].join("/")))
                .or_default() += 1;
        }
    }

    fn tell(&self, profile: Profile, show: usize, text: &mut String) {
        for told in self.told.iter().take(show) {
            let _ = writeln!(text, "{told}");
        }
        for (group, count) in &self.groups {
            let _ = writeln!(text, "{profile}: {count} disagree in {group}");
        }
        for (reason, count) in &self.explained {
            let _ = writeln!(text, "{profile}: {count} explained: {reason}");
        }
        for (facet, count) in &self.ambient_facets {
            let _ = writeln!(text, "{profile}: {count} ambient differences in {facet}");
        }
    }

    fn summary(&self) -> String {
        let explained: usize = self.explained.values().sum();
        format!(
            "{} cases, {} agree, {explained} explained, {} disagree; ambient {} of {}",
            self.cases, self.agree, self.disagree, self.ambient, self.cases
        )
    }
}

fn line(case: &Case, profile: Profile, difference: &Difference) -> String {
    format!(
        "{profile} {} [{}]: {}\n  predicted {}\n  recorded  {}",
        case.id,
        case.tags.join(" "),
        difference.facet,
        difference.predicted.replace('\n', "\n            "),
        difference.recorded.replace('\n', "\n            ")
    )
}

fn tell_all(profile: Profile, case: &Case, comparison: &Comparison, text: &mut String) {
    let _ = writeln!(text, "=== {profile} {} [{}]", case.id, case.tags.join(" "));
    let _ = writeln!(text, "{case:#?}");
    for transcript in &comparison.transcripts {
        let _ = writeln!(text, "--- transcript\n{}", tell(transcript));
    }
    for difference in comparison.cors.iter().chain(&comparison.ambient) {
        let _ = writeln!(
            text,
            "--- {}\npredicted: {}\nrecorded:  {}",
            difference.facet, difference.predicted, difference.recorded
        );
    }
}
