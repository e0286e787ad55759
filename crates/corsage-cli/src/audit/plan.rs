//! What would be sent, to a server that lets nobody in.

use corsage_audit::{Answer, Failure, Sender, Sent, Wire};

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
pub(super) async fn plan(mut feed: Feed<'_>) -> Result<String, String> {
    let mut text = String::new();
    while let Some(one) = feed.next()? {
        let findings = corsage_audit::audit(&one.target, &mut Sound).await;
        text.push_str(&format!("{}\n", findings.target));
        for sent in &findings.sent {
            let who = match sent.sender {
                Sender::Browser => "",
                _ => " (no browser sends this)",
            };
            let origin = sent.header("origin").unwrap_or("-");
            let (method, url) = (&sent.method, &sent.url);
            text.push_str(&format!("  {method:<7} {url}  {origin}  {}{who}\n", sent.purpose));
        }
        text.push_str(&format!(
            "  {} requests to a sound server; more where something is let in\n",
            findings.sent.len()
        ));
    }
    Ok(text)
}
