//! The table of policies: by host, path and method, the first that fits.

use super::PolicyEntry;
use super::path::{Letters, PathPrefix, Readings};

/// All policies of a file, in its order.
#[derive(Clone, Debug, Default)]
pub struct PolicyTable {
    entries: Vec<PolicyEntry>,
    /// Some path of some policy is written with a capital letter.
    has_capitals: bool,
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
    /// Policies in the order in which they are tried.
    #[must_use]
    pub fn new(entries: Vec<PolicyEntry>) -> Self {
        let mut paths = entries.iter().flat_map(|entry| &entry.paths);
        let has_capitals = paths.any(PathPrefix::has_capitals);
        Self { entries, has_capitals }
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
            Err(Ambiguous) => Selection::Ambiguous,
        }
    }

    /// The position in [`entries`](Self::entries) of what [`select`](Self::select) finds; `None` if
    /// nothing may be shared. For whoever keeps something of its own beside each policy.
    #[must_use]
    pub fn position(&self, host: &str, path: &str, method: &str) -> Option<usize> {
        self.choose(host, path, method).ok().flatten()
    }

    fn choose(&self, host: &str, path: &str, method: &str) -> Result<Option<usize>, Ambiguous> {
        let first = |reading: &[u8], letters| {
            self.entries.iter().position(|entry| {
                entry.is_for_path(reading, letters)
                    && entry.is_for_method(method)
                    && entry.is_for_host(host)
            })
        };
        let choose = |reading: &[u8]| {
            let choice = first(reading, Letters::AsWritten);
            let capitals = self.has_capitals || reading.iter().any(u8::is_ascii_uppercase);
            if capitals && first(reading, Letters::InAnyCase) != choice {
                return Err(Ambiguous);
            }
            Ok(choice)
        };
        let chosen = match Readings::of(path.as_bytes()) {
            Readings::One(reading) => choose(&reading)?,
            Readings::Several(readings) => {
                let mut choices = readings.iter().map(|reading| choose(reading));
                let choice = choices.next().transpose()?.flatten();
                for other in choices {
                    if other? != choice {
                        return Err(Ambiguous);
                    }
                }
                choice
            }
            Readings::Unbounded => {
                // Where the path does not matter, its readings do not either.
                match self
                    .entries
                    .iter()
                    .position(|e| e.is_for_method(method) && e.is_for_host(host))
                {
                    Some(index) if self.entries[index].paths.is_empty() => Some(index),
                    Some(_) => return Err(Ambiguous),
                    None => None,
                }
            }
        };
        Ok(chosen)
    }
}

/// The readings of a path fall under different policies.
struct Ambiguous;
