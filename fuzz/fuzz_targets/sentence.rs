//! See fuzz/entry/sentence.rs.
#![no_main]

#[path = "../entry/sentence.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::run(data));
