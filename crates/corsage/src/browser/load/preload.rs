//! [Consume a preloaded resource](https://html.spec.whatwg.org/multipage/links.html#consume-a-preloaded-resource), and the
//! module map: what a load finds of what was asked for before.

use url::Url;

use super::answer::{Answer, Hop};
use super::request::Terms;
use super::switches::{BrokenOffModule, FailedModule, FailedPreload, LoadSwitches, PreloadReuse};
use super::{
    Access, Content, CrossOriginAttribute, Document, Load, LoadKind, PageEvent, Sight, Use, script,
};
use crate::browser::blocker::BlockerSite;
use crate::browser::cors_check::{Checked, cors_check};
use crate::browser::cross_origin_resource_policy::{Unmarked, internal_check};
use crate::browser::run::Run;
use crate::browser::{
    Blocker, BodyAccess, Client, Code, CredentialsMode, Destination, EmbedderPolicy,
    FilteredResponse, HeaderList, MessageKind, Mode, NetworkError, Profile, Request, ResponseType,
    WireResponse,
};
use crate::terms::Origin;

/// An entry of the map of preloaded resources, or of the module map.
#[derive(Clone, Debug)]
pub(super) struct Preloaded {
    pub(super) map: Map,
    pub(super) url: Url,
    pub(super) terms: Terms,
    pub(super) attribute: CrossOriginAttribute,
    pub(super) hops: Vec<Hop>,
    pub(super) outcome: Result<FilteredResponse, NetworkError>,
    pub(super) content: Content,
    pub(super) usable: Usable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Map {
    Preloads,
    Modules,
}

/// Whether there is anything at the end that a load can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usable {
    Yes,
    /// By a load that asks in the same way, which then fails in the same way.
    AsAsked,
    No,
}

pub(super) fn judge(answer: &Answer<'_>) -> Sight {
    let failed = match answer.load.kind {
        LoadKind::ModulePreload => is_module_failure(answer),
        _ => is_failure(answer),
    };
    if failed {
        Sight::new(PageEvent::Error, Use::Unused, Access::Nothing)
    } else {
        Sight::new(PageEvent::Load, Use::Used, Access::Nothing)
    }
}

/// What decides over a preload's event depends on what it is for: a picture must be decoded, whatever its status; what is
/// for `fetch()` only has to arrive.
fn is_failure(answer: &Answer<'_>) -> bool {
    let rule = answer.switches.failed_preload;
    let destination = answer.terms.destination;
    if answer.is_failed() {
        return match rule {
            FailedPreload::Load => false,
            FailedPreload::ErrorWhateverType => !is_wrong_type(answer),
            FailedPreload::Error => !is_wrong_type(answer) || destination != Destination::Script,
        };
    }
    match rule {
        FailedPreload::Load if answer.terms.mode != Mode::Cors => false,
        _ if destination == Destination::Image => !super::picture::decodes(answer),
        FailedPreload::Load => !answer.is_ok() || is_wrong_sheet(answer),
        _ => destination != Destination::Empty && answer.status() >= 400,
    }
}

/// Whether the type alone keeps it from being used.
fn is_wrong_type(answer: &Answer<'_>) -> bool {
    let blamed = answer.outcome.as_ref().err().map(|error| error.blamed().code);
    matches!(blamed, Some(Code::NosniffBlocked | Code::MimeTypeBlocked))
}

fn is_wrong_sheet(answer: &Answer<'_>) -> bool {
    answer.terms.destination == Destination::Style && !super::style::is_css(answer)
}

/// WebKit: a redirect that was not followed because it allows no credentials, although none were sent. There is nothing
/// to remember.
fn is_broken_off(answer: &Answer<'_>) -> bool {
    let blamed = answer.outcome.as_ref().err().map(|error| error.blamed().code);
    matches!(answer.status(), 301 | 302 | 303 | 307 | 308)
        && answer.terms.credentials == CredentialsMode::SameOrigin
        && matches!(
            blamed,
            Some(Code::AllowCredentialsNotTrue | Code::WildcardOriginWithCredentials)
        )
}

/// WebKit: nothing is remembered of what failed and said that it has not changed.
fn is_failed_and_unchanged(answer: &Answer<'_>) -> bool {
    answer.is_failed() && answer.status() == 304
}

fn usable(answer: &Answer<'_>) -> Usable {
    let picture = answer.terms.destination == Destination::Image;
    let yes = |usable| if usable { Usable::Yes } else { Usable::AsAsked };
    match answer.switches.preload_reuse {
        // Chromium forgets what has not changed, and style sheets whose type is refused.
        PreloadReuse::ByMode => {
            let refused = is_wrong_type(answer) && answer.terms.destination == Destination::Style;
            let unchanged = answer.status() == 304 && !answer.is_failed();
            if unchanged || refused { Usable::No } else { Usable::Yes }
        }
        PreloadReuse::ByAttribute => {
            yes(!answer.is_failed() && answer.is_ok() && !is_wrong_sheet(answer))
        }
        PreloadReuse::Always if is_broken_off(answer) || is_failed_and_unchanged(answer) => {
            Usable::No
        }
        PreloadReuse::Always if picture && !answer.is_failed() && is_failure(answer) => Usable::No,
        PreloadReuse::Always => {
            yes(!is_failure(answer) && (!answer.is_failed() || is_wrong_type(answer)))
        }
    }
}

/// Firefox tells of statuses alone; WebKit looks at no type.
fn is_module_failure(answer: &Answer<'_>) -> bool {
    match (answer.switches.failed_preload, answer.outcome) {
        (FailedPreload::Load, _) => !answer.is_failed() && !answer.is_ok(),
        (FailedPreload::ErrorWhateverType, Err(_)) => !is_wrong_type(answer),
        (FailedPreload::ErrorWhateverType, Ok(_)) => answer.status() >= 400,
        (FailedPreload::Error, _) => !script::is_got(answer),
    }
}

/// What is remembered of a load for later ones.
pub(super) fn remember(answer: &Answer<'_>, document: &mut Document) {
    let (map, usable) = match answer.load.kind {
        LoadKind::Preload => (Map::Preloads, usable(answer)),
        // What was never followed to its end is not in the map.
        LoadKind::ModulePreload
            if answer.switches.broken_off_module == BrokenOffModule::Forgotten
                && (is_broken_off(answer) || is_failed_and_unchanged(answer)) =>
        {
            return;
        }
        LoadKind::ModulePreload => {
            let got = script::is_got(answer);
            (Map::Modules, if got { Usable::Yes } else { Usable::No })
        }
        _ => return,
    };
    let Some(first) = answer.hops.first() else { return };
    document.preloads.push(Preloaded {
        map,
        url: first.url.clone(),
        terms: answer.terms,
        attribute: answer.load.cross_origin,
        hops: answer.hops.to_vec(),
        outcome: answer.outcome.clone(),
        content: *answer.content,
        usable,
    });
}

/// The preload that answers a request, taken out of the map.
pub(super) fn consume(
    load: &Load,
    request: &Request,
    client: &Client,
    profile: Profile,
    document: &mut Document,
) -> Found {
    let module = matches!(
        load.kind,
        LoadKind::ModuleScript | LoadKind::ModuleImport | LoadKind::DynamicImport
    );
    let asking = Asking { load, request, client, profile };
    let is_meant = |known: &Preloaded| {
        known.url == request.url
            && known.map == Map::Preloads
            && known.terms.destination == request.destination
    };
    let meant = document.preloads.iter().find(|known| is_meant(known));
    let fitting = document.preloads.iter().enumerate().find_map(|(position, known)| {
        let fit = match known.map {
            _ if known.url != request.url => None,
            Map::Modules => {
                (module && finds_module(known, LoadSwitches::of(profile))).then_some(Fit::AsItIs)
            }
            Map::Preloads if known.terms.destination == request.destination => asking.fit(known),
            Map::Preloads => None,
        };
        fit.map(|fit| (position, fit))
    });
    let Some((position, fit)) = fitting else {
        return match meant {
            Some(known) => {
                Found::Unfit { differs: asking.differs_from(known), recheck: asking.recheck(known) }
            }
            None => Found::Nothing,
        };
    };
    let mut found = document.preloads.remove(position);
    match (fit, &mut found.outcome) {
        (Fit::TaintedAs(response_type), Ok(response)) => {
            *response = retainted(response, response_type, &found.hops);
        }
        (Fit::Refused(refusal), outcome) => {
            *outcome = Err(NetworkError { blockers: vec![refusal], blamed: 0 });
            found.usable = Usable::No;
        }
        _ => {}
    }
    Found::Fit(Box::new(found))
}

/// What a load finds.
pub(super) enum Found {
    Nothing,
    /// A preload of the same URL for the same purpose, that this load cannot use: what differs, by its name.
    Unfit {
        differs: &'static str,
        recheck: Recheck,
    },
    Fit(Box<Preloaded>),
}

/// Whether what is then asked for is checked once more, when it takes the preload's place in WebKit's memory cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recheck {
    Not,
    /// Against the page's own origin, also where a redirect has made it `null`.
    AgainstPage,
}

/// A module that could not be had is `null` in the module map, and stays so.
fn finds_module(known: &Preloaded, switches: &LoadSwitches) -> bool {
    known.usable == Usable::Yes || switches.failed_module == FailedModule::StaysFailed
}

/// How a preload fits a load.
enum Fit {
    AsItIs,
    /// WebKit: judged anew.
    TaintedAs(ResponseType),
    Refused(Blocker),
}

struct Asking<'a> {
    load: &'a Load,
    request: &'a Request,
    client: &'a Client,
    profile: Profile,
}

impl Asking<'_> {
    fn fit(&self, known: &Preloaded) -> Option<Fit> {
        match LoadSwitches::of(self.profile).preload_reuse {
            PreloadReuse::ByMode => {
                (self.is_same(known) && known.usable == Usable::Yes).then_some(Fit::AsItIs)
            }
            PreloadReuse::ByAttribute => {
                // Firefox asks again for scripts and style sheets that could not be had.
                let again =
                    matches!(self.request.destination, Destination::Script | Destination::Style);
                let fits =
                    known.attribute == self.attribute() && (known.usable == Usable::Yes || !again);
                fits.then_some(Fit::AsItIs)
            }
            PreloadReuse::Always => self.fit_in_memory_cache(known),
        }
    }

    /// Chromium looks at the credentials mode first.
    fn differs_from(&self, known: &Preloaded) -> &'static str {
        if known.terms.credentials == self.request.credentials {
            "mode"
        } else {
            "credentials mode"
        }
    }

    fn is_same(&self, known: &Preloaded) -> bool {
        known.terms.mode == self.request.mode && known.terms.credentials == self.request.credentials
    }

    /// The `crossorigin` that would have asked so.
    fn attribute(&self) -> CrossOriginAttribute {
        match (self.request.mode, self.request.credentials) {
            (Mode::NoCors, _) => CrossOriginAttribute::NoCors,
            (_, CredentialsMode::Include) => CrossOriginAttribute::UseCredentials,
            _ => CrossOriginAttribute::Anonymous,
        }
    }

    /// WebKit: whatever lies in its memory cache, judged anew where the load asks otherwise than the preload did.
    fn fit_in_memory_cache(&self, known: &Preloaded) -> Option<Fit> {
        let own = Origin::from_url(&self.request.url)
            .is_some_and(|origin| origin.is_same_origin(&self.client.origin));
        if known.usable == Usable::No {
            return None;
        }
        if self.load.kind == LoadKind::Fetch {
            let wanted = if own { Mode::NoCors } else { Mode::Cors };
            let fits = known.terms.mode == wanted && self.request.mode == wanted;
            return fits.then_some(Fit::AsItIs);
        }
        // With which credentials it was asked for does not matter.
        if known.terms.mode == self.request.mode {
            return Some(Fit::AsItIs);
        }
        if let Some(refusal) = self.resource_policy_refusal(known) {
            return Some(Fit::Refused(refusal));
        }
        if self.load.kind == LoadKind::Font {
            return Some(Fit::AsItIs);
        }
        if known.usable == Usable::AsAsked {
            return None;
        }
        match self.request.mode {
            _ if own => Some(Fit::TaintedAs(ResponseType::Basic)),
            Mode::Cors => {
                let passed = self.check_against_page(&known.hops).is_ok();
                passed.then_some(Fit::TaintedAs(ResponseType::Cors))
            }
            _ => Some(Fit::TaintedAs(ResponseType::Opaque)),
        }
    }

    /// What was got with CORS is looked at as any other answer where it is asked for without.
    fn resource_policy_refusal(&self, known: &Preloaded) -> Option<Blocker> {
        if self.request.mode != Mode::NoCors || known.outcome.is_err() {
            return None;
        }
        let mut run = Run::new(self.request.clone(), self.client, self.profile);
        let unmarked = match self.client.embedder_policy {
            EmbedderPolicy::RequireCorp => Unmarked::Refused,
            _ => Unmarked::Allowed,
        };
        let hop = known.hops.last()?;
        let (status, headers) = hop.response.clone()?;
        run.urls = vec![hop.url.clone()];
        let response = WireResponse { status, status_text: Vec::new(), headers };
        internal_check(&run, &response, unmarked).err()
    }

    fn recheck(&self, known: &Preloaded) -> Recheck {
        let cached = LoadSwitches::of(self.profile).preload_reuse == PreloadReuse::Always
            && known.usable == Usable::Yes
            && self.load.kind != LoadKind::Fetch;
        if cached && known.terms.mode == Mode::NoCors && self.request.mode == Mode::Cors {
            Recheck::AgainstPage
        } else {
            Recheck::Not
        }
    }

    fn check_against_page(&self, hops: &[Hop]) -> Result<(), Vec<Blocker>> {
        check_against_page(hops, self.client, self.request.credentials, self.profile)
    }
}

/// The CORS check of an answer as if nothing had been redirected.
fn check_against_page(
    hops: &[Hop],
    client: &Client,
    credentials: CredentialsMode,
    profile: Profile,
) -> Result<(), Vec<Blocker>> {
    let nothing = HeaderList::new();
    let headers = hops.last().and_then(|hop| hop.response.as_ref()).map(|(_, headers)| headers);
    let checked = Checked {
        origin: &client.origin.to_string(),
        tainted: false,
        credentials,
        site: BlockerSite { message: MessageKind::Actual, hop: hops.len().saturating_sub(1) },
    };
    cors_check(&checked, headers.unwrap_or(&nothing), profile.switches()).map(drop)
}

/// What is left of an answer that is checked once more: nothing, or a style sheet that is applied and closed.
pub(super) fn rechecked(
    answer: &Answer<'_>,
    recheck: Recheck,
) -> Option<Result<FilteredResponse, NetworkError>> {
    if recheck == Recheck::Not || answer.is_failed() {
        return None;
    }
    let checked =
        check_against_page(answer.hops, answer.client, answer.terms.credentials, answer.profile);
    let blockers = checked.err()?;
    Some(match answer.load.kind {
        LoadKind::Style => Ok(FilteredResponse::opaque(ResponseType::Opaque)),
        _ => Err(NetworkError { blockers, blamed: 0 }),
    })
}

fn retainted(
    response: &FilteredResponse,
    response_type: ResponseType,
    hops: &[Hop],
) -> FilteredResponse {
    if response_type == ResponseType::Opaque {
        return FilteredResponse::opaque(ResponseType::Opaque);
    }
    let last = hops.last();
    let (status, headers) =
        last.and_then(|hop| hop.response.clone()).unwrap_or((response.status, HeaderList::new()));
    FilteredResponse {
        response_type,
        status,
        headers,
        url: last.map(|hop| hop.url.clone()),
        body: BodyAccess::Readable,
        ..response.clone()
    }
}
