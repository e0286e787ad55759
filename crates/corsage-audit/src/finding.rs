//! What was found, with what proves it.

use corsage::browser::Profile;
use corsage_texts::Language;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::class::Class;
use super::severity::{Severity, Who};
use super::wire::Sent;

/// One thing that is wrong, proved by a request and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Finding {
    /// What kind.
    pub class: Class,
    /// How bad.
    pub severity: Severity,
    /// An origin from which it can be done, where one is needed.
    pub witness_origin: Option<String>,
    /// Who can have that origin.
    pub who: Option<Who>,
    /// Whether the browser sends the user's cookies along.
    pub with_credentials: Option<bool>,
    /// Whether it needs a browser that sends cookies to other sites.
    pub needs_third_party_cookies: bool,
    /// The browsers in which a page can do it, as they are by default; none where it needs no page.
    #[serde(default)]
    pub browsers: Vec<Browser>,
    /// What was seen, in a sentence.
    pub evidence: String,
    /// The request that shows it.
    pub reproduction: Option<Reproduction>,
}

/// A browser's engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Browser {
    /// Chrome, Edge and their kin.
    Chromium,
    /// Firefox.
    Firefox,
    /// Safari, and every browser of iOS.
    Webkit,
}

impl Browser {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::Webkit => "WebKit",
        }
    }

    pub(crate) const fn profile(self) -> Profile {
        match self {
            Self::Chromium => Profile::Chromium,
            Self::Firefox => Profile::Firefox,
            Self::Webkit => Profile::Webkit,
        }
    }
}

/// A request that shows a finding.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Reproduction {
    /// The method.
    pub method: String,
    /// The address.
    pub url: String,
    /// The script's own headers; the browser adds the others.
    pub headers: Vec<(String, String)>,
    /// The path of the page, where the server reads it.
    pub page_path: Option<String>,
    /// The same as a command line, with cookies and tokens left out.
    pub curl: String,
    /// The lines of the answer that matter.
    pub answer: Vec<String>,
}

fn legible(text: &mut String) {
    /// More of one line is no evidence.
    const LONGEST: usize = 2_000;
    let is_shown = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.len() > LONGEST || !text.chars().all(is_shown) {
        let shown = text.chars().map(|c| if is_shown(c) { c } else { '\u{fffd}' });
        *text = shown.take(LONGEST).collect();
    }
}

/// All that an audit of one target came to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Findings {
    /// The target's address.
    pub target: String,
    /// The worst first.
    pub findings: Vec<Finding>,
    /// What others would flag, and why it is no finding.
    pub not_vulnerable: Vec<String>,
    /// Origins that the server named as trusted, where none were told.
    #[serde(default)]
    pub trusted: Vec<String>,
    /// Header lines by which the server's software gives itself away.
    #[serde(default)]
    pub server: Vec<(String, String)>,
    /// Requests that were sent.
    pub requests: usize,
    /// Why it is not known, if it is not.
    pub undecided: Option<String>,
    /// Every request, in order.
    #[serde(skip)]
    pub sent: Vec<Sent>,
}

impl Findings {
    /// That nothing was found.
    #[must_use]
    pub fn nothing(target: &str, requests: usize) -> Self {
        Self { target: target.to_owned(), requests, ..Self::default() }
    }

    /// The worst severity.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    pub(crate) fn add(&mut self, finding: Finding) {
        let is_same = |it: &Finding| it.class == finding.class;
        match self.findings.iter_mut().find(|it| is_same(it)) {
            Some(before) if before.severity < finding.severity => *before = finding,
            Some(_) => {}
            None => self.findings.push(finding),
        }
    }

    /// Keeps the lines that tell of the software.
    pub(crate) fn note_server(&mut self, answer: &Answer) {
        const TELLING: [&str; 8] = [
            "server",
            "x-powered-by",
            "via",
            "x-aspnet-version",
            "x-envoy-upstream-service-time",
            "cf-ray",
            "x-amz-cf-id",
            "x-kong-proxy-latency",
        ];
        for (name, value) in &answer.headers {
            let name = name.to_ascii_lowercase();
            if TELLING.contains(&&*name) && !self.server.iter().any(|(held, _)| *held == name) {
                self.server.push((name, value.chars().take(100).collect()));
            }
        }
    }

    /// Without what would steer a terminal or the direction of a line: servers say what they like.
    pub(crate) fn make_legible(&mut self) {
        for finding in &mut self.findings {
            legible(&mut finding.evidence);
            let shown = finding.reproduction.iter_mut();
            shown.flat_map(|shown| &mut shown.answer).for_each(legible);
        }
        self.not_vulnerable.iter_mut().for_each(legible);
        self.undecided.iter_mut().for_each(legible);
        self.server.iter_mut().for_each(|(_, value)| legible(value));
    }

    /// What was seen, told in another language: an audit itself speaks English, and so does its journal.
    ///
    /// ```
    /// use corsage_audit::Findings;
    /// use corsage_texts::Language;
    ///
    /// let mut findings = Findings::nothing("https://api.example.com/", 3);
    /// findings.undecided = Some("the server answers 503".to_owned());
    /// findings.tell_in(Language::Russian);
    /// assert_eq!(findings.undecided.as_deref(), Some("сервер отвечает 503"));
    /// ```
    pub fn tell_in(&mut self, language: Language) {
        let sentences = self.findings.iter_mut().map(|finding| &mut finding.evidence);
        for sentence in sentences.chain(&mut self.not_vulnerable).chain(&mut self.undecided) {
            if let Some(told) = language.retell("audit-told", sentence) {
                *sentence = told;
            }
        }
    }

    pub(crate) fn has(&self, class: Class) -> bool {
        self.findings.iter().any(|finding| finding.class == class)
    }
}
