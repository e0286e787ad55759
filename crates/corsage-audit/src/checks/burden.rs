//! What costs a careless server much. Asked only where its owner wants to know, and no further than it takes to see it.

use std::time::Duration;

use crate::candidates::STRANGE_DOMAIN;
use crate::class::Class;
use crate::session::{As, Session};
use crate::severity::Severity;
use crate::target::Depth;
use crate::wire::{Sent, Wire};

/// From here on an answer is slow, and no more is asked.
const SLOW: Duration = Duration::from_millis(400);
/// How much slower each step must be than the one before: four letters more cost sixteen times as much where each
/// doubles the work.
const GROWTH: u32 = 3;

pub(super) async fn check<W: Wire>(s: &mut Session<'_, W>) {
    if s.target.depth < Depth::Heavy {
        return;
    }
    backtracking(s).await;
    long_lists(s).await;
}

/// One repetition within another tries every way of dividing the letters between them.
async fn backtracking<W: Wire>(s: &mut Session<'_, W>) {
    let seed = s.seeds.first().unwrap_or("app.example.org").to_owned();
    let mut before = None;
    for letters in [8, 16, 20, 24, 28, 32] {
        let name = "a".repeat(letters);
        let origin = format!("https://{name}_.{seed}.{STRANGE_DOMAIN}");
        let Some(took) = timed(s, &origin).await else { return };
        let is_slow = took >= SLOW && before.is_some_and(|before| took > before * GROWTH);
        before = Some(took.max(Duration::from_millis(1)));
        if !is_slow {
            continue;
        }
        // A pause of the network is not there again.
        let count = s.findings.findings.len();
        let Some(again) = timed(s, &origin).await else { return };
        before = Some(again.max(Duration::from_millis(1)));
        if again >= SLOW {
            let evidence = told!(
                "audit-told.burden-origin",
                first = took.as_millis(),
                letters = letters,
                second = again.as_millis()
            );
            s.report_fact(Class::Backtracking, Severity::Medium, evidence);
            return s.show_since(count);
        }
    }
}

async fn timed<W: Wire>(s: &mut Session<'_, W>, origin: &str) -> Option<Duration> {
    let url = s.unique_url();
    let headers = vec![("Origin".to_owned(), origin.to_owned())];
    let answer = s.plain(As::Stranger, &url, headers, "how long is it compared?").await?;
    Some(answer.took)
}

/// Names as a script could set them, sorted as browsers sort them.
fn names(count: usize) -> String {
    let mut all: Vec<String> = (0..count).map(|at| format!("x{at:04}")).collect();
    all.sort();
    all.join(",")
}

/// A preflight that asks for ever more headers, as a script may: the cost must not grow faster than the list.
async fn long_lists<W: Wire>(s: &mut Session<'_, W>) {
    let page = s.intended().into_iter().next().unwrap_or_else(|| "https://app.example.org".into());
    let mut before: Option<Duration> = None;
    for count in [1, 300, 600, 1_200] {
        let headers = vec![
            ("Origin".to_owned(), page.clone()),
            ("Access-Control-Request-Method".to_owned(), "GET".to_owned()),
            ("Access-Control-Request-Headers".to_owned(), names(count)),
        ];
        let url = s.target.url().to_owned();
        let sent = Sent::new("OPTIONS", &url, headers, "a long list of headers");
        let Some(answer) = s.send(sent.clone()).await else { return };
        let is_slow = answer.took >= SLOW && before.is_some_and(|it| answer.took > it * GROWTH);
        before = Some(answer.took.max(Duration::from_millis(1)));
        if is_slow {
            let Some(again) = s.send(sent).await else { return };
            before = Some(again.took.max(Duration::from_millis(1)));
            if again.took >= SLOW {
                let evidence =
                    told!("audit-told.burden-names", time = answer.took.as_millis(), names = count);
                let at = s.findings.findings.len();
                s.report_fact(Class::PreflightBurden, Severity::Medium, evidence);
                return s.show_since(at);
            }
        }
    }
}
