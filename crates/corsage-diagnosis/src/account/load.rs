//! What the page sees of a load that is no `fetch()`.

use corsage::browser::load::{Access, Loaded, Sight, Use};
use corsage::browser::{Blocker, Code, Profile};
use corsage_texts::{Language, fill, text};

use super::model::{Account, Answer, Answered, LoadAccount, PreloadAccount, SeesAccount, Verdict};
use crate::console::Browser;
use crate::fix::{PageChange, apply_to_page};
use crate::observation::{Observation, Question};
use crate::replay::{Asked, Replay};

impl Account {
    /// What an element loads it shows or runs; that a script cannot read it is no failure of the load. For whoever asks
    /// whether it loads, and not whether the page may look into it.
    pub fn as_loaded(&mut self, language: Language) {
        let closed = |code| matches!(code, Some(Code::OpaqueResponse | Code::CanvasTainted));
        for browser in self.browsers.iter_mut().filter(|browser| closed(browser.code)) {
            browser.verdict = Verdict::Allowed;
            browser.code = None;
        }
        if closed(self.code) {
            self.verdict = Verdict::Allowed;
            self.code = None;
            text!(language, "account.loaded-opaque").clone_into(&mut self.headline);
            self.causes.clear();
        }
    }
}

/// What one browser shows.
pub(super) fn sees(loaded: &Loaded) -> SeesAccount {
    let sight = &loaded.sight;
    SeesAccount {
        event: sight.event.to_string(),
        used: sight.used == Use::Used,
        access: match sight.access {
            Access::Nothing => "nothing",
            Access::Empty => "empty",
            Access::Closed => "closed",
            Access::Readable => "readable",
        },
        errors: sight.errors.map(|errors| match (errors.is_muted(), loaded.are_errors_muted()) {
            (false, _) => "shown",
            (true, Some(false)) => "own-shown",
            (true, _) => "muted",
        }),
        timing_visible: loaded.is_timing_visible(),
        preload_reused: loaded.is_preload_reused(),
    }
}

/// What the page loads, and how it is written.
pub(super) fn account(observation: &Observation) -> Option<LoadAccount> {
    let [preloads @ .., load] = observation.loads.as_slice() else { return None };
    let metadata = load.integrity_metadata();
    Some(LoadAccount {
        kind: load.kind().as_str(),
        crossorigin: load.cross_origin_attribute().keyword(),
        integrity: (!metadata.is_empty()).then(|| metadata.to_owned()),
        preloads: preloads
            .iter()
            .map(|preload| PreloadAccount {
                kind: preload.kind().as_str(),
                destination: preload.preload_destination().to_owned(),
                crossorigin: preload.cross_origin_attribute().keyword(),
            })
            .collect(),
    })
}

/// The sentence over the account.
pub(super) fn headline(
    sight: &Sight,
    verdict: Verdict,
    language: Language,
    observation: &Observation,
) -> String {
    let kind = observation.loads.last().map_or("load", |load| load.kind().as_str());
    let template = match (verdict, access(sight)) {
        (Verdict::Blocked, Access::Closed) if sight.used == Use::Used => {
            text!(language, "account.load-works-closed")
        }
        (Verdict::Blocked, _) => text!(language, "account.load-fails"),
        (Verdict::Undecided, _) => text!(language, "account.load-undecided"),
        (Verdict::Allowed, Access::Readable) => text!(language, "account.load-works-open"),
        (Verdict::Allowed, Access::Closed) => text!(language, "account.load-works-closed"),
        (Verdict::Allowed, _) => text!(language, "account.load-works"),
    };
    fill(template, &[("kind", kind)])
}

/// What the page may look into: of a script there is nothing but its errors.
fn access(sight: &Sight) -> Access {
    match sight.errors {
        Some(errors) if !errors.is_muted() => Access::Nothing,
        _ => sight.access,
    }
}

/// What keeps a picture or a film from the page that asks about it: it is shown, and who asks about CORS wants to read it.
pub(super) fn tainted(replay: &Replay) -> Option<Blocker> {
    let closed = replay.loaded.as_ref()?.closed()?.blamed().clone();
    (closed.code == Code::CanvasTainted).then_some(closed)
}

/// Whether the page may look into what came.
pub(super) fn readable(sight: &Sight, blocked: &str, language: Language) -> Answered {
    let event = sight.event.to_string();
    let (answer, template) = match (sight.used, access(sight)) {
        (Use::Unused, _) => return Answered { answer: Answer::No, reason: blocked.to_owned() },
        (Use::Used, Access::Readable) => (Answer::Yes, text!(language, "account.sees-open")),
        (Use::Used, Access::Closed) => (Answer::No, text!(language, "account.sees-closed")),
        (Use::Used, _) => (Answer::Yes, text!(language, "account.sees-used")),
    };
    Answered { answer, reason: fill(template, &[("event", &event)]) }
}

/// Of every exchange, what it was asked for, if this browser would not have asked it.
pub(super) fn questions(
    replay: &Replay,
    observation: &Observation,
) -> impl Iterator<Item = Option<Question>> {
    let asked_by = |profile: Profile| {
        let replay =
            crate::replay::replay(&Asked::of(observation), profile, &observation.exchanges);
        replay.earlier.into_iter().chain(replay.trail).map(|used| used.index)
    };
    let own: Vec<usize> =
        replay.earlier.iter().chain(&replay.trail).map(|used| used.index).collect();
    let others: Vec<usize> = if observation.loads.is_empty() {
        Vec::new()
    } else {
        Browser::ALL.iter().flat_map(|browser| asked_by(browser.profile())).collect()
    };
    let load = !observation.loads.is_empty();
    (0..observation.exchanges.len()).map(move |index| match index {
        _ if !load || own.contains(&index) => None,
        _ if others.contains(&index) => Some(Question::OtherBrowser),
        _ => Some(Question::WithCrossorigin),
    })
}

/// The observation as its page would have made it with these changes: what the server is to grant depends on it.
pub(super) fn as_mended(changes: &[PageChange], observation: &Observation) -> Observation {
    let mut mended = observation.clone();
    if changes.contains(&PageChange::Crossorigin) {
        let mut asked = Asked::of(observation);
        apply_to_page(&mut asked, &PageChange::Crossorigin);
        if let Some(load) = asked.loads.last() {
            mended.init = load.as_init(&observation.client, observation.profile);
        }
        mended.loads = asked.loads;
    }
    mended
}
