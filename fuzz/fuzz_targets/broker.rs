//! See fuzz/entry/broker.rs.
#![no_main]

#[path = "../entry/broker.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::run(data));
