//! `cargo run --release -p corsage-bench`: what a request costs, beside peers in the same run.
//!
//! Instructions are counted by callgrind at two loop lengths, so that the set-up drops out; what the
//! bare service costs is subtracted. They do not depend on what else the machine does. Needs valgrind.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a table")]

mod build_cost;
mod count;
mod engine;
mod floor;
mod frameworks;
mod table;
mod workload;

use std::hint::black_box;
use std::process::ExitCode;

use workload::{Expect, Workload};

#[global_allocator]
static ALLOCATOR: count::Counting = count::Counting;

const USAGE: &str = "usage: corsage-bench [--only WORKLOAD] [--framework NAME]

  --only WORKLOAD    the workloads whose name contains it
  --framework NAME   the tables of one: tower, axum, actix, poem, salvo, rocket";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        // What the table starts under valgrind, and without it.
        ["loop", layer, engine, id, turns] => repeat(layer, engine, id, turns.parse().unwrap_or(1)),
        ["allocations", engine, id] => allocations(engine, id),
        ["build", engine] => build_cost::print(engine),
        ref wishes => match wanted(wishes) {
            Some(wanted) => table::print(&wanted),
            None => {
                eprintln!("{USAGE}");
                ExitCode::from(2)
            }
        },
    }
}

/// What is to be measured.
#[derive(Default)]
struct Wanted<'a> {
    workloads: Option<&'a str>,
    framework: Option<&'a str>,
}

fn wanted<'a>(mut arguments: &[&'a str]) -> Option<Wanted<'a>> {
    let mut wanted = Wanted::default();
    while let [option, value, rest @ ..] = arguments {
        match *option {
            "--only" => wanted.workloads = Some(value),
            "--framework" => wanted.framework = Some(value),
            _ => return None,
        }
        arguments = rest;
    }
    let known = |name| name == table::TOWER || frameworks::by_name(name).is_some();
    (arguments.is_empty() && wanted.framework.is_none_or(known)).then_some(wanted)
}

fn repeat(layer: &str, engine: &str, id: &str, turns: u32) -> ExitCode {
    let Some(workload) = workload::get(id) else { return ExitCode::from(2) };
    if let Some(framework) = frameworks::by_name(layer) {
        let Some(mut call) = frameworks::build(framework, engine, &workload.setup) else {
            return ExitCode::from(3);
        };
        if engine != "bare" && !frameworks::answers_right(&mut call, &workload) {
            return ExitCode::from(4);
        }
        frameworks::turns(&mut call, engine, workload.request, turns);
        return ExitCode::SUCCESS;
    }
    if layer == "alone" {
        let Some(mut call) = engine::build_alone(engine, &workload.setup) else {
            return ExitCode::from(3);
        };
        for _ in 0..turns {
            call(black_box(&workload.request));
        }
        return ExitCode::SUCCESS;
    }
    let Some(mut call) = engine::build(engine, &workload.setup) else { return ExitCode::from(3) };
    if engine != "bare" && !is_right(&call(workload.request.clone()), &workload) {
        return ExitCode::from(4);
    }
    for _ in 0..turns {
        drop(black_box(call(workload.request.clone())));
    }
    ExitCode::SUCCESS
}

/// Allocations of one call, beyond those of the request's own copy.
fn allocations(engine: &str, id: &str) -> ExitCode {
    const TURNS: usize = 64;
    let Some(workload) = workload::get(id) else { return ExitCode::from(2) };
    let Some(mut call) = engine::build(engine, &workload.setup) else { return ExitCode::from(3) };
    drop(call(workload.request.clone()));
    let requests: Vec<_> = (0..TURNS).map(|_| workload.request.clone()).collect();
    let mut responses = Vec::with_capacity(TURNS);
    let before = count::now().allocations;
    for request in requests {
        responses.push(call(request));
    }
    println!("{}", (count::now().allocations - before) as f64 / TURNS as f64);
    ExitCode::SUCCESS
}

/// An engine that answers wrongly is shown as such, however fast it is.
fn is_right(response: &http::Response<()>, workload: &Workload) -> bool {
    let allowed = response.headers().get(http::header::ACCESS_CONTROL_ALLOW_ORIGIN);
    let origin = workload.request.headers().get(http::header::ORIGIN);
    let granted = allowed.is_some_and(|value| value == "*" || Some(value) == origin);
    // What depends on the origin says so to caches, to those without an origin too. Answers to `OPTIONS`
    // are not cached.
    let varies =
        response.headers().get_all(http::header::VARY).iter().any(|line| {
            line.to_str().is_ok_and(|line| line.to_ascii_lowercase().contains("origin"))
        });
    let cacheable = workload.request.method() != http::Method::OPTIONS;
    let depends = !matches!(workload.setup.origins, workload::Origins::Any) && allowed.is_none();
    if cacheable && depends && !varies {
        return false;
    }
    match workload.expect {
        Expect::Granted | Expect::OriginGranted => {
            granted || workload.expect == Expect::OriginGranted
        }
        Expect::Refused => !granted,
        Expect::NotCors => true,
    }
}
