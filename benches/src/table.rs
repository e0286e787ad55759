//! Runs every engine on every workload, and prints the table.

use std::collections::HashMap;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::frameworks::{self, FRAMEWORKS};
use crate::workload::{self, Limit};
use crate::{Wanted, build_cost, engine};

const FEW: u32 = 16;
const MANY: u32 = 144;

/// The name of the tables of the tower layer, which stand for no framework.
pub(crate) const TOWER: &str = "tower";

/// What is mounted where, under which workload.
pub(crate) type Job = (&'static str, &'static str, &'static str);

pub(crate) type Measured = HashMap<Job, Result<f64, Fault>>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// The engine cannot express the policy.
    Inexpressible,
    /// It answers wrongly.
    Wrong,
    /// valgrind is missing, or the program failed.
    Failed,
}

pub(crate) fn print(wanted: &Wanted<'_>) -> ExitCode {
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("valgrind is missing: apt-get install valgrind");
        return ExitCode::from(2);
    }
    let ids: Vec<&'static str> = workload::ids()
        .into_iter()
        .filter(|id| wanted.workloads.is_none_or(|filter| id.contains(filter)))
        .collect();
    let shows = |name| wanted.framework.is_none_or(|one| one == name);
    let mut broken = 0;
    if shows(TOWER) {
        broken += print_tower(&ids);
        if wanted.workloads.is_none() {
            broken += print_builds();
        }
    }
    for framework in FRAMEWORKS.iter().filter(|framework| shows(framework.name)) {
        let measured = measure_all(&frameworks::jobs(framework, &ids));
        broken += frameworks::print(framework, &ids, &measured);
    }
    println!("\n{broken} limits broken");
    ExitCode::from(u8::from(broken > 0))
}

fn print_tower(ids: &[&'static str]) -> usize {
    let mut jobs = Vec::new();
    for &id in ids {
        jobs.extend(engine::NAMES.iter().map(|&name| ("layer", name, id)));
        jobs.extend(["bare", "floor", "corsage"].map(|name| ("alone", name, id)));
    }
    let measured = measure_all(&jobs);
    let mut broken = 0;
    for layer in ["layer", "alone"] {
        broken += print_layer(layer, ids, &measured);
    }
    broken + print_allocations(ids)
}

fn measure_all(jobs: &[Job]) -> Measured {
    let next = AtomicUsize::new(0);
    let measured = Mutex::new(HashMap::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(&(layer, name, id)) = jobs.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let result = instructions(layer, name, id);
                    if let Ok(mut measured) = measured.lock() {
                        measured.insert((layer, name, id), result);
                    }
                }
            });
        }
    });
    measured.into_inner().unwrap_or_default()
}

/// Instructions of one call.
fn instructions(layer: &str, name: &str, id: &str) -> Result<f64, Fault> {
    let few = callgrind(layer, name, id, FEW)?;
    let many = callgrind(layer, name, id, MANY)?;
    Ok((many as f64 - few as f64) / f64::from(MANY - FEW))
}

fn callgrind(layer: &str, name: &str, id: &str, turns: u32) -> Result<u64, Fault> {
    let program = std::env::current_exe().map_err(|_| Fault::Failed)?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--dump-instr=no"])
        .arg(program)
        .args(["loop", layer, name, id, &turns.to_string()])
        .output()
        .map_err(|_| Fault::Failed)?;
    match output.status.code() {
        Some(0) => {}
        Some(3) => return Err(Fault::Inexpressible),
        Some(4) => return Err(Fault::Wrong),
        _ => return Err(Fault::Failed),
    }
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines()
        .find_map(|line| line.split("Collected :").nth(1))
        .and_then(|count| count.trim().parse().ok())
        .ok_or(Fault::Failed)
}

pub(crate) fn above_bare(
    measured: &Measured,
    layer: &'static str,
    name: &'static str,
    id: &'static str,
) -> Result<f64, Fault> {
    let of = |name| measured.get(&(layer, name, id)).copied().unwrap_or(Err(Fault::Failed));
    Ok(of(name)? - of("bare")?)
}

pub(crate) fn show(value: Result<f64, Fault>) -> String {
    match value {
        Ok(count) => format!("{count:.0}"),
        Err(Fault::Inexpressible) => "–".into(),
        Err(Fault::Wrong) => "wrong".into(),
        Err(Fault::Failed) => "failed".into(),
    }
}

fn print_layer(layer: &'static str, ids: &[&'static str], measured: &Measured) -> usize {
    let names: &[&str] = if layer == "alone" { &["floor", "corsage"] } else { &engine::NAMES[1..] };
    let title = if layer == "alone" { "the decision alone" } else { "through the tower layer" };
    println!("\ninstructions a request, {title}, above the bare service");
    print!("{:<16}", "workload");
    for name in names {
        print!("{name:>17}");
    }
    println!("{:>9}  limits", "÷ floor");
    let mut broken = 0;
    for &id in ids {
        let Some(workload) = workload::get(id) else { continue };
        print!("{id:<16}");
        for &name in names {
            print!("{:>17}", show(above_bare(measured, layer, name, id)));
        }
        let ours = above_bare(measured, layer, "corsage", id);
        let floor = above_bare(measured, layer, "floor", id);
        let ratio =
            |other: Result<f64, Fault>| ours.and_then(|ours| other.map(|other| ours / other));
        print!("{:>9}", ratio(floor).map_or("–".into(), |ratio| format!("{ratio:.2}")));
        let (kept, text) = match (layer, workload.limit) {
            ("alone", _) => (ratio(floor).is_ok_and(|ratio| ratio <= 1.2), "≤ 1.2 × floor".into()),
            (_, Limit::Floor(limit)) => {
                (ratio(floor).is_ok_and(|ratio| ratio <= limit), format!("≤ {limit} × floor"))
            }
            (_, Limit::Peers) => (true, "the floor does less".into()),
            (_, Limit::Instructions(limit)) => {
                (ours.is_ok_and(|ours| ours <= limit), format!("≤ {limit}"))
            }
            (_, Limit::Ours(other, limit)) => {
                let base = above_bare(measured, layer, "corsage", other);
                (ratio(base).is_ok_and(|ratio| ratio <= limit), format!("≤ {limit} × {other}"))
            }
        };
        let mut line = format!("{text}{}", mark(kept));
        broken += usize::from(!kept);
        if let (true, Some(best)) = (layer == "layer", best_peer(measured, id)) {
            let kept = ours.is_ok_and(|ours| ours <= PEERS_SHARE * best);
            broken += usize::from(!kept);
            line += &format!(", ≤ {PEERS_SHARE} × best peer{}", mark(kept));
        }
        println!("  {line}");
    }
    broken
}

/// What is asked of ours beside the peer that does best among those that answer rightly. Not of hostile
/// requests, where a peer may well answer from what it never looked at; and of the preflights, w4 and w5, only the
/// floor is asked.
const PEERS_SHARE: f64 = 0.5;

fn best_peer(measured: &Measured, id: &'static str) -> Option<f64> {
    let peers = engine::NAMES[3..].iter();
    (!["w4", "w5", "w7"].iter().any(|kind| id.starts_with(kind)))
        .then(|| peers.filter_map(|&name| above_bare(measured, "layer", name, id).ok()))?
        .min_by(f64::total_cmp)
}

pub(crate) fn mark(kept: bool) -> &'static str {
    if kept { "" } else { " BROKEN" }
}

fn run(arguments: &[&str]) -> Option<String> {
    let output = Command::new(std::env::current_exe().ok()?).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn print_allocations(ids: &[&'static str]) -> usize {
    println!(
        "\nallocations a request, above the bare service; limit: the floor's, which is the map's own growth"
    );
    print!("{:<16}", "workload");
    for name in &engine::NAMES[1..] {
        print!("{name:>17}");
    }
    println!();
    let mut broken = 0;
    for &id in ids {
        let of = |name| run(&["allocations", name, id]).and_then(|text| text.parse::<f64>().ok());
        let bare = of("bare").unwrap_or(0.0);
        print!("{id:<16}");
        for name in &engine::NAMES[1..] {
            print!("{:>17}", of(name).map_or("–".into(), |count| format!("{:.1}", count - bare)));
        }
        let kept = of("corsage").zip(of("floor")).is_some_and(|(ours, floor)| ours <= floor);
        broken += usize::from(!kept);
        println!("{}", mark(kept));
    }
    broken
}

fn print_builds() -> usize {
    println!("\nbuilding a policy of {} origins", build_cost::ORIGINS);
    println!(
        "{:<12}{:>9}{:>15}{:>11}{:>13}",
        "engine", "ms", "kept MiB", "peak MiB", "allocations"
    );
    let mut measured = HashMap::new();
    for &name in build_cost::NAMES {
        // The best of three: only noise makes it slower.
        let best = (0..3)
            .filter_map(|_| run(&["build", name]))
            .filter_map(|line| {
                line.split(' ').map(|part| part.parse().ok()).collect::<Option<Vec<f64>>>()
            })
            .min_by(|a, b| a[0].total_cmp(&b[0]));
        match best.as_deref() {
            Some([ms, kept, peak, allocations]) => {
                let mib = |bytes: &f64| bytes / f64::from(1 << 20);
                println!(
                    "{name:<12}{ms:>9.0}{:>15.1}{:>11.1}{allocations:>13.0}",
                    mib(kept),
                    mib(peak)
                );
                measured.insert(name, (*ms, mib(kept), *allocations));
            }
            _ => println!("{name:<12}{:>9}", "failed"),
        }
    }
    let (Some(ours), Some(floor)) = (measured.get("corsage"), measured.get("floor")) else {
        return 1;
    };
    let limits = [
        ("time ≤ 1.2 × floor", ours.0 <= 1.2 * floor.0),
        ("kept ≤ 72 MiB", ours.1 <= 72.0),
        ("allocations ≤ 100", ours.2 <= 100.0),
    ];
    for (text, kept) in limits {
        println!("{text}: {}", if kept { "kept" } else { "BROKEN" });
    }
    limits.iter().filter(|(_, kept)| !kept).count()
}
