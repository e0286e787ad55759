//! `cargo run --release -p corsage-bench`: what a request costs, beside peers in the same run.
//!
//! Instructions are counted by callgrind at two loop lengths, so that the set-up drops out; what the
//! bare service costs is subtracted. They do not depend on what else the machine does. Needs valgrind.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a table")]

mod build_cost;
mod count;
mod engine;
mod floor;
mod table;
mod workload;

use std::hint::black_box;
use std::process::ExitCode;

use workload::{Expect, Workload};

#[global_allocator]
static ALLOCATOR: count::Counting = count::Counting;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => table::print(None),
        ["--only", filter] => table::print(Some(filter)),
        // What the table starts under valgrind, and without it.
        ["loop", layer, engine, id, turns] => repeat(layer, engine, id, turns.parse().unwrap_or(1)),
        ["allocations", engine, id] => allocations(engine, id),
        ["build", engine] => build_cost::print(engine),
        _ => {
            eprintln!("usage: corsage-bench [--only WORKLOAD]");
            ExitCode::from(2)
        }
    }
}

fn repeat(layer: &str, engine: &str, id: &str, turns: u32) -> ExitCode {
    let Some(workload) = workload::get(id) else { return ExitCode::from(2) };
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
    if engine != "bare" && !answers_right(&mut call, &workload) {
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
fn answers_right(call: &mut engine::Call, workload: &Workload) -> bool {
    let response = call(workload.request.clone());
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
