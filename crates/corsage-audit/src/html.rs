//! A report that is one file: what was found, and a table of who can read what.

use corsage_texts::{Language, text};

use super::finding::{Finding, Findings};
use super::poc::escape;
use super::severity::{Severity, Who};

/// The report as a page without any other resource. Beside each target's result may stand the policy that puts it
/// right.
#[must_use]
pub fn html_report(audits: &[(&Findings, Option<&str>)], language: Language) -> String {
    let title = text!(language, "audit-report.title");
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n<h1>{title}</h1>\n",
        language.tag(),
    );
    who_reads_what(audits, language, &mut page);
    for (audit, policy) in audits {
        page.push_str(&format!("<h2>{}</h2>\n", escape(&audit.target)));
        if let Some(cause) = &audit.undecided {
            let told = text!(language, "audit-report.undecided", cause = escape(cause));
            page.push_str(&format!("<p class=\"medium\">{told}</p>\n"));
        }
        if audit.findings.is_empty() && audit.undecided.is_none() {
            let none = text!(language, "audit-report.none", requests = audit.requests);
            page.push_str(&format!("<p>{none}</p>\n"));
        }
        for finding in &audit.findings {
            section(finding, language, &mut page);
        }
        for reason in &audit.not_vulnerable {
            page.push_str(&format!("<p class=\"info\">{}</p>\n", escape(reason)));
        }
        if let Some(policy) = policy {
            page.push_str(&format!("<pre>{}</pre>\n", escape(policy)));
        }
    }
    page.push_str("</html>\n");
    page
}

/// One finding: what it is, where it works, what to do, and the exchange that shows it.
fn section(finding: &Finding, language: Language, page: &mut String) {
    let (severity, class) = (finding.severity.to_string(), finding.class);
    page.push_str(&format!(
        "<section class=\"{severity}\"><h3><b>{severity}</b> {} <code>{}</code> CWE-{}</h3>\n<p>{}. {}.</p>\n",
        escape(class.title(language)),
        class.code(),
        class.cwe(),
        escape(&finding.evidence),
        escape(class.gain(language)),
    ));
    if !finding.browsers.is_empty() {
        let names: Vec<&str> = finding.browsers.iter().map(|it| it.name()).collect();
        let mut told = text!(language, "audit-report.browsers", browsers = names.join(", "));
        if finding.needs_third_party_cookies {
            told.push_str(&format!("; {}", text!(language, "audit-report.third-party")));
        }
        page.push_str(&format!("<p>{}</p>\n", escape(&told)));
    }
    page.push_str(&format!(
        "<p>{}</p>\n",
        text!(language, "audit-report.fix", fix = escape(class.fix(language)))
    ));
    if let Some(shown) = &finding.reproduction {
        page.push_str(&format!(
            "<pre>{}\n\n{}</pre>\n",
            escape(&shown.curl),
            escape(&shown.answer.join("\n"))
        ));
    }
    page.push_str("</section>\n");
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em;\
color:#1a1a1a;background:#fff}table{border-collapse:collapse;width:100%}td,th{border:1px solid #999;\
padding:.3em .5em;text-align:left}section{border-left:.4em solid #999;padding:0 1em;margin:1em 0}\
section.high{border-color:#b00020}section.medium{border-color:#b26a00}section.low{border-color:#8a7a00}\
pre{overflow-x:auto;background:#f3f3f3;padding:.7em}@media(prefers-color-scheme:dark){body{color:#eee;\
background:#181818}pre{background:#262626}td,th{border-color:#666}}";

/// One row a target, one column for each who could stand at the other end.
fn who_reads_what(audits: &[(&Findings, Option<&str>)], language: Language, page: &mut String) {
    const COLUMNS: [(Who, &str); 7] = [
        (Who::Anyone, "audit-report.who-anyone"),
        (Who::Sibling, "audit-report.who-sibling"),
        (Who::Partner, "audit-report.who-partner"),
        (Who::Network, "audit-report.who-network"),
        (Who::LocalNetwork, "audit-report.who-local-network"),
        (Who::OtherPort, "audit-report.who-other-port"),
        (Who::LocalProgram, "audit-report.who-local-program"),
    ];
    page.push_str("<table><tr><th></th>");
    for (_, key) in COLUMNS {
        page.push_str(&format!("<th>{}</th>", language.find(key).unwrap_or(key)));
    }
    page.push_str("</tr>\n");
    for (audit, _) in audits {
        page.push_str(&format!("<tr><th>{}</th>", escape(&audit.target)));
        for (who, _) in COLUMNS {
            let reads = audit
                .findings
                .iter()
                .filter(|it| it.who == Some(who) && it.severity > Severity::Info)
                .max_by_key(|it| it.severity);
            let cell = match reads {
                Some(finding) => format!(
                    "<b>{}</b> {}",
                    finding.severity,
                    escape(finding.witness_origin.as_deref().unwrap_or_default())
                ),
                None => "–".to_owned(),
            };
            page.push_str(&format!("<td>{cell}</td>"));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table>\n");
}
