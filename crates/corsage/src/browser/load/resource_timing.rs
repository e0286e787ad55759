//! [Resource Timing](https://w3c.github.io/resource-timing/): whether there is an entry, and what it shows.

use super::answer::Answer;
use super::switches::{
    ClosedSheetTiming, DocumentlessTiming, FailedTiming, KeepaliveTiming, OwnRedirectTiming,
    TimingEntry,
};
use super::{Access, LoadKind, Timing};
use crate::browser::{Code, Global, NetworkError};

/// What one hop contributes to the [TAO check](https://fetch.spec.whatwg.org/#concept-tao-check): once failed, always
/// failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimingAllowed {
    Yes,
    No,
}

/// The entries of a load that went to the network.
pub(super) fn entries(answer: &Answer<'_>) -> Vec<Timing> {
    let unasked = answer.hops.is_empty() && answer.preflights == 0;
    if unasked && !leaves_entry_unasked(answer)
        || is_without_entry(answer)
        || is_named_by_closed_sheet(answer)
    {
        return Vec::new();
    }
    if answer.load.kind.is_frame() && is_left_out_with_document(answer) {
        return Vec::new();
    }
    let early = answer.outcome.as_ref().err().is_some_and(|error| is_early(answer, error));
    if early && answer.switches.failed_timing == FailedTiming::None {
        return Vec::new();
    }
    let disallowed = answer.hops.iter().any(|hop| hop.timing == TimingAllowed::No);
    let hidden = (early || disallowed) && !shows_all_the_same(answer);
    vec![if hidden { Timing::Hidden } else { Timing::Visible }]
}

/// Kinds that leave no entry in the page, whoever answers.
fn is_without_entry(answer: &Answer<'_>) -> bool {
    let none = |entry| entry == TimingEntry::None;
    let switches = answer.switches;
    match answer.load.kind {
        LoadKind::WebSocket | LoadKind::ServiceWorker | LoadKind::SharedWorker => true,
        LoadKind::AudioWorklet => none(switches.worklet_timing),
        LoadKind::Form => none(switches.form_timing),
        LoadKind::SvgUse => none(switches.use_timing),
        LoadKind::Worker => none(switches.failed_worker_timing) && answer.is_failed(),
        // A worker's own loads are in the worker's list.
        LoadKind::ModuleImport => {
            answer.client.global != Global::Window && none(switches.worker_import_timing)
        }
        _ => answer.client.global != Global::Window,
    }
}

fn is_left_out_with_document(answer: &Answer<'_>) -> bool {
    answer.switches.documentless_timing == DocumentlessTiming::OwnAlone
        && answer.is_without_document()
        && (answer.status() == 304 || !answer.ends_at_home())
}

fn leaves_entry_unasked(answer: &Answer<'_>) -> bool {
    answer.switches.unasked_timing == TimingEntry::Entered
        && matches!(answer.load.kind, LoadKind::Track | LoadKind::Filter)
}

/// What a style sheet names that the page may not look into would give away what is in it.
fn is_named_by_closed_sheet(answer: &Answer<'_>) -> bool {
    let Some(sheet) = &answer.load.named_by else { return false };
    let closed = sheet.access == Access::Closed;
    match answer.switches.closed_sheet_timing {
        _ if answer.load.kind == LoadKind::ModuleImport => false,
        ClosedSheetTiming::None => closed,
        ClosedSheetTiming::FontsAlone => {
            answer.load.kind != LoadKind::Font && !answer.is_own(&sheet.url)
        }
        ClosedSheetTiming::All => false,
    }
}

/// Failures that come before the body: those of the network, of CORS and of the protections.
fn is_early(answer: &Answer<'_>, error: &NetworkError) -> bool {
    match error.blamed().code {
        Code::IntegrityMismatch | Code::IntegrityOnOpaque => false,
        // The redirect that leads elsewhere was the page's own.
        Code::SameOriginModeCrossOriginUrl => {
            answer.switches.own_redirect_timing == OwnRedirectTiming::Early
        }
        code if is_cors(code) => answer.switches.failed_timing != FailedTiming::ByCheck,
        _ => true,
    }
}

fn is_cors(code: Code) -> bool {
    matches!(
        code,
        Code::MissingAllowOrigin
            | Code::MultipleAllowOrigin
            | Code::InvalidAllowOrigin
            | Code::AllowOriginMismatch
            | Code::AllowOriginMismatchTainted
            | Code::WildcardOriginWithCredentials
            | Code::AllowCredentialsNotTrue
    )
}

fn shows_all_the_same(answer: &Answer<'_>) -> bool {
    answer.switches.keepalive_timing == KeepaliveTiming::ShownFromHome
        && answer.load.fetch.as_ref().is_some_and(|init| init.keepalive)
        && answer.begins_at_home()
}
