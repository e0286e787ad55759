//! Browser profiles: where engines differ, as dated data.

/// Whose behaviour the machine shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The Fetch standard as pinned in `docs/standard.md`.
    #[default]
    Standard,
    /// Chromium 156.
    Chromium,
    /// Firefox 153.
    Firefox,
    /// WebKitGTK 2.50.
    Webkit,
}
