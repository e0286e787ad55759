//! The run over a directory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use corsage::browser::Profile;

use super::canon::{self, Facets};
use super::case::{Case, Recorded};
use super::explained;
use super::perform::perform;
use crate::Report;
use crate::input::{json_lines, recorded_browsers};

/// Runs every case of a directory; `browser` and `id` narrow it down, `show` says how many differences are told.
///
/// # Errors
/// What cannot be read, and unknown names.
pub fn run(
    directory: &Path,
    browser: Option<&str>,
    id: Option<&str>,
    show: usize,
) -> Result<Report, String> {
    let cases: Vec<Case> = json_lines(&directory.join("cases.jsonl"))?;
    let chosen = recorded_browsers(browser)?;
    let unstable = unstable_facets(directory)?;
    let mut report = Report { text: String::new(), passed: true };
    let mut last_lines = String::new();
    for profile in chosen {
        let recorded: Vec<Recorded> = json_lines(&directory.join(format!("{profile}.jsonl")))?;
        let recorded: HashMap<&str, &Recorded> =
            recorded.iter().map(|line| (line.id.as_str(), line)).collect();
        let mut tally = Tally::default();
        for case in &cases {
            if id.is_some_and(|id| id != case.id) {
                continue;
            }
            let Some(recorded) = recorded.get(case.id.as_str()).filter(|line| !line.lost) else {
                continue;
            };
            let start = Instant::now();
            let predicted = perform(case, profile)?;
            tally.predicting += start.elapsed();
            let differences = compare(case, recorded, profile, predicted, &unstable);
            tally.count(case, profile, &differences, id.is_some());
        }
        tally.tell(profile, show, &mut report.text);
        let _ = writeln!(last_lines, "{profile}: {}", tally.summary());
        report.passed &= tally.disagree == 0 && tally.cases > 0;
    }
    report.text += &last_lines;
    Ok(report)
}

/// The facets that differed between two passes, by browser and case.
fn unstable_facets(directory: &Path) -> Result<HashMap<(String, String), HashSet<String>>, String> {
    #[derive(serde::Deserialize)]
    struct Line {
        id: String,
        facets: HashSet<String>,
    }
    let path = directory.join("unstable.json");
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(HashMap::new()) };
    let lists: HashMap<String, Vec<Line>> =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let lines = lists.into_iter().flat_map(|(browser, lines)| {
        lines.into_iter().map(move |line| ((browser.clone(), line.id), line.facets))
    });
    Ok(lines.collect())
}

/// A facet that differs.
struct Difference {
    facet: &'static str,
    predicted: String,
    recorded: String,
}

fn compare(
    case: &Case,
    recorded: &Recorded,
    profile: Profile,
    mut predicted: Facets,
    unstable: &HashMap<(String, String), HashSet<String>>,
) -> Vec<Difference> {
    let mut recorded = canon::facets(case, recorded);
    leave_out(case, profile, &mut predicted, &mut recorded);
    let shaky = unstable.get(&(profile.as_str().to_owned(), case.id.clone()));
    let mut differences = Vec::new();
    for (facet, value) in &recorded {
        let ours = predicted.get(facet).cloned().unwrap_or_default();
        let is_shaky = shaky.is_some_and(|facets| facets.contains(*facet));
        if ours != *value && !is_shaky {
            differences.push(Difference { facet, predicted: ours, recorded: value.clone() });
        }
    }
    differences
}

/// What the recordings' README asks nobody to predict: a cookie to another site, and how many entries WebKit has.
fn leave_out(case: &Case, profile: Profile, predicted: &mut Facets, recorded: &mut Facets) {
    let host =
        |url: &str| url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let page = host(&case.page.url_origin);
    let same_host = |facets: &Facets, cookies: &str| {
        let wires = facets.get("wire").cloned().unwrap_or_default();
        let mut cookies = cookies.split(" ; ");
        let kept = wires.split(" ; ").map(|wire| {
            let cookie = cookies.next().unwrap_or_default();
            let to = wire.split(' ').nth(2).and_then(host);
            if to == page && case.page.kind != "sandbox" { cookie } else { "(not predicted)" }
        });
        kept.collect::<Vec<_>>().join(" ; ")
    };
    for facets in [&mut *predicted, &mut *recorded] {
        let cookies = facets.get("cookie").cloned().unwrap_or_default();
        let kept = same_host(facets, &cookies);
        facets.insert("cookie", kept);
    }
    if profile == Profile::Webkit {
        for facet in ["timing", "inner_timing"] {
            let (ours, theirs) = (predicted.get(facet).cloned(), recorded.get(facet).cloned());
            let (ours, theirs) = (ours.unwrap_or_default(), theirs.unwrap_or_default());
            let values = |text: &str| text.split(" ; ").map(str::to_owned).collect::<HashSet<_>>();
            let uncounted =
                ours.is_empty() || theirs.is_empty() || values(&ours) == values(&theirs);
            if uncounted {
                predicted.insert(facet, theirs);
            }
        }
    }
}

#[derive(Default)]
struct Tally {
    cases: usize,
    agree: usize,
    disagree: usize,
    predicting: Duration,
    explained: BTreeMap<&'static str, usize>,
    told: Vec<String>,
    groups: BTreeMap<String, usize>,
}

impl Tally {
    fn count(&mut self, case: &Case, profile: Profile, differences: &[Difference], all: bool) {
        self.cases += 1;
        if all {
            self.told.push(format!("{profile} {}: {case:#?}", case.id));
        }
        let unexplained: Vec<&Difference> = differences
            .iter()
            .filter(|difference| explained::reason(case, profile, difference.facet).is_none())
            .collect();
        if differences.is_empty() {
            self.agree += 1;
        } else if unexplained.is_empty() {
            let reason = explained::reason(case, profile, differences[0].facet);
            *self.explained.entry(reason.unwrap_or_default()).or_default() += 1;
        } else {
            self.disagree += 1;
            for difference in unexplained {
                let group = format!("{} {}", case.load.variant, difference.facet);
                *self.groups.entry(group).or_default() += 1;
                self.told.push(line(case, profile, difference));
            }
        }
    }

    fn tell(&self, profile: Profile, show: usize, text: &mut String) {
        for told in self.told.iter().take(show) {
            let _ = writeln!(text, "{told}");
        }
        let micros = self.predicting.as_micros() / self.cases.max(1) as u128;
        let _ = writeln!(text, "{profile}: {micros} µs a prediction, all its requests and facets");
        for (group, count) in &self.groups {
            let _ = writeln!(text, "{profile}: {count} disagree in {group}");
        }
        for (reason, count) in &self.explained {
            let _ = writeln!(text, "{profile}: {count} explained: {reason}");
        }
    }

    fn summary(&self) -> String {
        let explained: usize = self.explained.values().sum();
        format!(
            "{} cases, {} agree, {explained} explained, {} disagree",
            self.cases, self.agree, self.disagree
        )
    }
}

fn line(case: &Case, profile: Profile, difference: &Difference) -> String {
    format!(
        "{profile} {} [{}]: {}\n  predicted {}\n  recorded  {}",
        case.id,
        case.tags.join(" "),
        difference.facet,
        difference.predicted,
        difference.recorded
    )
}
