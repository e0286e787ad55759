//! Generated policies, two by two: what is found between them is what pages see.

use corsage_convert::compare::{PageRequest, PageResult, Scene, Verdict, compare, page};
use corsage_convert::{Circumstances, Format, Program, Source, read};
use proptest::prelude::*;

const ORIGINS: &[&str] = &[
    "https://app.example.com",
    "https://admin.example.com",
    "https://app.example.com:8443",
    "http://localhost:3000",
    "https://*.example.com",
    "https://?.example.com",
    "https://*.example.org",
    "https://app-*.example.com",
    "http://localhost:*",
];
const METHODS: &[&str] = &["PUT", "PATCH", "DELETE"];
const HEADERS: &[&str] = &["content-type", "x-request-id", "authorization"];
const EXPOSED: &[&str] = &["etag", "x-total-count"];

/// Whose pages are tried, whatever the policies say: what they list, and what is near.
const PROBES: &[&str] = &[
    "https://app.example.com",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://admin.example.com",
    "https://app-1.example.com",
    "https://a.example.com",
    "https://a.b.example.com",
    "https://example.com",
    "https://aexample.com",
    "https://app.example.com.evil.example",
    "https://a.example.org",
    "http://localhost",
    "http://localhost:3000",
    "http://localhost:5173",
    "https://evil.example",
    "null",
];

#[derive(Clone, Debug)]
struct Drawn {
    origins: Vec<&'static str>,
    methods: Vec<&'static str>,
    headers: Vec<&'static str>,
    exposed: Vec<&'static str>,
    credentials: bool,
    max_age: Option<u32>,
}

impl Drawn {
    fn text(&self) -> String {
        let mut text = String::from("[[policy]]\n");
        for (key, values) in [
            ("allow_origins", &self.origins),
            ("allow_methods", &self.methods),
            ("allow_headers", &self.headers),
            ("expose_headers", &self.exposed),
        ] {
            if !values.is_empty() {
                text.push_str(&format!("{key} = {values:?}\n"));
            }
        }
        if let Some(seconds) = self.max_age {
            text.push_str(&format!("max_age = {seconds}\n"));
        }
        text.push_str(&format!("allow_credentials = {}\n", self.credentials));
        text
    }
}

fn some_of(
    all: &'static [&'static str],
    least: usize,
    most: usize,
) -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(all, least..=most.min(all.len()))
}

fn policies() -> impl Strategy<Value = Drawn> {
    (
        some_of(ORIGINS, 1, 3),
        some_of(METHODS, 0, 3),
        some_of(HEADERS, 0, 3),
        some_of(EXPOSED, 0, 2),
        any::<bool>(),
        prop::option::of(prop::sample::select(&[5_u32, 600, 7200][..])),
    )
        .prop_map(|(origins, methods, headers, exposed, credentials, max_age)| Drawn {
            origins,
            methods,
            headers,
            exposed,
            credentials,
            max_age,
        })
}

fn program(format: Format, text: &str) -> Option<Box<dyn Program>> {
    let circumstances = Circumstances::default();
    read(format, &Source { text, name: None, circumstances: &circumstances }).ok()
}

/// What a page gets, as far as pages can tell.
fn seen(program: &dyn Program, scene: Scene, request: &PageRequest<'_>) -> Option<PageResult> {
    let told = page(program, &scene, request, &["etag", "x-total-count", "x-corsage-exposed"])?;
    Some(PageResult { remembered: None, refused: None, ..told })
}

/// Everything that pages of some origins get, asked one by one.
fn matrix(program: &dyn Program) -> Vec<Option<PageResult>> {
    let mut all = Vec::new();
    for origin in PROBES {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "PURGE"] {
            for header in [None, Some("content-type"), Some("x-request-id"), Some("x-other")] {
                for with_credentials in [false, true] {
                    let request = PageRequest {
                        origin,
                        host: "api.example.com",
                        path: "/",
                        method,
                        header,
                        with_credentials,
                    };
                    all.push(seen(program, Scene::Works, &request));
                }
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Nothing differs exactly where pages get the same, and whoever is named gets what is told.
    #[test]
    fn a_difference_is_what_pages_see(first in policies(), second in policies()) {
        let (Some(first), Some(second)) =
            (program(Format::Corsage, &first.text()), program(Format::Corsage, &second.text()))
        else {
            return Ok(());
        };
        let comparison = compare(first.as_ref(), second.as_ref());
        prop_assert_eq!(comparison.undecided, None);
        if comparison.verdict() == Verdict::Exact {
            prop_assert_eq!(matrix(first.as_ref()), matrix(second.as_ref()));
        }
        for difference in &comparison.differences {
            for (method, header) in &difference.requests {
                let request = PageRequest {
                    origin: &difference.witness.origin,
                    host: &difference.host,
                    path: &difference.path,
                    method,
                    header: header.as_deref(),
                    with_credentials: difference.with_credentials,
                };
                let told = |result: &PageResult| Some((result.saw, result.exposed.clone()));
                let on = |program: &dyn Program| {
                    seen(program, difference.scene, &request).and_then(|result| told(&result))
                };
                prop_assert_eq!(on(first.as_ref()), told(&difference.first));
                prop_assert_eq!(on(second.as_ref()), told(&difference.second));
                prop_assert_ne!(told(&difference.first), told(&difference.second));
            }
        }
    }
}
