//! `serve.json`, as [`serve-handler`](https://github.com/vercel/serve-handler) serves files by it.

mod extended;
mod glob;
mod read;

use self::read::Rule;
use crate::{Answered, Asked, Behind, BehindAnswer, Borders, NotRead, Program, Source};

/// Reads a `serve.json`.
///
/// # Errors
/// What is not understood.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    Ok(Box::new(read::site(source.text)?))
}

/// A folder of files.
struct Site {
    rules: Vec<Rule>,
    /// Whether `/page.html` is sent on to `/page`.
    clean_urls: bool,
}

impl Site {
    /// The lines of every rule that fits, each key where it first came, with its last value.
    fn lines(&self, file: &str) -> Vec<(String, String)> {
        let mut lines: Vec<(&str, Option<&str>)> = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.source.fits(file)) {
            for (key, value) in &rule.headers {
                match lines.iter_mut().find(|(other, _)| other == key) {
                    Some(line) => line.1 = value.as_deref(),
                    None => lines.push((key, value.as_deref())),
                }
            }
        }
        let present =
            |(key, value): (&str, Option<&str>)| Some((key.to_owned(), value?.to_owned()));
        lines.into_iter().filter_map(present).collect()
    }
}

impl Program for Site {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let Some(path) = decoded(asked.path_only()) else { return Answered::by_itself(400) };
        if self.clean_urls && (path.ends_with(".html") || path.ends_with("/index")) {
            return Answered::by_itself(301);
        }
        // Whatever the method, the file is what a GET would be given.
        let status = match behind.answer(&Asked { method: "GET", ..*asked }) {
            BehindAnswer::Responds(response) => response.status,
            BehindAnswer::Drops | BehindAnswer::Raises => 500,
            BehindAnswer::NoRoute | BehindAnswer::NoMethod { .. } => 404,
        };
        let mut answered = Answered::by_itself(status);
        for (name, value) in self.lines(&file(&path)) {
            let lower = name.to_ascii_lowercase();
            if lower == "vary" {
                answered.vary.push(value);
            } else if lower.starts_with("access-control-") {
                answered.add(name, value);
            }
        }
        answered
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders { paths: ["/".to_owned()].into(), ..Borders::default() };
        for rule in &self.rules {
            borders.paths.extend(rule.source.samples());
        }
        borders
    }
}

/// The file that a path names; a folder is answered by its index.
fn file(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let mut file: String = parts.iter().flat_map(|part| ["/", part]).collect();
    if file.is_empty() || path.ends_with('/') {
        file.push_str("/index.html");
    }
    file
}

/// `decodeURIComponent`.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}
