//! What is told, and in which form.

use std::io::Write as _;
use std::path::Path;

use corsage_audit::{Finding, Findings, Severity, html_report, proof_of_concept};
use corsage_report::{Colour, Format, Place, Problem, Problems, Report, Rule};
use corsage_texts::{Language, text};
use serde_json::json;

use super::targets::Source;
use super::{Args, Audited, Printed, document, policy};

/// Prints, or writes the file that was asked for.
pub(super) fn put(args: &Args, text: &str) -> Result<(), String> {
    match &args.output {
        Some(file) => {
            std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
        }
        None => {
            // A reader that stops reading is no fault of ours.
            let _ = anstream::stdout().write_all(text.as_bytes());
            Ok(())
        }
    }
}

pub(super) fn text(
    format: Printed,
    audited: &[Audited],
    sources: &[Source],
    language: Language,
) -> String {
    // What machines read is in English.
    let people = matches!(format, Printed::Human | Printed::Markdown | Printed::Html);
    let language = if people { language } else { Language::English };
    let report = |format| report(audited, sources, language).render(format, Colour::Plain);
    match format {
        Printed::Human | Printed::Ndjson => human(audited, language),
        Printed::Json => {
            let document = document::Document::of(audited, language);
            let text = serde_json::to_string_pretty(&document).unwrap_or_default();
            format!("{text}\n")
        }
        Printed::Sarif => report(Format::Sarif),
        Printed::Junit => report(Format::Junit),
        Printed::Github => report(Format::Github),
        Printed::Markdown => report(Format::Markdown),
        Printed::Html => {
            let all: Vec<(&Findings, Option<&str>)> = audited
                .iter()
                .map(|it| (&it.findings, it.policy.as_ref().map(|policy| &*policy.text)))
                .collect();
            html_report(&all, language)
        }
    }
}

/// The schema of the JSON.
pub(super) fn schema() -> String {
    let generator =
        schemars::generate::SchemaSettings::draft2020_12().for_serialize().into_generator();
    let schema = generator.into_root_schema_for::<document::Document<'_>>();
    format!("{}\n", serde_json::to_string_pretty(&schema).unwrap_or_default())
}

/// One object a finding, as soon as it is known.
pub(super) fn ndjson(args: &Args, one: &Audited, language: Language) -> Result<(), String> {
    let mut lines = String::new();
    for finding in &one.findings.findings {
        let finding = document::Told::of(finding, language);
        let line =
            json!({ "target": one.findings.target, "finding": finding, "policy": one.policy });
        lines.push_str(&format!("{line}\n"));
    }
    match &args.output {
        None => put(args, &lines),
        Some(file) => {
            let opened = std::fs::OpenOptions::new().create(true).append(true).open(file);
            opened
                .and_then(|mut file| file.write_all(lines.as_bytes()))
                .map_err(|error| format!("{}: {error}", file.display()))
        }
    }
}

/// A page for each finding that a page can show.
pub(super) fn pages(folder: &Path, findings: &Findings, language: Language) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(failed)?;
    let name: String = findings
        .target
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '_' })
        .take(120)
        .collect();
    for finding in &findings.findings {
        if let Some(page) = proof_of_concept(&findings.target, finding, language) {
            let file = folder.join(format!("{name}.{}.html", finding.class.code()));
            std::fs::write(file, page).map_err(failed)?;
        }
    }
    Ok(())
}

fn human(audited: &[Audited], language: Language) -> String {
    let mut out = String::new();
    let (mut count, mut requests) = (0, 0);
    for one in audited {
        let findings = &one.findings;
        requests += findings.requests;
        count += findings.findings.len();
        out.push_str(&format!("{}\n", safe(&findings.target)));
        if let Some(cause) = &findings.undecided {
            let told = text!(language, "audit-report.undecided", cause = safe(cause));
            out.push_str(&format!("  {told}\n"));
        }
        if findings.findings.is_empty() && findings.undecided.is_none() {
            let none = text!(language, "audit-report.none", requests = findings.requests);
            out.push_str(&format!("  {none}\n"));
        }
        for finding in &findings.findings {
            out.push_str(&told(finding, language));
        }
        for reason in &findings.not_vulnerable {
            out.push_str(&format!("  {}\n", safe(reason)));
        }
        if let Some(policy) = &one.policy {
            let name = policy.server.name();
            out.push_str(&format!("  {}\n", text!(language, "audit-report.policy", server = name)));
            for line in policy.text.lines() {
                out.push_str(&format!("    {}\n", safe(line)));
            }
        }
        out.push('\n');
    }
    out.push_str(&text!(
        language,
        "audit-report.summary",
        targets = audited.len(),
        findings = count,
        requests = requests
    ));
    out.push('\n');
    out
}

fn told(finding: &Finding, language: Language) -> String {
    let class = finding.class;
    let mut out = format!(
        "  {}[{}]: {} (CWE-{})\n",
        finding.severity,
        class.code(),
        class.title(language),
        class.cwe()
    );
    out.push_str(&format!("    {}; {}\n", safe(&finding.evidence), class.gain(language)));
    if !finding.browsers.is_empty() {
        let names: Vec<&str> = finding.browsers.iter().map(|it| it.name()).collect();
        let told = text!(language, "audit-report.browsers", browsers = names.join(", "));
        out.push_str(&format!("    {told}"));
        if finding.needs_third_party_cookies {
            out.push_str(&format!("; {}", text!(language, "audit-report.third-party")));
        }
        out.push('\n');
    }
    if let Some(shown) = &finding.reproduction {
        out.push_str(&format!("    $ {}\n", safe(&shown.curl)));
        for line in &shown.answer {
            out.push_str(&format!("    < {}\n", safe(line)));
        }
    }
    let fix = text!(language, "audit-report.fix", fix = class.fix(language));
    out.push_str(&format!("    {fix}\n"));
    out
}

/// What a server said must not steer the terminal.
fn safe(text: &str) -> String {
    let is_shown = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let shown: String = text.chars().map(|c| if is_shown(&c) { c } else { '\u{fffd}' }).collect();
    match shown.char_indices().nth(2_000) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}

/// The findings as problems of the places in which their targets were named.
fn report(audited: &[Audited], sources: &[Source], language: Language) -> Report {
    let mut report = Report::new("corsage audit");
    for source in sources {
        let of_source = audited.iter().filter(|it| *it.file == *source.name);
        let problems = of_source.flat_map(|one| {
            let of = |finding| problem(one, finding, language);
            one.findings.findings.iter().map(of).collect::<Vec<_>>()
        });
        report.add(Problems::new(&source.name, &source.text, problems.collect()));
    }
    for finding in audited.iter().flat_map(|it| &it.findings.findings) {
        let class = finding.class;
        let rule = Rule {
            title: format!("{} (CWE-{})", class.title(language), class.cwe()),
            page: Some(format!(
                "https://github.com/corsage-rs/corsage/blob/main/docs/audit.md#{}",
                class.code()
            )),
        };
        report.describe(class.code(), rule);
    }
    report
}

fn problem(one: &Audited, finding: &Finding, language: Language) -> Problem {
    let severity = match finding.severity {
        Severity::High | Severity::Medium => corsage_report::Severity::Error,
        Severity::Low => corsage_report::Severity::Warning,
        Severity::Info => corsage_report::Severity::Note,
    };
    let class = finding.class;
    let witness = finding.witness_origin.clone();
    let shown = finding.reproduction.as_ref().map(|shown| safe(&shown.curl));
    let policy = one.policy.as_ref().filter(|_| policy::is_of_the_policy(class));
    let notes = shown.into_iter().chain(policy.map(|policy| policy.text.clone())).collect();
    let mut problem = Problem::new(severity, class.code())
        .field(one.findings.target.clone())
        .cause(format!(
            "{}: {}; {}",
            class.title(language),
            safe(&finding.evidence),
            class.gain(language)
        ))
        .way_out(class.fix(language))
        .place(Place::File(one.place.clone()))
        .value_if(witness);
    problem.notes = notes;
    problem
}
