//! [Workers](https://html.spec.whatwg.org/multipage/workers.html#dedicated-workers-and-the-worker-interface), `importScripts()`
//! and worklets: what runs beside the page.

use super::answer::Answer;
use super::mime_type::is_javascript;
use super::script::reports;
use super::switches::{ForeignWorker, ImportedErrors, OpaqueSharedWorkers, WorkletType};
use super::{Access, Exception, LoadKind, PageEvent, ScriptBody, Sight, Use};
use crate::terms::Origin;

pub(super) fn judge(answer: &Answer<'_>) -> Sight {
    let (event, used) = match answer.load.kind {
        LoadKind::ImportScripts => import_scripts(answer),
        LoadKind::AudioWorklet => audio_worklet(answer),
        LoadKind::ServiceWorker => service_worker(answer),
        _ => worker(answer),
    };
    Sight::new(event, used, Access::Nothing)
}

/// Another origin's script is refused before anything is asked: at once by two engines, with an event by one.
fn worker(answer: &Answer<'_>) -> (PageEvent, Use) {
    let unasked = answer.hops.is_empty();
    let nowhere = answer.load.kind == LoadKind::SharedWorker
        && answer.switches.opaque_shared_workers == OpaqueSharedWorkers::None
        && matches!(answer.client.origin, Origin::Opaque(_));
    if nowhere || unasked && answer.switches.foreign_worker == ForeignWorker::Throws {
        return (PageEvent::Threw(Exception::SecurityError), Use::Unused);
    }
    let javascript = answer.essence().is_some_and(|essence| is_javascript(&essence));
    if answer.is_failed() || !answer.is_ok() || !javascript {
        return (PageEvent::Error, Use::Unused);
    }
    (PageEvent::Ran, Use::Used)
}

fn service_worker(answer: &Answer<'_>) -> (PageEvent, Use) {
    let unasked = answer.hops.is_empty();
    let javascript = answer.essence().is_some_and(|essence| is_javascript(&essence));
    if unasked || !javascript {
        return (PageEvent::Rejected(Exception::SecurityError), Use::Unused);
    }
    if answer.is_failed() || !answer.is_ok() {
        return (PageEvent::Rejected(Exception::TypeError), Use::Unused);
    }
    (PageEvent::Resolved, Use::Used)
}

/// Only what says that it is JavaScript; and what a foreign script throws is told as a `NetworkError`.
fn import_scripts(answer: &Answer<'_>) -> (PageEvent, Use) {
    let javascript = answer.essence().is_some_and(|essence| is_javascript(&essence));
    let network = PageEvent::Threw(Exception::NetworkError);
    if answer.is_failed() || !answer.is_ok() || !javascript {
        return (network, Use::Unused);
    }
    let muted = match answer.switches.imported_errors {
        ImportedErrors::ByFinalUrl => !answer.ends_at_home(),
        ImportedErrors::AsOfScripts => reports(answer).is_muted(),
    };
    match answer.content.script {
        ScriptBody::Runs => (PageEvent::Ran, Use::Used),
        ScriptBody::Throws if muted => (network, Use::Used),
        ScriptBody::Throws => (PageEvent::Threw(Exception::Error), Use::Used),
        ScriptBody::SyntaxError if muted => (network, Use::Unused),
        ScriptBody::SyntaxError => (PageEvent::Threw(Exception::SyntaxError), Use::Unused),
    }
}

/// [Fetch a worklet script graph](https://html.spec.whatwg.org/multipage/webappapis.html#fetch-a-worklet/module-worker-script-graph)
fn audio_worklet(answer: &Answer<'_>) -> (PageEvent, Use) {
    let abort = PageEvent::Rejected(Exception::AbortError);
    if answer.is_failed() || !answer.is_ok() {
        return (abort, Use::Unused);
    }
    let javascript = answer.essence().is_some_and(|essence| is_javascript(&essence));
    match (javascript, answer.switches.worklet_type) {
        (true, _) | (false, WorkletType::Any) => (PageEvent::Resolved, Use::Used),
        (false, WorkletType::TypeError) => (PageEvent::Rejected(Exception::TypeError), Use::Unused),
        (false, WorkletType::AbortError) => (abort, Use::Unused),
    }
}
