//! What failed in an archive, and how long it took to tell: `cargo run --release --example judge_archive FILE`.

use std::time::Instant;

use corsage_evidence::har::{read, table};
use corsage_evidence::text::decode;

#[expect(clippy::print_stdout, reason = "what an example is for")]
fn main() {
    let Some(file) = std::env::args().nth(1) else {
        return println!("give the path of a HAR file");
    };
    let start = Instant::now();
    let Ok(bytes) = std::fs::read(&file) else { return println!("{file} cannot be read") };
    let size = bytes.len();
    let Ok(text) = decode(bytes) else { return println!("{file} is no text") };
    let parsed = Instant::now();
    match read(&text, &mut |_| ()) {
        Ok(archive) => {
            let judged = Instant::now();
            let table = table(&archive, &[]);
            println!(
                "{size} bytes, {} entries, {} rows failed; read {:?}, parsed {:?}, judged {:?}",
                table.entries(),
                table.failures.len(),
                parsed - start,
                judged - parsed,
                judged.elapsed(),
            );
        }
        Err(problem) => println!("{file}: {problem:?}"),
    }
}
