//! Differences that headers do not decide: each a condition on what a case holds, never its id.

use corsage::browser::Profile;

use super::case::{Case, Spec};

/// Why a facet of a case may differ from what was predicted.
pub(super) fn reason(case: &Case, profile: Profile, facet: &str) -> Option<&'static str> {
    let real = case.load.real.as_deref();
    let mode =
        |spec: &Spec| spec.init.get("mode").and_then(|mode| mode.as_str()).map(str::to_owned);
    if facet == "timing"
        && profile == Profile::Chromium
        && real.is_some_and(|real| real.kind == "fetch" && mode(real).as_deref() == Some("no-cors"))
    {
        return Some(
            "how many entries a no-cors fetch after a preload has left when they are counted is a race",
        );
    }
    // Not how a load goes, but what a cache in front of it keeps: the recorded servers say nothing about that.
    let kept = |place: &super::case::Place| {
        let status = place.actual.as_ref().and_then(|answer| answer.status);
        matches!(status, Some(300 | 301 | 308 | 410))
    };
    if real.is_some() && case.server.iter().any(kept) {
        return Some(
            "an answer of 300, 301, 308 or 410 is kept by the HTTP cache, and what asks again after a preload gets it from there",
        );
    }
    let last = case.server.last().and_then(|place| place.actual.as_ref()?.status);
    if profile == Profile::Firefox
        && matches!(case.load.kind.as_str(), "audio" | "video")
        && matches!(last, Some(204 | 205))
    {
        return Some("Firefox's media cache asks for what is said to be empty again and again");
    }
    if facet == "readable" && profile == Profile::Webkit && case.load.kind == "video" {
        return Some(
            "whether a first frame is there to be drawn when loadeddata fires is the decoder's affair",
        );
    }
    None
}
