//! What a prediction of a load costs: `cargo run --release -p corsage --example predictions --features browser`.
//!
//! Prints a line for each kind: the slowest of the four profiles.

#![expect(clippy::print_stdout, reason = "a program that reports")]

use std::time::{Duration, Instant};

use corsage::browser::load::{Content, Document, Load, LoadStep, load};
use corsage::browser::{Client, HeaderList, Profile, WireResponse};
use corsage::terms::Origin;

const ROUNDS: u32 = 20_000;

fn main() {
    let page = Client::page(Origin::parse("https://app.example").expect("an origin"));
    let cdn = "https://cdn.example/a";
    let rows: Vec<(&str, Vec<Load>)> = vec![
        ("<img>", vec![Load::image(cdn)]),
        ("<img crossorigin>", vec![Load::image(cdn).crossorigin("")]),
        ("<script type=module>", vec![Load::module(cdn)]),
        ("@font-face", vec![Load::font(cdn)]),
        (
            "<link rel=preload>, and the <img> that uses it",
            vec![Load::preload(cdn, "image"), Load::image(cdn)],
        ),
        (
            "sendBeacon() of JSON, with its preflight",
            vec![Load::beacon(cdn, Some("application/json"))],
        ),
        ("<iframe>", vec![Load::iframe(cdn)]),
        ("new Worker() of another origin", vec![Load::worker(cdn)]),
    ];
    for (name, loads) in rows {
        let took = Profile::ALL.iter().map(|profile| time(&loads, &page, *profile)).max();
        let took = took.unwrap_or_default();
        println!("{:>8.1} µs  {name}", took.as_secs_f64() * 1e6);
    }
}

/// Of one prediction, from the element to what the page sees.
fn time(loads: &[Load], page: &Client, profile: Profile) -> Duration {
    let start = Instant::now();
    for _ in 0..ROUNDS {
        let mut document = Document::new();
        for asked in loads {
            predict(asked.clone(), page, profile, &mut document);
        }
    }
    start.elapsed() / ROUNDS
}

fn predict(asked: Load, page: &Client, profile: Profile, document: &mut Document) {
    let now = Duration::ZERO;
    let mut step = load(asked, page, profile, document, now).expect("a valid URL");
    while let LoadStep::Request(pending) = step {
        let mut headers = HeaderList::new();
        headers.append("Access-Control-Allow-Origin", "https://app.example");
        headers.append("Access-Control-Allow-Credentials", "true");
        headers.append("Access-Control-Allow-Headers", "content-type");
        let answer = WireResponse { status: 200, status_text: b"OK".to_vec(), headers };
        step = pending.receive(Ok(answer), &Content::default(), document, now);
    }
    std::hint::black_box(step);
}
