//! Which tool wrote an archive, and what it writes down.

use corsage::browser::Profile;

use super::read::Archive;

/// The browser whose requests an archive holds, if it is one.
pub(super) fn profile(archive: &Archive<'_>) -> Option<Profile> {
    // A tool that drives several browsers names the one.
    let driven = archive.browser.to_ascii_lowercase();
    let creator = archive.creator.to_ascii_lowercase();
    of_name(&driven).or_else(|| of_name(&creator)).or_else(|| {
        let drives = ["webinspector", "playwright", "puppeteer"];
        drives.iter().any(|name| creator.contains(name)).then_some(Profile::Chromium)
    })
}

fn of_name(name: &str) -> Option<Profile> {
    if name.starts_with("firefox") {
        Some(Profile::Firefox)
    } else if name.contains("webkit") || name.contains("safari") {
        Some(Profile::Webkit)
    } else if ["chrom", "edge", "brave"].iter().any(|part| name.contains(part)) {
        Some(Profile::Chromium)
    } else {
        None
    }
}

/// Whether that tool writes down that a response was kept from the page.
pub(super) fn records_errors(archive: &Archive<'_>) -> bool {
    archive.creator.to_ascii_lowercase().starts_with("webinspector")
        && archive.entries.iter().any(|entry| !entry.resource_type.as_str().is_empty())
}
