//! [Resource Timing](https://w3c.github.io/resource-timing/): whether there is an entry, and what it shows.

use super::answer::Answer;
use super::switches::{ClosedSheetTiming, FailedTiming};
use super::{Access, LoadKind, Timing};
use crate::browser::{Code, Global, NetworkError, Profile};

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
    let chromium = answer.profile == Profile::Chromium;
    if chromium && answer.load.kind.is_frame() && is_left_out_with_document(answer) {
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
    let chromium = answer.profile == Profile::Chromium;
    match answer.load.kind {
        LoadKind::WebSocket | LoadKind::ServiceWorker | LoadKind::SharedWorker => true,
        LoadKind::AudioWorklet => answer.profile != Profile::Firefox,
        // A form's target is another document's load.
        LoadKind::Form => answer.profile != Profile::Webkit,
        LoadKind::SvgUse => chromium,
        LoadKind::Worker => chromium && answer.is_failed(),
        // A worker's own loads are in the worker's list; Chromium has what its script imports in the page's.
        LoadKind::ModuleImport => answer.client.global != Global::Window && !chromium,
        _ => answer.client.global != Global::Window,
    }
}

/// Chromium enters a frame without a document only if its own server has said that there is none.
fn is_left_out_with_document(answer: &Answer<'_>) -> bool {
    answer.is_without_document() && (answer.status() == 304 || !answer.ends_at_home())
}

/// Chromium enters what it has refused before asking.
fn leaves_entry_unasked(answer: &Answer<'_>) -> bool {
    answer.profile == Profile::Chromium
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
        // Firefox: the redirect that leads elsewhere was the page's own.
        Code::SameOriginModeCrossOriginUrl => answer.profile != Profile::Firefox,
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

/// Firefox: a keepalive fetch that begins at home shows its timing, wherever it ends.
fn shows_all_the_same(answer: &Answer<'_>) -> bool {
    answer.profile == Profile::Firefox
        && answer.load.fetch.as_ref().is_some_and(|init| init.keepalive)
        && answer.begins_at_home()
}
