//! Every rendering of one report is read back by somebody else's reader.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::io::Read as _;

use corsage_report::{Colour, Format, Place, Problem, Problems, Report, Rule, Severity};
use serde_json::Value;

const TEXT: &str =
    "[gateway]\nthread = 2\n\n[[policy]]\nallow_origins = [\"https://äpp.example/\"]\n";

/// One of everything that a report can hold, with what hurts each format.
fn everything() -> Report {
    let at = |needle: &str| {
        let start = TEXT.find(needle).unwrap();
        Place::File(start..start + needle.len())
    };
    let mut report = Report::new("corsage check");
    report.add(Problems::new(
        "config/a b.toml",
        TEXT,
        vec![
            Problem::new(Severity::Error, "unknown-key")
                .field("gateway.thread")
                .cause("unknown key `thread`")
                .way_out("did you mean `threads`?")
                .place(at("thread")),
            Problem::new(Severity::Warning, "idn")
                .field("policy[0].allow_origins[0]")
                .value("https://äpp.example/")
                .cause("100% <b>wrong</b> | \"quoted\" & 'so', ]]> \u{1}\nsecond line")
                .way_out("write the host as xn--…")
                .note("a page at https://xn--pp-uia.example would be meant")
                .place(at("https://äpp.example/")),
            Problem::new(Severity::Note, "defaulted")
                .cause("the value is a default")
                .place(Place::Nowhere),
            Problem::new(Severity::Error, "wrong-value")
                .value("many")
                .cause("this is no number")
                .way_out("write a number")
                .place(Place::Environment("CORSAGE_THREADS".into())),
            Problem::new(Severity::Error, "syntax")
                .cause("the text ends too early")
                .place(Place::File(TEXT.len()..TEXT.len())),
            Problem::new(Severity::Error, "wide")
                .cause("it goes on over lines")
                .place(Place::File(0..TEXT.len())),
        ],
    ));
    report.add(Problems::new("clean.toml", "", Vec::new()));
    report.add(Problems::unreadable("/nowhere.toml", "No such file"));
    report.describe(
        "unknown-key",
        Rule {
            title: "a key that means nothing".to_owned(),
            page: Some("https://example.com/unknown-key".to_owned()),
        },
    );
    report
}

fn clean() -> Report {
    let mut report = Report::new("corsage check");
    report.add(Problems::new("clean.toml", "", Vec::new()));
    report
}

fn sarif(report: &Report) -> Value {
    serde_json::from_str(&report.render(Format::Sarif, Colour::Plain)).unwrap()
}

/// The schema of the OASIS, <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>.
fn sarif_schema() -> jsonschema::Validator {
    let compressed: &[u8] = include_bytes!("data/sarif-2.1.0.schema.json.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(compressed).read_to_string(&mut text).unwrap();
    // A stray bracket in the pattern of languages, which no regular expression of Unicode has.
    let text = text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}?$");
    jsonschema::options()
        .should_validate_formats(true)
        .build(&serde_json::from_str(&text).unwrap())
        .unwrap()
}

#[test]
fn sarif_is_valid_against_its_schema() {
    let validator = sarif_schema();
    for report in [everything(), clean(), Report::new("corsage audit")] {
        let faults: Vec<String> =
            validator.iter_errors(&sarif(&report)).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{faults:#?}");
    }
    assert!(!validator.is_valid(&serde_json::json!({ "version": "2.1.0" })), "it judges");
}

/// <https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning>
#[test]
fn sarif_keeps_to_what_github_takes() {
    let sarif = sarif(&everything());
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 7, "six problems, and a file that cannot be read");
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        assert!(!place["artifactLocation"]["uri"].as_str().unwrap().is_empty(), "{result:#}");
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1, "{result:#}");
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(!rule["shortDescription"]["text"].as_str().unwrap().is_empty());
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
    }
    let first = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(first["artifactLocation"]["uri"], "config/a%20b.toml");
    let by_rule = |rule: &str| results.iter().find(|result| result["ruleId"] == rule).unwrap();
    let region = &by_rule("idn")["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (
            region["startLine"].as_u64(),
            region["startColumn"].as_u64(),
            region["endColumn"].as_u64()
        ),
        (Some(5), Some(19), Some(39)),
        "columns count characters, not bytes"
    );
}

#[test]
fn a_clean_run_has_no_results() {
    assert_eq!(sarif(&clean())["runs"][0]["results"], serde_json::json!([]));
    assert_eq!(clean().render(Format::Github, Colour::Plain), "");
}

#[test]
fn fingerprints_stay_when_lines_move_and_differ_where_faults_differ() {
    let fingerprints = |text: &str, field: &str| -> Vec<Value> {
        let faults = text.match_indices("\"*\"").map(|(start, found)| {
            Problem::new(Severity::Error, "wildcard")
                .field(field)
                .value("*")
                .cause("…")
                .place(Place::File(start..start + found.len()))
        });
        let mut report = Report::new("corsage check");
        report.add(Problems::new("corsage.toml", text, faults.collect()));
        sarif(&report)["runs"][0]["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|result| result["partialFingerprints"]["primaryLocationLineHash"].clone())
            .collect()
    };
    let before = fingerprints("a = \"*\"\nb = \"*\"\na = \"*\"\n", "policy[0].a");
    let moved = fingerprints("# new\n\n  a = \"*\"\nb = \"*\"\na = \"*\"\n", "policy[1].a");
    assert_eq!(before, moved);
    assert_eq!(before.len(), 3);
    assert!(before[0] != before[1] && before[1] != before[2] && before[0] != before[2]);
}

#[test]
fn junit_is_xml_that_counts_right() {
    let report = everything();
    for (xml, failures) in [
        (report.render(Format::Junit, Colour::Plain), 4),
        (report.to_junit(Severity::Warning), 5),
        (report.to_junit(Severity::Note), 6),
    ] {
        let document = roxmltree::Document::parse(&xml).unwrap();
        let count = |name: &str| document.descendants().filter(|n| n.has_tag_name(name)).count();
        assert_eq!(count("testsuite"), 3);
        assert_eq!((count("testcase"), count("failure"), count("error")), (8, failures, 1));
        let root = document.root_element();
        assert_eq!(root.attribute("tests"), Some("8"));
        assert_eq!(root.attribute("failures"), Some(failures.to_string().as_str()));
        assert_eq!(root.attribute("errors"), Some("1"));
        for suite in document.descendants().filter(|node| node.has_tag_name("testsuite")) {
            let cases = suite.children().filter(|node| node.has_tag_name("testcase")).count();
            assert_eq!(suite.attribute("tests"), Some(cases.to_string().as_str()));
        }
    }
    let xml = report.to_junit(Severity::Warning);
    let document = roxmltree::Document::parse(&xml).unwrap();
    let messages: Vec<_> =
        document.descendants().filter_map(|node| node.attribute("message")).collect();
    assert!(
        messages.contains(&"100% <b>wrong</b> | \"quoted\" & 'so', ]]> \u{fffd}\nsecond line"),
        "{messages:?}"
    );
}

#[test]
fn annotations_are_one_line_each() {
    let shown = everything().render(Format::Github, Colour::Plain);
    assert_eq!(shown.lines().count(), 7);
    assert!(shown.lines().all(|line| line.starts_with("::error ")
        || line.starts_with("::warning ")
        || line.starts_with("::notice ")));
    assert!(shown.contains(
        "::error file=config/a b.toml,line=2,endLine=2,col=1,endColumn=7,title=unknown-key::gateway.thread \
         unknown key `thread`; did you mean `threads`?\n"
    ));
    assert!(shown.contains("100%25 <b>"), "{shown}");
    assert!(shown.contains("%0Asecond line"), "{shown}");
}

#[test]
fn markdown_keeps_its_tables() {
    let shown = everything().render(Format::Markdown, Colour::Plain);
    let rows: Vec<&str> = shown.lines().filter(|line| line.starts_with('|')).collect();
    assert_eq!(rows.len(), 2 + 6);
    for row in rows {
        let bars = row.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 6, "{row}");
    }
    assert!(!shown.contains("<b>"));
    assert!(shown.contains("unknown key `thread`"));
    assert!(shown.contains("### clean.toml: no problems"));
}

#[test]
fn json_tells_all_of_it() {
    let json: Value =
        serde_json::from_str(&everything().render(Format::Json, Colour::Plain)).unwrap();
    let files = json["files"].as_array().unwrap();
    assert_eq!(files.len(), 3);
    assert_eq!(files[0]["problems"].as_array().unwrap().len(), 6);
    assert_eq!(
        (&files[0]["ok"], &files[1]["ok"], &files[2]["ok"]),
        (&false.into(), &true.into(), &false.into())
    );
    assert_eq!(files[2]["unreadable"], "No such file");
    assert_eq!(
        files[0]["problems"][2]["notes"][0],
        "a page at https://xn--pp-uia.example would be meant"
    );
}

#[test]
fn people_are_shown_the_lines() {
    let shown = everything().render(Format::Human, Colour::Plain);
    for part in [
        "error[unknown-key]: gateway.thread: unknown key `thread`",
        "--> config/a b.toml:2:1",
        "= note: a page at https://xn--pp-uia.example would be meant",
        "= help: did you mean `threads`?",
        "set by the environment variable CORSAGE_THREADS=\"many\"",
        "config/a b.toml: 4 errors, 1 warning, 1 note",
        "error: /nowhere.toml cannot be read: No such file",
    ] {
        assert!(shown.contains(part), "{part}\n\n{shown}");
    }
    assert!(everything().render(Format::Human, Colour::Ansi).contains("\u{1b}["));
}

#[test]
fn formats_are_found_by_name() {
    for format in Format::ALL {
        assert_eq!(format.as_str().parse(), Ok(format));
    }
    assert!("html".parse::<Format>().unwrap_err().contains("sarif"));
}
