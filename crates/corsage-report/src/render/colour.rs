//! Whether a rendering is coloured.

/// Whether a rendering is coloured; only [`Format::Human`](crate::Format::Human) ever is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// For a terminal.
    Ansi,
    /// For everything else.
    Plain,
}
