//! Holds the code to ARCHITECTURE.md: imports point down, pure code stays pure, files stay readable.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// The layers from the bottom up, with the modules in each.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &["model"]),
    ("base", &["config", "store", "runtime"]),
    ("pure", &["devices", "intent"]),
    ("hub", &["hub"]),
    ("edges", &["web", "mqtt", "demo", "llm"]),
    ("app", &["app"]),
    ("cli", &["cli", "main"]),
];

/// Layers whose modules may import each other. Everywhere else a neighbour is as far away as a layer above.
const FAMILIES: &[&str] = &["base", "app", "cli"];

/// What pure code must not mention: it has no runtime, no clock and no outside.
const IMPURE: &[&str] = &[
    r"\btokio\b",
    r"\bSystemTime\b",
    r"\bInstant::now\b",
    r"\bTimestamp::now\b",
    r"\bZoned::now\b",
    r"\bstd::fs\b",
    r"\bstd::net\b",
    r"\bstd::env::",
    r"\bstd::thread\b",
    r"\brumqtt",
    r"\brusqlite\b",
];

const MOST_LINES: usize = 600;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|(_, modules)| modules.contains(&module))
}

fn files_under(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.expect("a readable folder").path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "node_modules", "dist", "out", "corpus"].contains(&name.as_str()) {
            files_under(&path, endings, found);
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
}

/// Every Rust file of the library and the program with the top-level module that it belongs to.
fn sources() -> Vec<(String, PathBuf, String)> {
    let src = root().join("src");
    let mut paths = Vec::new();
    files_under(&src, &[".rs"], &mut paths);
    paths.sort();
    let module = |path: &Path| {
        let first = path.strip_prefix(&src).expect("under src").components().next().expect("a name");
        first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
    };
    paths
        .into_iter()
        .map(|path| (module(&path), path.clone(), fs::read_to_string(path).expect("UTF-8")))
        .collect()
}

/// The text without comments and string literals, so that prose may name what code may not.
fn code(text: &str) -> String {
    let strings = Regex::new(r#""(?:[^"\\\n]|\\.)*""#).expect("a pattern");
    let comments = Regex::new(r"(?m)//.*$").expect("a pattern");
    comments.replace_all(&strings.replace_all(text, "\"\""), "").into_owned()
}

/// The top-level modules that a file imports: `crate::x`, `homeclaw::x`, and the names of `crate::{x, y::z}`.
fn imports(text: &str) -> Vec<String> {
    let single = Regex::new(r"\b(?:crate|homeclaw)::(\w+)").expect("a pattern");
    let group = Regex::new(r"\b(?:crate|homeclaw)::\{([^;]*)\};").expect("a pattern");
    let code = code(text);
    let mut found: Vec<String> = single.captures_iter(&code).map(|c| c[1].to_owned()).collect();
    for names in group.captures_iter(&code) {
        let mut depth = 0_usize;
        let mut name = String::new();
        for c in names[1].chars().chain([',']) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    let first = name.split("::").next().unwrap_or_default().trim().to_owned();
                    found.push(first);
                    name.clear();
                    continue;
                }
                _ => {}
            }
            if depth == 0 {
                name.push(c);
            }
        }
    }
    found.sort();
    found.dedup();
    found.retain(|name| !name.is_empty());
    found
}

#[test]
fn imports_point_down() {
    let mut wrong = String::new();
    for (module, path, text) in sources() {
        if module == "lib" {
            continue;
        }
        let Some(own) = layer_of(&module) else {
            let _ = writeln!(wrong, "{}: module {module} stands in no layer", path.display());
            continue;
        };
        for import in imports(&text).into_iter().filter(|import| *import != module) {
            let Some(other) = layer_of(&import) else { continue };
            let family = LAYERS.get(own).is_some_and(|(name, _)| FAMILIES.contains(name));
            if other > own || (other == own && !family) {
                let _ = writeln!(wrong, "{}: {module} may not import {import}", path.display());
            }
        }
    }
    assert!(wrong.is_empty(), "imports that do not point down (see ARCHITECTURE.md):\n{wrong}");
}

#[test]
fn import_reader_sees_every_form() {
    let text = "use crate::hub::Handle; // crate::web\nuse crate::{config::{Config, Mqtt}, model};\nfn f() { crate::store::open() }";
    assert_eq!(imports(text), ["config", "hub", "model", "store"]);
}

#[test]
fn pure_code_knows_no_outside() {
    let patterns: Vec<Regex> = IMPURE.iter().map(|p| Regex::new(p).expect("a pattern")).collect();
    let mut wrong = String::new();
    for (module, path, text) in sources() {
        if !["model", "devices", "intent"].contains(&module.as_str()) {
            continue;
        }
        for (number, line) in code(&text).lines().enumerate() {
            if let Some(pattern) = patterns.iter().find(|pattern| pattern.is_match(line)) {
                let _ = writeln!(
                    wrong,
                    "{}:{}: {} in pure code: {}",
                    path.display(),
                    number + 1,
                    pattern,
                    line.trim()
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_module_is_in_the_library_and_in_the_map() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let library = fs::read_to_string(root().join("src/lib.rs")).expect("src/lib.rs");
    let modules: BTreeMap<String, ()> = sources().into_iter().map(|(module, _, _)| (module, ())).collect();
    for module in modules.keys().filter(|module| !["lib", "main"].contains(&module.as_str())) {
        assert!(library.contains(&format!("pub mod {module};")), "src/lib.rs does not declare {module}");
        assert!(map.contains(&format!("`{module}")), "ARCHITECTURE.md does not say what {module} is for");
    }
}

#[test]
fn files_stay_readable() {
    let mut paths = Vec::new();
    for folder in ["src", "tests", "benches", "fuzz", "web", "tools", "models", "docs"] {
        files_under(&root().join(folder), &[".rs", ".ts", ".tsx", ".css", ".py", ".sh"], &mut paths);
    }
    let lines = |path: &PathBuf| fs::read_to_string(path).map_or(0, |text| text.lines().count());
    let long: Vec<String> = paths
        .iter()
        .filter(|path| lines(path) > MOST_LINES)
        .map(|path| format!("{}: {} lines", path.display(), lines(path)))
        .collect();
    assert!(long.is_empty(), "files over {MOST_LINES} lines want to be two:\n{}", long.join("\n"));
}
