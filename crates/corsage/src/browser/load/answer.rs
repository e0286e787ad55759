//! What is known when a load ends: everything that the judges of the single kinds look at.

use url::Url;

use super::end::LoadSource;
use super::request::Terms;
use super::resource_timing::TimingAllowed;
use super::switches::{LoadSwitches, NoDocument, UnfollowedStatus};
use super::{Content, Load, mime_type};
use crate::browser::{
    Client, FilteredResponse, HeaderList, Mode, NetworkError, Profile, ResponseType,
};
use crate::terms::Origin;

/// One request of a load, and its answer.
#[derive(Clone, Debug)]
pub(super) struct Hop {
    pub(super) url: Url,
    /// Status and headers; `None` if none came.
    pub(super) response: Option<(u16, HeaderList)>,
    pub(super) timing: TimingAllowed,
}

/// A load at its end.
pub(super) struct Answer<'a> {
    pub(super) load: &'a Load,
    pub(super) client: &'a Client,
    pub(super) profile: Profile,
    pub(super) switches: &'static LoadSwitches,
    pub(super) terms: Terms,
    pub(super) hops: &'a [Hop],
    pub(super) outcome: &'a Result<FilteredResponse, NetworkError>,
    pub(super) content: &'a Content,
    /// Preflights that were sent.
    pub(super) preflights: usize,
    pub(super) source: LoadSource,
}

impl Answer<'_> {
    pub(super) fn is_failed(&self) -> bool {
        self.outcome.is_err()
    }

    /// The answer at the end of the chain.
    pub(super) fn response(&self) -> Option<&(u16, HeaderList)> {
        self.hops.last()?.response.as_ref()
    }

    pub(super) fn status(&self) -> u16 {
        self.response().map_or(0, |(status, _)| *status)
    }

    /// [Ok status](https://fetch.spec.whatwg.org/#ok-status)
    pub(super) fn is_ok(&self) -> bool {
        (200..300).contains(&self.status())
    }

    /// Whether the answer is a redirect that leads nowhere, and the engine takes its body.
    pub(super) fn is_unfollowed_success(&self) -> bool {
        let success = match self.switches.unfollowed_status {
            UnfollowedStatus::Failure => false,
            UnfollowedStatus::Success => true,
            UnfollowedStatus::SuccessOfClassics => !self.load.kind.is_module(),
        };
        (300..400).contains(&self.status()) && success
    }

    /// Whether a frame stays what it was, because the answer brings no document.
    pub(super) fn is_without_document(&self) -> bool {
        let without = match self.status() {
            204 | 205 => true,
            304 => self.switches.no_document == NoDocument::NotModifiedToo,
            _ => false,
        };
        without && !self.is_failed()
    }

    /// The type that the answer declares.
    pub(super) fn essence(&self) -> Option<Vec<u8>> {
        self.response().and_then(|(_, headers)| mime_type::essence(headers))
    }

    pub(super) fn is_nosniff(&self) -> bool {
        self.response().is_some_and(|(_, headers)| mime_type::is_nosniff(headers))
    }

    /// Whether the page may not look into what came.
    pub(super) fn is_opaque(&self) -> bool {
        match self.outcome {
            Ok(response) => response.response_type() == ResponseType::Opaque,
            Err(_) => self.terms.mode == Mode::NoCors,
        }
    }

    pub(super) fn is_own(&self, url: &Url) -> bool {
        Origin::from_url(url).is_some_and(|origin| origin.is_same_origin(&self.client.origin))
    }

    /// Whether the answer came from the page's own origin, whatever was in between.
    pub(super) fn ends_at_home(&self) -> bool {
        self.hops.last().is_some_and(|hop| self.is_own(&hop.url))
    }

    pub(super) fn begins_at_home(&self) -> bool {
        self.hops.first().is_some_and(|hop| self.is_own(&hop.url))
    }
}
