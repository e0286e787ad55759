//! What it costs to build a policy of a million origins.

use std::collections::HashMap;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use crate::workload::{Origins, Setup, exact_origin, get};
use crate::{count, engine};

pub(crate) const ORIGINS: usize = 1_000_000;

pub(crate) const NAMES: &[&str] = &["floor", "corsage", "tower-http", "cors-core"];

/// Prints milliseconds, bytes kept, bytes at the peak, and allocations.
pub(crate) fn print(name: &str) -> ExitCode {
    let Some(one) = get("w2") else { return ExitCode::from(2) };
    let list: Vec<String> = (1..=ORIGINS).map(exact_origin).collect();
    let setup = Setup { origins: Origins::Exact(list), ..one.setup };
    let before = count::now();
    let start = Instant::now();
    let kept: Box<dyn std::any::Any> = match name {
        "floor" => Box::new(floor(&setup)),
        "corsage" => match engine::draft(&setup).compile() {
            Ok(policy) => Box::new(policy),
            Err(_) => return ExitCode::from(4),
        },
        _ => match engine::build(name, &setup) {
            Some(call) => Box::new(call),
            None => return ExitCode::from(3),
        },
    };
    let elapsed = start.elapsed();
    let after = count::now();
    black_box(&kept);
    println!(
        "{} {} {} {}",
        elapsed.as_secs_f64() * 1e3,
        after.live as i64 - before.live as i64,
        after.peak as i64 - before.live as i64,
        after.allocations - before.allocations
    );
    ExitCode::SUCCESS
}

/// One hash table of offsets over one buffer.
fn floor(setup: &Setup) -> (Vec<u8>, HashMap<u64, u32>) {
    use std::hash::{BuildHasher, RandomState};
    let Origins::Exact(list) = &setup.origins else { return Default::default() };
    let hasher = RandomState::new();
    let mut buffer = Vec::with_capacity(list.iter().map(String::len).sum());
    let mut table = HashMap::with_capacity(list.len());
    for origin in list {
        table.insert(hasher.hash_one(origin.as_bytes()), buffer.len() as u32);
        buffer.extend_from_slice(origin.as_bytes());
    }
    (buffer, table)
}
