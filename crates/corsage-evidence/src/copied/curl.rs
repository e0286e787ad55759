//! curl: what its options make of a request.

use corsage_diagnosis::RemarkKind;

use super::curl_options::{Kind, of_letter, of_name};
use super::glob;
use super::word::Word;
use crate::request::{Copied, Credentials, Remark};

/// More URLs than that are no request that somebody asks about.
const MAX_URLS: usize = 16;

/// Options that lead the connection elsewhere.
const CONNECTION: &[&str] = &[
    "abstract-unix-socket",
    "connect-to",
    "doh-url",
    "interface",
    "preproxy",
    "proxy",
    "proxy1.0",
    "resolve",
    "socks4",
    "socks4a",
    "socks5",
    "socks5-hostname",
    "unix-socket",
];

/// The requests of a command, one for each URL and for each part between `--next`.
pub(super) fn read(arguments: &[Word]) -> Result<Vec<Copied>, Remark> {
    let mut all = Vec::new();
    let mut operation = Operation::default();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        for (name, attached) in options(word) {
            let Some(name) = name else {
                operation.urls.push(word.clone());
                continue;
            };
            let known = of_name(&name);
            let (full, kind) = match known {
                Some(known) => known,
                None => {
                    operation.copied.remark(
                        RemarkKind::UnknownOption,
                        &[("tool", "curl"), ("option", &written(&name))],
                    );
                    continue;
                }
            };
            if full == "next" {
                all.extend(std::mem::take(&mut operation).finish()?);
                continue;
            }
            let value = match (kind, attached) {
                (Kind::Flag, _) => None,
                (Kind::Value, Some(value)) => Some(value),
                (Kind::Value, None) => Some(words.next().cloned().ok_or_else(|| {
                    Remark::new(
                        RemarkKind::OptionWithoutValue,
                        &[("tool", "curl"), ("option", &written(full))],
                    )
                })?),
            };
            operation.option(full, value)?;
        }
    }
    all.extend(operation.finish()?);
    Ok(all)
}

fn written(name: &str) -> String {
    if name.chars().count() == 1 { format!("-{name}") } else { format!("--{name}") }
}

/// The options in a word, each with the value that is attached to it; no name for what is no option.
fn options(word: &Word) -> Vec<(Option<String>, Option<Word>)> {
    let text = word.text.as_str();
    if let Some(long) = text.strip_prefix("--").filter(|long| !long.is_empty()) {
        // curl itself has no `--name=value`; people and tools write it.
        return match long.split_once('=') {
            Some((name, value)) if of_name(name).is_some_and(|(_, kind)| kind == Kind::Value) => {
                vec![(Some(name.to_owned()), Some(word.part(value)))]
            }
            _ => vec![(Some(long.to_owned()), None)],
        };
    }
    let Some(letters) =
        text.strip_prefix('-').filter(|letters| !letters.is_empty() && *letters != "-")
    else {
        return vec![(None, None)];
    };
    let mut options = Vec::new();
    for (at, letter) in letters.char_indices() {
        let Some(name) = of_letter(letter) else {
            options.push((Some(letter.to_string()), None));
            continue;
        };
        if of_name(name).is_some_and(|(_, kind)| kind == Kind::Value) {
            let rest = &letters[at + letter.len_utf8()..];
            let value = (!rest.is_empty()).then(|| word.part(rest));
            options.push((Some(name.to_owned()), value));
            break;
        }
        options.push((Some(name.to_owned()), None));
    }
    options
}

/// What stands between two `--next`.
#[derive(Default)]
struct Operation {
    copied: Copied,
    urls: Vec<Word>,
    sent: Vec<(String, String)>,
    removed: Vec<String>,
    data: Option<String>,
    content_type: Option<&'static str>,
    method: Option<String>,
    query: Vec<String>,
    as_query: bool,
    head: bool,
    upload: bool,
    globbing_off: bool,
    scheme: Option<String>,
}

impl Operation {
    fn option(&mut self, name: &str, value: Option<Word>) -> Result<(), Remark> {
        let word = value.unwrap_or_default();
        let value = word.text.clone();
        match name {
            "url" => self.urls.push(word),
            "url-query" => self.query.push(encoded(value.strip_prefix('+').unwrap_or(&value))),
            "request" => self.method = Some(value),
            "header" => self.header(&word),
            "cookie" => self.cookie(&value),
            "user-agent" => self.sent.push(("user-agent".to_owned(), value)),
            "referer" => {
                let referer = value.split(';').next().unwrap_or_default().to_owned();
                self.sent.push(("referer".to_owned(), referer));
            }
            "data" | "data-ascii" | "data-binary" => self.data(&word, true),
            "data-raw" => self.data(&word, false),
            "data-urlencode" => {
                let text = encoded(&value);
                self.add(&text);
            }
            "json" => {
                self.data(&word, true);
                self.content_type = Some("application/json");
                self.sent.push(("accept".to_owned(), "application/json".to_owned()));
            }
            "form" | "form-string" => {
                self.add("");
                self.content_type = Some("multipart/form-data");
            }
            "upload-file" => {
                self.upload = true;
                self.copied.remark(RemarkKind::BodyFromFile, &[("file", &value)]);
                self.data.get_or_insert_with(String::new);
            }
            "get" => self.as_query = true,
            "head" => self.head = true,
            "user" => {
                self.sent.push(("authorization".to_owned(), "Basic (from -u)".to_owned()));
            }
            "oauth2-bearer" => {
                self.sent.push(("authorization".to_owned(), format!("Bearer {value}")));
            }
            "aws-sigv4" => self
                .sent
                .push(("authorization".to_owned(), "AWS4-HMAC-SHA256 (computed)".to_owned())),
            "range" => self.sent.push(("range".to_owned(), format!("bytes={value}"))),
            "continue-at" if value != "-" && value != "0" => {
                self.sent.push(("range".to_owned(), format!("bytes={value}-")));
            }
            "time-cond" => self.sent.push(("if-modified-since".to_owned(), value)),
            "etag-compare" => {
                self.sent.push(("if-none-match".to_owned(), "(from a file)".to_owned()));
            }
            "globoff" => self.globbing_off = true,
            "proto-default" => self.scheme = Some(value),
            "config" => {
                return Err(Remark::new(
                    RemarkKind::ConfigFile,
                    &[("option", "-K"), ("file", &value)],
                ));
            }
            name if CONNECTION.contains(&name) => {
                self.copied.remark(
                    RemarkKind::ConnectionOption,
                    &[("option", &written(name)), ("tool", "curl")],
                );
            }
            _ => {}
        }
        Ok(())
    }

    fn header(&mut self, word: &Word) {
        let line = word.text.as_str();
        if let Some(file) = line.strip_prefix('@') {
            let place = word.computed.first().map_or("-H", |computed| computed.place.as_str());
            self.copied.remark(
                RemarkKind::HeadersComputed,
                &[("text", &format!("@{file}")), ("place", place)],
            );
            return;
        }
        // `Name;` sends it empty, `Name:` takes it out.
        let (name, value) = match line.split_once(':') {
            Some((name, value)) => (name.trim(), value.trim()),
            // HTTP/2 pseudo-headers begin with a colon.
            None => match line.strip_suffix(';') {
                Some(name) => (name.trim(), ""),
                None => return,
            },
        };
        if line.starts_with(':') || name.is_empty() {
            return;
        }
        if value.is_empty() && !line.ends_with(';') {
            self.removed.push(name.to_ascii_lowercase());
            return;
        }
        if let Some(computed) = word.computed.first() {
            self.copied.remark(
                RemarkKind::HeaderComputed,
                &[("name", name), ("text", &computed.text), ("place", &computed.place)],
            );
        }
        self.sent.push((name.to_owned(), value.to_owned()));
    }

    fn cookie(&mut self, value: &str) {
        if value.contains('=') {
            self.sent.push(("cookie".to_owned(), value.to_owned()));
        } else if !value.is_empty() {
            self.copied.remark(RemarkKind::CookieFile, &[("file", value)]);
        }
    }

    fn data(&mut self, word: &Word, files: bool) {
        match word.text.strip_prefix('@').filter(|_| files) {
            Some(file) => {
                self.copied.remark(RemarkKind::BodyFromFile, &[("file", file)]);
                self.add("");
            }
            None => self.add(&word.text),
        }
    }

    fn add(&mut self, more: &str) {
        match &mut self.data {
            Some(data) if !data.is_empty() && !more.is_empty() => {
                // `--json` puts its parts together without anything between.
                if self.content_type != Some("application/json") {
                    data.push('&');
                }
                data.push_str(more);
            }
            Some(data) => data.push_str(more),
            None => self.data = Some(more.to_owned()),
        }
    }

    fn finish(mut self) -> Result<Vec<Copied>, Remark> {
        let mut query = std::mem::take(&mut self.query);
        if self.as_query {
            query.extend(self.data.take());
        }
        let sends =
            |name: &str| self.sent.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let browser = crate::sent_headers::writer(
            self.sent.iter().map(|(name, value)| (name.as_str(), value.as_str())),
        ) == crate::sent_headers::Writer::Browser;
        if self.data.is_some()
            && !self.upload
            && !sends("content-type")
            && !self.removed.iter().any(|name| name == "content-type")
        {
            // curl sends a type by itself; a copy of a browser's request has the type that the browser sent.
            match self.content_type {
                Some(kind) => self.sent.push(("content-type".to_owned(), kind.to_owned())),
                None if !browser => {
                    self.sent.push((
                        "content-type".to_owned(),
                        "application/x-www-form-urlencoded".to_owned(),
                    ));
                }
                None => {}
            }
        }
        let mut copied = self.copied;
        copied.data = self.data;
        copied.method = self.method.or_else(|| {
            if self.head {
                Some("HEAD".to_owned())
            } else if self.upload {
                Some("PUT".to_owned())
            } else if copied.data.is_some() {
                Some("POST".to_owned())
            } else {
                None
            }
        });
        copied.credentials = Credentials::Unknown;
        copied.take_sent(&self.sent);
        if self.urls.is_empty() {
            return Err(Remark::new(RemarkKind::NoUrl, &[("tool", "curl")]));
        }
        let mut all = Vec::new();
        for word in &self.urls {
            let Some(text) = word.url(&mut copied).map(str::to_owned) else {
                all.push(copied.clone());
                continue;
            };
            let text = text.as_str();
            let expanded = if self.globbing_off {
                vec![text.to_owned()]
            } else {
                glob::expand(text, MAX_URLS).map_err(|count| {
                    Remark::new(
                        RemarkKind::TooManyUrls,
                        &[("count", &count.to_string()), ("text", text)],
                    )
                })?
            };
            let count = expanded.len();
            for url in expanded {
                let mut one = copied.clone();
                if count > 1 {
                    one.remark(
                        RemarkKind::Globbing,
                        &[("count", &count.to_string()), ("text", text)],
                    );
                }
                one.url =
                    Some(with_query(with_scheme(&url, self.scheme.as_deref(), &mut one), &query));
                all.push(one);
            }
        }
        Ok(all)
    }
}

/// curl guesses the scheme from the host's first label, and takes http otherwise.
fn with_scheme(url: &str, default: Option<&str>, copied: &mut Copied) -> String {
    if url.contains("://") {
        return url.to_owned();
    }
    let scheme = default.unwrap_or("http");
    copied.remark(RemarkKind::SchemeAssumed, &[("scheme", scheme), ("tool", "curl")]);
    format!("{scheme}://{url}")
}

fn with_query(mut url: String, query: &[String]) -> String {
    for part in query {
        let fragment = url.find('#').map(|at| url.split_off(at));
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(part);
        url.extend(fragment);
    }
    url
}

/// `--data-urlencode`: `name=content`, `=content`, `content`.
fn encoded(value: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const ALL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    let encode = |text: &str| utf8_percent_encode(text, ALL).to_string();
    match value.split_once('=') {
        Some(("", content)) => encode(content),
        Some((name, content)) => format!("{name}={}", encode(content)),
        None => encode(value),
    }
}
