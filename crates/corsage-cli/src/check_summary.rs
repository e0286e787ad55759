//! What a file that holds comes to, in a few lines.

use std::ffi::OsString;
use std::fmt::Write as _;

use corsage::server::{Credentials, PolicyDraft};
use corsage_config::{
    Config, DEFAULT_GROUP, GatewaySettings, HostPattern, PathPrefix, PolicyEntry, Upstream,
};
use corsage_texts::{Language, text};

/// Origins that are written out; the rest are counted.
const SHOWN: usize = 5;

/// The policies in the order in which they are tried, and what the environment has set.
pub(crate) fn summary(
    config: &Config,
    environment: impl Iterator<Item = (OsString, OsString)>,
    language: Language,
) -> String {
    let mut text = String::new();
    let entries = config.policies.entries();
    if entries.len() > 1 {
        text.push_str(text!(language, "check.order"));
        text.push('\n');
    }
    for entry in entries {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}: {}", entry.name, place(entry, language));
        let draft = entry.policy.draft();
        let mut lines = lines(draft, language);
        if entry.shadow.is_some() {
            let value = text!(language, "check.shadowed").to_owned();
            lines.push((text!(language, "check.shadow"), value));
        }
        let width = lines.iter().map(|(what, _)| what.chars().count()).max().unwrap_or_default();
        for (what, value) in lines {
            let _ = writeln!(text, "  {what:<0$} {value}", width.max(12));
        }
    }
    text.push_str(&groups(&config.gateway, language));
    let known = corsage_config::variables();
    let mut set: Vec<String> = environment
        .filter_map(|(name, _)| {
            let (name, field) = known.iter().find(|(known, _)| name == known.as_str())?;
            Some(text!(language, "check.sets", variable = name, field = field))
        })
        .collect();
    set.sort_unstable();
    if !set.is_empty() {
        let told = text!(language, "check.from-environment", settings = set.join(", "));
        let _ = writeln!(text, "{told}");
    }
    text
}

/// The groups of upstreams in the order in which they are tried, if there are any.
fn groups(gateway: &GatewaySettings, language: Language) -> String {
    if gateway.groups.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", text!(language, "check.groups"));
    let servers = |upstreams: &[Upstream]| {
        let shown = upstreams.iter().map(|upstream| match upstream.weight {
            0 => text!(language, "check.drained", server = upstream.url),
            1 => upstream.url.to_string(),
            weight => text!(language, "check.weight", server = upstream.url, weight = weight),
        });
        shown.collect::<Vec<_>>().join(", ")
    };
    for group in &gateway.groups {
        let place = conditions(&group.hosts, &group.paths, &group.methods, &[], language);
        let _ = writeln!(text, "  {}: {place} → {}", group.name, servers(&group.upstreams));
    }
    let rest = match &*gateway.upstreams {
        [] => text!(language, "check.no-server").to_owned(),
        upstreams => servers(upstreams),
    };
    let _ = writeln!(text, "  {DEFAULT_GROUP}: {} → {rest}", text!(language, "check.every-other"));
    text
}

fn place(entry: &PolicyEntry, language: Language) -> String {
    conditions(&entry.hosts, &entry.paths, &entry.methods, &entry.groups, language)
}

fn conditions(
    hosts: &[HostPattern],
    paths: &[PathPrefix],
    methods: &[String],
    groups: &[String],
    language: Language,
) -> String {
    let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
    let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
    let parts = [
        (!groups.is_empty()).then(|| text!(language, "check.group", names = groups.join(", "))),
        (!hosts.is_empty()).then(|| text!(language, "check.host", names = hosts.join(", "))),
        (!paths.is_empty()).then(|| text!(language, "check.path", names = paths.join(", "))),
        (!methods.is_empty()).then(|| text!(language, "check.method", names = methods.join(", "))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        text!(language, "check.every-request").to_owned()
    } else {
        parts.join("; ")
    }
}

fn lines(draft: &PolicyDraft, language: Language) -> Vec<(&'static str, String)> {
    let listed = |list: &[String], nothing: &str| {
        if list.is_empty() { nothing.to_owned() } else { list.join(", ") }
    };
    let mut lines = vec![
        (text!(language, "check.origins"), origins(draft, language)),
        (
            text!(language, "check.methods"),
            listed(&draft.allow_methods, text!(language, "check.plain-methods")),
        ),
        (
            text!(language, "check.headers"),
            listed(&draft.allow_headers, text!(language, "check.plain-headers")),
        ),
    ];
    if !draft.expose_headers.is_empty() {
        lines.push((text!(language, "check.exposed"), draft.expose_headers.join(", ")));
    }
    lines.push((
        text!(language, "check.credentials"),
        match draft.allow_credentials {
            Credentials::Allow => text!(language, "check.credentials-allowed").to_owned(),
            Credentials::Omit => text!(language, "check.credentials-none").to_owned(),
        },
    ));
    let max_age = match draft.max_age {
        None => text!(language, "check.max-age-default").to_owned(),
        Some(age) => humantime::format_duration(age).to_string(),
    };
    lines.push((text!(language, "check.max-age"), max_age));
    lines
}

fn origins(draft: &PolicyDraft, language: Language) -> String {
    let list = &draft.allow_origins;
    let mut shown: Vec<String> = list.iter().take(SHOWN).map(str::to_owned).collect();
    if list.len() > SHOWN {
        shown.push(text!(language, "explain.and-more", count(list.len() - SHOWN)));
    }
    shown.join(", ")
}
