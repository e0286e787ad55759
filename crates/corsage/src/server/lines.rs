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
    /// The same once more, which is quicker to walk along, map after map.
    flat: Vec<(HeaderName, HeaderValue)>,
    /// Where each map's lines begin in `flat`, and where the last one's end.
    starts: [usize; 5],
}

impl PreparedLines {
    pub(super) fn new(maps: [HeaderMap; 4]) -> Self {
        let mut flat = Vec::new();
        let mut starts = [0; 5];
        for (position, map) in maps.iter().enumerate() {
            flat.extend(map.iter().map(|(name, value)| (name.clone(), value.clone())));
            starts[position + 1] = flat.len();
        }
        Self { maps, flat, starts }
    }

    /// As a map, to be copied whole.
    #[inline]
    pub(super) fn map(&self, lines: Lines) -> &HeaderMap {
        &self.maps[lines as usize]
    }

    /// One by one, and the place of the first among [`all`](Self::all).
    #[inline]
    pub(super) fn each(&self, lines: Lines) -> (usize, &[(HeaderName, HeaderValue)]) {
        let (start, end) = (self.starts[lines as usize], self.starts[lines as usize + 1]);
        (start, self.flat.get(start..end).unwrap_or_default())
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.flat.iter().map(|(name, value)| (name, value))
    }
}
