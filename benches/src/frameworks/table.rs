//! One framework's table: ours beside its own middleware.

use super::Framework;
use crate::table::{Fault, Job, Measured, above_bare, mark, show};

/// What is measured for it.
pub(crate) fn jobs(framework: &Framework, ids: &[&'static str]) -> Vec<Job> {
    let of = |id| engines(framework).map(move |engine| (framework.name, engine, id));
    ids.iter().copied().flat_map(of).collect()
}

fn engines(framework: &Framework) -> impl Iterator<Item = &'static str> {
    ["bare", "corsage"].into_iter().chain(framework.peers.iter().copied())
}

/// Says how many limits do not hold.
pub(crate) fn print(framework: &Framework, ids: &[&'static str], measured: &Measured) -> usize {
    let name = framework.name;
    println!("\n{name}: instructions a request, above the same application without CORS");
    print!("{:<16}", "workload");
    for engine in engines(framework).skip(1) {
        print!("{engine:>17}");
    }
    println!("{:>9}  limits", "÷ best");
    let mut broken = 0;
    for &id in ids {
        let of = |engine| above_bare(measured, name, engine, id);
        print!("{id:<16}");
        for engine in engines(framework).skip(1) {
            print!("{:>17}", show(of(engine)));
        }
        let ours = of("corsage");
        let best = framework.peers.iter().filter_map(|&peer| of(peer).ok()).min_by(f64::total_cmp);
        print!("{:>9}", ratio(ours, best).map_or("–".into(), |ratio| format!("{ratio:.2}")));
        let mut limits = Vec::new();
        if let Some(best) = best {
            limits.push(("< best peer".to_owned(), ours.is_ok_and(|ours| ours < best)));
        }
        if let Some(limit) = most(name, id) {
            limits.push((format!("≤ {limit}"), ours.is_ok_and(|ours| ours <= limit)));
        }
        broken += limits.iter().filter(|(_, kept)| !kept).count();
        let limits: Vec<_> =
            limits.iter().map(|(text, kept)| format!("{text}{}", mark(*kept))).collect();
        println!("  {}", limits.join(", "));
    }
    broken
}

/// Of what costs less than the handler that it spares, no ratio says anything.
fn ratio(ours: Result<f64, Fault>, best: Option<f64>) -> Option<f64> {
    let (ours, best) = (ours.ok()?, best?);
    (ours > 0.0 && best > 0.0).then(|| ours / best)
}

/// What ours costs at the most, whatever peers do.
fn most(framework: &str, id: &str) -> Option<f64> {
    (framework == "axum" && id == "w3-1k-ok").then_some(3300.0)
}
