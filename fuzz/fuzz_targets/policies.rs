#![no_main]

#[path = "../bodies/bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::policies(data));
