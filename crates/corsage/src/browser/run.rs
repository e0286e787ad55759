//! The state of one fetch between its steps.

use std::time::Duration;

use url::Url;

use super::blocker::BlockerSite;
use super::main_fetch::needs_preflight;
use super::profile::{Blame, Credentialless, DottedLocalhost, LaterHops, OpaqueReferrer, Switches};
use super::request::{Body, CredentialsMode, ReferrerPolicy};
use super::request_class::{Referrer, ReferrerManner, Request};
use super::unsafe_request_headers::unsafe_names;
use super::{
    Blocker, Client, Code, EmbedderPolicy, Event, Finished, HeaderList, Initiator, MessageKind,
    NetworkError, Note, PreflightCache, Profile, Step, Transcript,
};
use crate::terms::loopback::is_localhost_name;
use crate::terms::{Origin, site};

/// [Response tainting](https://fetch.spec.whatwg.org/#concept-request-response-tainting)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tainting {
    Basic,
    Cors,
    Opaque,
}

/// What a fetch carries from step to step.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) request: Request,
    pub(crate) client: Client,
    pub(crate) profile: Profile,
    /// [URL list](https://fetch.spec.whatwg.org/#concept-request-url-list), never empty.
    pub(crate) urls: Vec<Url>,
    pub(crate) tainting: Tainting,
    pub(crate) referrer_policy: ReferrerPolicy,
    /// The referrer as computed for the hop before; `None` is "no referrer".
    pub(crate) referrer: Option<Url>,
    /// The `Authorization` that a redirect to elsewhere took away.
    pub(crate) withdrawn: Option<Vec<u8>>,
    /// Whether the request as the script made it would need a preflight elsewhere.
    pub(crate) preflighted: Preflighted,
    /// Names that a redirect took away, and that some engines go on asking for.
    pub(crate) lost_names: Vec<Vec<u8>>,
    /// The method that the script asked for.
    pub(crate) first_method: Vec<u8>,
    /// What a redirect was refused for, where that shows after a preflight only.
    pub(crate) refusal: Option<Blocker>,
    /// Headers of a body that a redirect took away, for the engine that sends them again.
    pub(crate) lost_headers: HeaderList,
    /// The hop whose redirect turned the method into GET.
    pub(crate) method_rewritten_at: Option<usize>,
    /// The `Origin` that the request last sent before a redirect turned it into a GET.
    pub(crate) first_origin: Option<String>,
    /// The referrer that was last named to the page's own origin.
    pub(crate) referrer_at_home: Option<Url>,
    pub(crate) transcript: Transcript,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preflighted {
    Unneeded,
    Needed,
}

/// What every step works with beside the run.
pub(crate) struct Context<'c> {
    pub(crate) cache: &'c mut PreflightCache,
    pub(crate) now: Duration,
}

impl Run {
    pub(crate) fn new(request: Request, client: &Client, profile: Profile) -> Box<Self> {
        let referrer = match &request.referrer {
            _ if request.manners.referrer == ReferrerManner::Unsent => None,
            Referrer::None => None,
            // A document with an opaque origin has no referrer.
            Referrer::Client
                if matches!(client.origin, Origin::Opaque(_))
                    && profile.switches().opaque_referrer == OpaqueReferrer::None =>
            {
                None
            }
            Referrer::Client => {
                client.url.clone().filter(|url| matches!(url.scheme(), "http" | "https"))
            }
            Referrer::Url(url) => Some(url.clone()),
        };
        let referrer_policy = match (request.referrer_policy, client.referrer_policy) {
            (ReferrerPolicy::Empty, ReferrerPolicy::Empty) => {
                ReferrerPolicy::StrictOriginWhenCrossOrigin
            }
            (ReferrerPolicy::Empty, policy) | (policy, _) => policy,
        };
        let mut client = client.clone();
        if profile.switches().credentialless == Credentialless::Unknown
            && client.embedder_policy == EmbedderPolicy::Credentialless
        {
            client.embedder_policy = EmbedderPolicy::UnsafeNone;
        }
        let mut run = Box::new(Self {
            urls: vec![request.url.clone()],
            client,
            profile,
            tainting: Tainting::Basic,
            referrer_policy,
            referrer,
            withdrawn: None,
            preflighted: Preflighted::Unneeded,
            lost_names: Vec::new(),
            first_method: request.method.clone(),
            refusal: None,
            lost_headers: HeaderList::new(),
            method_rewritten_at: None,
            first_origin: None,
            referrer_at_home: None,
            transcript: Transcript::default(),
            request,
        });
        run.note_dropped();
        run.note_preflight();
        run
    }

    /// What later hops go on asking for, in the engines that do.
    pub(crate) fn note_preflight(&mut self) {
        let counts = match self.switches().preflight_on_later_hops {
            LaterHops::AsNeeded => false,
            rule => {
                let made_alone = rule == LaterHops::AlwaysOnceMadeOrUnsafeButBeacons
                    && self.request.initiator == Initiator::Beacon;
                needs_preflight(self) && !self.is_own(self.url())
                    || !made_alone
                        && !unsafe_names(&self.request.headers, self.switches()).is_empty()
            }
        };
        if counts {
            self.preflighted = Preflighted::Needed;
        }
    }

    pub(crate) fn switches(&self) -> &'static Switches {
        self.profile.switches()
    }

    /// [Current URL](https://fetch.spec.whatwg.org/#concept-request-current-url)
    pub(crate) fn url(&self) -> &Url {
        &self.urls[self.urls.len() - 1]
    }

    pub(crate) fn hop(&self) -> usize {
        self.urls.len() - 1
    }

    pub(crate) fn headers(&self) -> &HeaderList {
        &self.request.headers
    }

    pub(crate) fn is_include(&self) -> bool {
        self.request.credentials == CredentialsMode::Include
    }

    pub(crate) fn is_stream(&self) -> bool {
        matches!(self.request.body, Some(Body::Stream))
    }

    pub(crate) fn is_own(&self, url: &Url) -> bool {
        // A blob's origin is that of its entry, which a URL of an opaque page does not show.
        if url.scheme() == "blob" && self.client.blobs.iter().any(|blob| blob.is_at(url)) {
            return true;
        }
        Origin::from_url(url).is_some_and(|origin| origin.is_same_origin(&self.client.origin))
    }

    /// [Potentially trustworthy](https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy), to this engine.
    pub(crate) fn is_trustworthy(&self, url: &Url) -> bool {
        let dotted = url.host_str().is_some_and(|host| {
            host.ends_with('.')
                && is_localhost_name(host)
                && !matches!(url.scheme(), "https" | "wss")
        });
        !(dotted && self.switches().dotted_localhost == DottedLocalhost::Untrustworthy)
            && Origin::from_url(url).is_some_and(|origin| site::is_potentially_trustworthy(&origin))
    }

    pub(crate) fn site(&self, message: MessageKind) -> BlockerSite {
        BlockerSite { message, hop: self.hop() }
    }

    pub(crate) fn note<I>(&mut self, code: Code, detail: I)
    where
        I: IntoIterator,
        I::Item: AsRef<[u8]>,
    {
        let detail = detail.into_iter().map(|part| part.as_ref().to_vec()).collect();
        let hop = self.hop();
        self.transcript.events.push(Event::Note(Note { code, hop, detail }));
    }

    fn note_dropped(&mut self) {
        let dropped = std::mem::take(&mut self.request.dropped);
        if dropped.is_empty() {
            return;
        }
        let no_cors = self.request.mode == super::Mode::NoCors;
        self.note(
            if no_cors { Code::NoCorsHeaderDropped } else { Code::ForbiddenHeaderDropped },
            dropped,
        );
    }

    /// Ends with one condition that was not met.
    pub(crate) fn fail(self: Box<Self>, blocker: Blocker) -> Step {
        self.fail_all(vec![blocker])
    }

    /// Ends with all conditions that were not met, in the standard's order.
    pub(crate) fn fail_all(mut self: Box<Self>, blockers: Vec<Blocker>) -> Step {
        self.transcript.events.extend(blockers.iter().cloned().map(Event::Blocked));
        let blamed = blamed(&blockers, self.switches().blame);
        let outcome = Err(NetworkError { blockers, blamed });
        Step::Finish(Box::new(Finished { outcome, transcript: self.transcript }))
    }

    pub(crate) fn finish(self: Box<Self>, response: super::FilteredResponse) -> Step {
        Step::Finish(Box::new(Finished { outcome: Ok(response), transcript: self.transcript }))
    }
}

/// The condition that this engine's console names; the others come to light one by one.
fn blamed(blockers: &[Blocker], order: Blame) -> usize {
    let position =
        |wanted: &[Code]| blockers.iter().position(|blocker| wanted.contains(&blocker.code));
    let status = &[Code::PreflightStatusNotOk, Code::PreflightRedirect];
    let found = match order {
        Blame::AccessThenStatus => None,
        Blame::RedirectThenAccessThenStatus => position(&[Code::PreflightRedirect]),
        Blame::StatusThenAccess => position(status),
    };
    found.unwrap_or(0)
}
