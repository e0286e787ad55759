//! Where findings point, and what is found beside what a model answers.

use corsage_convert::findings::{FindingCode, findings_in};
use corsage_convert::{Circumstances, Format, Source, read};
use corsage_texts::Language;

/// Each finding with the text that it points at.
fn found(format: Format, text: &str) -> Vec<(FindingCode, String)> {
    let circumstances = Circumstances::default();
    let program = read(format, &Source { text, name: None, circumstances: &circumstances })
        .unwrap_or_else(|why| panic!("{text}: {why:?}"));
    findings_in(format, text, program.as_ref())
        .into_iter()
        .map(|finding| (finding.code, text[finding.span].to_owned()))
        .collect()
}

fn ingress(name: &str, cors: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {name}\n  annotations:\n    \
         example.com/origin: none\n    nginx.ingress.kubernetes.io/enable-cors: \"true\"\n{cors}spec:\n  rules:\n  \
         - host: {name}.example.com\n    http:\n      paths: [{{path: /, pathType: Prefix}}]\n"
    )
}

#[test]
fn what_concerns_an_ingress_points_at_its_own_annotation() {
    let listed = "    nginx.ingress.kubernetes.io/cors-allow-origin: \"https://app.example.com\"\n    \
                  nginx.ingress.kubernetes.io/cors-allow-credentials: \"false\"\n    \
                  nginx.ingress.kubernetes.io/cors-allow-methods: \"GET, PUT\"\n";
    let text = format!(
        "{}---\n{}",
        ingress("one", listed),
        ingress("two", "    nginx.ingress.kubernetes.io/cors-max-age: \"90000\"\n")
    );
    let all = found(Format::IngressNginx, &text);
    let of = |code: FindingCode| {
        let pointed =
            all.iter().filter(|(other, _)| *other == code).map(|(_, at)| at.trim_matches('"'));
        pointed.collect::<Vec<_>>()
    };
    // The first lists its origins; the second says nothing but that CORS is on.
    assert_eq!(of(FindingCode::MissingVary), ["https://app.example.com"], "{all:?}");
    assert_eq!(of(FindingCode::DefaultGrants), ["true"; 3]);
    assert_eq!(of(FindingCode::StarWithCredentials), ["true"]);
    assert!(of(FindingCode::MaxAgeBeyondBrowsers).contains(&"90000"), "{all:?}");
    let second = text.rfind("\"true\"").unwrap_or_default();
    let circumstances = Circumstances::default();
    let program = read(
        Format::IngressNginx,
        &Source { text: &text, name: None, circumstances: &circumstances },
    )
    .unwrap_or_else(|why| panic!("{why:?}"));
    let defaults = findings_in(Format::IngressNginx, &text, program.as_ref());
    for finding in defaults.iter().filter(|other| other.code == FindingCode::DefaultGrants) {
        assert_eq!(finding.span.start, second, "{finding:?}");
    }
}

#[test]
fn what_everybody_is_told_needs_no_vary() {
    let server = |value: &str| {
        format!(
            "map $http_origin $cors {{\n  default \"\";\n  https://app.example.com $http_origin;\n}}\n\
             server {{\n  location / {{\n    add_header Access-Control-Allow-Origin {value} always;\n    \
             proxy_pass http://127.0.0.1:3000;\n  }}\n}}\n"
        )
    };
    let misses_vary = |value: &str| {
        let found = found(Format::Nginx, &server(value));
        found.iter().any(|(code, _)| *code == FindingCode::MissingVary)
    };
    assert!(!misses_vary("https://app.example.com"));
    assert!(!misses_vary("*"));
    assert!(misses_vary("$cors"));
    assert!(misses_vary("$http_origin"));
}

/// A star among origins is a word for all of them, and no origin that never comes.
#[test]
fn a_star_is_no_entry_that_nothing_fits() {
    let app = |origin: &str| {
        format!(
            "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\napp = FastAPI()\n\
             app.add_middleware(CORSMiddleware, allow_origins=['{origin}'])\n"
        )
    };
    let never = |origin: &str| {
        let found = found(Format::Fastapi, &app(origin));
        found.iter().any(|(code, _)| *code == FindingCode::OriginNeverMatches)
    };
    assert!(!never("*"));
    assert!(never("https://app.example.com/"));
}

/// Annotations of an Ingress that does not enable CORS, often because of a name that is none.
#[test]
fn settings_that_nothing_switches_on_are_told() {
    let inactive = |text: &str| {
        let found = found(Format::IngressNginx, text);
        let mut inactive = found.iter().filter(|(code, _)| *code == FindingCode::InactiveSettings);
        inactive.next().map(|(_, text)| text.clone())
    };
    let origin = "    nginx.ingress.kubernetes.io/cors-allow-origin: \"https://app.example.com\"\n";
    let enabled = ingress("api", origin);
    assert_eq!(inactive(&enabled), None);
    let misnamed = enabled.replace("enable-cors", "cors-enabled");
    assert_eq!(inactive(&misnamed).as_deref(), Some("\"true\""));
    let alone = enabled.replace("    nginx.ingress.kubernetes.io/enable-cors: \"true\"\n", "");
    assert_eq!(inactive(&alone).as_deref(), Some("\"https://app.example.com\""));
}

/// What is found is told in every language: those who find it speak English alone.
#[test]
fn every_finding_can_be_retold() {
    for code in FindingCode::ALL {
        for sentence in [code.cause(), code.way_out()] {
            let told = Language::Russian.retell("problems", sentence);
            assert!(told.is_some(), "add to crates/corsage-texts/en/problems.toml: {sentence:?}");
        }
    }
}
