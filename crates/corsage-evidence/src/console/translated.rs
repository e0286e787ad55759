//! Firefox in another language than English. The header's name, the number and the URL are the same in all of
//! them and mostly suffice; what is left is told apart by single words (`words/firefox.tsv`).

use std::collections::HashMap;
use std::sync::OnceLock;

use corsage::browser::Code;
use corsage_diagnosis::Topic;
use corsage_diagnosis::console::Browser;

use super::firefox::{Said, mismatch};
use super::recognised::{Recognised, first_url, owned};

const WORDS: &str = include_str!("words/firefox.tsv");

pub(super) fn recognise(line: &str) -> Option<Recognised> {
    let whole = first_url(line)?;
    // Endings of words are put to the URL in some languages: browsers print URLs in ASCII.
    let ascii = whole.find(|c: char| !c.is_ascii()).map_or(whole, |end| &whole[..end]);
    let url = if ascii.len() < whole.len() {
        ascii.trim_end_matches(['-', '.', ',', ':', ')'])
    } else {
        whole
    };
    let at = line.find(url)?;
    let before = &line[..at];
    let after = line[at + whole.len()..].trim_start_matches('\'');
    // In some languages the URL comes last.
    let reason = if says_cors(after) { after } else { line };
    if !says_cors(reason) || !is_translation(before, after) {
        return None;
    }
    let (said, seen, subject) = reason_of(reason, url)?;
    let mut found = match said {
        Said::Code(code) => Recognised::code(code, Some(Browser::Firefox)),
        Said::Topic(topic) => Recognised::topic(topic, Some(Browser::Firefox)),
    };
    found.url = Some(url.to_owned());
    found.status = number(reason);
    found.seen = owned(seen);
    found.subject = owned(subject);
    match found.code {
        Some(Code::MissingAllowOrigin) if found.status.is_none() => {
            found.possible.push(Code::MultipleAllowOrigin);
        }
        Some(Code::ConnectionFailed) if !line.contains("(null)") => {
            found.possible.extend([Code::PreflightRedirect, Code::PreflightStatusNotOk]);
        }
        // An apostrophe too many, and what is quoted is another word.
        Some(Code::PreflightInvalidAllowHeaders) => found.possible.push(Code::HeaderNotAllowed),
        _ => {}
    }
    Some(found)
}

fn says_cors(text: &str) -> bool {
    text.contains("CORS") || text.contains("Access-Control-Allow-")
}

/// Whether this may be such a sentence, and not a person's question about CORS: the reason follows the URL in
/// brackets, or the words are not those of English.
fn is_translation(before: &str, after: &str) -> bool {
    const ENGLISH: &[&str] =
        &[" is ", " the ", " has ", " with ", " not ", " of ", " for ", " to ", " from "];
    let english = |text: &str| ENGLISH.iter().filter(|word| text.contains(*word)).count();
    let foreign = |text: &str| text.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
    let bracket = after.trim_start_matches([' ', '.']).starts_with(['(', '（']);
    let long = before.split(' ').count() > 3 || foreign(before);
    let sentence = before.split(' ').count() > 5 && english(before) == 0 && after.contains(": ");
    long && (foreign(before) || english(after) < 2)
        && (bracket || foreign(after) || foreign(before) || sentence)
        && after.contains(['(', '（', ':', '：', '.', '。'])
}

/// The part that holds the reason: what stands in brackets, where there are some.
fn core(text: &str) -> &str {
    let at = [text.find("CORS"), text.find("Access-Control-Allow-")]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(0);
    text[..at].rfind(['(', '（']).map_or(text, |open| &text[open..])
}

/// The headers whose names tell the reasons apart.
const HEADERS: &[&str] = &[
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-method",
    "access-control-allow-origin",
];

fn reason_of<'l>(reason: &'l str, url: &str) -> Option<(Said, Option<&'l str>, Option<&'l str>)> {
    use Code as C;
    let core = core(reason);
    let lower = core.to_ascii_lowercase();
    let header = HEADERS.iter().copied().find(|header| lower.contains(header));
    let star = core.contains("'*'") || core.contains(" * ") || core.contains(" *)");
    let quoted = quoted(core);
    let value = || {
        quoted.iter().copied().find(|text| {
            !text.to_ascii_lowercase().starts_with("access-control-") && !text.is_empty()
        })
    };
    let code = Said::Code;
    Some(match header {
        // Only there can a star be spoken of.
        Some("access-control-allow-headers") if star => {
            (code(C::WildcardCoversAuthorization), None, None)
        }
        Some(_) if star => (code(C::WildcardOriginWithCredentials), Some("*"), None),
        Some("access-control-allow-credentials") => (code(C::AllowCredentialsNotTrue), None, None),
        Some("access-control-allow-headers") => match value() {
            // An invalid token is one that no header's name can be.
            Some(name) if !is_token(name) => {
                (code(C::PreflightInvalidAllowHeaders), Some(name), None)
            }
            name => (code(C::HeaderNotAllowed), None, name),
        },
        Some("access-control-allow-method") => match value() {
            Some(token) => (code(C::PreflightInvalidAllowMethods), Some(token), None),
            None => (code(C::MethodNotAllowed), None, None),
        },
        // Of these only the missing header comes with a status.
        Some(_) if number(reason).is_some() => (code(C::MissingAllowOrigin), None, None),
        Some(_) => match value().or_else(|| first_url(core)) {
            Some(seen) => (code(mismatch(Some(seen))), Some(seen), None),
            None if votes(core, &["multiple", "missing"]) == Some("multiple") => {
                (code(C::MultipleAllowOrigin), None, None)
            }
            None => (code(C::MissingAllowOrigin), None, None),
        },
        None if !(url.starts_with("http://") || url.starts_with("https://")) => {
            (code(C::SchemeNotCorsEnabled), None, None)
        }
        None => {
            let said = match votes(
                core,
                &["preflight", "redirect", "not-http", "disabled", "origin-header", "request"],
            ) {
                Some("preflight") => code(C::PreflightStatusNotOk),
                Some("redirect") => code(C::PreflightRedirect),
                Some("not-http") => code(C::SchemeNotCorsEnabled),
                Some("disabled") => Said::Topic(Topic::CorsDisabled),
                Some("origin-header") => Said::Topic(Topic::OriginHeaderNotAdded),
                _ if number(reason).is_some() => code(C::PreflightStatusNotOk),
                _ => code(C::ConnectionFailed),
            };
            (said, None, None)
        }
    })
}

/// What stands in quotes, in order. An apostrophe within a word is none.
fn quoted(text: &str) -> Vec<&str> {
    // The header's own quotes are of no use, and endings may follow them.
    let mut bare =
        text.char_indices().filter(|(_, c)| *c == '\'').map(|(at, _)| at).collect::<Vec<_>>();
    let lower = text.to_ascii_lowercase();
    for (start, header) in HEADERS.iter().flat_map(|header| lower.match_indices(header)) {
        let mut end = start + header.len();
        end += usize::from(text[end..].starts_with('s'));
        bare.retain(|at| *at + 1 != start && *at != end);
    }
    let latin = |c: Option<char>| c.is_some_and(|c| c.is_alphabetic() && u32::from(c) < 0x250);
    let mut marks = bare.into_iter().filter(|at| {
        !(latin(text[..*at].chars().next_back()) && latin(text[at + 1..].chars().next()))
    });
    let mut parts = Vec::new();
    while let (Some(open), Some(close)) = (marks.next(), marks.next()) {
        parts.push(text[open + 1..close].trim());
    }
    parts
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&*+-.^_|~".contains(&byte))
}

/// The status at the end of the line.
fn number(reason: &str) -> Option<u16> {
    let digits = |text: &str| -> Option<u16> {
        let end = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let start = end.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        end[start..].parse().ok()
    };
    let (_, tail) = reason
        .rsplit_once([')', '）', ':', '：', '.', '。'])
        .filter(|(_, tail)| tail.chars().any(|c| c.is_ascii_digit()))
        .or_else(|| {
            let trimmed = reason.trim_end_matches(|c: char| !c.is_ascii_digit());
            trimmed.rsplit_once([')', '）', ':', '：'])
        })?;
    digits(tail).filter(|status| (100..600).contains(status))
}

/// Which of these keys most words of the text speak for.
fn votes(text: &str, keys: &[&'static str]) -> Option<&'static str> {
    let words = tokens(text);
    let known = known();
    let mut best: Option<(usize, &'static str)> = None;
    for key in keys {
        let count = words
            .iter()
            .filter(|word| known.get(word.as_str()).is_some_and(|of| of.contains(key)))
            .count();
        if count > best.map_or(0, |(most, _)| most) {
            best = Some((count, key));
        }
    }
    best.map(|(_, key)| key)
}

fn known() -> &'static HashMap<&'static str, Vec<&'static str>> {
    static KNOWN: OnceLock<HashMap<&'static str, Vec<&'static str>>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let mut known: HashMap<&str, Vec<&str>> = HashMap::new();
        for line in WORDS.lines().filter(|line| !line.starts_with('#')) {
            let Some((key, words)) = line.split_once('\t') else { continue };
            for word in words.split(' ') {
                known.entry(word).or_default().push(key);
            }
        }
        known
    })
}

/// Words, in lower case; scripts without blanks in pairs of characters.
fn tokens(text: &str) -> Vec<String> {
    let (mut tokens, mut word, mut before) = (Vec::new(), String::new(), None);
    for c in text.to_lowercase().chars().chain([' ']) {
        if has_no_blanks(c) {
            if !word.is_empty() {
                tokens.push(std::mem::take(&mut word));
            }
            if let Some(before) = before {
                tokens.push([before, c].iter().collect());
            }
            before = Some(c);
            continue;
        }
        before = None;
        if c.is_alphanumeric() {
            word.push(c);
        } else if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
    }
    tokens
}

fn has_no_blanks(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af)
}
