//! Measures the whole program from outside: the real binary, its own broker, a real MQTT client, HTTP and WebSocket.
//!
//! `cargo bench --profile quick --bench hub -- [start] [idle] [discovery] [retained] [sentence] [states] [conversations]`;
//! without names, all of them. `HOMECLAW_BIN` names the program to measure, as it is shipped for example. Every line
//! printed is a figure of docs/benchmarks.md.

mod hub;
mod load;
mod mqtt;
mod report;
mod retained;
mod start;

use report::Res;

fn main() -> Res<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let all = wanted.is_empty();
    let wants = |name: &str| all || wanted.iter().any(|w| w == name);
    report::machine()?;
    let program = hub::program();
    report::say(&format!("program: {}, {} bytes", program.display(), program.metadata()?.len()))?;
    runtime.block_on(async {
        if wants("start") {
            start::start().await?;
        }
        if wants("idle") {
            start::idle().await?;
        }
        if wants("discovery") {
            start::discovery().await?;
        }
        if wants("retained") {
            retained::retained().await?;
        }
        if wants("sentence") {
            load::sentence().await?;
        }
        if wants("states") {
            load::states().await?;
        }
        if wants("conversations") {
            load::conversations().await?;
        }
        Ok(())
    })
}
