//! [Fetching scripts](https://html.spec.whatwg.org/multipage/webappapis.html#fetching-scripts): classic ones run whoever sends
//! them, their errors muted; modules are got with CORS and must say that they are JavaScript.

use super::answer::Answer;
use super::mime_type::{is_javascript, is_json};
use super::script_errors::{ModuleFileName, Muting, Rejections};
use super::switches::{ModuleWorkers, MutedErrors, UnparsedModule};
use super::{
    Access, ErrorReports, Exception, LoadKind, PageEvent, ScriptBody, Sight, Sniffed, Use,
};
use crate::browser::{EmbedderPolicy, Global};

pub(super) fn judge(answer: &Answer<'_>) -> Sight {
    let got = is_got(answer);
    let is_script = !matches!(answer.load.kind, LoadKind::JsonImport | LoadKind::CssModuleImport);
    // Nothing at all is no JSON.
    let empty =
        answer.load.kind == LoadKind::JsonImport && answer.content.sniffed == Sniffed::Empty;
    let parses = !empty && (!is_script || answer.content.script != ScriptBody::SyntaxError);
    let ran = got && parses;
    let event = match (answer.load.kind, got) {
        (LoadKind::ModuleImport, _) => {
            if ran {
                PageEvent::Ran
            } else {
                PageEvent::Error
            }
        }
        (LoadKind::DynamicImport | LoadKind::JsonImport | LoadKind::CssModuleImport, false) => {
            PageEvent::Rejected(Exception::TypeError)
        }
        (LoadKind::DynamicImport | LoadKind::JsonImport | LoadKind::CssModuleImport, true) => {
            if parses {
                PageEvent::Resolved
            } else {
                PageEvent::Rejected(Exception::SyntaxError)
            }
        }
        (_, false) => PageEvent::Error,
        (LoadKind::ModuleScript, true)
            if !parses && answer.switches.unparsed_module == UnparsedModule::Nothing =>
        {
            PageEvent::Nothing
        }
        (_, true) => PageEvent::Load,
    };
    let used = if ran { Use::Used } else { Use::Unused };
    let access = if got { Access::Closed } else { Access::Nothing };
    Sight { errors: got.then(|| reports(answer)), ..Sight::new(event, used, access) }
}

/// Whether there is a script at the end.
pub(super) fn is_got(answer: &Answer<'_>) -> bool {
    !answer.is_failed() && has_status(answer) && has_type(answer) && !fails_in_worker(answer)
}

/// WebKit: nothing can be imported into a module worker under `require-corp`.
fn fails_in_worker(answer: &Answer<'_>) -> bool {
    answer.load.kind == LoadKind::ModuleImport
        && answer.client.global != Global::Window
        && answer.client.embedder_policy == EmbedderPolicy::RequireCorp
        && answer.switches.module_workers == ModuleWorkers::FailUnderRequireCorp
}

fn has_status(answer: &Answer<'_>) -> bool {
    answer.is_ok() || answer.is_unfollowed_success()
}

pub(super) fn has_type(answer: &Answer<'_>) -> bool {
    let essence = answer.essence().unwrap_or_default();
    match answer.load.kind {
        LoadKind::Script => true,
        LoadKind::JsonImport => {
            is_json(&essence) && (has_status(answer) || answer.content.sniffed != Sniffed::Empty)
        }
        LoadKind::CssModuleImport => essence == b"text/css",
        _ => is_javascript(&essence),
    }
}

pub(super) fn reports(answer: &Answer<'_>) -> ErrorReports {
    let opaque = answer.is_opaque();
    let by_tainting = if opaque { Muting::Muted } else { Muting::Shown };
    let (synchronous, later, rejections) = match answer.switches.muted_errors {
        MutedErrors::Tainting => {
            let silent = if opaque { Rejections::Silent } else { Rejections::Shown };
            (by_tainting, by_tainting, silent)
        }
        MutedErrors::FinalUrlOwnErrorsShown if opaque && !answer.ends_at_home() => {
            (Muting::MutedButOwnErrors, Muting::MutedButOwnErrors, Rejections::Silent)
        }
        MutedErrors::FinalUrlOwnErrorsShown => (Muting::Shown, Muting::Shown, Rejections::Shown),
        MutedErrors::TaintingLaterFinalUrl => {
            let later = if answer.ends_at_home() { Muting::Shown } else { Muting::Muted };
            (by_tainting, later, Rejections::Shown)
        }
    };
    let module = match answer.load.kind.is_module() {
        true => answer.switches.module_file_name,
        false => ModuleFileName::Named,
    };
    ErrorReports { synchronous, later, rejections, module }
}
