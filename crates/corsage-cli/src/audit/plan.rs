//! What would be sent, to a server that lets nobody in.

use corsage_audit::{Answer, Failure, Sender, Sent, Wire};
use corsage_texts::{Language, text};

use super::feed::Feed;

/// A server in memory that lets nobody in.
struct Sound;

impl Wire for Sound {
    async fn send(&mut self, sent: &Sent) -> Result<Answer, Failure> {
        let signed_in = ["cookie", "authorization"].iter().any(|name| sent.header(name).is_some());
        Ok(Answer::new(if signed_in { 200 } else { 401 }))
    }
}

/// A line for each request. What follows from a fault is not in it.
pub(super) async fn plan(mut feed: Feed<'_>, language: Language) -> Result<String, String> {
    let mut plan = String::new();
    while let Some(one) = feed.next()? {
        let findings = corsage_audit::audit(&one.target, &mut Sound).await;
        plan.push_str(&format!("{}\n", findings.target));
        for sent in &findings.sent {
            let who = match sent.sender {
                Sender::Browser => "",
                _ => text!(language, "audit-report.plan-nobody"),
            };
            let purpose = language.retell("audit-told", sent.purpose);
            let purpose = purpose.as_deref().unwrap_or(sent.purpose);
            let origin = sent.header("origin").unwrap_or("-");
            let (method, url) = (&sent.method, &sent.url);
            let line = format!("  {method:<7} {url}  {origin}  {purpose} {who}");
            plan.push_str(&format!("{}\n", line.trim_end()));
        }
        let summary = text!(language, "audit-report.plan-summary", count(findings.sent.len()));
        plan.push_str(&format!("  {summary}\n"));
    }
    Ok(plan)
}
