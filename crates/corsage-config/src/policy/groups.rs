//! Which group of upstreams a request is for.

use super::Fits;
use super::path::{Letters, PathPrefix, Readings};
use crate::settings::{DEFAULT_GROUP, UpstreamGroup};

/// The groups of a file, in its order: the first that is for a request gets it.
///
/// ```
/// let config = corsage_config::parse(
///     "[[gateway.groups]]\nname = 'shop'\npaths = ['/shop']\nupstreams = 'http://10.0.0.7:3000'\n",
///     "corsage.toml",
/// )?;
/// let groups = corsage_config::GroupTable::new(config.gateway.groups);
/// assert_eq!(groups.position("a.example", "/shop/cart", "GET"), Ok(Some(0)));
/// assert_eq!(groups.position("a.example", "/", "GET"), Ok(None));
/// // Some servers read this as /admin.
/// assert!(groups.position("a.example", "/shop/..%2fadmin", "GET").is_err());
/// # Ok::<(), corsage_config::Problems>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct GroupTable {
    groups: Vec<UpstreamGroup>,
}

/// Servers may read the path in several ways, and these lead to different places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmbiguousPath;

impl GroupTable {
    /// Groups in the order in which they are tried.
    #[must_use]
    pub fn new(groups: Vec<UpstreamGroup>) -> Self {
        Self { groups }
    }

    /// The position of the first group that is for this request, of which [`PolicyTable::select`] says what its parts
    /// are; `None` if none is. Letters of a path are told apart: a path is sent on to the group that has it as it is
    /// written.
    ///
    /// [`PolicyTable::select`]: crate::PolicyTable::select
    ///
    /// # Errors
    /// If servers may read the path in several ways, and some of them are for other groups than the rest: whoever
    /// sent it might reach, through one group, what stands behind the other.
    pub fn position(
        &self,
        host: &str,
        path: &str,
        method: &str,
    ) -> Result<Option<usize>, AmbiguousPath> {
        if self.groups.is_empty() {
            return Ok(None);
        }
        let choose = |reading: &[u8]| Ok(self.find(host, reading, Letters::AsWritten, method));
        let fits = || self.groups.iter().map(|group| Some(group.fits()));
        agreed(path, choose).unwrap_or_else(|| first_unread(fits(), host, method))
    }

    pub(super) fn choose_name(
        &self,
        host: &str,
        path: &str,
        method: &str,
    ) -> Result<&str, AmbiguousPath> {
        Ok(self.name(self.position(host, path, method)?))
    }

    /// The name of the group that one reading of a path is for.
    pub(super) fn first(&self, host: &str, reading: &[u8], letters: Letters, method: &str) -> &str {
        self.name(self.find(host, reading, letters, method))
    }

    fn find(&self, host: &str, reading: &[u8], letters: Letters, method: &str) -> Option<usize> {
        self.groups.iter().position(|group| group.fits().is_for(host, reading, letters, method))
    }

    fn name(&self, position: Option<usize>) -> &str {
        position.map_or(DEFAULT_GROUP, |position| &self.groups[position].name)
    }

    pub(super) fn has_capitals(&self) -> bool {
        self.groups.iter().flat_map(|group| &group.paths).any(PathPrefix::has_capitals)
    }
}

/// What all readings of a path choose; `None` if it has so many that they cannot be tried.
pub(super) fn agreed(
    path: &str,
    choose: impl Fn(&[u8]) -> Result<Option<usize>, AmbiguousPath>,
) -> Option<Result<Option<usize>, AmbiguousPath>> {
    match Readings::of(path.as_bytes()) {
        Readings::One(reading) => Some(choose(&reading)),
        Readings::Several(readings) => {
            let (first, others) = readings.split_first()?;
            let choice = choose(first);
            let agree = choice.is_ok() && others.iter().all(|other| choose(other) == choice);
            Some(if agree { choice } else { Err(AmbiguousPath) })
        }
        Readings::Unbounded => None,
    }
}

/// The first that is for a request whose path cannot be read in every way: where the path does not matter, its
/// readings do not either.
pub(super) fn first_unread<'f>(
    entries: impl Iterator<Item = Option<Fits<'f>>>,
    host: &str,
    method: &str,
) -> Result<Option<usize>, AmbiguousPath> {
    for (index, fits) in entries.enumerate() {
        if let Some(fits) = fits.filter(|fits| fits.is_for_unread(host, method)) {
            return if fits.paths.is_empty() { Ok(Some(index)) } else { Err(AmbiguousPath) };
        }
    }
    Ok(None)
}
