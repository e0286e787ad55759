//! What was read out of a console.

use corsage::browser::Code;
use corsage_diagnosis::console::Browser;
use corsage_diagnosis::{Cause, Topic};
use serde::{Serialize, Serializer};

/// What a message of a console says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Recognised {
    /// The condition that failed; `None` if the message does not say, or speaks of something else.
    #[serde(serialize_with = "code")]
    pub code: Option<Code>,
    /// What it speaks of, if no code fits.
    pub topic: Option<Topic>,
    /// Other conditions for which the same browser prints the same words.
    #[serde(serialize_with = "codes")]
    pub possible: Vec<Code>,
    /// Which browser words it like that; `None` if several do.
    pub browser: Option<Browser>,
    /// The URL that failed.
    pub url: Option<String>,
    /// The URL that the page asked for, if a redirect was followed.
    pub redirected_from: Option<String>,
    /// The page's origin.
    pub origin: Option<String>,
    /// What the header held.
    pub seen: Option<String>,
    /// The method, header or URL in question.
    pub subject: Option<String>,
    /// The request's method, if another line tells it.
    pub method: Option<String>,
    /// The response's status.
    pub status: Option<u16>,
    /// `fetch`, `XMLHttpRequest`, `font`, `image`, … as the line says.
    pub api: Option<String>,
    /// What really happened, where the line says it.
    pub cause: Option<Cause>,
    /// How many messages said the same.
    pub times: usize,
}

impl Recognised {
    pub(super) fn code(code: Code, browser: Option<Browser>) -> Self {
        Self { code: Some(code), browser, times: 1, ..Self::default() }
    }

    pub(super) fn topic(topic: Topic, browser: Option<Browser>) -> Self {
        Self { topic: Some(topic), browser, times: 1, ..Self::default() }
    }

    /// The code's or the topic's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.code.map(Code::as_str).or(self.topic.map(Topic::as_str)).unwrap_or("unknown")
    }
}

fn code<S: Serializer>(code: &Option<Code>, serializer: S) -> Result<S::Ok, S::Error> {
    code.map(Code::as_str).serialize(serializer)
}

fn codes<S: Serializer>(codes: &[Code], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(codes.iter().map(|code| code.as_str()))
}

/// What stands between two marks.
pub(super) fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let start = text.find(before)? + before.len();
    let end = text[start..].find(after)? + start;
    Some(&text[start..end])
}

pub(super) fn owned(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The first URL of a line, without the quotes and the full stop around it.
pub(super) fn first_url(line: &str) -> Option<&str> {
    let starts = ["https://", "http://", "wss://", "ws://", "file://", "blob:", "data:"];
    let start = starts.iter().filter_map(|scheme| line.find(scheme)).min()?;
    Some(url_at(&line[start..]))
}

/// The URL at the start of a text.
pub(super) fn url_at(text: &str) -> &str {
    let end = text.find(|c: char| {
        c.is_whitespace() || matches!(c, '\'' | '<' | '>' | '（' | '。' | '，' | '、')
    });
    let mut url = &text[..end.unwrap_or(text.len())];
    // A full stop, a bracket or a comma after it belongs to the sentence.
    loop {
        let shorter = url.trim_end_matches(['.', ',', ';']);
        let shorter = match shorter.strip_suffix(')') {
            Some(inner) if !inner.contains('(') => inner,
            _ => shorter,
        };
        if shorter.len() == url.len() {
            return url;
        }
        url = shorter;
    }
}

/// The status that a line names in English.
pub(super) fn status(text: &str) -> Option<u16> {
    for mark in ["tatus code: ", "status code ", "status of ", "HTTP status code: "] {
        if let Some((_, after)) = text.split_once(mark) {
            let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
            if let Some(status) = digits.parse().ok().filter(|status| (100..600).contains(status)) {
                return Some(status);
            }
        }
    }
    None
}
