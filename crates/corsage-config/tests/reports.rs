//! Broken files and the reports about them. `INSTA_UPDATE=always` writes the reports anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use corsage_config::{Colour, Loader, Problems};

fn problems(name: &str) -> Problems {
    let path = format!("{}/tests/reports/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    match Loader::new().text(text, name).load() {
        Ok(config) => config.remarks,
        Err(problems) => problems,
    }
}

#[test]
fn every_problem_is_told_at_once_with_its_place_and_its_way_out() {
    let mut files: Vec<String> =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reports"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
    files.sort();
    assert!(files.len() >= 5);
    for file in files {
        let problems = problems(&file);
        assert!(!problems.is_empty(), "{file} is not broken");
        for problem in &problems {
            assert!(
                !problem.cause.is_empty() && !problem.way_out.is_empty(),
                "{file}: {problem:?}"
            );
            assert!(problem.place.span().is_some(), "{file}: {problem:?}");
        }
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(file, problems.render(Colour::Plain));
        });
    }
}

#[test]
fn machines_are_told_the_same() {
    let json = problems("hidden-policies.toml").to_json();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("hidden-policies.json", format!("{json:#}"));
    });
}

#[test]
fn environment_and_arguments_are_blamed_by_name() {
    let problems = Loader::new()
        .text("[gateway]\nthreads = 2\n", "corsage.toml")
        .environment([
            ("CORSAGE_LOG_LEVEL".into(), "loud".into()),
            ("CORSAGE_THREADS".into(), "many".into()),
            ("CORSAGE_LISTN".into(), "127.0.0.1:1".into()),
            // What Kubernetes sets for a Service named `corsage`.
            ("CORSAGE_PORT".into(), "tcp://10.0.0.1:80".into()),
            ("CORSAGE_SERVICE_HOST".into(), "10.0.0.1".into()),
            ("CORSAGE_PORT_80_TCP_ADDR".into(), "10.0.0.1".into()),
            ("HOME".into(), "/".into()),
        ])
        .argument("--listen", "gateway.listen", ["nowhere"])
        .load()
        .unwrap_err();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("environment", problems.render(Colour::Plain));
    });
}
