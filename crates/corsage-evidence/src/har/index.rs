//! Which entries belong together: preflights with their requests, redirects with their targets, elements with their
//! document.

use std::collections::{HashMap, HashSet};

use corsage::browser::EmbedderPolicy;
use corsage::terms::Origin;
use url::Url;

use super::entry::redirect_target;
use super::read::Archive;
use crate::request::Load;

/// No fetch follows more redirects.
const MAX_REDIRECTS: usize = 20;

/// Which entries belong together.
pub(super) struct Index<'x> {
    preflights: HashMap<&'x str, Vec<usize>>,
    requests: HashMap<&'x str, Vec<usize>>,
    /// Preflights that no request follows.
    pub(super) lone: HashSet<usize>,
    /// Pages, and pages in frames.
    documents: Vec<usize>,
    /// Targets of redirects, which are judged with the request that led there.
    pub(super) targets: HashSet<usize>,
}

impl<'x> Index<'x> {
    pub(super) fn new(archive: &'x Archive<'_>) -> Self {
        let mut index = Self {
            preflights: HashMap::new(),
            requests: HashMap::new(),
            lone: HashSet::new(),
            documents: Vec::new(),
            targets: HashSet::new(),
        };
        for (number, entry) in archive.entries.iter().enumerate() {
            let map =
                if entry.is_preflight() { &mut index.preflights } else { &mut index.requests };
            map.entry(entry.url()).or_default().push(number);
            if entry.load() == Load::Navigation {
                index.documents.push(number);
            }
        }
        for (number, entry) in archive.entries.iter().enumerate() {
            if entry.is_preflight() {
                let method = entry.header("access-control-request-method").unwrap_or_default();
                let followed = index.requests.get(entry.url()).is_some_and(|requests| {
                    requests.iter().any(|request| {
                        archive.entries[*request].method().eq_ignore_ascii_case(method)
                    })
                });
                if !followed {
                    index.lone.insert(number);
                }
            } else if let Some(target) = index.target(archive, number) {
                index.targets.insert(target);
            }
        }
        index
    }

    /// The entry that a redirect leads to: the next one for its URL.
    fn target(&self, archive: &Archive<'_>, from: usize) -> Option<usize> {
        let url = redirect_target(&archive.entries[from])?;
        let url = url.as_str().split('#').next().unwrap_or_default();
        let started = archive.entries[from].started();
        let later =
            |number: &&usize| **number != from && archive.entries[**number].started() >= started;
        self.requests
            .get(url)?
            .iter()
            .filter(later)
            .min_by_key(|number| archive.entries[**number].started())
            .copied()
    }

    /// A request with those that its redirects led to, in order.
    pub(super) fn chain(&self, archive: &Archive<'_>, from: usize) -> Vec<usize> {
        let next = |number: &usize| self.target(archive, *number);
        std::iter::successors(Some(from), next).take(1 + MAX_REDIRECTS).collect()
    }

    /// What the document of that origin says of embedding, if the archive holds it: of the same page, where pages are told
    /// apart.
    pub(super) fn embedder_policy(
        &self,
        archive: &Archive<'_>,
        of: usize,
        page: &Origin,
    ) -> EmbedderPolicy {
        let is_page = |number: &&usize| {
            let document = &archive.entries[**number];
            let origin = Url::parse(document.url()).ok().and_then(|url| Origin::from_url(&url));
            document.page == archive.entries[of].page && origin.as_ref() == Some(page)
        };
        self.documents
            .iter()
            .rfind(is_page)
            .and_then(|number| {
                archive.entries[*number].response_header("cross-origin-embedder-policy")
            })
            .map(EmbedderPolicy::from_header)
            .unwrap_or_default()
    }

    /// The preflight of a request: the last one before it, else the next one.
    pub(super) fn preflight(&self, archive: &Archive<'_>, of: usize) -> Option<usize> {
        let request = &archive.entries[of];
        let fits = |number: &&usize| {
            let preflight = &archive.entries[**number];
            let method = preflight.header("access-control-request-method").unwrap_or_default();
            let same_page = match (preflight.header("origin"), request.header("origin")) {
                (Some(one), Some(other)) => one == other,
                _ => true,
            };
            // What is not recorded fits: tools leave headers out.
            (method.is_empty() || method.eq_ignore_ascii_case(request.method())) && same_page
        };
        let all: Vec<&usize> = self.preflights.get(request.url())?.iter().filter(fits).collect();
        let started = |number: &&&usize| archive.entries[***number].started().to_owned();
        // Browsers write both down at the same moment, in either order.
        let own = request.started();
        all.iter()
            .filter(|number| archive.entries[***number].started() <= own)
            .max_by_key(started)
            .or_else(|| all.iter().min_by_key(started))
            .map(|number| **number)
    }
}
