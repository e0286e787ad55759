//! Makes tables of the languages' folders, and refuses a language that does not say what English says.

#![expect(clippy::unwrap_used, reason = "a build that cannot go on says so by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Folder, and the plural forms of the language.
const LANGUAGES: [(&str, &[&str]); 1] = [("en", &["one", "other"])];

/// Forms that a language may have: the [categories](https://unicode.org/reports/tr35/tr35-numbers.html#Language_Plural_Rules)
/// of Unicode, as far as whole numbers need them.
const FORMS: [&str; 4] = ["one", "few", "many", "other"];

fn main() {
    let mut generated = String::new();
    let mut english: Vec<(String, String)> = Vec::new();
    for (language, forms) in LANGUAGES {
        let texts = read(Path::new(language));
        hold_forms(language, &texts, forms);
        if english.is_empty() {
            english.clone_from(&texts);
        } else {
            hold_alike(language, &texts, &english);
        }
        write_table(&mut generated, language, &texts);
    }
    let out: PathBuf = std::env::var_os("OUT_DIR").unwrap().into();
    std::fs::write(out.join("tables.rs"), generated).unwrap();
}

/// All texts of a language, in the order of its files.
fn read(folder: &Path) -> Vec<(String, String)> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut texts = Vec::new();
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files {
        // `codes/api.toml` and `codes/notes.toml` are one section, split for those who read it.
        let section = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let parts = if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            let mut parts: Vec<_> =
                std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect();
            parts.sort();
            parts
        } else {
            vec![path]
        };
        for part in parts {
            println!("cargo::rerun-if-changed={}", part.display());
            let table: Table = std::fs::read_to_string(&part)
                .unwrap()
                .parse()
                .unwrap_or_else(|error| panic!("{}: {error}", part.display()));
            flatten(&section, &table, &mut texts);
        }
    }
    texts
}

fn flatten(prefix: &str, table: &Table, texts: &mut Vec<(String, String)>) {
    for (key, value) in table {
        let key = format!("{prefix}.{key}");
        match value {
            Value::String(text) => {
                assert!(texts.iter().all(|(other, _)| *other != key), "{key} is there twice");
                texts.push((key, text.clone()));
            }
            Value::Table(inner) => flatten(&key, inner, texts),
            other => panic!("{key} is no text: {other}"),
        }
    }
}

/// A text that counts has a form for each of the language's, and no other.
fn hold_forms(language: &str, texts: &[(String, String)], wanted: &[&str]) {
    let mut counted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (key, _) in texts {
        if let Some((stem, form)) = key.rsplit_once('.').filter(|(_, form)| FORMS.contains(form)) {
            counted.entry(stem).or_default().push(form);
        }
    }
    for (stem, forms) in counted {
        assert!(
            forms.len() == wanted.len() && wanted.iter().all(|form| forms.contains(form)),
            "{language}: {stem} has the forms {forms:?}, and the language has {wanted:?}"
        );
    }
}

/// The same keys as in English, and the same places to fill in.
fn hold_alike(language: &str, texts: &[(String, String)], english: &[(String, String)]) {
    let shape = |texts: &[(String, String)]| -> BTreeMap<String, Vec<String>> {
        let mut shape: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (key, text) in texts {
            let stem = match key.rsplit_once('.') {
                Some((stem, form)) if FORMS.contains(&form) => stem,
                _ => key,
            };
            let found = shape.entry(stem.to_owned()).or_default();
            found.extend(places(text));
            found.sort();
            found.dedup();
        }
        shape
    };
    let (theirs, ours) = (shape(texts), shape(english));
    for (key, places) in &ours {
        match theirs.get(key) {
            None => panic!("{language} lacks {key}"),
            Some(other) => assert_eq!(other, places, "{language}: the places of {key}"),
        }
    }
    for key in theirs.keys() {
        assert!(ours.contains_key(key), "{language} has {key}, which English has not");
    }
}

/// The names between braces.
fn places(text: &str) -> Vec<String> {
    let name = |c: char| c.is_ascii_lowercase() || c == '_';
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(inside, _)| inside)
        .filter(|inside| !inside.is_empty() && inside.chars().all(name))
        .map(str::to_owned)
        .collect()
}

/// The texts in the order of their files, and the positions of them in the order of their keys.
fn write_table(generated: &mut String, language: &str, texts: &[(String, String)]) {
    let name = language.to_uppercase();
    writeln!(
        generated,
        "pub(crate) static {name}: Table = Table {{ texts: {name}_TEXTS, sorted: {name}_SORTED }};"
    )
    .unwrap();
    writeln!(generated, "const {name}_TEXTS: &[(&str, &str)] = &[").unwrap();
    for (key, text) in texts {
        writeln!(generated, "    ({key:?}, {text:?}),").unwrap();
    }
    let mut sorted: Vec<usize> = (0..texts.len()).collect();
    sorted.sort_by_key(|&index| &texts[index].0);
    writeln!(generated, "];\nconst {name}_SORTED: &[u16] = &{sorted:?};").unwrap();
}
