//! How long a sentence takes to understand, and what a language costs.
//!
//! `cargo bench --bench understand` prints one JSON object a line. The sentences are those of the sentence
//! templates' own project where `HOMECLAW_INTENTS_TESTS` names a clone of it, else ours in tests/sentences.
//! `-- --sentences FILE` writes them down with their homes for `hassil_peer.py`, which measures hassil on the same.

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use std::{env, fs};

use homeclaw::cli::home_file::{HomeFile, to_json};
use homeclaw::intent::{Language, MAX_CHARS, Matcher};
use homeclaw::model::Timestamp;
use serde_json::{Value, json};

type Res<T> = Result<T, Box<dyn Error>>;

/// The longest sentences that are looked at, made to keep the matcher busy.
fn hostile() -> Vec<String> {
    let to_the_limit = |part: &str| part.chars().cycle().take(MAX_CHARS).collect::<String>();
    [
        "turn on off the lights in the kitchen to ",
        "add to my list add ",
        "play in the on ",
        "set timer for five hours and one minute and two seconds ",
        "remove from my shopping list to do ",
        "broadcast that the ",
        "-_ ",
        "a",
        "lamp 1 lamp 2 in the kitchen and ",
        "打开客厅的灯和卧室的亮度调到一百的",
        "把添加到购物清单列表",
    ]
    .iter()
    .map(|part| to_the_limit(part))
    .collect()
}

/// Sentences as long as may be, of the words of real ones in no order, so that many templates seem to fit.
fn jumbled(sentences: &[String]) -> Vec<String> {
    let words: Vec<&str> = sentences.iter().flat_map(|text| text.split_inclusive(' ')).collect();
    // A linear congruential generator (the constants are Knuth's) makes every run the same.
    let mut seed = 42_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        words
            .get(usize::try_from(seed >> 33).unwrap_or_default() % words.len().max(1))
            .copied()
            .unwrap_or("a")
    };
    (0..400)
        .map(|_| {
            let mut text = String::new();
            while text.chars().count() < MAX_CHARS {
                text.push_str(next().trim_end());
                text.push(' ');
            }
            text.chars().take(MAX_CHARS).collect()
        })
        .collect()
}

/// A test file of the project, with more lamps until there are as many entities as wished.
fn home_of(text: &str, entities: usize) -> Res<(HomeFile, Value)> {
    let home = HomeFile::parse(text, Timestamp::default())?;
    let more = entities.saturating_sub(home.view().entities.len());
    let mut document = to_json(text)?;
    let lamps = (1..=more).map(|number| json!({"name": format!("Lamp {number}"), "domain": "light"}));
    let list = document.as_object_mut().ok_or("the test file is no mapping")?;
    let all = list.entry("entities").or_insert_with(|| json!([]));
    all.as_array_mut().ok_or("entities is no list")?.extend(lamps);
    // JSON is YAML.
    Ok((HomeFile::parse(&document.to_string(), Timestamp::default())?, document))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<_> = entries.map(|entry| entry.path()).collect();
    all.sort();
    all
}

/// A home with its sentences.
struct Case {
    home: HomeFile,
    /// The home as it is written.
    document: Value,
    sentences: Vec<String>,
}

fn cases(tag: &str, entities: usize) -> Res<Vec<Case>> {
    let Some(root) = env::var_os("HOMECLAW_INTENTS_TESTS").map(PathBuf::from) else {
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/sentences/{tag}.yaml"));
        return Ok(if ours.exists() { vec![case(&ours, entities)?] } else { Vec::new() });
    };
    let mut cases = Vec::new();
    for file in files(&root.join("tests").join(tag)).iter().flat_map(|folder| files(folder)) {
        cases.push(case(&file, entities)?);
    }
    Ok(cases)
}

fn case(file: &Path, entities: usize) -> Res<Case> {
    let text = fs::read_to_string(file)?;
    let groups = to_json(&text)?;
    let groups = groups.get("tests").and_then(Value::as_array).cloned().unwrap_or_default();
    let sentences = groups.iter().filter_map(|group| group.get("sentences")?.as_array()).flatten();
    let sentences = sentences.filter_map(Value::as_str).map(str::to_owned).collect();
    let (home, document) = home_of(&text, entities)?;
    Ok(Case { home, document, sentences })
}

fn percentile(sorted: &[f64], part: f64) -> f64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a small length")]
    let index = ((sorted.len().saturating_sub(1)) as f64 * part).round() as usize;
    sorted.get(index).copied().unwrap_or_default()
}

fn report(what: &str, tag: &str, entities: usize, mut micros: Vec<f64>) {
    if micros.is_empty() {
        return;
    }
    micros.sort_by(f64::total_cmp);
    let line = json!({
        "bench": what, "language": tag, "entities": entities, "sentences": micros.len(),
        "median_us": percentile(&micros, 0.5), "p95_us": percentile(&micros, 0.95),
        "p99_us": percentile(&micros, 0.99), "max_us": percentile(&micros, 1.0),
    });
    say(&line);
}

#[allow(clippy::print_stdout, reason = "a bench speaks to whoever runs it")]
fn say(line: &Value) {
    println!("{line}");
}

/// The best of some runs: what else the machine does is not the matcher's doing.
fn time(matcher: &Matcher, sentence: &str, area: &str) -> f64 {
    (0..5)
        .map(|_| {
            let started = Instant::now();
            let _ = std::hint::black_box(matcher.recognize_near(sentence, Some(area)));
            started.elapsed().as_secs_f64() * 1e6
        })
        .fold(f64::INFINITY, f64::min)
}

fn resident_kib() -> i64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

fn measure(tag: &str, language: &Arc<Language>, entities: usize, notes: &mut impl Write) -> Res<()> {
    let (mut understood, mut unknown, mut building, mut attacked) = (vec![], vec![], vec![], vec![]);
    let mut all = Vec::new();
    let cases = cases(tag, entities)?;
    let last = cases.len().saturating_sub(1);
    for (index, case) in cases.into_iter().enumerate() {
        let Case { home, document, sentences } = case;
        let view = home.view();
        let started = Instant::now();
        let matcher = Matcher::new(language.clone(), &view);
        building.push(started.elapsed().as_secs_f64() * 1e6);
        let area = home.context_area.clone().unwrap_or_else(|| "Kitchen".to_owned());
        let part = |name: &str| document.get(name).cloned().unwrap_or_else(|| json!([]));
        let names = json!({
            "language": tag, "size": entities, "area": area, "sentences": sentences,
            "areas": part("areas"), "floors": part("floors"), "entities": part("entities"),
        });
        writeln!(notes, "{names}")?;
        all.extend(sentences.clone());
        for sentence in sentences {
            understood.push(time(&matcher, &sentence, &area));
            unknown.push(time(&matcher, &format!("{sentence} xyzzy"), &area));
        }
        if index == last {
            let sentences = hostile().into_iter().chain(jumbled(&all));
            attacked = sentences.map(|sentence| time(&matcher, &sentence, &area)).collect();
        }
    }
    report("understand", tag, entities, understood);
    report("not understood, with the nearest", tag, entities, unknown);
    report("made to be slow", tag, entities, attacked);
    report("taking the home's names", tag, entities, building);
    Ok(())
}

fn main() -> Res<()> {
    let mut args = env::args().skip_while(|arg| arg != "--sentences").skip(1);
    let mut notes: Box<dyn Write> = match args.next() {
        Some(path) => Box::new(fs::File::create(path)?),
        None => Box::new(io::sink()),
    };
    for tag in ["en", "zh-CN", "de"] {
        let before = resident_kib();
        let started = Instant::now();
        let language = Language::load(tag)?;
        let millis = started.elapsed().as_secs_f64() * 1e3;
        let kib = resident_kib() - before;
        say(&json!({"bench": "load a language", "language": tag, "ms": millis, "resident_kib": kib}));
        for entities in [10, 500] {
            measure(tag, &language, entities, &mut notes)?;
        }
    }
    Ok(())
}
