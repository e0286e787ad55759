//! Header lines that a policy keeps ready.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Of what kind a request is, as far as its answer's lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A CORS-preflight request.
    Preflight,
    /// Everything else, other `OPTIONS` requests among it.
    Other,
}

/// Which of the prepared lines.
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

impl Lines {
    #[inline]
    pub(super) fn of(kind: Kind, granted: bool) -> Self {
        match (kind, granted) {
            (Kind::Other, true) => Self::Granted,
            (Kind::Other, false) => Self::Withheld,
            (Kind::Preflight, true) => Self::PreflightGranted,
            (Kind::Preflight, false) => Self::PreflightWithheld,
        }
    }
}

/// All of them.
#[derive(Debug)]
pub(super) struct PreparedLines {
    /// In the order of [`Lines`].
    maps: [HeaderMap; 4],
    /// The same once more, which is quicker to walk along.
    each: [Each; 4],
}

/// The lines of one map.
#[derive(Debug)]
pub(super) struct Each {
    /// The place of the first among [`all`](PreparedLines::all).
    pub(super) first: usize,
    pub(super) lines: Box<[(HeaderName, HeaderValue)]>,
}

impl PreparedLines {
    pub(super) fn new(maps: [HeaderMap; 4]) -> Self {
        let mut first = 0;
        let each = std::array::from_fn(|position| {
            let lines = maps[position].iter().map(|(name, value)| (name.clone(), value.clone()));
            let each = Each { first, lines: lines.collect() };
            first += each.lines.len();
            each
        });
        Self { maps, each }
    }

    /// As a map, to be copied whole.
    #[inline]
    pub(super) fn map(&self, lines: Lines) -> &HeaderMap {
        &self.maps[lines as usize]
    }

    /// One by one.
    #[inline]
    pub(super) fn each(&self, lines: Lines) -> &Each {
        &self.each[lines as usize]
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.each.iter().flat_map(|each| each.lines.iter().map(|(name, value)| (name, value)))
    }
}
