//! wget: what its options make of a request.

use corsage_diagnosis::RemarkKind;

use super::word::Word;
use crate::request::{Copied, Remark};

/// Options with a value that say nothing about the request.
const VALUES: &[&str] = &[
    "-o",
    "--output-file",
    "-a",
    "--append-output",
    "-O",
    "--output-document",
    "-P",
    "--directory-prefix",
    "-t",
    "--tries",
    "-T",
    "--timeout",
    "-w",
    "--wait",
    "-Q",
    "--quota",
    "-l",
    "--level",
    "-A",
    "--accept",
    "-R",
    "--reject",
    "-D",
    "--domains",
    "--exclude-domains",
    "-I",
    "--include-directories",
    "-X",
    "--exclude-directories",
    "-B",
    "--base",
    "-i",
    "--input-file",
    "-e",
    "--execute",
    "--ca-certificate",
    "--ca-directory",
    "--certificate",
    "--private-key",
    "--secure-protocol",
    "--save-cookies",
    "--default-page",
    "--max-redirect",
    "--limit-rate",
    "--dns-timeout",
    "--connect-timeout",
    "--read-timeout",
    "--waitretry",
    "--bind-address",
    "--local-encoding",
    "--remote-encoding",
    "--compression",
    "--progress",
    "--proxy-user",
    "--proxy-password",
    "--password",
    "--http-password",
    "--user-agent",
    "-U",
    "--cut-dirs",
    "--regex-type",
    "--accept-regex",
    "--reject-regex",
    "--ciphers",
    "--crl-file",
    "--pinnedpubkey",
    "--hsts-file",
    "--warc-file",
    "--report-speed",
    "--prefer-family",
];

/// The requests of a command, one for each URL.
pub(super) fn read(arguments: &[Word]) -> Result<Vec<Copied>, Remark> {
    let mut copied = Copied::default();
    let (mut urls, mut sent) = (Vec::new(), Vec::new());
    let (mut method, mut data) = (None, None);
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let text = word.text.as_str();
        if !text.starts_with('-') || text == "-" {
            urls.push(word.clone());
            continue;
        }
        let (name, attached) = match text.split_once('=') {
            Some((name, value)) if name.starts_with("--") => {
                (name.to_owned(), Some(word.part(value)))
            }
            _ => (text.to_owned(), None),
        };
        let mut value = || {
            attached.clone().or_else(|| words.next().cloned()).ok_or_else(|| {
                Remark::new(RemarkKind::OptionWithoutValue, &[("tool", "wget"), ("option", &name)])
            })
        };
        match name.as_str() {
            "--method" => method = Some(value()?.text),
            "--header" => {
                let line = value()?;
                if let Some((name, text)) = line.text.split_once(':') {
                    if let Some(computed) = line.computed.first() {
                        copied.remark(
                            RemarkKind::HeaderComputed,
                            &[("name", name), ("text", &computed.text), ("place", &computed.place)],
                        );
                    }
                    sent.push((name.to_owned(), text.trim().to_owned()));
                }
            }
            "--post-data" | "--body-data" => {
                if name == "--post-data" {
                    method.get_or_insert_with(|| "POST".to_owned());
                }
                data = Some(value()?.text);
            }
            "--post-file" | "--body-file" => {
                if name == "--post-file" {
                    method.get_or_insert_with(|| "POST".to_owned());
                }
                copied.remark(RemarkKind::BodyFromFile, &[("file", &value()?.text)]);
                data = Some(String::new());
            }
            "--user" | "--http-user" => {
                drop(value()?);
                sent.push(("authorization".to_owned(), "Basic (from --user)".to_owned()));
            }
            "--referer" => sent.push(("referer".to_owned(), value()?.text)),
            "--load-cookies" => copied.remark(RemarkKind::CookieFile, &[("file", &value()?.text)]),
            "--spider" => method = method.or_else(|| Some("HEAD".to_owned())),
            "-c" | "--continue" => {}
            name if VALUES.contains(&name) => drop(value()?),
            _ => {}
        }
    }
    let typed =
        sent.iter().any(|(name, _): &(String, String)| name.eq_ignore_ascii_case("content-type"));
    if data.is_some() && !typed {
        sent.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    }
    copied.method = method;
    copied.data = data;
    copied.take_sent(&sent);
    if urls.is_empty() {
        return Err(Remark::new(RemarkKind::NoUrl, &[("tool", "wget")]));
    }
    urls.iter()
        .map(|word| {
            let mut one = copied.clone();
            let Some(url) = word.url(&mut one) else { return Ok(one) };
            one.url = Some(if url.contains("://") {
                url.to_owned()
            } else {
                one.remark(RemarkKind::SchemeAssumed, &[("scheme", "http"), ("tool", "wget")]);
                format!("http://{url}")
            });
            Ok(one)
        })
        .collect()
}
