//! How fast a model reads and generates through the hub's own thread and queue, and what memory it takes.
//!
//! `cargo bench --bench llm -- --make SHAPE FILE` writes a file of random weights in a real model's shape (smollm2-135m,
//! smollm2-360m, qwen2.5-0.5b): memory and speed do not depend on the values.
//! `… -- --file FILE [--threads N] [--rounds N] [--context N] [--kv auto|f16|q8_0] [--repack auto|on|off]` prints one
//! JSON object.

#[path = "../tests/support/random_gguf.rs"]
mod random_gguf;

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use homeclaw::hub::ports::{Completed, Completion, LanguageModel as _, Piece, Prompt};
use homeclaw::llm::{KvType, Llm, Options, Wishes};
use homeclaw::runtime::{Memory, Policy, Shutdown, Supervisor};
use serde_json::json;

type Res<T> = Result<T, Box<dyn Error>>;

/// As many tokens as llama-bench reads and generates by default (pp512, tg128).
const PROMPT: usize = 512;
const GENERATED: u32 = 128;

fn main() -> Res<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let value = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1)).cloned();
    if let (Some(shape), Some(path)) = (value("--make"), args.last()) {
        return make(&shape, Path::new(path));
    }
    let Some(file) = value("--file") else {
        writeln!(io::stderr(), "llm: no --file, so nothing is measured; --make SHAPE FILE makes one")?;
        return Ok(());
    };
    let path = PathBuf::from(file);
    let rounds = value("--rounds").map_or(Ok(5), |text| text.parse())?;
    let options = Options {
        folder: path.parent().map(Path::to_owned).unwrap_or_default(),
        name: path.file_stem().map(|stem| stem.to_string_lossy().into_owned()),
        wishes: Wishes {
            context: value("--context").map_or(Ok(2_048), |text| text.parse())?,
            kv: match value("--kv").as_deref() {
                Some("f16") => Some(KvType::F16),
                Some("q8_0") => Some(KvType::Q8),
                _ => None,
            },
            repack: value("--repack").filter(|text| text != "auto").map(|text| text == "on"),
            limit: None,
        },
        threads: value("--threads").map_or(Ok(2), |text| text.parse())?,
        load_at_start: false,
        idle: None,
        state_folder: None,
    };
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?
        .block_on(measure(options, rounds))
}

fn make(shape: &str, path: &Path) -> Res<()> {
    let known =
        random_gguf::REAL.iter().chain([&("tiny", random_gguf::TINY)]).find(|(name, _)| *name == shape);
    let (_, sizes) = known.ok_or_else(|| format!("{shape} is none of the shapes"))?;
    let mut out = BufWriter::new(File::create(path)?);
    random_gguf::Gguf::new(sizes).write(&mut out)?;
    Ok(out.flush()?)
}

/// About so many tokens that are no words: each letter is one.
fn letters(count: usize, seed: usize) -> String {
    (0..count).map(|at| if (at * 7 + seed).is_multiple_of(3) { '7' } else { '~' }).collect()
}

fn request(session: &str, text: String, most: u32) -> Completion {
    let prompt = Prompt::Text { stable: "".into(), changing: vec![Piece::Words(text)] };
    Completion::new(session, prompt, most, Duration::from_secs(600))
}

/// A decision about one of fifty devices.
fn decision() -> Arc<str> {
    let names: Vec<String> = (0..50).map(|number| format!("\"\\\"lamp_{number}\\\"\"")).collect();
    let names = names.join(" | ");
    format!("root ::= \"{{\\\"do\\\":\" (\"\\\"on\\\"\" | \"\\\"off\\\"\") \",\\\"to\\\":\" name \"}}\"\nname ::= {names}\n").into()
}

fn rate(tokens: u32, time: Duration) -> f64 {
    f64::from(tokens) / time.as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn read_rate(done: &Completed) -> f64 {
    rate(done.usage.prompt_tokens - done.usage.reused_tokens, done.timings.reading)
}

async fn measure(options: Options, rounds: usize) -> Res<()> {
    let mib = |bytes: Option<u64>| bytes.unwrap_or_default() >> 20;
    let before = Memory::read();
    let (threads, llm) = (options.threads, Llm::new(options));
    let mut supervisor = Supervisor::new(Shutdown::new(), Arc::new(|_| {}));
    let running = llm.clone();
    supervisor.spawn("model", Policy::default(), move |part| {
        let running = running.clone();
        async move { running.run(part).await }
    });
    let started = Instant::now();
    llm.complete(request("first", "a".to_owned(), 0)).await?;
    let loading = started.elapsed();
    let mut reading = Vec::new();
    let mut generating = Vec::new();
    for round in 0..rounds {
        let done = llm.complete(request("read", letters(PROMPT, round), 0)).await?;
        reading.push(read_rate(&done));
        let done = llm.complete(request("generate", format!("go {round}"), GENERATED)).await?;
        generating.push(rate(done.usage.generated_tokens.saturating_sub(1), done.timings.generating));
    }
    let mut decisions = Vec::new();
    let mut tokens = 0;
    for round in 0..rounds {
        let done =
            llm.complete(request("decide", format!("light {round}"), 48).with_grammar(decision())).await?;
        decisions.push(done.timings.generating.as_secs_f64() * 1e3);
        tokens = done.usage.generated_tokens;
    }
    let again = llm.complete(request("read", letters(PROMPT, rounds.saturating_sub(1)), 0)).await?;
    let after = Memory::read();
    let status = llm.status();
    let figures = json!({
        "model": status.name, "threads": threads, "loading_ms": loading.as_millis(),
        "read_tokens_per_s": median(reading), "generate_tokens_per_s": median(generating),
        "decision_ms": median(decisions), "decision_tokens": tokens,
        "reread_tokens": again.usage.prompt_tokens - again.usage.reused_tokens,
        "planned_mib": status.planned_bytes >> 20,
        "resident_before_mib": mib(before.resident), "resident_mib": mib(after.resident), "own_mib": mib(after.own),
    });
    writeln!(io::stdout(), "{figures}")?;
    supervisor.stop().await;
    let _ = llm;
    Ok(())
}
