//! The front door: a load is stepped as a fetch is.

use std::time::Duration;

use super::answer::{Answer, Hop};
use super::end::LoadSource;
use super::preload::{self, Found, Preloaded, Recheck, Usable};
use super::refusal;
use super::request::{Asked, Terms, request_of};
use super::resource_timing::{self, TimingAllowed};
use super::switches::{FrameOrder, LoadSwitches, OpaqueOriginRule, ResetContent, ResponseBlocking};
use super::{
    Access, Content, Document, IntegrityMatch, Load, LoadKind, Loaded, Sight, Timing, frame, media,
    message, opaque_response_blocking, picture, script, style, worker,
};
use crate::browser::Note;
use crate::browser::blocker::BlockerSite;
use crate::browser::notes::passes_timing_check;
use crate::browser::profile::Credentialless;
use crate::browser::{
    Blocker, Client, Code, EmbedderPolicy, Event, FilteredResponse, Finished, Message, MessageKind,
    NetworkError, Pending, Profile, RequestError, Step, Transcript, WireFailure, WireRequest,
    WireResponse, fetch,
};
use crate::terms::Origin;

/// What a load needs next.
#[derive(Debug)]
pub enum LoadStep {
    /// Send this request, and hand its answer to it.
    Request(Box<PendingLoad>),
    /// Done.
    Finish(Box<Loaded>),
}

/// Starts a load. `now` is the time since any fixed moment, and only ever grows.
///
/// ```
/// use corsage::browser::load::{Access, Content, Document, Load, LoadStep, PageEvent, load};
/// use corsage::browser::{Client, Profile, WireResponse};
/// use corsage::terms::Origin;
/// use std::time::Duration;
///
/// let page = Client::page(Origin::parse("https://app.example").unwrap());
/// let (mut document, now) = (Document::new(), Duration::ZERO);
/// let image = Load::image("https://cdn.example/a.png");
/// let Ok(LoadStep::Request(pending)) = load(image, &page, Profile::Chromium, &mut document, now) else { panic!() };
/// assert!(!pending.wire().headers.contains(b"origin"));
///
/// let response = WireResponse { status: 200, status_text: b"OK".to_vec(), headers: Default::default() };
/// let LoadStep::Finish(end) = pending.receive(Ok(response), &Content::default(), &mut document, now) else { panic!() };
/// assert_eq!(end.sight.event, PageEvent::Load);
/// assert_eq!(end.sight.access, Access::Closed); // a canvas that it is drawn on is tainted
/// ```
///
/// # Errors
/// What makes the API throw before there is a request: an invalid URL.
pub fn load(
    load: Load,
    client: &Client,
    profile: Profile,
    document: &mut Document,
    now: Duration,
) -> Result<LoadStep, RequestError> {
    let switches = LoadSwitches::of(profile);
    let mut underway = Box::new(Underway {
        terms: Terms::nothing(),
        load,
        client: client.clone(),
        profile,
        switches,
        hops: Vec::new(),
        preflights: 0,
        refusal: None,
        attempt: Attempt::First,
        earlier: Vec::new(),
        notes: Vec::new(),
        recheck: Recheck::Not,
    });
    if profile.switches().credentialless == Credentialless::Unknown
        && client.embedder_policy == EmbedderPolicy::Credentialless
    {
        underway.client.embedder_policy = EmbedderPolicy::UnsafeNone;
    }
    let worklet = underway.load.kind == LoadKind::AudioWorklet;
    if worklet && switches.opaque_origin == OpaqueOriginRule::OfPageUrl {
        underway.client.origin = origin_of_url(client);
    }
    let request = match request_of(&underway.load, client, profile)? {
        Asked::Request(request) => *request,
        Asked::Nothing => {
            let site = BlockerSite { message: MessageKind::BeforeSending, hop: 0 };
            let blocker = site.about(Code::NotFetchedByEngine, underway.load.kind.as_str());
            return Ok(LoadStep::Finish(underway.refuse(blocker, Transcript::default(), document)));
        }
    };
    underway.terms = Terms {
        mode: request.mode,
        credentials: request.credentials,
        destination: request.destination,
    };
    match preload::consume(&underway.load, &request, client, profile, document) {
        Found::Fit(found) => return Ok(LoadStep::Finish(underway.reuse(&found))),
        Found::Unfit { differs, recheck } => {
            underway.recheck = recheck;
            underway.notes.push(Note {
                code: Code::PreloadNotReused,
                hop: 0,
                detail: vec![request.url.as_str().as_bytes().to_vec(), differs.into()],
            });
        }
        Found::Nothing => {}
    }
    let step = fetch(request, &underway.client, profile, &mut document.preflights, now);
    Ok(underway.go_on(step, &Content::default(), document, now))
}

/// WebKit asks for worklets in the name of the page's URL.
fn origin_of_url(client: &Client) -> Origin {
    let of_url = client.url.as_ref().and_then(Origin::from_url);
    of_url.unwrap_or_else(|| client.origin.clone())
}

/// A load whose request waits for its answer.
#[derive(Debug)]
pub struct PendingLoad {
    underway: Box<Underway>,
    pending: Pending,
}

impl PendingLoad {
    /// What to send.
    #[must_use]
    pub fn wire(&self) -> &WireRequest {
        self.pending.wire()
    }

    /// The message that waits: preflight or request, and at which hop.
    #[must_use]
    pub fn pending(&self) -> &Pending {
        &self.pending
    }

    /// Takes the answer's head, or the reason why there is none; and what the driver knows of the body.
    #[must_use]
    pub fn receive(
        self,
        response: Result<WireResponse, WireFailure>,
        content: &Content,
        document: &mut Document,
        now: Duration,
    ) -> LoadStep {
        let mut underway = self.underway;
        let reset = underway.switches.reset_content;
        let status = response.as_ref().map_or(200, |response| response.status);
        let empty = matches!(status, 204 | 304) || status == 205 && reset == ResetContent::Empty;
        let content = if empty { content.emptied() } else { *content };
        match self.pending.message() {
            Message::Preflight => underway.preflights += 1,
            Message::Request => underway.note_hop(&self.pending, response.as_ref().ok()),
        }
        let step = self.pending.receive(response, &mut document.preflights, now);
        match (step, underway.refusal.take()) {
            (Step::Send(next), Some(refusal)) => {
                LoadStep::Finish(underway.refuse(refusal, next.run.transcript, document))
            }
            (step, refusal) => {
                underway.refusal = refusal;
                underway.go_on(step, &content, document, now)
            }
        }
    }
}

/// What a load carries from step to step.
#[derive(Debug)]
struct Underway {
    load: Load,
    client: Client,
    profile: Profile,
    switches: &'static LoadSwitches,
    terms: Terms,
    hops: Vec<Hop>,
    preflights: usize,
    attempt: Attempt,
    /// Entries of the attempt before.
    earlier: Vec<Timing>,
    notes: Vec<Note>,
    recheck: Recheck,
    /// What an embedder policy has against an answer.
    refusal: Option<Blocker>,
}

/// WebKit asks a second time for what it cannot decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    First,
    Second,
}

impl Underway {
    fn note_hop(&mut self, pending: &Pending, response: Option<&WireResponse>) {
        let run = &*pending.run;
        let at_home = run.urls.iter().all(|url| run.is_own(url));
        let allowed =
            at_home || response.is_some_and(|response| passes_timing_check(run, response));
        if let (Some(response), None) = (response, &self.refusal) {
            self.refusal = frame::policy_refusal(&self.load, run, response, self.switches);
        }
        self.hops.push(Hop {
            url: run.url().clone(),
            response: response.map(|response| (response.status, response.headers.clone())),
            timing: if allowed { TimingAllowed::Yes } else { TimingAllowed::No },
        });
    }

    fn go_on(
        mut self: Box<Self>,
        step: Step,
        content: &Content,
        document: &mut Document,
        now: Duration,
    ) -> LoadStep {
        match step {
            Step::Finish(finished) if self.asks_again(&finished, content) => {
                let answer = self.answer(&finished.outcome, content, LoadSource::Fetched);
                self.earlier = resource_timing::entries(&answer);
                self.attempt = Attempt::Second;
                self.hops.clear();
                match request_of(&self.load, &self.client, self.profile) {
                    Ok(Asked::Request(request)) => {
                        let step = fetch(
                            *request,
                            &self.client,
                            self.profile,
                            &mut document.preflights,
                            now,
                        );
                        self.go_on(step, content, document, now)
                    }
                    _ => LoadStep::Finish(self.end(*finished, content, document)),
                }
            }
            Step::Send(pending) => {
                LoadStep::Request(Box::new(PendingLoad { underway: self, pending }))
            }
            Step::Finish(finished) => LoadStep::Finish(self.end(*finished, content, document)),
        }
    }

    fn asks_again(&self, finished: &Finished, content: &Content) -> bool {
        let answer = self.answer(&finished.outcome, content, LoadSource::Fetched);
        self.attempt == Attempt::First && media::asks_again(&answer)
    }

    fn refuse(
        self: Box<Self>,
        blocker: Blocker,
        mut transcript: Transcript,
        document: &mut Document,
    ) -> Box<Loaded> {
        transcript.events.push(Event::Blocked(blocker.clone()));
        let outcome = Err(NetworkError { blockers: vec![blocker], blamed: 0 });
        self.end(Finished { outcome, transcript }, &Content::default(), document)
    }

    fn end(
        self: Box<Self>,
        finished: Finished,
        content: &Content,
        document: &mut Document,
    ) -> Box<Loaded> {
        let Finished { mut outcome, mut transcript } = finished;
        if outcome.is_ok()
            && let Some(blocker) = self.protection(&outcome, content)
        {
            transcript.events.push(Event::Blocked(blocker.clone()));
            outcome = Err(NetworkError { blockers: vec![blocker], blamed: 0 });
        }
        self.block_before_type(&mut outcome, &mut transcript, content);
        let fetched = self.answer(&outcome, content, LoadSource::Fetched);
        if let Some(rechecked) = preload::rechecked(&fetched, self.recheck) {
            let blockers = rechecked.as_ref().err().map(NetworkError::blockers);
            let told = blockers.into_iter().flatten().cloned().map(Event::Blocked);
            transcript.events.extend(told);
            outcome = rechecked;
        }
        let answer = self.answer(&outcome, content, LoadSource::Fetched);
        let mut sight = judge(&answer);
        sight.timing.clone_from(&self.earlier);
        sight.timing.extend(resource_timing::entries(&answer));
        preload::remember(&answer, document);
        let mut notes = self.notes.clone();
        notes.extend(refusal::notes(&answer, &sight));
        let refused = refusal::of_consumer(&answer, &sight);
        let urls = self.hops.iter().map(|hop| hop.url.clone()).collect();
        transcript.events.extend(notes.iter().cloned().map(Event::Note));
        if let Some(blocker) = refused {
            transcript.events.push(Event::Blocked(blocker.clone()));
            outcome = Err(NetworkError { blockers: vec![blocker], blamed: 0 });
        } else if let Err(error) = &mut outcome {
            refusal::name_by_kind(error, &mut transcript, self.load.kind);
        }
        Box::new(Loaded {
            kind: self.load.kind,
            sight,
            outcome,
            transcript,
            notes,
            source: LoadSource::Fetched,
            urls,
        })
    }

    fn answer<'a>(
        &'a self,
        outcome: &'a Result<FilteredResponse, NetworkError>,
        content: &'a Content,
        source: LoadSource,
    ) -> Answer<'a> {
        Answer {
            load: &self.load,
            client: &self.client,
            profile: self.profile,
            switches: self.switches,
            terms: self.terms,
            hops: &self.hops,
            outcome,
            content,
            preflights: self.preflights,
            source,
        }
    }

    /// Chromium blocks opaque responses where they arrive, before anybody looks at what they are for.
    fn block_before_type(
        &self,
        outcome: &mut Result<FilteredResponse, NetworkError>,
        transcript: &mut Transcript,
        content: &Content,
    ) {
        let of_type = |code| matches!(code, Code::NosniffBlocked | Code::MimeTypeBlocked);
        let by_type = outcome.as_ref().is_err_and(|error| of_type(error.blamed().code));
        let first = self.switches.response_blocking == ResponseBlocking::Chromium;
        let answer = self.answer(outcome, content, LoadSource::Fetched);
        if !(by_type && first && opaque_response_blocking::is_blocked(&answer)) {
            return;
        }
        let told = transcript.events.iter_mut().filter_map(|event| match event {
            Event::Blocked(blocker) => Some(blocker),
            _ => None,
        });
        let blockers = outcome.as_mut().err().into_iter().flat_map(|error| &mut error.blockers);
        for blocker in blockers.chain(told).filter(|blocker| of_type(blocker.code)) {
            blocker.code = Code::OrbBlocked;
        }
    }

    /// What keeps an answer from the page that CORS has let through.
    fn protection(
        &self,
        outcome: &Result<FilteredResponse, NetworkError>,
        content: &Content,
    ) -> Option<Blocker> {
        let answer = self.answer(outcome, content, LoadSource::Fetched);
        if let Some(refusal) = &self.refusal {
            let adherence = || frame::adherence_refusal(&answer);
            let first = self.switches.frame_order == FrameOrder::EmbedderPolicyFirst;
            let other = if first { adherence() } else { None };
            return other.or_else(|| Some(refusal.clone()));
        }
        let site =
            BlockerSite { message: MessageKind::Actual, hop: self.hops.len().saturating_sub(1) };
        let content_type = || {
            let seen = answer.response().and_then(|(_, headers)| headers.get(b"content-type"));
            site.header(Code::OrbBlocked, "Content-Type", seen, b"")
        };
        if opaque_response_blocking::is_blocked(&answer) {
            return Some(content_type());
        }
        // Nobody reads the body of a failure.
        let read = answer.is_ok() || answer.is_unfollowed_success();
        let differs = content.integrity == IntegrityMatch::Differs && read;
        if differs && !self.load.integrity.is_empty() {
            return Some(site.about(Code::IntegrityMismatch, &self.load.integrity));
        }
        frame::adherence_refusal(&answer)
    }

    /// A preload answers: no request, no entry of its own.
    fn reuse(self: Box<Self>, found: &Preloaded) -> Box<Loaded> {
        let source = LoadSource::Preloaded;
        let answer =
            Answer { hops: &found.hops, ..self.answer(&found.outcome, &found.content, source) };
        let mut sight = judge(&answer);
        // There is no sheet at all where the preload may not be used in this way.
        if found.usable == Usable::No && self.load.kind == LoadKind::Style {
            sight.access = Access::Nothing;
        }
        let urls = found.hops.iter().map(|hop| hop.url.clone()).collect();
        let notes = refusal::notes(&answer, &sight);
        let mut outcome = found.outcome.clone();
        if let Some(blocker) = refusal::of_consumer(&answer, &sight) {
            outcome = Err(NetworkError { blockers: vec![blocker], blamed: 0 });
        }
        let events = notes.iter().cloned().map(Event::Note).collect();
        Box::new(Loaded {
            kind: self.load.kind,
            sight,
            outcome,
            transcript: Transcript { events },
            notes,
            source: LoadSource::Preloaded,
            urls,
        })
    }
}

/// What the page sees, by kind.
fn judge(answer: &Answer<'_>) -> Sight {
    match answer.load.kind {
        LoadKind::Image
        | LoadKind::ImageInput
        | LoadKind::Poster
        | LoadKind::SvgImage
        | LoadKind::SvgUse
        | LoadKind::BackgroundImage
        | LoadKind::BorderImage
        | LoadKind::ContentImage
        | LoadKind::MaskImage
        | LoadKind::ShapeOutside
        | LoadKind::ClipPath
        | LoadKind::Filter => picture::judge(answer),
        LoadKind::Audio | LoadKind::Video | LoadKind::Track => media::judge(answer),
        LoadKind::Script
        | LoadKind::ModuleScript
        | LoadKind::ModuleImport
        | LoadKind::DynamicImport
        | LoadKind::JsonImport
        | LoadKind::CssModuleImport => script::judge(answer),
        LoadKind::Style | LoadKind::StyleImport => style::judge(answer),
        LoadKind::Preload | LoadKind::ModulePreload => preload::judge(answer),
        LoadKind::Iframe | LoadKind::Object | LoadKind::Embed | LoadKind::Form => {
            frame::judge(answer)
        }
        LoadKind::Worker
        | LoadKind::SharedWorker
        | LoadKind::ServiceWorker
        | LoadKind::ImportScripts
        | LoadKind::AudioWorklet => worker::judge(answer),
        LoadKind::Font
        | LoadKind::Manifest
        | LoadKind::EventSource
        | LoadKind::Beacon
        | LoadKind::Ping
        | LoadKind::WebSocket
        | LoadKind::Fetch => message::judge(answer),
    }
}
