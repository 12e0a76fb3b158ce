//! See fuzz/entry/api.rs.
#![no_main]

#[path = "../entry/api.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::run(data));
