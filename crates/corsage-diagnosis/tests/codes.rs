//! Every code has its page in `docs/codes/`, and every page says what the catalogue says.
//! `CORSAGE_BLESS=1 cargo test -p corsage-diagnosis --test codes` writes the pages anew.

use std::path::PathBuf;

use corsage::browser::Code;
use corsage_diagnosis::{Cause, CauseText, CodeText, Language, Topic, TopicText, page};

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/codes")
}

const SECTIONS: [&str; 6] = [
    "## Cause",
    "## Example",
    "## What browsers print",
    "## Fix",
    "## False alarms",
    "## See also",
];

#[test]
fn every_code_has_its_page() {
    let bless = std::env::var_os("CORSAGE_BLESS").is_some();
    for &code in Code::ALL {
        let path = directory().join(format!("{code}.md"));
        let rendered = page(code, Language::English);
        if bless {
            std::fs::write(&path, &rendered).expect("written");
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(!written.is_empty(), "docs/codes/{code}.md is missing");
        assert!(written.starts_with(&format!("# `{code}`\n")), "{code}: title");
        let mut rest = written.as_str();
        for section in SECTIONS {
            let (_, after) = rest
                .split_once(&format!("\n{section}\n\n"))
                .unwrap_or_else(|| panic!("{code}: no section {section}, or out of order"));
            assert!(!after.starts_with('#') && !after.is_empty(), "{code}: {section} is empty");
            rest = after;
        }
        assert!(rest.contains("- <https://"), "{code}: no link");
        assert!(
            written == rendered,
            "docs/codes/{code}.md is not what the catalogue says; write it anew with CORSAGE_BLESS=1"
        );
    }
}

#[test]
fn every_page_belongs_to_a_code() {
    let mut names: Vec<String> = std::fs::read_dir(directory())
        .expect("docs/codes")
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name != "README.md")
        .collect();
    names.sort();
    for name in &names {
        let code = name.strip_suffix(".md").and_then(Code::from_name);
        assert!(code.is_some(), "docs/codes/{name} belongs to no code");
    }
    assert_eq!(names.len(), Code::ALL.len());
}

#[test]
fn the_index_lists_every_code() {
    let mut index = String::from(
        "# Codes\n\nOne name for each way in which a fetch can fail, or succeed with less. \
         `corsage explain --code NAME`\nprints the same pages.\n\n| code | what it means |\n| --- | --- |\n",
    );
    for &code in Code::ALL {
        let title = CodeText::of(code, Language::English).title.replace('|', "\\|");
        index.push_str(&format!("| [`{code}`]({code}.md) | {title} |\n"));
    }
    let path = directory().join("README.md");
    if std::env::var_os("CORSAGE_BLESS").is_some() {
        std::fs::write(&path, &index).expect("written");
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), index);
}

#[test]
fn texts_follow_the_style() {
    for &code in Code::ALL {
        let text = CodeText::of(code, Language::English);
        for line in [text.title, text.label] {
            assert!(!line.is_empty(), "{code}");
            assert!(!line.ends_with('.'), "{code}: {line:?} ends in a full stop");
            assert!(!line.contains('\n'), "{code}: {line:?} has a line break");
        }
        assert!(text.cause.ends_with('.'), "{code}: {:?}", text.cause);
        for line in [text.server, text.page, text.false_alarm] {
            assert!(line.is_empty() || line.ends_with('.'), "{code}: {line:?}");
            assert!(!line.contains("  "), "{code}: {line:?} has two blanks");
        }
    }
    for &cause in Cause::ALL {
        let text = CauseText::of(cause, Language::English);
        assert!(!text.title.is_empty() && !text.title.ends_with('.'), "{}", cause.as_str());
        assert!(text.why.ends_with('.') || text.why == "{why}", "{}", cause.as_str());
        assert!(!text.fix.is_empty() && !text.fix.ends_with('.'), "{}", cause.as_str());
        assert_eq!(Cause::from_name(cause.as_str()), Some(cause));
    }
}

#[test]
fn every_text_belongs_to_a_code_or_a_cause() {
    let named = |key: &str| key.split_once('.').map(|(name, _)| name.to_owned());
    for language in Language::ALL {
        for (key, _) in language.section("codes") {
            let name = named(key).unwrap_or_default();
            assert!(Code::from_name(&name).is_some(), "{language}: codes.{key} is of no code");
        }
        for (key, _) in language.section("causes") {
            let name = named(key).unwrap_or_default();
            assert!(Cause::from_name(&name).is_some(), "{language}: causes.{key} is of no cause");
        }
        for (key, _) in language.section("topics") {
            let name = named(key).unwrap_or_default();
            assert!(
                Topic::ALL.iter().any(|topic| topic.as_str() == name),
                "{language}: topics.{key} is of no topic"
            );
        }
        for &topic in Topic::ALL {
            let text = TopicText::of(topic, language);
            assert!([text.title, text.tells, text.next].iter().all(|text| !text.is_empty()));
        }
    }
}
