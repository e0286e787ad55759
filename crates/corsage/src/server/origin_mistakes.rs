//! What people write in place of an origin: every mistake in one text, told apart, and the origin that was meant.

use super::PolicyProblemCode as Code;
use super::pattern::{Pattern, PatternError, is_pattern};
use crate::terms::{OriginError, OriginParts, punycode};

/// What is wrong with a text.
pub(super) struct Mistakes {
    /// Each with the cause, where that tells of the text.
    pub(super) found: Vec<(Code, Option<String>)>,
    /// What was probably meant, if it can be told.
    pub(super) meant: Option<String>,
}

/// Quotes, straight and typographic.
const QUOTES: [char; 8] = ['"', '\'', '`', '“', '”', '‘', '’', '«'];
/// Schemes whose documents have an opaque origin.
const OPAQUE: [&str; 4] = ["about:", "data:", "javascript:", "blob:"];

impl Mistakes {
    /// All of one text. Empty if it is an origin or a pattern.
    pub(super) fn of(text: &str) -> Self {
        let mut mistakes = Self { found: Vec::new(), meant: None };
        mistakes.meant = mistakes.peel(text);
        if mistakes.found.is_empty() {
            mistakes.meant = None;
        }
        mistakes
    }

    fn add(&mut self, code: Code) {
        self.found.push((code, None));
    }

    /// Takes one mistake after another off the text; what is left, if it is an origin or a pattern.
    fn peel(&mut self, text: &str) -> Option<String> {
        if text.is_empty() {
            self.add(Code::Empty);
            return None;
        }
        let lower = text.to_ascii_lowercase();
        if OPAQUE.iter().any(|scheme| lower.starts_with(scheme)) {
            // Before the comma, which is a part of every data: URL.
            self.add(Code::NotAnOrigin);
            return None;
        }
        if text.contains(',') {
            self.add(Code::CommaList);
            return None;
        }
        let mut rest = text.to_owned();
        if rest.starts_with(QUOTES) || rest.ends_with(QUOTES) {
            self.add(Code::Quoted);
            rest = rest.trim_matches(QUOTES).to_owned();
        }
        let is_blank = |sign: char| sign.is_whitespace() || sign.is_control();
        if rest.contains(is_blank) {
            self.add(Code::Whitespace);
            rest.retain(|sign| !is_blank(sign));
        }
        if rest.to_ascii_lowercase().starts_with("file:") {
            self.add(Code::FileScheme);
            return None;
        }
        let (scheme, rest) = match rest.split_once("://") {
            Some((scheme, rest)) => (scheme.to_owned(), rest.to_owned()),
            None => {
                self.found.push((Code::NoScheme, Some(OriginError::NoScheme.to_string())));
                // A page that is being written is seldom encrypted.
                let host = rest.split([':', '/']).next().unwrap_or_default();
                let local = host == "localhost" || host == "127.0.0.1";
                (if local { "http" } else { "https" }.to_owned(), rest)
            }
        };
        let host = self.authority(&rest);
        let mut whole = format!("{scheme}://{host}");
        if whole != whole.to_ascii_lowercase() {
            self.add(Code::UpperCase);
            whole.make_ascii_lowercase();
        }
        if !whole.is_ascii() {
            self.add(Code::IdnNotPunycode);
            whole = to_ascii(&whole)?;
        }
        self.judge(whole)
    }

    /// What stands before the path, the query and the fragment, without a user.
    fn authority(&mut self, rest: &str) -> String {
        let without = |text: &str, sign| text.split(sign).next().unwrap_or_default().to_owned();
        let mut rest = rest.to_owned();
        if rest.contains('#') {
            self.add(Code::HasFragment);
            rest = without(&rest, '#');
        }
        // A question mark in place of the leftmost label makes a pattern.
        let label = if rest.starts_with("?.") { 1 } else { 0 };
        if rest[label..].contains('?') {
            self.add(Code::HasQuery);
            let end = rest[label..].find('?').unwrap_or_default();
            rest.truncate(label + end);
        }
        if let Some((_, path)) = rest.split_once('/') {
            let only_slash = path.is_empty();
            self.add(if only_slash { Code::TrailingSlash } else { Code::HasPath });
            rest = without(&rest, '/');
        }
        if let Some((_, host)) = rest.rsplit_once('@') {
            self.add(Code::HasUserInformation);
            rest = host.to_owned();
        }
        rest
    }

    /// What only a parser knows.
    fn judge(&mut self, mut text: String) -> Option<String> {
        if let Some(label) = bad_a_label(&text) {
            let cause = format!("{label} encodes no internationalised name");
            self.found.push((Code::BadALabel, Some(cause)));
            return None;
        }
        loop {
            let judged = if is_pattern(&text) {
                Pattern::parse(&text).map(|_| ())
            } else {
                OriginParts::parse(&text).map(|_| ()).map_err(PatternError::Origin)
            };
            match judged {
                Ok(()) => return Some(text),
                Err(PatternError::MisplacedWildcard) => {
                    self.add(Code::MisplacedWildcard);
                    return pattern_meant(&text);
                }
                Err(PatternError::Origin(error)) => {
                    self.found.push((code_of(error), Some(error.to_string())));
                    // The port can be left out; nothing else can be mended without knowing more.
                    let port = text.rfind(':').filter(|_| error == OriginError::DefaultPort)?;
                    text.truncate(port);
                }
            }
        }
    }
}

fn code_of(error: OriginError) -> Code {
    match error {
        OriginError::Null => Code::NullNeedsWaiver,
        OriginError::NoScheme => Code::NoScheme,
        OriginError::BadScheme => Code::BadScheme,
        OriginError::BadHost => Code::BadHost,
        OriginError::BadAddress => Code::BadIp,
        OriginError::TooLong => Code::TooLong,
        OriginError::BadPort => Code::BadPort,
        OriginError::DefaultPort => Code::DefaultPort,
    }
}

/// `https://*example.com` and `https://*.*.example.com` as `https://*.example.com`.
fn pattern_meant(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let host = rest.trim_start_matches(['*', '.', '?']);
    let meant = format!("{scheme}://*.{host}");
    (!host.contains(['*', '?']) && host.contains('.') && Pattern::parse(&meant).is_ok())
        .then_some(meant)
}

/// A host whose labels are in another script, as browsers send it.
fn to_ascii(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let lower = rest.to_lowercase().replace(['。', '．', '｡'], ".");
    let labels: Option<Vec<String>> = lower
        .split('.')
        .map(|label| match label.is_ascii() {
            true => Some(label.to_owned()),
            false => punycode::encode(label).map(|encoded| format!("xn--{encoded}")),
        })
        .collect();
    Some(format!("{scheme}://{}", labels?.join(".")))
}

/// The first label that begins as an A-label and is none.
fn bad_a_label(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let host = rest.split(':').next().unwrap_or_default();
    host.split('.').find(|label| {
        label.strip_prefix("xn--").is_some_and(|encoded| {
            // It must stand for something that is not plain, that a name may have in it, and be the only way to
            // write it.
            let may_be =
                |sign: char| !sign.is_control() && !sign.is_whitespace() && !sign.is_uppercase();
            !punycode::decode(encoded).is_some_and(|decoded| {
                !decoded.is_ascii()
                    && decoded.chars().all(may_be)
                    && punycode::encode(&decoded).as_deref() == Some(encoded)
            })
        })
    })
}
