//! What a file that holds comes to, in a few lines.

use std::ffi::OsString;
use std::fmt::Write as _;

use corsage::server::{Credentials, PolicyDraft};
use corsage_config::{Config, PolicyEntry};

/// Origins that are written out; the rest are counted.
const SHOWN: usize = 5;

/// The policies in the order in which they are tried, and what the environment has set.
pub(crate) fn summary(
    config: &Config,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> String {
    let mut text = String::new();
    let entries = config.policies.entries();
    if entries.len() > 1 {
        text.push_str("The first policy that is for a request decides:\n");
    }
    for entry in entries {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}: {}", entry.name, place(entry));
        let draft = entry.policy.draft();
        for (what, value) in lines(draft) {
            let _ = writeln!(text, "  {what:<12} {value}");
        }
        if entry.shadow.is_some() {
            let _ = writeln!(
                text,
                "  {:<12} another policy is evaluated beside it, and not enforced",
                "shadow"
            );
        }
    }
    let known = corsage_config::variables();
    let mut set: Vec<String> = environment
        .filter_map(|(name, _)| {
            let (name, field) = known.iter().find(|(known, _)| name == known.as_str())?;
            Some(format!("{name} sets {field}"))
        })
        .collect();
    set.sort_unstable();
    if !set.is_empty() {
        let _ = writeln!(text, "From the environment: {}", set.join(", "));
    }
    text
}

fn place(entry: &PolicyEntry) -> String {
    let hosts: Vec<String> = entry.hosts.iter().map(ToString::to_string).collect();
    let paths: Vec<String> = entry.paths.iter().map(ToString::to_string).collect();
    let parts = [
        (!hosts.is_empty()).then(|| format!("host {}", hosts.join(", "))),
        (!paths.is_empty()).then(|| format!("path {}", paths.join(", "))),
        (!entry.methods.is_empty()).then(|| format!("method {}", entry.methods.join(", "))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "every request".to_owned() } else { parts.join("; ") }
}

fn lines(draft: &PolicyDraft) -> Vec<(&'static str, String)> {
    let listed = |list: &[String], nothing: &str| {
        if list.is_empty() { nothing.to_owned() } else { list.join(", ") }
    };
    let mut lines = vec![
        ("origins", origins(draft)),
        ("methods", listed(&draft.allow_methods, "only those that need no leave: GET, HEAD, POST")),
        ("headers", listed(&draft.allow_headers, "only those that need no leave")),
    ];
    if !draft.expose_headers.is_empty() {
        lines.push(("exposed", draft.expose_headers.join(", ")));
    }
    lines.push((
        "credentials",
        match draft.allow_credentials {
            Credentials::Allow => "allowed: cookies and HTTP authentication".to_owned(),
            Credentials::Omit => "none".to_owned(),
        },
    ));
    let max_age = match draft.max_age {
        None => "browsers' own, 5 seconds".to_owned(),
        Some(age) => humantime::format_duration(age).to_string(),
    };
    lines.push(("max age", max_age));
    lines
}

fn origins(draft: &PolicyDraft) -> String {
    let list = &draft.allow_origins;
    let mut shown: Vec<String> = list.iter().take(SHOWN).map(str::to_owned).collect();
    if list.len() > SHOWN {
        shown.push(format!("and {} more", list.len() - SHOWN));
    }
    shown.join(", ")
}
