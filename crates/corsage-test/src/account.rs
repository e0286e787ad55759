//! What a failed assertion prints: each blocker, its bytes, and what to change.

use std::fmt;

use corsage::browser::{Blocker, MessageKind, NetworkError};
use corsage_diagnosis::{Language, fill};

pub(crate) fn write(f: &mut fmt::Formatter<'_>, error: &NetworkError) -> fmt::Result {
    for blocker in error.blockers() {
        write_blocker(f, blocker)?;
    }
    Ok(())
}

fn write_blocker(f: &mut fmt::Formatter<'_>, blocker: &Blocker) -> fmt::Result {
    let text = Language::English.code(blocker.code);
    let [seen, wanted, subject] = [&blocker.seen, &blocker.wanted, &blocker.subject]
        .map(|bytes| bytes.as_deref().map(|bytes| bytes.escape_ascii().to_string()));
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "(nothing)".to_owned());
    let (shown_seen, shown_wanted, shown_subject) = (value(&seen), value(&wanted), value(&subject));
    let places = [
        ("seen", shown_seen.as_str()),
        ("wanted", shown_wanted.as_str()),
        ("subject", shown_subject.as_str()),
        ("origin", shown_wanted.as_str()),
    ];
    writeln!(f, "{}: {}", blocker.code, fill(text.title, &places))?;
    let message = match blocker.message {
        MessageKind::BeforeSending => "before anything is sent",
        MessageKind::Preflight => "on the response to the preflight",
        MessageKind::Actual => "on the response",
    };
    match (blocker.header, &seen) {
        (Some(header), Some(seen)) => writeln!(f, "  {message}: {header}: {seen}")?,
        (Some(header), None) => writeln!(f, "  {message}: no {header}")?,
        (None, _) => writeln!(f, "  {message}")?,
    }
    for (what, template) in
        [("", text.label), ("on the server: ", text.server), ("on the page: ", text.page)]
    {
        if !template.is_empty() {
            writeln!(f, "  {what}{}", fill(template, &places))?;
        }
    }
    Ok(())
}
