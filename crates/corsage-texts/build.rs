//! Makes tables of the languages' folders. Where a language does not say what English says, English stands in for it,
//! and the gap is handed to the test that lists all of them: a text that is added in English alone must not break the
//! build of whoever added it.

#![expect(clippy::unwrap_used, reason = "a build that cannot go on says so by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Folder, and the plural forms of the language.
const LANGUAGES: [(&str, &[&str]); 2] =
    [("en", &["one", "other"]), ("ru", &["one", "few", "many"])];

/// Forms that a language may have: the [categories](https://unicode.org/reports/tr35/tr35-numbers.html#Language_Plural_Rules)
/// of Unicode, as far as whole numbers need them.
const FORMS: [&str; 4] = ["one", "few", "many", "other"];

/// What a module that only explains never says.
const LEFT_OUT: [&str; 7] =
    ["audit", "audit-report", "audit-told", "check", "convert", "demo", "problems"];

fn main() {
    let is_lent = std::env::var_os("CARGO_FEATURE_LENT").is_some();
    let mut generated = String::new();
    let mut gaps = Vec::new();
    let [(english, forms), others @ ..] = LANGUAGES;
    let mut ours = read(Path::new(english));
    if is_lent {
        let section =
            |key: &str| key.split('.').next().is_some_and(|name| LEFT_OUT.contains(&name));
        ours.retain(|(key, _)| !section(key));
    }
    let mut complaints = forms_that_differ(&ours, forms);
    assert!(complaints.is_empty(), "{english}: {}", complaints.remove(0));
    write_table(&mut generated, english, &ours);
    for (language, forms) in others {
        let theirs = read(Path::new(language));
        let (texts, found) = beside(&ours, &theirs, forms);
        if !is_lent {
            gaps.extend(found.into_iter().map(|gap| (language, gap)));
            write_table(&mut generated, language, &texts);
        }
    }
    writeln!(generated, "#[cfg(test)]\npub(crate) const GAPS: &[(&str, &str)] = &{gaps:?};")
        .unwrap();
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

/// A key without its plural form, and the form.
fn stem(key: &str) -> (&str, Option<&str>) {
    match key.rsplit_once('.') {
        Some((stem, form)) if FORMS.contains(&form) => (stem, Some(form)),
        _ => (key, None),
    }
}

/// Texts that count and have not a form for each of the language's, or have another.
fn forms_that_differ(texts: &[(String, String)], wanted: &[&str]) -> Vec<String> {
    let mut counted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (key, _) in texts {
        if let (stem, Some(form)) = stem(key) {
            counted.entry(stem).or_default().push(form);
        }
    }
    counted
        .into_iter()
        .filter(|(_, forms)| {
            forms.len() != wanted.len() || !wanted.iter().all(|form| forms.contains(form))
        })
        .map(|(stem, forms)| {
            format!("{stem} has the forms {forms:?}, and the language has {wanted:?}")
        })
        .collect()
}

/// A language's texts in the order of the English ones, and what it lacks: keys, places to fill in, plural forms.
/// What it lacks is said in English.
fn beside(
    english: &[(String, String)],
    theirs: &[(String, String)],
    forms: &[&str],
) -> (Vec<(String, String)>, Vec<String>) {
    let mut gaps = forms_that_differ(theirs, forms);
    let (ours, known) = (by_stem(english), by_stem(theirs));
    let extra = known.keys().filter(|key| !ours.contains_key(*key));
    gaps.extend(extra.map(|key| format!("{key} is here, and English has no such text")));
    let mut texts = Vec::new();
    let mut done = Vec::new();
    for (key, text) in english {
        let (key, form) = stem(key);
        if done.contains(&key) {
            continue;
        }
        done.push(key);
        let found = known.get(key);
        let fits = found.is_some_and(|found| found.places == ours[key].places);
        match found {
            None => gaps.push(format!("{key} is missing: {text:?}")),
            Some(found) if !fits => gaps.push(format!(
                "{key} has the places {:?}, and English has {:?}",
                found.places, ours[key].places
            )),
            Some(_) => {}
        }
        let said = |form| found.filter(|_| fits).and_then(|found| found.forms.get(&form)).copied();
        match form {
            None => texts.push((key.to_owned(), said(None).unwrap_or(text).to_owned())),
            Some(_) => texts.extend(forms.iter().map(|form| {
                let instead = if *form == "one" { "one" } else { "other" };
                let text = said(Some(form)).unwrap_or_else(|| ours[key].forms[&Some(instead)]);
                (format!("{key}.{form}"), text.to_owned())
            })),
        }
    }
    (texts, gaps)
}

/// The forms of a text, and the places of all of them.
#[derive(Default)]
struct Entry<'a> {
    forms: BTreeMap<Option<&'a str>, &'a str>,
    places: BTreeSet<String>,
}

fn by_stem(texts: &[(String, String)]) -> BTreeMap<&str, Entry<'_>> {
    let mut entries: BTreeMap<&str, Entry<'_>> = BTreeMap::new();
    for (key, text) in texts {
        let (stem, form) = stem(key);
        let entry = entries.entry(stem).or_default();
        entry.forms.insert(form, text);
        entry.places.extend(places(text));
    }
    entries
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
