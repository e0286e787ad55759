//! From a model to the neutral form, by asking.

use std::collections::HashMap;

use super::probe::{Route, Treatment};
use super::rule::{OwnHeaders, PlainOptions, RefusedPreflight, RoutedPolicy, Rule, RuleOrigins};
use crate::compare::{Questions, Scene};
use crate::{OriginBorder, Program};

/// What a program does, route by route.
#[must_use]
pub fn derive(program: &dyn Program) -> Vec<RoutedPolicy> {
    derive_by(program, &Questions::of(&[program]))
}

/// The same by questions that are known: to find them costs more than to ask them.
pub(crate) fn derive_by(program: &dyn Program, questions: &Questions) -> Vec<RoutedPolicy> {
    let mut policies = Vec::new();
    for host in &questions.hosts {
        for path in &questions.paths {
            let route = Route { program, host, path, questions };
            policies.push(policy(&route, &questions.borders));
        }
    }
    policies
}

fn policy(route: &Route<'_>, sets: &[Vec<OriginBorder>]) -> RoutedPolicy {
    let cells = &route.questions.cells.cells;
    let mut order = Vec::<Treatment>::new();
    let mut groups = HashMap::<Treatment, Vec<usize>>::new();
    let mut stranger = None;
    for (index, cell) in cells.iter().enumerate() {
        match route.treatment(&cell.witness.origin) {
            Some(treatment) => {
                let group = groups.entry(treatment.clone()).or_default();
                if group.is_empty() {
                    order.push(treatment);
                }
                group.push(index);
            }
            None => {
                stranger.get_or_insert(cell.witness.origin.as_str());
            }
        }
    }
    let rules = order
        .into_iter()
        .map(|treatment| {
            let group = &groups[&treatment];
            rule(origins(group, route.questions, sets), treatment)
        })
        .collect();
    RoutedPolicy {
        host: route.host.to_owned(),
        path: route.path.to_owned(),
        rules,
        refused: refused(route, stranger),
        plain_options: plain_options(route),
        own_headers: own_headers(
            route,
            groups.values().flatten().next().map(|&index| cells[index].witness.origin.as_str()),
        ),
    }
}

fn rule(origins: RuleOrigins, treatment: Treatment) -> Rule {
    Rule {
        origins,
        answered: treatment.answered,
        credentials: treatment.credentials,
        credentials_beside_star: treatment.credentials_beside_star,
        methods: treatment.methods,
        headers: treatment.headers,
        expose: treatment.expose,
        max_age: treatment.max_age,
        preflight_status: treatment.preflight_status,
        vary: treatment.vary,
        errors: treatment.errors,
    }
}

/// A group of cells in terms of the source's own sets.
fn origins(group: &[usize], questions: &Questions, sets: &[Vec<OriginBorder>]) -> RuleOrigins {
    let cells = &questions.cells.cells;
    let is_in = |index: usize| group.contains(&index);
    // Sets that hold none but the group's cells, and sets that hold none of them.
    let holds_only = |set: usize, wanted: bool| {
        let mut has_some = false;
        let all =
            cells.iter().enumerate().filter(|(_, cell)| cell.within[set]).all(|(index, _)| {
                has_some = true;
                is_in(index) == wanted
            });
        has_some && all
    };
    let inside: Vec<usize> = (0..sets.len()).filter(|&set| holds_only(set, true)).collect();
    let outside: Vec<usize> = (0..sets.len()).filter(|&set| holds_only(set, false)).collect();
    let borders = |chosen: &[usize]| {
        chosen.iter().flat_map(|&set| sets[set].iter().cloned()).collect::<Vec<_>>()
    };
    let left_over =
        group.iter().find(|&&index| !inside.iter().any(|&set| cells[index].within[set]));
    let Some(&left_over) = left_over else { return RuleOrigins::These(borders(&inside)) };
    let has_outsider = group.iter().any(|&index| !cells[index].within.iter().any(|&within| within));
    let excludes_all = (0..cells.len())
        .filter(|&index| !is_in(index))
        .all(|index| outside.iter().any(|&set| cells[index].within[set]));
    if has_outsider && excludes_all {
        return RuleOrigins::AllBut(borders(&outside));
    }
    RuleOrigins::Mixed {
        inside: borders(&inside),
        left_over: cells[left_over].witness.origin.clone(),
    }
}

fn refused(route: &Route<'_>, stranger: Option<&str>) -> RefusedPreflight {
    let Some(stranger) = stranger else { return RefusedPreflight::Answered(204) };
    let answered =
        route.ask("OPTIONS", stranger, &[("Access-Control-Request-Method", "PUT")], Scene::Works);
    match answered.status {
        404 | 405 => RefusedPreflight::Forwarded,
        status => RefusedPreflight::Answered(status),
    }
}

fn plain_options(route: &Route<'_>) -> PlainOptions {
    match route.ask("OPTIONS", "", &[], Scene::Works).status {
        404 | 405 => PlainOptions::Forwarded,
        status => PlainOptions::Answered(status),
    }
}

fn own_headers(route: &Route<'_>, granted: Option<&str>) -> OwnHeaders {
    let answered =
        route.ask("GET", granted.unwrap_or("https://app.example.com"), &[], Scene::OwnHeaders);
    let lines: Vec<&str> = answered.lines("access-control-allow-origin").collect();
    match lines.as_slice() {
        ["https://own.example.net"] => OwnHeaders::Kept,
        lines if lines.len() > 1 => OwnHeaders::Doubled,
        _ => OwnHeaders::Replaced,
    }
}
