//! [SARIF 2.1.0](https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), within what
//! [GitHub's code scanning](https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning)
//! takes: every result has a physical location and a fingerprint that stays when lines move.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::uri::uri;
use crate::{Problem, Problems, Report, Severity};

/// The code under which a file that cannot be read is told of.
const UNREADABLE: &str = "unreadable-file";

pub(super) fn report(report: &Report) -> Value {
    let mut rules = Rules { report, seen: Vec::new() };
    let mut results = Vec::new();
    for file in report.files() {
        if let Some(cause) = file.why_unreadable() {
            let problem = Problem::new(Severity::Error, UNREADABLE).cause(cause);
            results.push(result(file, &problem, &mut rules, &mut HashMap::new()));
        }
        let mut twins = HashMap::new();
        results.extend(file.iter().map(|problem| result(file, problem, &mut rules, &mut twins)));
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": report.tool(),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.to_json(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(
    file: &Problems,
    problem: &Problem,
    rules: &mut Rules<'_>,
    twins: &mut HashMap<u64, usize>,
) -> Value {
    let hash = fingerprint(file, problem);
    let twin = twins.entry(hash).or_insert(0);
    *twin += 1;
    let mut text = problem.to_string();
    for note in &problem.notes {
        text.push('\n');
        text.push_str(note);
    }
    json!({
        "ruleId": problem.code,
        "ruleIndex": rules.index_of(problem),
        "level": level(problem.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(file.file_name()) },
            "region": region(file, problem),
        }}],
        // The name that GitHub's code scanning goes by.
        "partialFingerprints": { "primaryLocationLineHash": format!("{hash:016x}:{twin}") },
    })
}

/// What was set outside the file is told of at its first line: a result without a place is not shown.
fn region(file: &Problems, problem: &Problem) -> Value {
    let Some(span) = problem.place.span() else { return json!({ "startLine": 1 }) };
    let [(line, column), (end_line, end_column)] = file.region(&span);
    json!({
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": end_column,
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// The same for the same fault, wherever in the file it has moved: made of its code, its field without
/// positions in lists, its value and the text of its line. FNV-1a, whose numbers stay the same everywhere.
fn fingerprint(file: &Problems, problem: &Problem) -> u64 {
    let field: String = problem.field.chars().filter(|c| !c.is_ascii_digit()).collect();
    let line = problem.place.span().map_or("", |span| {
        let text = file.text();
        let start = text.get(..span.start).and_then(|before| before.rfind('\n'));
        text[start.map_or(0, |newline| newline + 1)..].lines().next().unwrap_or_default().trim()
    });
    let value = problem.value.as_deref().unwrap_or_default();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in [&*problem.code, &field, value, line] {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

/// The kinds of problems that occur, in the order in which they do.
struct Rules<'r> {
    report: &'r Report,
    seen: Vec<(String, Severity)>,
}

impl Rules<'_> {
    fn index_of(&mut self, problem: &Problem) -> usize {
        self.seen.iter().position(|(code, _)| *code == problem.code).unwrap_or_else(|| {
            self.seen.push((problem.code.to_string(), problem.severity));
            self.seen.len() - 1
        })
    }

    fn to_json(&self) -> Vec<Value> {
        self.seen
            .iter()
            .map(|(code, severity)| {
                let described = self.report.rule(code);
                let title =
                    described.map_or_else(|| code.replace('-', " "), |rule| rule.title.clone());
                let mut rule = json!({
                    "id": code,
                    "shortDescription": { "text": title },
                    "defaultConfiguration": { "level": level(*severity) },
                    "properties": { "tags": ["cors"] },
                });
                if let Some(page) = described.and_then(|rule| rule.page.as_ref()) {
                    rule["helpUri"] = page.as_str().into();
                    rule["help"] = json!({ "text": page });
                }
                rule
            })
            .collect()
    }
}
