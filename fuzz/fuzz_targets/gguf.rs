//! See fuzz/entry/gguf.rs.
#![no_main]

#[path = "../entry/gguf.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::run(data));
