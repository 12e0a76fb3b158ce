//! See fuzz/entry/discovery.rs.
#![no_main]

#[path = "../entry/discovery.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::run(data));
