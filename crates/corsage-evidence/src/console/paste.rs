//! A whole paste: several messages, wrapped lines, noise in between, and lines that speak of the same failure.

use corsage::browser::{Code, Severity};
use corsage_diagnosis::console::Browser;
use corsage_diagnosis::{Topic, TopicKind};

use super::recognised::Recognised;
use super::{clean, recognise};

/// Over how many lines a message may be wrapped. People's terminals have 40 columns at least, and URLs are
/// long: a dozen are enough.
const WRAPPED: usize = 12;

/// What a message begins with that may go on in the next line.
const BEGINS: &[&str] = &[
    "Access to ",
    "XMLHttpRequest cannot load",
    "Fetch API cannot load",
    "Failed to load ",
    "Cross-Origin Request Blocked",
    "Font from origin",
    "Image from origin",
    "Redirect from ",
    "Redirect at ",
    "Refused to ",
    "Connecting to ",
    "Mixed Content",
    "Response to preflight",
    "Origin ",
    "downloadable font:",
    "WebSocket connection",
    "Cross-origin redirection",
    "The 'Access-Control-Allow-",
];

/// Everything that a paste says, the first failure first. What only repeats or accompanies a failure is folded
/// into it; what blocked nothing comes last.
///
/// ```
/// use corsage::browser::Code;
///
/// let found = corsage_evidence::console::read(
///     "[Error] Preflight response is not successful. Status code: 405\n\
///      [Error] Fetch API cannot load https://b.example/2 due to access control checks.\n\
///      [Error] Origin https://app.example is not allowed by Access-Control-Allow-Origin. Status code: 200\n\
///      [Error] Fetch API cannot load https://a.example/1 due to access control checks.",
/// );
/// assert_eq!(found.len(), 2);
/// assert_eq!(found[0].code, Some(Code::PreflightStatusNotOk));
/// assert_eq!(found[1].url.as_deref(), Some("https://a.example/1"));
/// ```
#[must_use]
pub fn read(text: &str) -> Vec<Recognised> {
    let mut found = messages(text);
    if found.is_empty() {
        found.extend(recognise(text));
    }
    let mut folded: Vec<Recognised> = Vec::new();
    for next in found {
        fold(&mut folded, next);
    }
    drop_companions(&mut folded);
    folded.sort_by_key(rank);
    folded
}

fn messages(text: &str) -> Vec<Recognised> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<String> = text.lines().flat_map(|line| split(&clean::normal(line))).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = &lines[at];
        let whole = recognise(line);
        if let Some(message) = whole.as_ref().filter(|message| is_complete(message, line)) {
            found.push(message.clone());
            at += 1;
            continue;
        }
        match joined(&lines[at..]) {
            Some((message, used)) if is_better(&message, whole.as_ref()) => {
                found.push(message);
                at += used;
            }
            _ => {
                found.extend(whole);
                at += 1;
            }
        }
    }
    found
}

/// So many beginnings without a message between them are no console's.
const MARKS_IN_VAIN: usize = 100;

/// A line that holds several messages, as logs and chats make of them.
fn split(line: &str) -> Vec<String> {
    const MARKS: &[&str] = &[
        "Access to ",
        "Cross-Origin Request Blocked:",
        "XMLHttpRequest cannot load ",
        "[Error] ",
        "Fetch API cannot load ",
    ];
    let mut starts: Vec<usize> = MARKS
        .iter()
        .flat_map(|mark| line.match_indices(mark))
        .map(|(at, _)| at)
        .filter(|at| *at > 0)
        .collect();
    starts.sort_unstable();
    starts.dedup();
    let mut parts = Vec::new();
    let mut from = 0;
    let mut in_vain = 0;
    for at in starts {
        if in_vain == MARKS_IN_VAIN {
            break;
        }
        in_vain += 1;
        // A prefix belongs to the message after it; a sentence ends with a full stop.
        let before = line[from..at].trim_end();
        if recognise(before).is_some_and(|message| message.code.is_some() || before.ends_with('.'))
        {
            parts.push(before.to_owned());
            from = at;
            in_vain = 0;
        }
    }
    parts.push(line[from..].to_owned());
    parts
}

/// Whether nothing of a message can be missing.
fn is_complete(message: &Recognised, line: &str) -> bool {
    match (message.code, message.topic) {
        (Some(Code::MissingAllowOrigin), _) if message.browser == Some(Browser::Firefox) => {
            !line.contains("Reason") || line.contains("missing")
        }
        (Some(_), _) => true,
        (None, Some(topic)) => !matches!(topic, Topic::CutLine | Topic::ContentSecurityPolicy),
        (None, None) => false,
    }
}

/// The message that these lines make together, and how many of them it takes.
fn joined(lines: &[String]) -> Option<(Recognised, usize)> {
    let first = lines.first()?;
    let second = lines.get(1).map_or("", String::as_str);
    let begins = |text: &str| BEGINS.iter().any(|begin| text.contains(begin));
    // The line may end within the words that it begins with.
    let end = first.char_indices().rev().nth(40).map_or(0, |(at, _)| at);
    if !begins(first) && (second.is_empty() || !begins(&format!("{} {second}", &first[end..]))) {
        return None;
    }
    let (mut spaced, mut tight) = (first.clone(), first.clone());
    for (index, line) in lines.iter().enumerate().skip(1).take(WRAPPED) {
        if line.is_empty()
            || BEGINS.iter().any(|begin| line.starts_with(begin)) && !line.starts_with("Origin '")
        {
            break;
        }
        spaced = format!("{spaced} {line}");
        tight.push_str(line);
        for text in [&spaced, &tight] {
            if let Some(message) = recognise(text).filter(|message| is_complete(message, text)) {
                return Some((message, index + 1));
            }
        }
    }
    None
}

fn is_better(message: &Recognised, than: Option<&Recognised>) -> bool {
    than.is_none_or(|than| {
        than.code.is_none() && message.code.is_some() || than.topic == Some(Topic::CutLine)
    })
}

/// Adds a message, or puts what it says into the one that it speaks of.
fn fold(all: &mut Vec<Recognised>, next: Recognised) {
    // Safari: which request it was comes after the reason.
    if next.topic == Some(Topic::AccessControlChecks) {
        let reason = all
            .iter_mut()
            .rev()
            .find(|before| before.browser == Some(Browser::Webkit) && before.topic.is_none());
        match reason {
            Some(before) if before.url.is_none() => {
                before.url = next.url;
                before.api = next.api;
                return;
            }
            Some(before) if before.url == next.url => return,
            _ => {}
        }
    }
    // The same, said again: by the list of requests, or once more for the resource.
    let same = all.iter_mut().find(|before| says_the_same(before, &next));
    if let Some(before) = same {
        if before.topic == next.topic
            && before.code == next.code
            && before.url == next.url
            && before.url.is_some()
        {
            before.times += 1;
        }
        before.url = before.url.take().or(next.url);
        before.status = before.status.or(next.status);
        before.origin = before.origin.take().or(next.origin);
        before.method = before.method.take().or(next.method);
        return;
    }
    // `POST https://… 500`, `net::ERR_FAILED`: what they add belongs to the failure of that URL.
    if is_companion(&next) {
        let of = all.iter_mut().rev().find(|before| {
            before.code.is_some_and(is_cors) && before.url.is_some() && before.url == next.url
        });
        if let Some(before) = of {
            before.method = before.method.take().or(next.method);
            before.status = before.status.or(next.status);
            return;
        }
    }
    // Firefox ends a failed preflight with a second line about the same URL.
    let second =
        next.browser == Some(Browser::Firefox) && next.code == Some(Code::ConnectionFailed);
    if second
        && all.iter().any(|before| {
            before.browser == Some(Browser::Firefox)
                && before.url == next.url
                && before.code.is_some()
        })
    {
        return;
    }
    all.push(next);
}

fn says_the_same(before: &Recognised, next: &Recognised) -> bool {
    let urls = before.url == next.url || before.url.is_none() || next.url.is_none();
    if before.code.is_none() || before.code != next.code {
        return before.topic.is_some()
            && before.topic == next.topic
            && before.code == next.code
            && before.url == next.url;
    }
    // Two failures without a URL are two in Safari, unless they are two words for one.
    let distinct =
        before.subject.is_some() && next.subject.is_some() && before.subject != next.subject
            || before.status.is_some() && next.status.is_some() && before.status != next.status
            || before.seen.is_some() && next.seen.is_some() && before.seen != next.seen
            || before.origin.is_some() && next.origin.is_some() && before.origin != next.origin;
    let reason_before_url =
        next.browser == Some(Browser::Webkit) && before.url.is_some() && next.url.is_none();
    urls && !distinct && !reason_before_url
}

/// Messages that only accompany a failure.
fn is_companion(message: &Recognised) -> bool {
    matches!(
        message.topic,
        Some(
            Topic::NetErrFailed
                | Topic::HttpStatus
                | Topic::RequestFailed
                | Topic::CorsError
                | Topic::LoadFailed
        )
    )
}

/// What says less than another line does, and of nothing else.
fn drop_companions(all: &mut Vec<Recognised>) {
    let urls: Vec<(Option<String>, Option<String>, Option<u16>)> = all
        .iter()
        .filter(|message| is_companion(message))
        .map(|message| (message.url.clone(), message.method.clone(), message.status))
        .collect();
    let mut explained = false;
    for message in all
        .iter_mut()
        .filter(|message| message.code.is_some_and(|code| code.severity() != Severity::Note))
    {
        explained = true;
        // What came before the reason.
        for (url, method, status) in &urls {
            if url.is_some() && *url == message.url {
                message.method = message.method.take().or_else(|| method.clone());
                message.status = message.status.or(*status);
            }
        }
    }
    let known: Vec<Option<String>> = all
        .iter()
        .filter(|message| message.code.is_some())
        .map(|message| message.url.clone())
        .collect();
    all.retain(|message| {
        let anonymous = message.url.is_none()
            && (is_companion(message) || message.topic == Some(Topic::AccessControlChecks));
        let same = is_companion(message) && known.contains(&message.url);
        !(explained && (anonymous || same))
    });
    // Without a reason, the exception adds nothing to the line that names the URL.
    if all.iter().any(|message| message.topic == Some(Topic::NetErrFailed) && message.url.is_some())
    {
        all.retain(|message| message.topic != Some(Topic::RequestFailed) || message.url.is_some());
    }
}

/// Failures first, then what says too little, then what blocked nothing.
fn rank(message: &Recognised) -> u8 {
    match (message.code, message.topic) {
        (Some(code), _) if code.severity() == Severity::Note => 2,
        (Some(_), _) => 0,
        (None, Some(topic)) => match topic.kind() {
            TopicKind::NotCors if topic == Topic::HttpStatus => 1,
            TopicKind::NotCors => 0,
            TopicKind::Short => 1,
            TopicKind::Remark => 3,
        },
        (None, None) => 4,
    }
}

fn is_cors(code: Code) -> bool {
    let name = code.as_str();
    name.contains("allow")
        || name.starts_with("preflight")
        || name.starts_with("method")
        || name.starts_with("header")
        || name.starts_with("wildcard")
        || name.starts_with("lna")
        || name.starts_with("redirect")
}
