//! See fuzz/entry/client.rs.
#![no_main]

#[path = "../entry/client.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::run(data));
