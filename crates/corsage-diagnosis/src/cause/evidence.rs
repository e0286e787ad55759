//! All that is known about a request, in the form in which the signs ask for it.

use corsage::browser::{Code, WireResponse};
use corsage_texts::Language;

use crate::account::Found;
use crate::account::{MessageName, Remark, location, page_origin};
use crate::fix::{DetectedServer, joined};
use crate::machine::{lines_of, text};
use crate::observation::{Exchange, Observation, Question};

/// The evidence.
pub(crate) struct Evidence<'a> {
    /// In which the account is written.
    pub(crate) language: Language,
    pub(crate) observation: &'a Observation,
    /// Conditions that fail now (round 0), in order.
    pub(crate) found: Vec<&'a Found>,
    pub(crate) remarks: &'a [Remark],
    pub(crate) servers: &'a [DetectedServer],
}

impl Evidence<'_> {
    /// The first failing condition.
    pub(crate) fn first(&self) -> Option<&Found> {
        self.found.first().copied()
    }

    /// The first failing condition with one of these codes.
    pub(crate) fn find(&self, codes: &[Code]) -> Option<&Found> {
        self.found.iter().copied().find(|found| codes.contains(&found.blocker.code))
    }

    /// Whether one of these codes fails or is remarked.
    pub(crate) fn has(&self, codes: &[Code]) -> bool {
        self.find(codes).is_some() || self.remark(codes).is_some()
    }

    /// The first remark with one of these codes.
    pub(crate) fn remark(&self, codes: &[Code]) -> Option<&Remark> {
        self.remarks.iter().find(|remark| codes.contains(&remark.code))
    }

    /// The first answer that lacks, or spoils, Access-Control-Allow-Origin.
    pub(crate) fn missing(&self) -> Option<&Found> {
        self.find(&[Code::MissingAllowOrigin, Code::PreflightMissingAllowOrigin])
    }

    /// The page's origin.
    pub(crate) fn origin(&self) -> String {
        page_origin(&self.observation.client)
    }

    /// The preflight that came first, if there was one.
    pub(crate) fn preflight(&self) -> Option<&Exchange> {
        self.observation.exchanges.iter().find(|exchange| exchange.kind == MessageName::Preflight)
    }

    /// Where the failing answer redirects to.
    pub(crate) fn redirect_of_first(&self) -> Option<String> {
        let found = self.first()?;
        let exchange =
            self.observation.exchanges.iter().find(|exchange| {
                exchange.kind == found.message && exchange.hop == found.blocker.hop
            })?;
        location(exchange)
    }

    /// Every place that a redirect of this fetch led to, or would lead to.
    pub(crate) fn locations(&self) -> Vec<String> {
        self.observation.exchanges.iter().filter_map(location).collect()
    }

    /// Whether no answer has any CORS header.
    pub(crate) fn knows_no_cors(&self) -> bool {
        self.observation.exchanges.iter().all(|exchange| match &exchange.answer {
            Ok(response) => lines_of(&response.headers)
                .all(|line| !text(&line.name).to_ascii_lowercase().starts_with("access-control-")),
            Err(_) => true,
        })
    }

    /// The answer to a question that no browser asks.
    pub(crate) fn probed(&self, question: Question) -> Option<&WireResponse> {
        let probes = &self.observation.beyond.probes;
        probes.iter().find(|probed| probed.question == question)?.exchange.answer.as_ref().ok()
    }

    /// How the body of the first failing answer begins.
    pub(crate) fn body(&self) -> String {
        let Some(found) = self.first() else { return String::new() };
        let is_its = |index: usize| {
            self.observation.exchanges.get(index).is_some_and(|exchange| {
                exchange.kind == found.message && exchange.hop == found.blocker.hop
            })
        };
        let bodies = &self.observation.beyond.bodies;
        bodies.iter().find(|(index, _)| is_its(*index)).map_or_else(String::new, |(_, b)| text(b))
    }

    /// Whether this answer came out of a cache, as caches say it.
    pub(crate) fn from_cache(response: &WireResponse) -> bool {
        let hit = |name| {
            joined(&response.headers, name)
                .is_some_and(|value| value.to_ascii_lowercase().contains("hit"))
        };
        hit("x-cache")
            || hit("cf-cache-status")
            || hit("x-cache-status")
            || joined(&response.headers, "age").is_some_and(|age| age.trim() != "0")
    }

    /// Names of request headers that the page sets.
    pub(crate) fn set_by_page(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        self.observation
            .init
            .headers
            .iter()
            .map(|(name, _)| text(name))
            .filter(|name| wanted(name))
            .collect()
    }

    /// The scheme of the URL that the page asked for.
    pub(crate) fn scheme(&self) -> String {
        url::Url::parse(&self.observation.init.url)
            .map_or_else(|_| String::new(), |url| url.scheme().to_owned())
    }
}
