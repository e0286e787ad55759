//! `conformance audit-bed DIR --http PORT --https PORT --out REPORT.json`: audits every target of a bed that listens
//! already, and writes what its scorer reads.
//!
//! The auditor gets `audit-input.json` of the folder and nothing else of it. The bed is one's own, so POST is allowed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use corsage_audit::{ClientWire, Credential, Depth, Findings, Network, Pace, Target};
use corsage_client::{Browser, Certificates, Timeouts};
use corsage_texts::Language;
use serde_json::{Value, json};

use crate::Report;

/// Where the bed listens, and where the report goes.
#[derive(Debug)]
pub struct Bed {
    /// The folder with `audit-input.json`.
    pub folder: PathBuf,
    /// Its port for http.
    pub http: u16,
    /// Its port for https.
    pub https: u16,
    /// The report.
    pub out: PathBuf,
    /// How much is asked.
    pub depth: Depth,
}

/// Audits the whole bed; one line says how it went.
///
/// # Errors
/// Files that cannot be read or written, as a sentence.
pub async fn run(bed: &Bed) -> Result<Report, String> {
    let input = read(&bed.folder.join("audit-input.json"))?;
    let targets = input.as_array().ok_or("audit-input.json is no list")?;
    let browser = browser(bed.http, bed.https)?;
    let mut report = Vec::new();
    let mut requests = Vec::new();
    let mut undecided = 0;
    let mut untold = BTreeSet::new();
    for batch in targets.chunks(8) {
        let audits = batch.iter().map(|entry| audit(entry, &browser, bed.depth));
        for findings in futures_util::future::join_all(audits).await {
            let findings = findings?;
            requests.push(findings.requests);
            undecided += usize::from(findings.undecided.is_some());
            untold.extend(not_told_in_russian(&findings));
            report.push(as_scored(&findings));
        }
    }
    requests.sort_unstable();
    let text = serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?;
    std::fs::write(&bed.out, text).map_err(|error| format!("{}: {error}", bed.out.display()))?;
    let median = requests.get(requests.len() / 2).copied().unwrap_or_default();
    let mut text = format!(
        "audit-bed: {} targets, {} findings, median {median} requests, at most {}, {undecided} undecided\n",
        report.len(),
        report.iter().map(|it| it["findings"].as_array().map_or(0, Vec::len)).sum::<usize>(),
        requests.last().copied().unwrap_or_default(),
    );
    for sentence in &untold {
        text.push_str(&format!("not told in Russian: {sentence}\n"));
    }
    Ok(Report { text, passed: untold.is_empty() })
}

/// Sentences of an audit, and why it asked, that another language has no words for.
fn not_told_in_russian(findings: &Findings) -> Vec<String> {
    let seen = findings.findings.iter().map(|finding| &*finding.evidence);
    let reasons = findings.not_vulnerable.iter().map(String::as_str);
    let asked = findings.sent.iter().map(|sent| sent.purpose);
    let told = |sentence: &str| Language::Russian.retell("audit-told", sentence).is_some();
    seen.chain(reasons).chain(asked).filter(|it| !told(it)).map(str::to_owned).collect()
}

fn read(path: &Path) -> Result<Value, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// A client for which every name leads to the bed.
///
/// # Errors
/// What hinders it, as a sentence.
pub fn browser(http: u16, https: u16) -> Result<Browser, String> {
    let said = |error: corsage_client::BuildError| error.to_string();
    let idle = Duration::from_secs(10);
    let builder = Browser::builder().timeouts(Timeouts { connect: idle, idle });
    builder
        // The bed signs for itself, and listens on this machine alone.
        .certificates(Certificates::Any)
        .resolve(&format!("*:80=127.0.0.1:{http}"))
        .and_then(|it| it.resolve(&format!("*:443=127.0.0.1:{https}")))
        .and_then(|it| it.build())
        .map_err(said)
}

/// Audits what one entry of `audit-input.json` tells of.
///
/// # Errors
/// What is missing in the entry, as a sentence.
pub async fn audit(entry: &Value, browser: &Browser, depth: Depth) -> Result<Findings, String> {
    let target = target(entry, depth)?;
    let pace = Pace { between: Duration::ZERO, at_most: 200 };
    let mut wire =
        ClientWire::new(browser.clone(), pace, target.url(), "corsage-audit (audit bed)");
    Ok(corsage_audit::audit(&target, &mut wire).await)
}

fn target(entry: &Value, depth: Depth) -> Result<Target, String> {
    let url = entry["url"].as_str().ok_or("a target has no url")?;
    let context = &entry["context"];
    let strings = |key: &str| -> Vec<String> {
        let list = context[key].as_array().into_iter().flatten();
        list.filter_map(|it| it.as_str().map(str::to_owned)).collect()
    };
    let text = |key: &str| context[key].as_str().map(str::to_owned);
    let mut target = Target::new(url).map_err(|error| error.to_string())?;
    target.intended = strings("intended");
    target.methods = strings("methods");
    target.hsts_preload = strings("hsts_preload");
    target.websocket = text("websocket");
    target.json_endpoint = text("json_endpoint");
    target.may_send = vec!["POST".to_owned()];
    target.depth = depth;
    target.network = match context["network"].as_str() {
        Some("private") => Network::Private,
        _ => Network::Public,
    };
    if let Some(value) = text("cookie") {
        target.credential = Some(Credential::Cookie { value, login: text("login_url") });
    } else if let Some((name, value)) =
        context["headers"].as_object().and_then(|headers| headers.iter().next())
    {
        let value = value.as_str().unwrap_or_default().to_owned();
        target.credential = Some(Credential::Header { name: name.clone(), value });
    }
    Ok(target)
}

/// As the bed's scorer has it.
fn as_scored(findings: &Findings) -> Value {
    let rows = findings.findings.iter().map(|finding| {
        let mut row = json!({
            "class": finding.class,
            "witness_origin": finding.witness_origin,
            "with_credentials": finding.with_credentials,
            "severity": finding.severity,
        });
        if let Some(shown) = &finding.reproduction {
            let (_, rest) = shown.url.split_once("://").unwrap_or_default();
            let path = rest.find('/').map_or("/", |at| &rest[at..]);
            let (_, own) = findings.target.split_once("://").unwrap_or_default();
            let own_path = own.find('/').map_or("/", |at| &own[at..]);
            let mut request = json!({});
            if shown.method != "GET" {
                request["method"] = json!(shown.method);
            }
            if path != own_path && !path.contains("corsage=") {
                request["target"] = json!(path);
            }
            if !shown.headers.is_empty() {
                request["headers"] = json!(shown.headers);
            }
            if let (Some(page), Some(origin)) = (&shown.page_path, &finding.witness_origin) {
                request["referer"] = json!(format!("{origin}{page}"));
            }
            if request.as_object().is_some_and(|it| !it.is_empty()) {
                row["request"] = request;
            }
        }
        row
    });
    json!({ "target": findings.target, "findings": rows.collect::<Vec<_>>() })
}
