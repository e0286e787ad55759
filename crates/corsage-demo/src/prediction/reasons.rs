//! Reasons for people: the catalogue's texts, filled in, and what the browser prints.

use corsage::browser::{
    Blocker, Code, Event, MessageKind, NetworkError, Note, Profile, RequestError, Transcript,
};
use corsage_diagnosis::console::{Api, Browser, Occasion, Tainting, printed};
use corsage_diagnosis::{CodeText, Language};

use super::outcome::Reason;

/// Knows what a call's texts speak of.
pub(crate) struct Teller {
    /// Whose console is imitated.
    pub(crate) profile: Profile,
    /// The page's origin.
    pub(crate) origin: String,
    /// The address asked for.
    pub(crate) url: String,
    /// The language of the reasons.
    pub(crate) language: Language,
}

/// What a text's places are filled with.
#[derive(Default)]
struct Values {
    wanted: String,
    seen: String,
    subject: String,
    origin: String,
}

impl Teller {
    /// Every condition that was not met, the blamed one first: that is the one that people see.
    pub(crate) fn blockers(&self, error: &NetworkError, transcript: &Transcript) -> Vec<Reason> {
        let blamed = error.blamed();
        let others = error.blockers().iter().filter(|blocker| *blocker != blamed);
        std::iter::once(blamed).chain(others).map(|it| self.blocker(it, transcript)).collect()
    }

    /// What the constructor refused.
    pub(crate) fn refused(&self, error: &RequestError) -> Reason {
        let values = Values { subject: text(&error.value), ..Values::default() };
        self.reason(error.code, MessageKind::BeforeSending, 0, &values, None)
    }

    /// What does not block.
    pub(crate) fn note(&self, note: &Note) -> Reason {
        let detail: Vec<_> = note.detail.iter().map(|detail| text(detail)).collect();
        let values = Values { subject: detail.join(", "), ..Values::default() };
        self.reason(note.code, MessageKind::Actual, note.hop, &values, None)
    }

    fn blocker(&self, blocker: &Blocker, transcript: &Transcript) -> Reason {
        let told = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(text).unwrap_or_default();
        let values = Values {
            wanted: told(&blocker.wanted),
            seen: told(&blocker.seen),
            subject: told(&blocker.subject),
            origin: self.origin.clone(),
        };
        let console = self.console(blocker, transcript);
        self.reason(blocker.code, blocker.message, blocker.hop, &values, console)
    }

    fn reason(
        &self,
        code: Code,
        message: MessageKind,
        hop: usize,
        values: &Values,
        console: Option<String>,
    ) -> Reason {
        let catalogue = CodeText::of(code, self.language);
        let fix = if catalogue.server.is_empty() { catalogue.page } else { catalogue.server };
        Reason {
            code: code.as_str(),
            at: match message {
                MessageKind::BeforeSending => "before-sending",
                MessageKind::Preflight => "preflight",
                MessageKind::Actual => "actual",
            },
            hop,
            title: values.fill(catalogue.title),
            cause: values.fill(catalogue.cause),
            fix: (!fix.is_empty()).then(|| values.fill(fix)),
            console,
        }
    }

    /// What the browser prints; the standard has no console.
    fn console(&self, blocker: &Blocker, transcript: &Transcript) -> Option<String> {
        let browser = Browser::ALL.into_iter().find(|it| it.profile() == self.profile)?;
        let sent = transcript.events().iter().rev().find_map(|event| match event {
            Event::Sent(wire) => Some(wire),
            _ => None,
        });
        let response = transcript.events().iter().rev().find_map(|event| match event {
            Event::Received(response) => Some(response),
            _ => None,
        });
        let actual = transcript.events().iter().rev().find_map(|event| match event {
            Event::Sent(wire) => wire
                .headers
                .get(b"access-control-request-method")
                .or_else(|| Some(wire.method.clone())),
            _ => None,
        });
        let url = sent.map_or_else(|| self.url.clone(), |wire| wire.url.to_string());
        let sent_origin = sent.and_then(|wire| wire.headers.get(b"origin")).map(|it| text(&it));
        let header = blocker.header.unwrap_or_default();
        let lines = response.map_or(0, |it| it.headers.lines(header.as_bytes()).count());
        let [seen, subject] = [&blocker.seen, &blocker.subject].map(|it| it.as_deref().map(text));
        let occasion = Occasion {
            code: blocker.code,
            api: Api::Fetch,
            method: &actual.as_deref().map(text).unwrap_or_default(),
            url: &url,
            first_url: &self.url,
            tainting: Tainting::Cors,
            redirects_to: None,
            page_origin: &self.origin,
            sent_origin: sent_origin.as_deref().unwrap_or(&self.origin),
            seen: seen.as_deref(),
            lines,
            subject: subject.as_deref(),
            status: response.map(|response| response.status),
            reports_script: false,
            is_cross_site: true,
        };
        let lines = printed(browser, &occasion);
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

impl Values {
    fn fill(&self, template: &str) -> String {
        [
            ("{wanted}", &self.wanted),
            ("{seen}", &self.seen),
            ("{subject}", &self.subject),
            ("{origin}", &self.origin),
        ]
        .iter()
        .fold(template.to_owned(), |text, (place, value)| text.replace(place, value))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
