//! Every sentence that the core and this crate say of a configuration is in the catalogue, so that other languages can
//! retell it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::path::{Path, PathBuf};

use corsage_texts::Language;

/// Texts of these files that are no sentences about a configuration: descriptions in the schema, and words that are
/// looked for in what parsers say.
const APART: &[&str] = &[
    "The gateway: where it listens, what stands behind it, its limits.",
    "Policies: the first that fits a request decides it.",
    "A file of Corsage: the gateway, and the policies that it wears.",
    "Pages of the same origin.",
    "Pages of the same site.",
    "Every page.",
    "http origins, with credentials",
    "all subdomains of a public suffix, with credentials",
    "the origin `null`: sandboxed frames, local files, some redirects",
    "`file://` and other schemes that are not of the web",
    "every origin, with credentials",
    "Why this is wanted: {doc}.",
    "one field, or no short form",
    "duplicate key",
    "in array",
    " at line ",
    "a table",
];

#[test]
fn every_sentence_can_be_retold() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let core = crates.join("corsage/src");
    let mut files = vec![core.join("server/problem_texts.rs")];
    collect(&crates.join("corsage-config/src"), &mut files);
    let (mut seen, mut missing) = (0, Vec::new());
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        let (code, _) = source.split_once("#[cfg(test)]").unwrap_or((&source, ""));
        for text in literals(code) {
            if text.trim().contains(' ') && words(&text) >= 2 && !APART.contains(&text.as_str()) {
                seen += 1;
                if Language::Russian.retell("problems", &text).is_none() {
                    missing.push(format!("  {}: {text:?}", file.display()));
                }
            }
        }
    }
    assert!(seen > 180, "only {seen} sentences were found");
    assert!(
        missing.is_empty(),
        "add these to crates/corsage-texts/en/problems.toml, with {{names}} for what varies:\n{}",
        missing.join("\n")
    );
}

/// Those that are not written in one piece, or not in a file of texts.
#[test]
fn sentences_of_origins_can_be_retold() {
    for text in [
        "null",
        "app.example",
        "HTTPS://a.example",
        "https://-",
        "https://1.2.3",
        "https://a.example:0",
        "https://a.example:443",
        "https://.",
    ] {
        let Err(error) = corsage::terms::Origin::parse(text) else { continue };
        let said = error.to_string();
        assert!(Language::Russian.retell("problems", &said).is_some(), "{text}: {said}");
    }
    let of_pattern = "https://*.app.example admits it already";
    assert!(Language::Russian.retell("problems", of_pattern).is_some());
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

fn words(text: &str) -> usize {
    let word = |word: &&str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    text.split(|c: char| !c.is_alphanumeric()).filter(word).count()
}

/// The string literals of a file, without its comments.
fn literals(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let from = &rest[at..];
        if from.starts_with("//") {
            rest = from.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(inside) = from.strip_prefix('"') {
            let (text, after) = literal(inside);
            found.push(text);
            rest = after;
        } else if from.starts_with("'\"'") || from.starts_with("'/'") {
            rest = &from[3..];
        } else {
            rest = &from[1..];
        }
    }
    found
}

/// A literal up to its end, as the program has it, and what comes after it.
fn literal(source: &str) -> (String, &str) {
    let mut text = String::new();
    let mut rest = source;
    loop {
        let at = rest.find(['"', '\\']).unwrap();
        text.push_str(&rest[..at]);
        let from = &rest[at..];
        if let Some(after) = from.strip_prefix('"') {
            return (text, after);
        }
        let escaped = from[1..].chars().next().unwrap();
        rest = &from[1 + escaped.len_utf8()..];
        match escaped {
            '\n' => rest = rest.trim_start(),
            'n' => text.push('\n'),
            other => text.push(other),
        }
    }
}
