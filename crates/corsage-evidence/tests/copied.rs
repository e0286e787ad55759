//! Copied commands and calls against the requests that they are, kept as data in `cases/copied/`.

use corsage::browser::{CredentialsMode, Mode, RedirectMode};
use corsage_evidence::copied::{calls, commands};
use corsage_evidence::{Copied, Credentials, Load, UploadListener};

const GIVEN: &str = include_str!("cases/copied/given.txt");
const FURTHER: &str = include_str!("cases/copied/further.txt");

/// A request in one line.
fn shown(copied: &Copied) -> String {
    let mut parts = vec![
        copied.method.clone().unwrap_or_else(|| "GET".to_owned()),
        copied.url.clone().unwrap_or_else(|| "-".to_owned()),
    ];
    let mut part = |name: &str, value: Option<String>| {
        parts.extend(value.map(|value| format!("{name}={value}")));
    };
    part("page", copied.page.clone());
    let mut names: Vec<String> = copied
        .headers
        .iter()
        .map(|(name, value)| match name.as_str() {
            "content-type" => format!("{name}:{}", value.replace(' ', "")),
            name => name.to_ascii_lowercase(),
        })
        .filter(|name| name != "accept")
        .collect();
    names.sort();
    part("headers", (!names.is_empty()).then(|| names.join(",")));
    part(
        "body",
        copied.data.as_ref().map(|_| copied.body_type.clone().unwrap_or_else(|| "yes".to_owned())),
    );
    let mode = |mode| match mode {
        CredentialsMode::Include => "include",
        CredentialsMode::Omit => "omit",
        CredentialsMode::SameOrigin => "same-origin",
    };
    part(
        "credentials",
        match copied.credentials {
            Credentials::Unknown => None,
            Credentials::Known(known) => Some(mode(known).to_owned()),
            Credentials::Guessed(guess) => Some(format!("{}?", mode(guess))),
        },
    );
    part(
        "mode",
        copied
            .mode
            .filter(|mode| *mode != Mode::Cors)
            .map(|mode| format!("{mode:?}").to_lowercase()),
    );
    part(
        "redirect",
        copied
            .redirect
            .filter(|redirect| *redirect != RedirectMode::Follow)
            .map(|redirect| format!("{redirect:?}").to_lowercase()),
    );
    part("load", (copied.load != Load::Fetch).then(|| format!("{:?}", copied.load).to_lowercase()));
    part(
        "upload",
        (copied.upload_listener == UploadListener::Registered).then(|| "listener".to_owned()),
    );
    let remarks: Vec<&str> = copied.remarks.iter().map(|remark| remark.kind.as_str()).collect();
    part("remarks", (!remarks.is_empty()).then(|| remarks.join(",")));
    parts.join(" ")
}

fn run(file: &str) {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for block in file.split("### ").skip(1) {
        let (head, text) = block.split_once('\n').expect("a head and a text");
        let [name, kind, expected] = head.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("{head}")
        };
        count += 1;
        let text = text.trim_end_matches('\n');
        let read = if kind == "fetch" { calls(text) } else { commands(text) };
        let found = match read {
            Ok(all) => all.iter().map(shown).collect::<Vec<_>>().join(" ;; "),
            Err(remark) => format!("refused: {}", remark.kind.as_str()),
        };
        if found != expected {
            wrong.push(format!("{name} | {kind} | {found}\n   wanted {expected}"));
        }
    }
    assert!(count > 40, "only {count} cases");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn given_copies_are_read() {
    run(GIVEN);
}

#[test]
fn further_copies_are_read() {
    run(FURTHER);
}
