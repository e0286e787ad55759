//! The asking itself.

use std::collections::{BTreeMap, BTreeSet};

use super::behind::Scene;
use super::difference::{Comparison, Difference, is_revoked};
use super::page::{PageRequest, PageResult, Saw, page};
use super::questions::Questions;
use crate::origins::Witness;
use crate::{Asked, Program};

/// What a page may read without being told is no question.
const NAMED_ALWAYS: &[&str] = &["x-corsage-exposed"];

/// Where both programs are asked: one page's origin, one host, one path, one scene.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    witness: &'a Witness,
    host: &'a str,
    path: &'a str,
    scene: Scene,
    with_credentials: bool,
}

/// Compares two programs by the requests that their borders tell apart.
#[must_use]
pub fn compare(first: &dyn Program, second: &dyn Program) -> Comparison {
    let questions = Questions::of(&[first, second]);
    let mut comparison = Comparison {
        differences: Vec::new(),
        revocation_latency: None,
        undecided: questions.cells.undecided,
    };
    let named = exposed_names(first, second, &questions);
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    for host in &questions.hosts {
        for path in &questions.paths {
            for cell in &questions.cells.cells {
                for with_credentials in [false, true] {
                    let mut known = BTreeSet::new();
                    for scene in [Scene::Works, Scene::Fails, Scene::Missing, Scene::OwnHeaders] {
                        let asking =
                            Asking { witness: &cell.witness, host, path, scene, with_credentials };
                        for difference in
                            ask_both(first, second, &asking, &questions, &named, &mut comparison)
                        {
                            // What is so for every response is told once, for the one that works.
                            let steps = (
                                difference.first.saw == Saw::Response,
                                difference.second.saw == Saw::Response,
                            );
                            if known.insert(steps)
                                || scene == Scene::Works
                                || !difference.is_access()
                            {
                                comparison.differences.push(difference);
                            }
                        }
                    }
                }
            }
        }
    }
    comparison.differences.sort_by_key(|difference| {
        (
            !difference.is_access(),
            difference.direction(),
            difference.witness.holder,
            difference.witness.origin.len(),
            difference.scene,
        )
    });
    comparison
}

fn ask_both(
    first: &dyn Program,
    second: &dyn Program,
    asking: &Asking<'_>,
    questions: &Questions,
    named: &[&str],
    comparison: &mut Comparison,
) -> Vec<Difference> {
    type Key = (PageKey, PageKey);
    let mut grouped = BTreeMap::<Key, Difference>::new();
    for (method, header) in requests(questions, asking.scene) {
        let request = PageRequest {
            origin: &asking.witness.origin,
            host: asking.host,
            path: asking.path,
            method,
            header,
            with_credentials: asking.with_credentials,
        };
        let (Some(from_first), Some(from_second)) = (
            page(first, &asking.scene, &request, named),
            page(second, &asking.scene, &request, named),
        ) else {
            continue;
        };
        if key(&from_first) == key(&from_second) {
            continue;
        }
        if is_revoked(&from_first, &from_second) {
            comparison.revocation_latency =
                comparison.revocation_latency.max(from_first.remembered);
        }
        grouped
            .entry((key(&from_first), key(&from_second)))
            .or_insert_with(|| Difference {
                witness: asking.witness.clone(),
                host: asking.host.to_owned(),
                path: asking.path.to_owned(),
                scene: asking.scene,
                with_credentials: asking.with_credentials,
                requests: Vec::new(),
                first: from_first,
                second: from_second,
                is_incidental: asking.scene != Scene::Works && both_read(first, second, asking),
            })
            .requests
            .push((method.to_owned(), header.map(str::to_owned)));
    }
    grouped.into_values().collect()
}

/// Whether the page reads from both what works.
fn both_read(first: &dyn Program, second: &dyn Program, asking: &Asking<'_>) -> bool {
    let request = PageRequest {
        origin: &asking.witness.origin,
        host: asking.host,
        path: asking.path,
        method: "GET",
        header: None,
        with_credentials: asking.with_credentials,
    };
    [first, second].into_iter().all(|program| {
        page(program, &Scene::Works, &request, &[])
            .is_some_and(|result| result.saw == Saw::Response)
    })
}

/// What is compared of a result.
type PageKey = (Saw, Vec<String>);

fn key(result: &PageResult) -> PageKey {
    (result.saw, result.exposed.clone())
}

/// Every method alone, and every header with the method that needs no listing and with each that is listed: where
/// preflights for GET are refused, or rules are chosen by method, those alone show it. Other scenes than the first only
/// tell about responses.
fn requests(questions: &Questions, scene: Scene) -> Vec<(&str, Option<&str>)> {
    if scene != Scene::Works {
        return vec![("GET", None)];
    }
    let methods = questions.methods.iter().map(|method| (method.as_str(), None));
    let with_headers =
        std::iter::once("GET").chain(questions.listed_methods.iter().map(String::as_str));
    let headers = with_headers
        .flat_map(|method| questions.headers.iter().map(move |name| (method, Some(name.as_str()))));
    methods.chain(headers).collect()
}

/// Every name that either program exposes to anybody.
fn exposed_names(
    first: &dyn Program,
    second: &dyn Program,
    questions: &Questions,
) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = NAMED_ALWAYS.iter().map(|&name| name.to_owned()).collect();
    for cell in &questions.cells.cells {
        let headers = [("Origin".to_owned(), cell.witness.origin.clone())];
        for host in &questions.hosts {
            for path in &questions.paths {
                let asked = Asked { method: "GET", path, host, headers: &headers };
                for program in [first, second] {
                    for line in
                        program.answer(&asked, &Scene::Works).lines("access-control-expose-headers")
                    {
                        names.extend(
                            line.split(',').map(|name| name.trim().to_ascii_lowercase()).filter(
                                |name| {
                                    corsage::terms::header_name::is_token(name.as_bytes())
                                        && name != "*"
                                },
                            ),
                        );
                    }
                }
            }
        }
    }
    names
}
