#![no_main]

#[path = "../bodies/foreign.rs"]
mod foreign;

libfuzzer_sys::fuzz_target!(|data: &[u8]| foreign::foreign(data));
