//! Header lines that a policy keeps ready.

use std::ops::Index;

use http::{HeaderMap, HeaderName, HeaderValue};

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    /// To a page that may read the response, `Vary` included.
    Granted,
    /// To everybody else.
    Withheld,
    /// To a page whose origin is allowed, in answer to its preflight, `Vary` included.
    PreflightGranted,
    /// To everybody else, which is `Vary` at most.
    PreflightWithheld,
}

/// All of them, in the order of [`Lines`].
#[derive(Debug)]
pub(super) struct PreparedLines(pub(super) [HeaderMap; 4]);

impl Lines {
    #[inline]
    pub(super) fn of(is_preflight: bool, is_granted: bool) -> Self {
        match (is_preflight, is_granted) {
            (false, true) => Self::Granted,
            (false, false) => Self::Withheld,
            (true, true) => Self::PreflightGranted,
            (true, false) => Self::PreflightWithheld,
        }
    }
}

impl PreparedLines {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.0.iter().flatten()
    }

    /// How many lines of [`iter`](Self::iter) stand before these.
    #[inline]
    pub(super) fn first_place(&self, lines: Lines) -> usize {
        self.0[..lines as usize].iter().map(HeaderMap::len).sum()
    }
}

impl Index<Lines> for PreparedLines {
    type Output = HeaderMap;

    #[inline]
    fn index(&self, lines: Lines) -> &HeaderMap {
        &self.0[lines as usize]
    }
}
