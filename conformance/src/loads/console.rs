//! What a browser printed about a case, beside what `explain` says that it prints, and what is read out of its lines.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use corsage::browser::load::Load;
use corsage::browser::{Client, Code, Profile, RequestInit};
use corsage_diagnosis::account::{MessageName, account};
use corsage_diagnosis::console::Browser;
use corsage_diagnosis::{Exchange, Failure, Language, Observation, Source, due};
use corsage_evidence::console::{self, Recognised};

use super::case::{Case, Recorded};
use super::page::{client, load_of, worker};
use super::world::World;
use crate::Report;
use crate::input::json_lines;

/// Compares the console's lines of every case of a directory, in the browsers whose consoles were recorded.
///
/// # Errors
/// What cannot be read.
pub fn run(directory: &Path, show: usize) -> Result<Report, String> {
    let cases: Vec<Case> = json_lines(&directory.join("cases.jsonl"))?;
    let mut report = Report { text: String::new(), passed: true };
    for browser in [Browser::Chromium, Browser::Firefox] {
        let profile = browser.profile();
        let recorded: Vec<Recorded> = json_lines(&directory.join(format!("{profile}.jsonl")))?;
        let recorded: BTreeMap<&str, &Recorded> =
            recorded.iter().map(|line| (line.id.as_str(), line)).collect();
        let mut tally = Tally::default();
        for case in &cases {
            if let Some(recorded) = recorded.get(case.id.as_str()).filter(|line| !line.lost) {
                tally.count(case, recorded, browser)?;
            }
        }
        report.passed &= tally.wrong.is_empty() && tally.printed > 0;
        tally.tell(browser, show, &mut report.text);
    }
    Ok(report)
}

#[derive(Default)]
struct Tally {
    cases: usize,
    /// Lines about loads that were printed.
    printed: usize,
    /// Of these, what is predicted word by word.
    predicted: usize,
    /// What is predicted, and was not printed.
    unsaid: usize,
    /// Of these, what is recognised.
    recognised: usize,
    wrong: BTreeMap<String, Vec<String>>,
}

impl Tally {
    fn count(&mut self, case: &Case, recorded: &Recorded, browser: Browser) -> Result<(), String> {
        let Some(predicted) = predict(case, browser)? else { return Ok(()) };
        self.cases += 1;
        let printed = recorded.console.iter().map(String::as_str).map(said);
        let printed: Vec<String> = printed.filter(|line| speaks_of_a_load(line)).collect();
        self.printed += printed.len();
        for line in predicted.lines.iter().filter(|line| is_logged(line)) {
            if printed.iter().any(|said| says(said, line)) {
                self.predicted += 1;
            } else {
                self.unsaid += 1;
                let text = format!("{line}\n      printed {printed:#?}");
                self.note("predicted and not printed", case, &predicted, &text);
            }
        }
        // As people paste them: all lines of a failure, of which each alone must be read as something too.
        let together = console::read(&printed.join("\n"));
        let told = together.iter().any(|one| predicted.is_told_by(one));
        for line in &printed {
            let read = console::read(line);
            if told && !read.is_empty() {
                self.recognised += 1;
            } else {
                let name = read.first().map_or("nothing", Recognised::name);
                let text = format!("{name}: {line}");
                self.note("printed and read as something else", case, &predicted, &text);
            }
        }
        Ok(())
    }

    fn note(&mut self, what: &str, case: &Case, predicted: &Predicted, text: &str) {
        let codes: Vec<&str> = predicted.codes.iter().map(|code| code.as_str()).collect();
        let kind = format!("{what}: {} {}", case.load.variant, codes.join(" "));
        self.wrong.entry(kind).or_default().push(format!("{} {text}", case.id));
    }

    fn tell(&self, browser: Browser, show: usize, text: &mut String) {
        for (kind, all) in &self.wrong {
            let _ = writeln!(text, "{browser:?}: {} × {kind}", all.len());
            for one in all.iter().take(show) {
                let _ = writeln!(text, "    {one}");
            }
        }
        let _ = writeln!(
            text,
            "{browser:?}: {} cases, {} lines printed, {} predicted, {} predicted in vain, {} recognised",
            self.cases, self.printed, self.predicted, self.unsaid, self.recognised
        );
    }
}

/// A recorded line without what the recorder added: the category in front, the place behind.
fn said(line: &str) -> String {
    let line = line.rsplit_once(" @ ").map_or(line, |(line, _)| line);
    let line = line
        .split_once('|')
        .filter(|(category, _)| category.len() < 40)
        .map_or(line, |(_, line)| line);
    line.trim_end().to_owned()
}

/// What a script of a case says of itself is none of the load's affair.
fn speaks_of_a_load(line: &str) -> bool {
    !["Uncaught", "undefined_secret", "Error: secret", "uncaught exception", "SyntaxError"]
        .iter()
        .any(|words| line.contains(words))
}

/// What is said of a case.
struct Predicted {
    lines: Vec<String>,
    /// What they are about: the load, and the preload before it.
    codes: Vec<Code>,
}

impl Predicted {
    /// Whether a line that says this is about the case: it names a code, or a set that holds one.
    fn is_told_by(&self, line: &Recognised) -> bool {
        let named = |code: &Code| line.code == Some(*code) || line.possible.contains(code);
        self.codes.iter().any(named) || self.codes.is_empty()
    }
}

/// `…` stands for anything.
fn says(printed: &str, predicted: &str) -> bool {
    let mut rest = Some(printed);
    for part in predicted.split('…') {
        rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, rest)| rest);
    }
    rest.is_some()
}

/// What the pages caught, what the developer tools add by themselves, and what ends in a line break, was not recorded.
fn is_logged(line: &str) -> bool {
    !["SecurityError", " net::", "WebSocket connection to", "Unsafe attempt to load URL"]
        .iter()
        .any(|words| line.contains(words))
}

/// `None` for what is not one load and the preload before it.
fn predict(case: &Case, browser: Browser) -> Result<Option<Predicted>, String> {
    let spec = &case.load;
    if matches!(spec.kind.as_str(), "css-nested") || spec.variant.starts_with("module-nested") {
        return Ok(None);
    }
    let url = spec.url.clone().unwrap_or_default();
    let mut loads = vec![load_of(spec, &url)?];
    if let Some(real) = &spec.real {
        loads.push(load_of(real, &url)?);
    }
    let page = client(case);
    let client = match spec.kind.as_str() {
        "in-worker" => worker(&page, spec.how.as_deref().unwrap_or_default()),
        _ => page,
    };
    let mut predicted = Predicted { lines: Vec::new(), codes: Vec::new() };
    // The preload alone, and then what follows it.
    for end in 1..=loads.len() {
        let observation = observe(case, loads[..end].to_vec(), client.clone(), browser.profile());
        let account = account(&observation, &[browser.profile()], Language::English);
        let one = account.browsers.into_iter().find(|one| one.browser == browser);
        let Some(one) = one else { continue };
        predicted.codes.extend(one.code);
        predicted
            .codes
            .extend(one.console.iter().filter_map(|line| console::read(line).first()?.code));
        predicted.lines = one.console.iter().map(|line| line.replace(&case.id, "")).collect();
    }
    Ok(Some(predicted))
}

fn observe(case: &Case, loads: Vec<Load>, client: Client, profile: Profile) -> Observation {
    let init =
        loads.last().map_or_else(RequestInit::default, |load| load.as_init(&client, profile));
    let mut observation = Observation {
        init,
        loads,
        client,
        profile,
        exchanges: Vec::new(),
        withheld: None,
        probe: None,
        beyond: Default::default(),
        reachable: None,
        page_space: None,
        target_space: None,
    };
    let mut world = World::new(case, profile);
    while let Some(asked) = due(&observation, &observation.loads, profile) {
        let integrity = observation.loads.iter().map(Load::integrity_metadata).collect::<String>();
        let answered = world.answer(&asked.request, &integrity);
        let answer = answered.response.map_err(|kind| Failure { kind, text: String::new() });
        let content = (asked.kind == MessageName::Request).then_some(answered.content);
        observation.exchanges.push(Exchange {
            kind: asked.kind,
            hop: asked.hop,
            request: asked.request,
            answer,
            content,
            source: Source::Recorded,
        });
    }
    observation
}
