//! Pasted consoles against what they say, kept as data in `cases/console/`.

use corsage::browser::Code;
use corsage::browser::load::LoadKind;
use corsage_diagnosis::Topic;
use corsage_diagnosis::console::{Api, Browser, Occasion, Tainting, printed};
use corsage_evidence::console::{Recognised, read, recognise};
use flate2::read::GzDecoder;
use proptest::prelude::*;
use std::io::Read;

const GIVEN: &str = include_str!("cases/console/given.txt");
const FURTHER: &str = include_str!("cases/console/further.txt");
const LOADS: &str = include_str!("cases/console/loads.txt");
/// What Firefox prints in each of its languages: the language, what is read, the line.
const TRANSLATED: &[u8] = include_bytes!("cases/console/translated.tsv.gz");

struct Case<'t> {
    name: &'t str,
    expected: &'t str,
    text: &'t str,
}

fn cases(file: &str) -> Vec<Case<'_>> {
    file.split("### ")
        .skip(1)
        .map(|block| {
            let (head, text) = block.split_once('\n').expect("a head and a text");
            let (name, expected) = head.split_once(" | ").expect("a name and what is read");
            Case { name, expected: expected.trim(), text: text.trim_end_matches('\n') }
        })
        .collect()
}

/// `code URL`, `topic:name`, several with `; ` between.
fn fits(found: &[Recognised], expected: &str) -> bool {
    let wanted: Vec<&str> = expected.split("; ").collect();
    if wanted == ["nothing"] {
        return found.is_empty();
    }
    wanted.len() <= found.len()
        && wanted.iter().zip(found).all(|(wanted, found)| {
            let (name, url) =
                wanted.split_once(' ').map_or((*wanted, None), |(name, url)| (name, Some(url)));
            let same = match name.strip_prefix("topic:") {
                Some(topic) => {
                    assert!(Topic::ALL.iter().any(|known| known.as_str() == topic), "{topic}");
                    found.code.is_none() && found.topic.is_some_and(|found| found.as_str() == topic)
                }
                None => {
                    assert!(Code::from_name(name).is_some(), "{name}");
                    found.code.is_some_and(|code| code.as_str() == name)
                }
            };
            same && url.is_none_or(|url| found.url.as_deref() == Some(url))
        })
}

fn run(file: &str) {
    let cases = cases(file);
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let found = read(case.text);
            (!fits(&found, case.expected)).then(|| {
                let read: Vec<String> = found
                    .iter()
                    .map(|found| {
                        format!("{} {}", found.name(), found.url.as_deref().unwrap_or("-"))
                    })
                    .collect();
                format!("{}: wanted {}, read {read:?}\n{}", case.name, case.expected, case.text)
            })
        })
        .collect();
    assert!(cases.len() > 20, "only {} cases", cases.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

#[test]
fn given_pastes_are_read() {
    run(GIVEN);
}

#[test]
fn further_pastes_are_read() {
    run(FURTHER);
}

#[test]
fn pastes_about_loads_are_read() {
    run(LOADS);
}

#[test]
fn firefox_is_read_in_every_language() {
    let mut rows = String::new();
    GzDecoder::new(TRANSLATED).read_to_string(&mut rows).expect("rows");
    let (mut wrong, mut count, mut untrue, mut rare) = (Vec::new(), 0, 0, 0);
    for row in rows.lines() {
        let [language, expected, line] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        count += 1;
        // Some translations name another header, or none: that cannot be read by anybody.
        if !is_true_to_the_original(expected, line) {
            untrue += 1;
            continue;
        }
        let found = read(line);
        let (name, url) = expected.split_once(' ').expect("a name and a URL");
        let fits = found.first().is_some_and(|found| {
            (found.name() == name.trim_start_matches("topic:")
                || found.possible.iter().any(|code| code.as_str() == name))
                && found.url.as_deref().is_some_and(|found| found.starts_with(url))
                && found.browser == Some(Browser::Firefox)
        });
        if !fits {
            if name.starts_with("topic:") {
                rare += 1;
                continue;
            }
            let read: Vec<_> =
                found.iter().map(|found| (found.name(), found.url.clone())).collect();
            wrong.push(format!("{language}: wanted {expected}, read {read:?}: {line}"));
        }
    }
    assert!(count > 1600, "only {count} rows");
    assert!(untrue < 60, "{untrue} rows do not say what they should");
    // That CORS is switched off, or `Origin` could not be added, has too few words to be told in every language.
    assert!(rare < 24, "{rare} rows about what hardly happens are taken for something else");
    // One translator wrote another header's name into a sentence without any.
    wrong.retain(|row| !row.starts_with("kab: wanted scheme-not-cors-enabled"));
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Whether the line names the header that its English original names.
fn is_true_to_the_original(expected: &str, line: &str) -> bool {
    let header = match expected.split(' ').next().expect("a name") {
        "missing-allow-origin"
        | "multiple-allow-origin"
        | "allow-origin-mismatch"
        | "wildcard-origin-with-credentials" => "access-control-allow-origin",
        "method-not-allowed" | "preflight-invalid-allow-methods" => "access-control-allow-method",
        "header-not-allowed"
        | "preflight-invalid-allow-headers"
        | "wildcard-covers-authorization" => "access-control-allow-headers",
        "allow-credentials-not-true" => "access-control-allow-credentials",
        _ => "cors",
    };
    let line = line.to_lowercase();
    line.contains(header) && !(header.ends_with("origin") && line.contains("origin-credentials"))
}

/// The status is read in every language too.
#[test]
fn translated_statuses_are_read() {
    let mut rows = String::new();
    GzDecoder::new(TRANSLATED).read_to_string(&mut rows).expect("rows");
    for row in rows.lines().filter(|row| row.contains("\tmissing-allow-origin ")) {
        let line = row.rsplit('\t').next().expect("a line");
        if !line.contains("Access-Control-Allow-Origin") {
            continue;
        }
        assert_eq!(read(line)[0].status, Some(500), "{line}");
    }
}

fn occasions(code: Code) -> Vec<Occasion<'static>> {
    let one = |api, first_url, redirects_to, seen, subject| Occasion {
        code,
        api,
        method: "PUT",
        url: "https://files.example/b",
        first_url,
        tainting: Tainting::Cors,
        redirects_to,
        page_origin: "https://app.example",
        sent_origin: "https://app.example",
        seen: Some(seen),
        lines: 2,
        subject: Some(subject),
        status: Some(418),
        reports_script: true,
        is_cross_site: false,
    };
    let (here, before) = ("https://files.example/b", "https://api.example/a");
    let destination = corsage::browser::Destination::Font;
    let loads = LoadKind::ALL.iter().map(|kind| Api::Load(*kind, destination));
    let apis =
        [Api::Fetch, Api::XmlHttpRequest, Api::Element(destination)].into_iter().chain(loads);
    let mut all = Vec::new();
    // Only a redirect taints an origin.
    let firsts: &[&str] =
        if code == Code::AllowOriginMismatchTainted { &[before] } else { &[here, before] };
    for api in apis {
        // What is said of a kind of load alone does not depend on the rest.
        if matches!(api, Api::Load(..)) {
            all.push(one(api, firsts[0], None, "text/html", "sha384-x"));
            continue;
        }
        for &first in firsts {
            for target in [None, Some("https://sso.example/login"), Some("myapp://x")] {
                for seen in [
                    "https://x.example, *",
                    "https://x.example/",
                    "https://app.example",
                    "",
                    "PUT GET, x",
                ] {
                    for subject in ["X-Token", "patch", "local"] {
                        all.push(one(api, first, target, seen, subject));
                    }
                }
            }
        }
    }
    all
}

/// Every line that is predicted comes back with its code, or with a set that holds it.
#[test]
fn what_is_predicted_is_recognised() {
    let (mut lines, mut wrong) = (0, std::collections::BTreeMap::new());
    for &code in Code::ALL {
        for browser in Browser::ALL {
            for occasion in occasions(code) {
                let predicted = printed(browser, &occasion);
                if predicted.is_empty() {
                    continue;
                }
                // The lines of one failure together, and each for itself.
                let together = predicted.join("\n");
                for text in predicted.iter().chain([&together]) {
                    lines += 1;
                    let found = read(text);
                    // A second line of a load is read, and says less than the first.
                    let second = matches!(occasion.api, Api::Load(..))
                        && predicted.len() > 1
                        && *text == predicted[1];
                    let holds = found.first().is_some_and(|found| {
                        second || found.code == Some(code) || found.possible.contains(&code)
                    });
                    if !holds {
                        let read = found.first().map_or("nothing", Recognised::name);
                        wrong
                            .entry(format!("{browser:?}: {code} is taken for {read}"))
                            .or_insert(text.clone());
                    }
                }
            }
        }
    }
    assert!(lines > 10_000, "only {lines} lines");
    let wrong: Vec<String> =
        wrong.into_iter().map(|(what, line)| format!("{what}\n    {line}")).collect();
    assert!(wrong.is_empty(), "{} kinds of {lines} lines:\n{}", wrong.len(), wrong.join("\n"));
}

proptest! {
    /// Whatever is pasted: an answer, never a panic, and not for ever.
    #[test]
    fn nothing_panics(line in "\\PC{0,200}", breaks in "[\n -~]{0,200}") {
        let _ = recognise(&line);
        let _ = read(&breaks);
        let _ = read(&format!("Access to fetch at '{line}' from origin\n{breaks} has been blocked by CORS policy: {line}"));
        let _ = read(&format!("Cross-Origin Request Blocked: {line}(Reason:{line}\n{breaks}"));
        let _ = read(&format!("[Error] Origin {line} is not allowed by Access-Control-Allow-Origin\n{line}"));
        let _ = read(&format!("блок https://a.example/ ({line}: CORS {line})"));
    }

    /// A prefix, a timestamp or a wrapped line changes nothing.
    #[test]
    fn dressing_changes_nothing(prefix in "([a-z]{1,8}\\.js:[0-9]{1,3} |[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} |> |\\[Error\\] )?", width in 40usize..200) {
        for case in cases(GIVEN).iter().filter(|case| case.name.starts_with('c') && !case.text.contains('\n')) {
            let dressed = format!("{prefix}{}", case.text);
            prop_assert!(fits(&read(&dressed), case.expected), "{}: {dressed}", case.name);
            let mut wrapped = String::new();
            let mut column = 0;
            for word in case.text.split(' ') {
                if column > 0 && column + word.len() > width {
                    wrapped.push('\n');
                    column = 0;
                } else if column > 0 {
                    wrapped.push(' ');
                }
                wrapped.push_str(word);
                column += word.len() + 1;
            }
            prop_assert!(fits(&read(&wrapped), case.expected), "{}: {wrapped}", case.name);
        }
    }
}

/// A console of 500 lines is read at once.
#[test]
fn long_pastes_do_not_hang() {
    let begin = "Access to fetch at 'https://a.example/1' from origin\n";
    let noise = "XMLHttpRequest cannot load x\nsome words about nothing at all\n";
    let text = format!("{}{}", begin.repeat(300), noise.repeat(2_000));
    let start = std::time::Instant::now();
    let _ = read(&text);
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
}
