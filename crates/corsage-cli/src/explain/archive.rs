//! `--har`: what an archive recorded, as a table of what failed, or one request of it in full.

use std::io::Write as _;
use std::path::Path;

use corsage_diagnosis::account::Verdict;
use corsage_diagnosis::{CodeText, Language, Observation, RemarkKind};
use corsage_evidence::Remark;
use corsage_evidence::har::{
    self, Archive, Certainty, Choice, NoArchive, Outcome, Row, Table, Why,
};
use corsage_evidence::text::{NoText, decode};
use corsage_report::Outcome as Exit;
use corsage_texts::text;
use serde_json::json;

use super::arguments::{Args, Format};
use super::report::{self, Report};
use super::style;
use crate::world::{self, ExitCode};
use crate::{eprintln, println};

/// Rows beyond that are counted, not printed.
const MAX_ROWS: usize = 40;

/// URLs are shortened to this many characters in the table.
const URL_WIDTH: usize = 60;

pub(super) fn explain(args: &Args, file: &Path) -> ExitCode {
    match run(args, file) {
        Ok(exit) => exit.into(),
        Err(problem) => {
            eprintln!("{}: {problem}", style::error(text!(args.language, "explain.error")));
            Exit::Unusable.into()
        }
    }
}

fn run(args: &Args, file: &Path) -> Result<Exit, String> {
    let language = args.language;
    let name = file.display().to_string();
    let mut progress = Progress::new(language);
    let bytes = bytes(file, &mut progress).map_err(|error| format!("--har {name}: {error}"))?;
    let decoded = decode(bytes).map_err(|problem| {
        say(
            language,
            match problem {
                NoText::Gzip => RemarkKind::HarGzip,
                NoText::Zip => RemarkKind::HarZip,
            },
            &[],
        )
    })?;
    let archive = har::read(&decoded, &mut |count| progress.tell(&format!("{count} requests")))
        .map_err(|problem| match problem {
            NoArchive::NoJson(problem) => {
                say(language, RemarkKind::HarNotJson, &[("problem", &problem)])
            }
            NoArchive::NoEntries => say(language, RemarkKind::HarNoEntries, &[]),
        })?;
    let table = har::table(&archive, &args.chosen_profiles());
    progress.done();
    let choice = Choice { text: args.url.clone(), method: args.method.clone() };
    let chosen = table.choose(&choice);
    let is_choice = choice.text.is_some() || choice.method.is_some();
    if chosen.is_empty() && is_choice {
        let text = choice.text.or(choice.method).unwrap_or_default();
        return Err(say(language, RemarkKind::HarNone, &[("text", &text)]));
    }
    match &chosen[..] {
        [row] if args.ask => ask(args, &table, row),
        [row] if is_choice => Ok(print(&details(args, &table, row, &name, &archive), args.format)),
        _ if is_choice || args.ask => {
            several(&table, &chosen, args, choice.text.as_deref().unwrap_or("it"))
        }
        _ => Ok(overview(args, &table, &name, &archive)),
    }
}

fn say(language: Language, kind: RemarkKind, values: &[(&'static str, &str)]) -> String {
    let values = values.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Remark { kind, values }.text(language)
}

fn bytes(file: &Path, progress: &mut Progress) -> Result<Vec<u8>, String> {
    if file.as_os_str() == "-" {
        return world::stdin();
    }
    world::read_telling(&file.to_string_lossy(), &mut |read, size| {
        progress.tell(&format!("{} of {} MB", read >> 20, size >> 20));
    })
}

/// A line on the terminal that comes and goes.
struct Progress {
    shown: bool,
    terminal: bool,
    language: Language,
}

impl Progress {
    fn new(language: Language) -> Self {
        Self { shown: false, terminal: world::stderr_is_terminal(), language }
    }

    fn tell(&mut self, what: &str) {
        if self.terminal {
            let mut out = world::stderr();
            // A terminal that is gone needs no progress.
            let _ =
                write!(out, "\r\x1b[2K{}: {what}", text!(self.language, "explain.archive-reading"));
            let _ = out.flush();
            self.shown = true;
        }
    }

    fn done(&mut self) {
        if self.shown {
            let mut out = world::stderr();
            let _ = write!(out, "\r\x1b[2K");
            let _ = out.flush();
            self.shown = false;
        }
    }
}

fn print(report: &Report, format: Format) -> Exit {
    match format {
        Format::Human => println!("{}", report.human.trim_end()),
        Format::Json => println!("{}", super::pretty(&report.json)),
    }
    report.outcome
}

/// The request once more, over the network.
fn ask(args: &Args, table: &Table<'_, '_>, row: &Row) -> Result<Exit, String> {
    let planned = args.request(table.details(row).copied)?;
    Ok(print(&report::performed(&planned)?, args.format))
}

/// One request in full, by what was recorded.
fn details(
    args: &Args,
    table: &Table<'_, '_>,
    row: &Row,
    file: &str,
    archive: &Archive<'_>,
) -> Report {
    let judged = table.details(row);
    let mut remarks = judged.copied.remarks.clone();
    if let Some(problem) = &archive.cut {
        remarks.push(Remark {
            kind: RemarkKind::ArchiveCut,
            values: vec![("problem", problem.clone())],
        });
    }
    let is_load = |seen: &&Observation| !seen.loads.is_empty() && !seen.exchanges.is_empty();
    let load = judged.observation.as_ref().filter(is_load);
    if let (Outcome::Apart(why), None) = (judged.outcome, load) {
        return report::apart(Some(&row.method), &row.url, why.remark(), &remarks, args.language);
    }
    let profiles = &judged.profiles;
    let Some(observation) = &judged.observation else {
        return report::apart(
            Some(&row.method),
            &row.url,
            Why::SameOrigin.remark(),
            &remarks,
            args.language,
        );
    };
    if let Some(other) = &judged.otherwise {
        remarks.extend(report::other_mode(observation, other, profiles, args.language));
    }
    let number = row.number.to_string();
    let rerun = shell_words::join(["corsage", "explain", "--har", file, &number]);
    let outcome = judged.outcome;
    if observation.exchanges.is_empty() {
        return unrecorded(row, &mut remarks, &outcome, args.language);
    }
    if let Outcome::Blocked { code, certainty: Certainty::Probable } = outcome {
        remarks.push(Remark {
            kind: RemarkKind::ProbableCode,
            values: vec![("code", code.to_string())],
        });
    }
    report::report(
        observation,
        profiles,
        &rerun,
        &remarks,
        (args.detail(), args.language),
        |account| match outcome {
            Outcome::Blocked { code, .. } => {
                account.verdict = Verdict::Blocked;
                account.code = Some(code);
            }
            Outcome::Network { code } => {
                account.verdict = Verdict::Undecided;
                account.code = account.code.or(Some(code));
            }
            Outcome::Unknown => account.verdict = Verdict::Undecided,
            Outcome::Readable | Outcome::Apart(_) => account.as_loaded(args.language),
        },
    )
}

/// What can be said where the archive holds no answer.
fn unrecorded(
    row: &Row,
    remarks: &mut Vec<Remark>,
    outcome: &Outcome,
    language: Language,
) -> Report {
    let (kind, values) = match outcome {
        Outcome::Network { .. } => (RemarkKind::NetworkFailed, Vec::new()),
        Outcome::Blocked { certainty: Certainty::Recorded, .. } => {
            (RemarkKind::FailureNamed, Vec::new())
        }
        outcome => {
            let code = code_of(outcome).unwrap_or("missing-allow-origin").to_owned();
            (RemarkKind::ProbableCode, vec![("code", code)])
        }
    };
    remarks.push(Remark { kind, values });
    let mut value = members(row);
    value["schema"] = "corsage.recorded/1".into();
    value["verdict"] = match exit_of(outcome) {
        Exit::Failed => "blocked",
        _ => "undecided",
    }
    .into();
    value["remarks"] = json!(remarks.iter().map(report::Said::from).collect::<Vec<_>>());
    let code = code_of(outcome).map(|code| format!("[{code}]")).unwrap_or_default();
    let title = code_of(outcome)
        .and_then(corsage::browser::Code::from_name)
        .map_or("", |code| CodeText::of(code, language).title);
    let said = match outcome {
        Outcome::Blocked { certainty: Certainty::Recorded, .. } | Outcome::Network { .. } => {
            String::new()
        }
        outcome => what(outcome, language) + " ",
    };
    Report {
        human: format!(
            "{}: {said}{}\n  {} {}\n{}",
            style::error(format!("{}{code}", text!(language, "explain.error"))),
            style::strong(title),
            style::harmless(&row.method),
            style::harmless(&row.url),
            report::said(remarks, language)
        ),
        json: value,
        outcome: exit_of(outcome),
    }
}

fn several(table: &Table<'_, '_>, rows: &[Row], args: &Args, text: &str) -> Result<Exit, String> {
    let language = args.language;
    match args.format {
        Format::Human => print_rows(rows.iter(), language),
        Format::Json => {
            let rows: Vec<_> = rows.iter().map(members).collect();
            println!(
                "{}",
                super::pretty(
                    &json!({ "schema": "corsage.archive/1", "entries": table.entries(), "choice": rows })
                )
            );
        }
    }
    Err(say(language, RemarkKind::HarSeveral, &[("text", text)]))
}

/// What failed, and if that is one thing, all of it.
fn overview(args: &Args, table: &Table<'_, '_>, file: &str, archive: &Archive<'_>) -> Exit {
    // For people one account is enough; they choose.
    let shown = match args.format {
        Format::Human => 1,
        Format::Json => MAX_ROWS,
    };
    let reports: Vec<Report> = table
        .failures
        .iter()
        .take(shown)
        .map(|row| details(args, table, row, file, archive))
        .collect();
    let codes: Vec<Exit> = table.failures.iter().map(|row| exit_of(&row.outcome)).collect();
    let exit = report::worst(&codes);
    match args.format {
        Format::Human => human(table, &reports, archive, args.language),
        Format::Json => {
            let first = table.failures.first();
            let failures: Vec<serde_json::Value> = table
                .failures
                .iter()
                .enumerate()
                .map(|(index, row)| {
                    let mut members = members(row);
                    if let Some(report) = reports.get(index) {
                        members["account"] = report.json.clone();
                    }
                    members
                })
                .collect();
            let rows = |rows: &[Row]| rows.iter().map(members).collect::<Vec<_>>();
            let value = json!({
                "schema": "corsage.archive/1",
                "creator": archive.creator,
                "entries": table.entries(),
                "verdict": match exit {
                    Exit::Passed => "allowed",
                    Exit::Failed => "blocked",
                    _ => "undecided",
                },
                "code": first.and_then(|row| code_of(&row.outcome)),
                "failures": failures,
                "apart": rows(&table.apart),
                "passed": rows(&table.passed),
                "cut": archive.cut,
            });
            println!("{}", super::pretty(&value));
        }
    }
    exit
}

fn human(table: &Table<'_, '_>, reports: &[Report], archive: &Archive<'_>, language: Language) {
    let entries = table.entries().to_string();
    if let Some(problem) = &archive.cut {
        println!(
            "{}: {}",
            style::strong(text!(language, "explain.remark")),
            say(language, RemarkKind::ArchiveCut, &[("problem", problem)])
        );
    }
    if table.failures.is_empty() {
        println!(
            "{}: {}",
            style::good(text!(language, "explain.allowed")),
            text!(language, "explain.archive-nothing-failed", entries = entries)
        );
    } else {
        let failed: usize = table.failures.iter().map(|row| row.times).sum();
        println!(
            "{}:",
            style::strong(text!(
                language,
                "explain.archive-failed",
                failed = failed,
                entries = entries
            ))
        );
        print_rows(table.failures.iter(), language);
    }
    let cross: Vec<&Row> =
        table.passed.iter().filter(|row| row.outcome == Outcome::Readable).collect();
    if table.failures.is_empty() && !cross.is_empty() {
        println!("{}:", style::strong(text!(language, "explain.archive-passed")));
        print_rows(cross.into_iter(), language);
    }
    if !table.apart.is_empty() {
        println!("{}:", style::strong(text!(language, "explain.archive-apart")));
        print_rows(table.apart.iter(), language);
    }
    match reports {
        [] => {}
        [one] if table.failures.len() == 1 => println!("\n{}", one.human.trim_end()),
        _ => println!("{}", style::strong(text!(language, "explain.archive-choose"))),
    }
}

fn print_rows<'r>(rows: impl Iterator<Item = &'r Row>, language: Language) {
    let mut left_out = 0;
    for (index, row) in rows.enumerate() {
        if index >= MAX_ROWS {
            left_out += 1;
            continue;
        }
        let status = row.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
        let times = if row.times > 1 { format!(" ×{}", row.times) } else { String::new() };
        println!(
            "  {:>3} {:<7} {:<URL_WIDTH$} {status:>3}  {}  {}{times}",
            row.number,
            style::harmless(&row.method),
            style::harmless(&shortened(&row.url)),
            style::harmless(row.page.as_deref().unwrap_or("-")),
            what(&row.outcome, language),
        );
    }
    if left_out > 0 {
        println!("      {}", text!(language, "explain.archive-more", count = left_out));
    }
}

fn what(outcome: &Outcome, language: Language) -> String {
    match outcome {
        Outcome::Blocked { code, certainty: Certainty::Recorded } | Outcome::Network { code } => {
            style::error(code.as_str())
        }
        Outcome::Blocked { code, certainty: Certainty::Probable } => {
            style::warning(text!(language, "explain.archive-probable", code = code))
        }
        Outcome::Unknown => style::warning(text!(language, "explain.archive-unknown")),
        Outcome::Readable => style::good(text!(language, "explain.archive-passed")),
        Outcome::Apart(why) => why.remark().as_str().trim_start_matches("apart-").to_owned(),
    }
}

/// The end of a URL tells more than its middle.
fn shortened(url: &str) -> String {
    let count = url.chars().count();
    if count <= URL_WIDTH {
        return url.to_owned();
    }
    let start: String = url.chars().take(URL_WIDTH / 2).collect();
    let end: String = url.chars().skip(count - URL_WIDTH / 2 + 1).collect();
    format!("{start}…{end}")
}

fn members(row: &Row) -> serde_json::Value {
    let certainty = match row.outcome {
        Outcome::Blocked { certainty: Certainty::Probable, .. } => "probable",
        Outcome::Unknown => "unknown",
        _ => "recorded",
    };
    json!({
        "number": row.number,
        "method": row.method,
        "url": row.url,
        "status": row.status,
        "page": row.page,
        "load": row.load,
        "code": code_of(&row.outcome),
        "certainty": certainty,
        "apart": match row.outcome {
            Outcome::Apart(why) => Some(why.remark().as_str()),
            _ => None,
        },
        "times": row.times,
    })
}

fn code_of(outcome: &Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Blocked { code, .. } | Outcome::Network { code } => Some(code.as_str()),
        Outcome::Readable | Outcome::Unknown | Outcome::Apart(_) => None,
    }
}

fn exit_of(outcome: &Outcome) -> Exit {
    match outcome {
        Outcome::Blocked { .. } => Exit::Failed,
        Outcome::Network { .. } | Outcome::Unknown => Exit::Undecided,
        Outcome::Readable | Outcome::Apart(_) => Exit::Passed,
    }
}
