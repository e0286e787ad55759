//! HTTPie, and xh, which reads the same: items instead of options.

use corsage_diagnosis::RemarkKind;

use super::word::Word;
use crate::request::{Copied, Remark};

/// Options with a value that say nothing about the request.
const VALUES: &[&str] = &[
    "-p",
    "--print",
    "-o",
    "--output",
    "-A",
    "--auth-type",
    "--session",
    "--session-read-only",
    "--verify",
    "--timeout",
    "-s",
    "--style",
    "--pretty",
    "--format-options",
    "--max-redirects",
    "--max-headers",
    "--ssl",
    "--ciphers",
    "--cert",
    "--cert-key",
    "--cert-key-pass",
    "--response-charset",
    "--response-mime",
    "--boundary",
    "-P",
    "--history-print",
    "--http-version",
];

/// The type of the body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Json,
    Form,
    Multipart,
}

/// The request of a command.
pub(super) fn read(arguments: &[Word], scheme: &str) -> Result<Copied, Remark> {
    let mut copied = Copied::default();
    let mut sent: Vec<(String, String)> = Vec::new();
    let mut positional: Vec<&Word> = Vec::new();
    let (mut kind, mut data, mut bearer, mut scheme) =
        (Body::Json, None::<String>, false, scheme.to_owned());
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let text = word.text.as_str();
        if !text.starts_with('-') {
            positional.push(word);
            continue;
        }
        let (name, attached) = match text.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (text, None),
        };
        let mut value = || {
            attached.clone().or_else(|| words.next().map(|word| word.text.clone())).ok_or_else(
                || {
                    Remark::new(
                        RemarkKind::OptionWithoutValue,
                        &[("tool", "HTTPie"), ("option", name)],
                    )
                },
            )
        };
        match name {
            "-f" | "--form" => kind = Body::Form,
            "-j" | "--json" => kind = Body::Json,
            "--multipart" => kind = Body::Multipart,
            "--raw" => data = Some(value()?),
            "-a" | "--auth" => {
                drop(value()?);
                sent.push(("authorization".to_owned(), "Basic (from -a)".to_owned()));
            }
            "-A" | "--auth-type" => bearer = value()?.eq_ignore_ascii_case("bearer"),
            "--bearer" => {
                drop(value()?);
                sent.push(("authorization".to_owned(), "Bearer (from --bearer)".to_owned()));
            }
            "--default-scheme" => scheme = value()?,
            "--proxy" => {
                drop(value()?);
                copied.remark(
                    RemarkKind::ConnectionOption,
                    &[("option", "--proxy"), ("tool", "HTTPie")],
                );
            }
            name if VALUES.contains(&name) => drop(value()?),
            _ => {}
        }
    }
    if bearer && let Some((_, value)) = sent.iter_mut().find(|(name, _)| name == "authorization") {
        "Bearer (from -a)".clone_into(value);
    }
    let several = positional.len() > 1;
    let mut positional = positional.into_iter().peekable();
    const VERBS: &[&str] = &["get", "head", "post", "put", "patch", "delete", "options"];
    let is_method = |word: &Word| {
        let upper =
            !word.text.is_empty() && word.text.bytes().all(|byte| byte.is_ascii_uppercase());
        upper || VERBS.contains(&word.text.as_str())
    };
    // A name in capitals alone is a host only if nothing follows.
    copied.method = match positional.peek() {
        Some(word) if is_method(word) && several => {
            positional.next().map(|word| word.text.to_ascii_uppercase())
        }
        _ => None,
    };
    let url =
        positional.next().ok_or_else(|| Remark::new(RemarkKind::NoUrl, &[("tool", "HTTPie")]))?;
    let known = url.url(&mut copied).map(str::to_owned);
    let computed = known.is_none();
    let mut url = absolute(&known.unwrap_or_default(), &scheme, &mut copied);
    for word in positional {
        item(word, &mut url, &mut sent, &mut data, &mut kind, &mut copied);
    }
    let types = |sent: &[(String, String)]| {
        sent.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    };
    if data.is_some() {
        copied.method.get_or_insert_with(|| "POST".to_owned());
        if !types(&sent) {
            let value = match kind {
                Body::Json => "application/json",
                Body::Form => "application/x-www-form-urlencoded; charset=utf-8",
                Body::Multipart => "multipart/form-data",
            };
            sent.push(("content-type".to_owned(), value.to_owned()));
        }
    }
    copied.data = data;
    copied.url = Some(url).filter(|_| !computed);
    copied.take_sent(&sent);
    Ok(copied)
}

/// `:3000/x` is on this machine; without a scheme the command's name tells it.
fn absolute(url: &str, scheme: &str, copied: &mut Copied) -> String {
    if url.contains("://") {
        return url.to_owned();
    }
    copied.remark(RemarkKind::SchemeAssumed, &[("scheme", scheme), ("tool", "HTTPie")]);
    match url.strip_prefix(':') {
        Some(rest) if rest.starts_with('/') => format!("{scheme}://localhost{rest}"),
        Some("") => format!("{scheme}://localhost/"),
        Some(rest) => format!("{scheme}://localhost:{rest}"),
        None => format!("{scheme}://{url}"),
    }
}

/// `name:value` is a header, `name==value` a part of the query, `name=value` and `name:=json` are of the body,
/// `name@file` is a file of a form.
fn item(
    word: &Word,
    url: &mut String,
    sent: &mut Vec<(String, String)>,
    data: &mut Option<String>,
    kind: &mut Body,
    copied: &mut Copied,
) {
    let text = word.text.as_str();
    // The separator that comes first, and of those at one place the longest.
    let separators = [":=@", "=@", ":=", "==", "@", "=", ":", ";"];
    let first = separators
        .iter()
        .filter_map(|separator| text.find(separator).map(|at| (at, *separator)))
        .min_by_key(|(at, separator)| (*at, usize::MAX - separator.len()));
    let Some((at, separator)) = first else { return };
    let (name, value) = (&text[..at], &text[at + separator.len()..]);
    match separator {
        ":" if !name.is_empty() => {
            if let Some(computed) = word.computed.first() {
                copied.remark(
                    RemarkKind::HeaderComputed,
                    &[("name", name), ("text", &computed.text), ("place", &computed.place)],
                );
            }
            if !value.is_empty() {
                sent.push((name.to_owned(), value.to_owned()));
            }
        }
        ";" => sent.push((name.to_owned(), String::new())),
        "==" => {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(name);
            url.push('=');
            url.push_str(value);
        }
        "@" => {
            if *kind == Body::Form {
                *kind = Body::Multipart;
            }
            copied.remark(RemarkKind::BodyFromFile, &[("file", value)]);
            data.get_or_insert_with(String::new);
        }
        ":=@" | "=@" => {
            copied.remark(RemarkKind::BodyFromFile, &[("file", value)]);
            data.get_or_insert_with(String::new);
        }
        "=" | ":=" => {
            let body = data.get_or_insert_with(String::new);
            if !body.is_empty() {
                body.push('&');
            }
            body.push_str(&format!("{name}={value}"));
        }
        _ => {}
    }
}
