//! The origins that a browser can have, as languages.

use std::sync::LazyLock;

use super::language::Language;

/// Labels that can be registered.
const LABEL: &str = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
/// What stands in hosts, registered or not, as far as the core reads it.
const WIDE_LABEL: &str = "[a-z0-9_-]+";
/// Ports without leading zeros.
const PORT: &str =
    "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
const OCTET: &str = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
/// Suffixes under which anybody can register a name.
const SUFFIXES: &[&str] = &["com", "net", "org", "io", "dev", "app"];

/// Everything that a browser can send as `Origin`, and a little more in hosts that end in numbers: what the
/// core's own reader of origins refuses is left out of witnesses.
pub(super) static EVERY: LazyLock<Option<Language>> = LazyLock::new(|| {
    let last = "[a-z0-9_-]*[a-z_-][a-z0-9_-]*";
    let host = format!(
        "(?:(?:{WIDE_LABEL}\\.)*{last}\\.?|{OCTET}(?:\\.{OCTET}){{3}}|\\[[0-9a-f:]{{2,39}}\\])"
    );
    Language::of_whole(&format!(
        "null|https?://{host}(?::{PORT})?|chrome-extension://[a-p]{{32}}|moz-extension://[0-9a-f-]{{36}}\
         |(?:capacitor|ionic|tauri|app)://{host}"
    ))
    .ok()
});

/// Secure origins under public suffixes.
pub(super) fn registrable(more_suffixes: &[String], scheme: &str, port: bool) -> Option<Language> {
    let mut suffixes: Vec<String> = SUFFIXES.iter().map(|&suffix| suffix.to_owned()).collect();
    suffixes.extend_from_slice(more_suffixes);
    let suffixes: Vec<String> =
        suffixes.iter().map(|suffix| super::matcher::escaped(suffix)).collect();
    let port = if port { format!("(?::{PORT})?") } else { String::new() };
    Language::of_whole(&format!("{scheme}://(?:{LABEL}\\.)+(?:{}){port}", suffixes.join("|"))).ok()
}

/// Secure origins of ordinary hosts.
pub(super) static ORDINARY: LazyLock<Option<Language>> = LazyLock::new(|| {
    Language::of_whole(&format!("https?://(?:{LABEL}\\.)+[a-z][a-z0-9-]*(?::{PORT})?")).ok()
});

/// The origins of a registrable domain and of all below it.
pub(super) fn below(sites: &[String]) -> Option<Language> {
    let sites: Vec<String> = sites.iter().map(|site| super::matcher::escaped(site)).collect();
    Language::of_whole(&format!(
        "[a-z]+://(?:[^/:]+\\.)?(?:{})\\.?(?::[0-9]+)?",
        if sites.is_empty() { "[a&&b]".to_owned() } else { sites.join("|") }
    ))
    .ok()
}
