//! [CORS-preflight cache](https://fetch.spec.whatwg.org/#concept-cache), in the standard's shape and in
//! those of three engines.

use std::time::Duration;

use super::profile::{CacheModel, StoredWildcard, Switches, Wildcard};
use crate::terms::header_name::is_non_wildcard_request_header;
use crate::terms::method;

/// What earlier preflights granted. One cache serves any number of pages of one profile.
#[derive(Clone, Debug, Default)]
pub struct PreflightCache {
    entries: Vec<Entry>,
}

/// The key that all models share; each model adds what it keeps apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CacheKey {
    pub(crate) partition: String,
    pub(crate) origin: String,
    /// Without fragment.
    pub(crate) url: String,
    pub(crate) credentials: WithCredentials,
}

/// Whether a request's credentials mode is include.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WithCredentials {
    Yes,
    No,
}

/// A grant: the whole of one preflight's answer, each list with times of its own in the standard's and
/// Firefox's model.
#[derive(Clone, Debug)]
struct Entry {
    key: CacheKey,
    methods: Vec<(Vec<u8>, Duration)>,
    headers: Vec<(Vec<u8>, Duration)>,
}

/// What a preflight allowed.
pub(crate) struct Grant {
    pub(crate) methods: Vec<Vec<u8>>,
    pub(crate) headers: Vec<Vec<u8>>,
    pub(crate) max_age: Duration,
}

/// What a request needs.
pub(crate) struct Need<'n> {
    pub(crate) method: &'n [u8],
    pub(crate) unsafe_names: &'n [Vec<u8>],
    /// A preflight is due even for a safelisted method.
    pub(crate) forced: Forced,
}

/// The use-CORS-preflight flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forced {
    No,
    Yes,
}

impl PreflightCache {
    /// Nothing granted yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Whether no preflight is needed.
    pub(crate) fn covers(
        &mut self,
        key: &CacheKey,
        need: &Need<'_>,
        switches: &Switches,
        now: Duration,
    ) -> bool {
        let model = switches.cache;
        for entry in &mut self.entries {
            entry.methods.retain(|(_, until)| *until > now);
            entry.headers.retain(|(_, until)| *until > now);
        }
        self.entries.retain(|entry| {
            model == CacheModel::Webkit || !entry.methods.is_empty() || !entry.headers.is_empty()
        });
        let usable: Vec<&Entry> =
            self.entries.iter().filter(|entry| entry.key.serves(key, model)).collect();
        if usable.is_empty() {
            return false;
        }
        // [Method cache entry match](https://fetch.spec.whatwg.org/#concept-cache-match-method): the text lets a stored `*` cover credentialed requests; no engine does.
        let wildcard = |entry: &Entry| match switches.stored_wildcard {
            StoredWildcard::ByAsker => key.credentials == WithCredentials::No,
            StoredWildcard::ByStorer => entry.key.credentials == WithCredentials::No,
            StoredWildcard::Literal => false,
        };
        let last_used = self.entries.iter().position(|entry| entry.key.serves(key, model));
        let method = || {
            need.forced == Forced::No && is_exempt(need.method, model)
                || usable.iter().any(|entry| entry.has_method(need.method, wildcard(entry)))
        };
        let header = |name: &Vec<u8>| {
            usable.iter().any(|entry| entry.has_header(name, wildcard(entry), switches))
        };
        let covered = method() && need.unsafe_names.iter().all(header);
        if let (CacheModel::Firefox, Some(index)) = (model, last_used) {
            // The front goes first when room is needed.
            self.entries[index..].rotate_left(1);
        }
        if !covered && model == CacheModel::Chromium {
            // One result for each origin and URL: what does not suffice is erased.
            self.entries.retain(|entry| !entry.key.is_for(key));
        }
        covered
    }

    /// Stores a grant.
    pub(crate) fn store(&mut self, key: CacheKey, grant: Grant, model: CacheModel, now: Duration) {
        let until = now.saturating_add(grant.max_age);
        if model == CacheModel::Chromium && key.origin == "null" {
            return;
        }
        if matches!(model, CacheModel::Chromium | CacheModel::Webkit) {
            self.entries.retain(|entry| !entry.key.is_for(&key));
        }
        let same = |entry: &&mut Entry| entry.key == key;
        let position = self.entries.iter_mut().find(same);
        let entry = match position {
            Some(entry) => entry,
            None => {
                if self.entries.len() >= capacity(model) {
                    self.entries.remove(0);
                }
                self.entries.push(Entry { key, methods: Vec::new(), headers: Vec::new() });
                let last = self.entries.len() - 1;
                &mut self.entries[last]
            }
        };
        for method in grant.methods {
            renew(&mut entry.methods, method, until);
        }
        for name in grant.headers {
            renew(&mut entry.headers, name.to_ascii_lowercase(), until);
        }
        if model == CacheModel::Chromium || model == CacheModel::Webkit {
            // The whole result has one age, even where it lists nothing.
            renew(&mut entry.headers, Vec::new(), until);
        }
    }

    /// [Clear cache entries](https://fetch.spec.whatwg.org/#concept-cache-clear)
    pub(crate) fn clear_entries(&mut self, key: &CacheKey) {
        self.entries.retain(|entry| !entry.key.is_for(key));
    }
}

/// How many URLs are remembered. The standard and WebKit name no size; there the bound keeps a
/// hostile server from filling memory.
const fn capacity(model: CacheModel) -> usize {
    match model {
        CacheModel::Firefox => 100,
        CacheModel::Chromium => 1024,
        CacheModel::Standard | CacheModel::Webkit => 4096,
    }
}

fn renew(list: &mut Vec<(Vec<u8>, Duration)>, value: Vec<u8>, until: Duration) {
    match list.iter_mut().find(|(known, _)| *known == value) {
        Some((_, time)) => *time = until,
        None => list.push((value, until)),
    }
}

fn is_exempt(asked: &[u8], model: CacheModel) -> bool {
    match model {
        // HEAD is not exempt there.
        CacheModel::Firefox => matches!(asked, b"GET" | b"POST"),
        _ => method::is_safelisted(asked),
    }
}

impl CacheKey {
    fn is_for(&self, other: &Self) -> bool {
        self.partition == other.partition && self.origin == other.origin && self.url == other.url
    }

    /// [Cache match](https://fetch.spec.whatwg.org/#concept-cache-match)
    fn serves(&self, request: &Self, model: CacheModel) -> bool {
        let credentials = match model {
            CacheModel::Firefox => self.credentials == request.credentials,
            _ => {
                self.credentials == WithCredentials::Yes
                    || request.credentials == WithCredentials::No
            }
        };
        self.is_for(request) && credentials
    }
}

impl Entry {
    fn has_method(&self, asked: &[u8], wildcard: bool) -> bool {
        self.methods.iter().any(|(known, _)| known == asked || wildcard && known == b"*")
    }

    fn has_header(&self, name: &[u8], wildcard: bool, switches: &Switches) -> bool {
        let covered = wildcard
            && (!is_non_wildcard_request_header(name)
                || switches.authorization == Wildcard::CoversAuthorization);
        self.headers
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name) || covered && known == b"*")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::Profile;

    fn key(number: usize) -> CacheKey {
        CacheKey {
            partition: "https://app.example".into(),
            origin: "https://app.example".into(),
            url: format!("https://api.example/{number}"),
            credentials: WithCredentials::No,
        }
    }

    fn knows(cache: &mut PreflightCache, number: usize, profile: Profile) -> bool {
        let need = Need { method: b"PUT", unsafe_names: &[], forced: Forced::No };
        cache.covers(&key(number), &need, profile.switches(), Duration::ZERO)
    }

    #[test]
    fn the_least_recently_used_makes_room_in_firefox() {
        let mut cache = PreflightCache::new();
        let store = |cache: &mut PreflightCache, number| {
            let (methods, headers) = (vec![b"PUT".to_vec()], Vec::new());
            let grant = Grant { methods, headers, max_age: Duration::from_secs(60) };
            cache.store(key(number), grant, CacheModel::Firefox, Duration::ZERO);
        };
        (0..100).for_each(|number| store(&mut cache, number));
        assert!(knows(&mut cache, 0, Profile::Firefox));
        store(&mut cache, 100);
        assert!(knows(&mut cache, 0, Profile::Firefox), "used a moment ago");
        assert!(!knows(&mut cache, 1, Profile::Firefox), "the least recently used");
        assert!(knows(&mut cache, 100, Profile::Firefox));
    }
}
