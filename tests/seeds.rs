//! The fuzz targets' seeds, replayed without a fuzzer: what once did harm, and one of each kind of input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

#[path = "../fuzz/entry/api.rs"]
mod api;
#[path = "../fuzz/entry/broker.rs"]
mod broker;
#[path = "../fuzz/entry/client.rs"]
mod client;
#[path = "../fuzz/entry/config.rs"]
mod config;
#[path = "../fuzz/entry/discovery.rs"]
mod discovery;
#[path = "../fuzz/entry/gguf.rs"]
mod gguf;
#[path = "../fuzz/entry/sentence.rs"]
mod sentence;
#[path = "../fuzz/entry/template.rs"]
mod template;

use std::path::Path;

fn replay(target: &str, run: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut count = 0;
    for file in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = file.unwrap().path();
        // Where one of them panics or hangs, this is the last line.
        println!("{}", path.display());
        run(&std::fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count >= 5, "{count} seeds in {}", folder.display());
}

#[test]
fn sentence_seeds_do_no_harm() {
    replay("sentence", sentence::run);
}

#[test]
fn discovery_seeds_do_no_harm() {
    replay("discovery", discovery::run);
}

#[test]
fn template_seeds_do_no_harm() {
    replay("template", template::run);
}

#[test]
fn config_seeds_do_no_harm() {
    replay("config", config::run);
}

#[test]
fn gguf_seeds_do_no_harm() {
    replay("gguf", gguf::run);
}

#[test]
fn broker_seeds_do_no_harm() {
    replay("broker", broker::run);
}

#[test]
fn client_seeds_do_no_harm() {
    replay("client", client::run);
}

#[test]
fn api_seeds_do_no_harm() {
    replay("api", api::run);
}
