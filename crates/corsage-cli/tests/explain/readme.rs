//! The tours in README.md and README.ru.md show what the commands print: each block, run again, says the same. A
//! line of `…` stands for any number of lines.

use std::path::PathBuf;
use std::process::Command;

use super::support::{Answer, Server};

/// The front page, and the language that it is written in.
const README: [(&str, &str); 2] = [("README.md", "en"), ("README.ru.md", "ru")];

fn readme(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    std::fs::read_to_string(path).expect(name)
}

/// The block of code that begins with a line that starts so.
fn block(readme: &str, start: &str) -> Vec<String> {
    readme
        .split("```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| block.split_once('\n').map(|(_language, text)| text))
        .find(|block| block.starts_with(start))
        .unwrap_or_else(|| panic!("the front page has no block that starts with {start:?}"))
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// Whether the lines stand in the output in order, without gaps but where there is a `…`.
fn assert_shown(wanted: &[String], printed: &str) {
    let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
    let mut at = 0;
    let mut gap = true;
    for line in wanted.iter().filter(|line| !line.is_empty()) {
        if line.trim() == "…" {
            gap = true;
            continue;
        }
        let rest = printed[at..].iter().enumerate().filter(|(_, said)| !said.is_empty());
        let found = if gap {
            rest.into_iter().find(|(_, said)| *said == line).map(|(offset, _)| offset)
        } else {
            rest.into_iter().next().filter(|(_, said)| *said == line).map(|(offset, _)| offset)
        };
        let Some(offset) = found else {
            panic!("the front page shows {line:?}; printed is now\n{}", printed.join("\n"));
        };
        at += offset + 1;
        gap = false;
    }
}

#[test]
fn the_blocked_request_is_told_as_shown() {
    for (name, language) in README {
        let block = block(&readme(name), "$ corsage explain http://127.0.0.1:18081/orders");
        let (command, shown) = block.split_first().expect("a command");
        let preflight = Answer::preflight(
            204,
            &[
                "Access-Control-Allow-Origin: https://app.example/",
                "Access-Control-Allow-Methods: GET",
            ],
        );
        let server = Server::start(vec![preflight], "https://app.example");
        let port = server.filled("{port}");
        let words = shell_words::split(&command.replace("18081", &port)).expect("a command line");
        let output = Command::new(env!("CARGO_BIN_EXE_corsage"))
            .args(&words[2..])
            .args(["--color", "never"])
            .env("CORSAGE_LANG", language)
            .output()
            .expect("the command runs");
        let printed = String::from_utf8_lossy(&output.stdout).replace(&port, "18081");
        assert_shown(shown, &printed);
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn the_demo_prints_the_table_as_shown() {
    let shown = block(&readme("README.md"), " scenario ");
    let output = Command::new(env!("CARGO_BIN_EXE_corsage"))
        .args(["demo", "--exit"])
        .env("NO_COLOR", "1")
        .env("CORSAGE_LANG", "en")
        .output()
        .expect("the command runs");
    assert_shown(&shown, &String::from_utf8_lossy(&output.stdout));
}
