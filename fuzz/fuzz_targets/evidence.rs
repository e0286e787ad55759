#![no_main]

#[path = "../bodies/evidence.rs"]
mod evidence;

libfuzzer_sys::fuzz_target!(|data: &[u8]| evidence::evidence(data));
