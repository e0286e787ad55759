//! Which requests tell two programs apart.

use std::collections::{BTreeSet, HashMap, HashSet};

use corsage::terms::header_name::is_token;

use super::behind::Scene;
use crate::origins::{Cells, OriginSet, cells, is_origin};
use crate::{Answered, Asked, Borders, OriginBorder, OriginMatcher, Program};

/// A method that no policy lists.
pub(crate) const UNLISTED_METHOD: &str = "CORSAGE";
/// A header that no policy lists.
pub(crate) const UNLISTED_HEADER: &str = "x-corsage-probe";
/// Asked about always: what pages use.
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", UNLISTED_METHOD];
/// Asked about always: what pages send.
const HEADERS: &[&str] = &["authorization", "content-type", UNLISTED_HEADER];
/// The host where no program names one.
const HOST: &str = "api.example.com";

/// How many names of methods, and of headers, are learnt from answers.
const MOST_LEARNT: usize = 512;

/// How many origins are learnt from answers.
const MOST_FIXED: usize = 64;

/// All that is asked, for some programs together.
#[derive(Clone, Debug)]
pub struct Questions {
    /// One origin for each way that the programs tell origins apart.
    pub cells: Cells,
    /// The sets of the cells, in their order: what several borders test alike is one of them.
    pub sets: Vec<OriginSet>,
    /// The borders that each set stands for.
    pub borders: Vec<Vec<OriginBorder>>,
    /// The methods.
    pub methods: Vec<String>,
    /// Those of the methods that somebody lists and that need listing: what headers they may have is asked as well.
    pub listed_methods: Vec<String>,
    /// The headers.
    pub headers: Vec<String>,
    /// The hosts: of those that no program tells apart, one.
    pub hosts: Vec<String>,
    /// The paths.
    pub paths: Vec<String>,
}

impl Questions {
    /// What some programs tell apart: by what they ask of requests, and by what their answers list.
    #[must_use]
    pub fn of(programs: &[&dyn Program]) -> Self {
        let mut borders: Vec<Borders> = programs.iter().map(|program| program.borders()).collect();
        let mut questions = Self::of_borders(&borders);
        let fixed = questions.fixed(programs);
        if let (false, Some(first)) = (fixed.is_empty(), borders.first_mut()) {
            first.origins.extend(fixed);
            questions = Self::of_borders(&borders);
        }
        questions.learn(programs);
        questions
    }

    fn of_borders(borders: &[Borders]) -> Self {
        let null = OriginBorder { matcher: OriginMatcher::Exact("null".to_owned()), span: 0..0 };
        let mut groups = Groups::default();
        groups.add(vec![null]);
        for one in borders {
            for origin in &one.origins {
                groups.add(vec![origin.clone()]);
            }
            for list in &one.origin_lists {
                groups.add(list.clone());
            }
        }
        let sets: Vec<OriginSet> = groups
            .groups
            .iter()
            .map(|group| OriginSet::union(group.iter().map(|border| &border.matcher)))
            .collect();
        let matchers: Vec<&OriginMatcher> =
            groups.groups.iter().flatten().map(|border| &border.matcher).collect();
        let cells = cells(&sets, &matchers);
        let all = |of: fn(&Borders) -> &BTreeSet<String>, always: &[&str]| -> BTreeSet<String> {
            let mut values: BTreeSet<String> =
                always.iter().map(|&value| value.to_owned()).collect();
            for one in borders {
                values.extend(of(one).iter().cloned());
            }
            values
        };
        let headers = all(|borders| &borders.headers, HEADERS);
        let headers: BTreeSet<String> =
            headers.into_iter().map(|name| name.to_ascii_lowercase()).collect();
        Self {
            cells,
            sets,
            borders: groups.groups,
            methods: all(|borders| &borders.methods, METHODS).into_iter().collect(),
            listed_methods: all(|borders| &borders.methods, &[])
                .into_iter()
                .filter(|method| !matches!(method.as_str(), "GET" | "HEAD" | "POST" | "*"))
                .collect(),
            headers: headers.into_iter().collect(),
            hosts: hosts(all(|borders| &borders.hosts, &[]), borders),
            paths: all(|borders| &borders.paths, &["/"]).into_iter().collect(),
        }
    }

    /// The origins that are answered to others: a program that sends a fixed text asks nobody about it, and whose
    /// it is reads all the same.
    fn fixed(&self, programs: &[&dyn Program]) -> Vec<OriginBorder> {
        let mut found = BTreeSet::new();
        let origins = self.cells.cells.iter().map(|cell| cell.witness.origin.as_str());
        for origin in origins.chain([""]) {
            let lines: Vec<(String, String)> = (!origin.is_empty())
                .then(|| ("Origin".to_owned(), origin.to_owned()))
                .into_iter()
                .collect();
            for (host, path) in
                self.hosts.iter().flat_map(|host| self.paths.iter().map(move |path| (host, path)))
            {
                let asked = Asked { method: "GET", path, host, headers: &lines };
                for (program, scene) in programs
                    .iter()
                    .flat_map(|program| [Scene::Works, Scene::Fails].map(|scene| (program, scene)))
                {
                    let answered = program.answer(&asked, &scene);
                    let values = answered.lines("access-control-allow-origin");
                    found.extend(
                        values
                            .filter(|value| *value != origin && is_origin(value))
                            .map(str::to_owned),
                    );
                }
            }
        }
        // Those that are asked about already are in a set of their own.
        found
            .into_iter()
            .filter(|value| !self.cells.cells.iter().any(|cell| cell.witness.origin == *value))
            .take(MOST_FIXED)
            .map(|value| OriginBorder { matcher: OriginMatcher::Exact(value), span: 0..0 })
            .collect()
    }

    /// Adds the methods and headers that preflights' answers list: programs that send fixed texts ask no request
    /// about them, and pages are granted what they say all the same.
    fn learn(&mut self, programs: &[&dyn Program]) {
        let mut methods: BTreeSet<String> = self.methods.iter().cloned().collect();
        let mut headers: BTreeSet<String> = self.headers.iter().cloned().collect();
        for cell in &self.cells.cells {
            let asked_for = ["PUT", "content-type"].map(str::to_owned);
            let [method, header] = asked_for;
            let lines = [
                ("Origin".to_owned(), cell.witness.origin.clone()),
                ("Access-Control-Request-Method".to_owned(), method),
                ("Access-Control-Request-Headers".to_owned(), header),
            ];
            for host in &self.hosts {
                for path in &self.paths {
                    let asked = Asked { method: "OPTIONS", path, host, headers: &lines };
                    for program in programs {
                        let answered = program.answer(&asked, &Scene::Works);
                        let listed = |name| names(&answered, name);
                        methods.extend(listed("access-control-allow-methods"));
                        headers.extend(
                            listed("access-control-allow-headers")
                                .map(|name| name.to_ascii_lowercase()),
                        );
                    }
                    if methods.len() + headers.len() > MOST_LEARNT {
                        break;
                    }
                }
            }
        }
        self.methods = methods.into_iter().collect();
        self.headers = headers.into_iter().collect();
    }
}

/// The names that the lines of a header list.
fn names<'a>(answered: &'a Answered, header: &'a str) -> impl Iterator<Item = String> + 'a {
    answered
        .lines(header)
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .filter(|name| *name != "*" && is_token(name.as_bytes()))
        .map(str::to_owned)
}

/// One host of those that every program answers alike.
fn hosts(all: BTreeSet<String>, borders: &[Borders]) -> Vec<String> {
    if all.is_empty() {
        return vec![HOST.to_owned()];
    }
    let mut seen = HashSet::new();
    all.into_iter()
        .filter(|host| {
            let alike: Vec<Option<usize>> =
                borders.iter().map(|one| one.alike_hosts.get(host).copied()).collect();
            // Who does not say so answers each in its own way.
            alike.iter().any(Option::is_none) || seen.insert(alike)
        })
        .collect()
}

/// Borders, those that test the same together.
#[derive(Default)]
struct Groups {
    groups: Vec<Vec<OriginBorder>>,
    numbers: HashMap<Vec<String>, usize>,
}

impl Groups {
    fn add(&mut self, borders: Vec<OriginBorder>) {
        let mut key: Vec<String> = borders.iter().map(|border| border.matcher.identity()).collect();
        key.sort_unstable();
        key.dedup();
        match self.numbers.get(&key) {
            Some(&number) => self.groups[number].extend(borders),
            None => {
                self.numbers.insert(key, self.groups.len());
                self.groups.push(borders);
            }
        }
    }
}
