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
    if facet == "readable" && profile == Profile::Webkit && case.load.kind == "video" {
        return Some(
            "whether a first frame is there to be drawn when loadeddata fires is the decoder's affair",
        );
    }
    None
}
