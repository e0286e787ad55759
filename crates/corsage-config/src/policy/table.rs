//! The table of policies: by host, path and method, the first that fits.

use super::PolicyEntry;
use super::groups::{AmbiguousPath, GroupTable, agreed, first_unread};
use super::path::{Letters, PathPrefix};

/// All policies of a file, in its order.
#[derive(Clone, Debug, Default)]
pub struct PolicyTable {
    entries: Vec<PolicyEntry>,
    /// Some path is written with a capital letter.
    has_capitals: bool,
    /// Where some policy is for some groups only.
    groups: Option<GroupTable>,
}

/// Which policy a request falls under.
#[derive(Clone, Copy, Debug)]
pub enum Selection<'t> {
    /// This one.
    Entry(&'t PolicyEntry),
    /// None is for it: nothing may be shared.
    None,
    /// Servers may read the path in several ways, and these fall under different policies: nothing
    /// may be shared.
    Ambiguous,
}

impl<'t> Selection<'t> {
    /// The policy that decides; `None` if nothing may be shared.
    #[must_use]
    pub fn entry(self) -> Option<&'t PolicyEntry> {
        match self {
            Self::Entry(entry) => Some(entry),
            Self::None | Self::Ambiguous => None,
        }
    }
}

impl PolicyTable {
    /// Policies in the order in which they are tried, and the groups of upstreams that they may be for.
    #[must_use]
    pub fn new(entries: Vec<PolicyEntry>, groups: GroupTable) -> Self {
        let mut paths = entries.iter().flat_map(|entry| &entry.paths);
        let has_capitals = paths.any(PathPrefix::has_capitals) || groups.has_capitals();
        let by_group = entries.iter().any(|entry| !entry.groups.is_empty());
        Self { entries, has_capitals, groups: by_group.then_some(groups) }
    }

    /// The policies, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[PolicyEntry] {
        &self.entries
    }

    /// The first policy that is for this request.
    ///
    /// `host` is the `Host` or `:authority`, `path` the request's path as it came, without the query;
    /// `method` is what [`Request::policy_method`](corsage::server::Request::policy_method) says.
    ///
    /// A path that servers read differently selects a policy only if every reading of it selects
    /// the same one.
    ///
    /// ```
    /// use corsage_config::parse;
    ///
    /// let config = parse(
    ///     r#"
    ///     [[policy]]
    ///     name = "public"
    ///     paths = ["/public"]
    ///     allow_origins = ["*"]
    ///
    ///     [[policy]]
    ///     name = "rest"
    ///     allow_origins = ["https://app.example.com"]
    ///     "#,
    ///     "corsage.toml",
    /// )?;
    /// let name = |path| config.policies.select("", path, "GET").entry().map(|entry| entry.name.as_str());
    /// assert_eq!(name("/public/x"), Some("public"));
    /// assert_eq!(name("/admin"), Some("rest"));
    /// // Some servers read this as /admin, some do not.
    /// assert_eq!(name("/public/..%2fadmin"), None);
    /// // To some servers letters have no case: this is /public to them, and not to others.
    /// assert_eq!(name("/Public"), None);
    /// # Ok::<(), corsage_config::Problems>(())
    /// ```
    #[must_use]
    pub fn select(&self, host: &str, path: &str, method: &str) -> Selection<'_> {
        match self.choose(host, path, method) {
            Ok(position) => {
                position.map_or(Selection::None, |at| Selection::Entry(&self.entries[at]))
            }
            Err(AmbiguousPath) => Selection::Ambiguous,
        }
    }

    /// The position in [`entries`](Self::entries) of what [`select`](Self::select) finds; `None` if
    /// nothing may be shared. For whoever keeps something of its own beside each policy.
    #[must_use]
    pub fn position(&self, host: &str, path: &str, method: &str) -> Option<usize> {
        self.choose(host, path, method).ok().flatten()
    }

    fn choose(&self, host: &str, path: &str, method: &str) -> Result<Option<usize>, AmbiguousPath> {
        let first = |reading: &[u8], letters| {
            let group = self.groups.as_ref();
            let group = group.map(|groups| groups.first(host, reading, letters, method));
            self.entries.iter().position(|entry| {
                entry.fits().is_for(host, reading, letters, method)
                    && group.is_none_or(|group| entry.is_for_group(group))
            })
        };
        let choose = |reading: &[u8]| {
            let choice = first(reading, Letters::AsWritten);
            let capitals = self.has_capitals || reading.iter().any(u8::is_ascii_uppercase);
            if capitals && first(reading, Letters::InAnyCase) != choice {
                return Err(AmbiguousPath);
            }
            Ok(choice)
        };
        agreed(path, choose).unwrap_or_else(|| {
            let group = match &self.groups {
                Some(groups) => Some(groups.choose_name(host, path, method)?),
                None => None,
            };
            let entries = self.entries.iter();
            let entries = entries.map(|entry| {
                group.is_none_or(|group| entry.is_for_group(group)).then(|| entry.fits())
            });
            first_unread(entries, host, method)
        })
    }
}
