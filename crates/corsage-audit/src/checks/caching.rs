//! Caches: what they are told, and what they do.

use corsage::browser::Step;

use crate::answer::Answer;
use crate::candidates::STRANGER;
use crate::class::Class;
use crate::page::{Script, lines, reads};
use crate::session::{As, Session};
use crate::severity::Severity;
use crate::wire::{Sender, Sent, Wire};

pub(super) async fn check<W: Wire>(s: &mut Session<'_, W>) {
    let may_keep = s.answers.iter().any(|(_, answer)| answer.status < 400 && answer.is_cacheable());
    let cached = s.answers.iter().any(|(_, answer)| answer.shows_a_cache());
    if !may_keep && !cached {
        return;
    }
    let count = s.findings.findings.len();
    if may_keep {
        vary(s).await;
        s.show_since(count);
    }
    let count = s.findings.findings.len();
    if cached {
        poisoned(s).await;
        s.show_since(count);
    }
    let count = s.findings.findings.len();
    if s.target.has_cookie() {
        kept_for_everybody(s).await;
        s.show_since(count);
    }
}

/// What an origin is answered with a cache that has not seen the address before; the empty one is none.
async fn fresh<W: Wire>(s: &mut Session<'_, W>, origin: &str) -> Option<Answer> {
    let url = s.unique_url();
    at(s, origin, &url, As::User).await
}

async fn at<W: Wire>(s: &mut Session<'_, W>, origin: &str, url: &str, who: As) -> Option<Answer> {
    if origin.is_empty() {
        return s.plain(who, url, Vec::new(), "without an origin").await;
    }
    let script = Script::get(origin, url, s.mode());
    let Some(Step::Send(pending)) = script.begin() else { return None };
    let mut sent = Sent {
        method: "GET".into(),
        url: url.to_owned(),
        headers: lines(pending.wire()),
        body: None,
        purpose: "what a cache keeps apart",
        sender: Sender::Browser,
    };
    s.sign(&mut sent, who);
    s.send(sent).await
}

/// Whether every answer that could have differed says so.
async fn vary<W: Wire>(s: &mut Session<'_, W>) {
    let mut origins = vec![String::new()];
    origins.extend(s.intended().into_iter().take(2));
    origins.push(format!("{}://{STRANGER}", s.page_scheme()));
    let mut answers = Vec::new();
    for origin in origins {
        let Some(answer) = fresh(s, &origin).await else { return };
        answers.push((origin, answer));
    }
    let first = answers[0].1.allow_origin();
    let differ = answers.iter().any(|(_, answer)| answer.allow_origin() != first);
    let all_good = answers.iter().all(|(_, answer)| answer.status < 400);
    if !differ || !all_good || !answers[0].1.is_cacheable() {
        return;
    }
    let silent = |(origin, answer): &&(String, Answer), value: Option<&str>| {
        !origin.is_empty()
            && answer.allow_origin().as_deref() == value
            && !answer.varies_on_origin()
    };
    let granted = answers.iter().find(|it| silent(it, Some(&it.0)));
    if let Some((origin, _)) = granted {
        let evidence = format!("{origin} is told its own name, without Vary: Origin");
        return s.report_fact(Class::VaryMissing, Severity::Low, evidence);
    }
    if !answers[0].1.varies_on_origin() {
        let evidence = "the answer without Origin has no Vary: Origin".to_owned();
        s.report_fact(Class::VaryMissingNoOrigin, Severity::Low, evidence);
    }
    if let Some((origin, _)) = answers.iter().find(|it| silent(it, None)) {
        let evidence = format!("the answer to {origin}, which is refused, has no Vary: Origin");
        s.report_fact(Class::VaryMissingRefused, Severity::Low, evidence);
    }
}

/// Proof: one asks, then the other, of the same address.
async fn poisoned<W: Wire>(s: &mut Session<'_, W>) {
    let mut readers = s.intended();
    let stranger = format!("{}://{STRANGER}", s.page_scheme());
    readers.push(stranger.clone());
    let granted = |reader: &str, s: &Session<'_, W>| {
        s.answers.iter().any(|(origin, answer)| {
            origin == reader && answer.allow_origin().as_deref() == Some(reader)
        })
    };
    let Some(reader) = readers.iter().find(|it| granted(it, s)).cloned() else { return };
    let other = readers.iter().find(|it| **it != reader).cloned();
    for before in [Some(String::new()), other].into_iter().flatten() {
        let url = s.unique_url();
        if at(s, &before, &url, As::Stranger).await.is_none() {
            return;
        }
        let Some(after) = at(s, &reader, &url, As::Stranger).await else { return };
        let script = Script {
            credentials: corsage::browser::CredentialsMode::Omit,
            ..Script::get(&reader, &url, s.mode())
        };
        if !reads(&script, &after).is_something() {
            let who = if before.is_empty() { "a request without an origin" } else { &*before };
            let evidence =
                format!("after {who} the cache gives {reader} an answer that it cannot read");
            s.report_fact(Class::CachePoisoned, Severity::Medium, evidence);
            return;
        }
    }
}

/// The user asks; then any page, of the same address, without cookies.
async fn kept_for_everybody<W: Wire>(s: &mut Session<'_, W>) {
    let page = format!("{}://{STRANGER}", s.page_scheme());
    let url = s.unique_url();
    if at(s, "", &url, As::User).await.is_none() {
        return;
    }
    let Some(answer) = at(s, &page, &url, As::Stranger).await else { return };
    let script = Script {
        credentials: corsage::browser::CredentialsMode::Omit,
        ..Script::get(&page, &url, s.mode())
    };
    let private = s.private().await;
    if reads(&script, &answer).is_something()
        && !private.is_empty()
        && private.is_in(&answer.body, &[])
    {
        let evidence =
            "the answer made for a user is given to any page, without cookies".to_owned();
        s.report_as(Class::CachedPrivate, Severity::High, &page, evidence);
    }
}
