//! Packs the sentence templates of each language, with those of our own, into one zstd frame, for
//! `src/intent/data.rs` to include, and watches for a newly built panel.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::Value;

/// Near the highest: packing happens once, the result sits in every binary.
const LEVEL: i32 = 19;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=HOMECLAW_INTENTS");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    watch_panel(&root)?;
    // Half a megabyte of relocations becomes a few kilobytes; what a linker does not know of this it ignores.
    println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    let source = env::var_os("HOMECLAW_INTENTS").map_or_else(|| root.join(".cache/intents"), PathBuf::from);
    let stamp = source.join("stamp");
    println!("cargo::rerun-if-changed={}", stamp.display());
    if !stamp.exists() {
        let missing = source.display();
        println!(
            "cargo::error=the sentence templates are not in {missing}: run `make setup`, which fetches them"
        );
        return Ok(());
    }
    let own = root.join("models/intents/own");
    println!("cargo::rerun-if-changed={}", own.display());
    pack(&source, &own, &PathBuf::from(env::var("OUT_DIR")?))
}

/// Builds again when the panel was built: it is embedded in the program. The folder is made when there is
/// none, because cargo takes a missing one for a change and would build again each time.
fn watch_panel(root: &Path) -> Result<(), Box<dyn Error>> {
    let panel = root.join("web/dist");
    fs::create_dir_all(&panel)?;
    println!("cargo::rerun-if-changed={}", panel.display());
    Ok(())
}

/// One frame a language, three lines: the package's JSON document, that of the number words, and our own.
fn pack(source: &Path, own: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut files: Vec<_> = fs::read_dir(source.join("data"))?.collect::<Result<_, _>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    let mut index = String::from("&[\n");
    for file in files {
        let name = file.file_name().into_string().map_err(|_| "a language file has no readable name")?;
        let Some(language) = name.strip_suffix(".json") else { continue };
        let mut text = minified(&fs::read(file.path())?)?;
        text.push('\n');
        let numbers = source.join("numbers").join(&name);
        if numbers.exists() {
            text += &minified(&fs::read(numbers)?)?;
        }
        text.push('\n');
        let own = own.join(format!("{language}.yaml"));
        if own.exists() {
            text += &from_yaml(&own)?;
        }
        let packed = out.join(format!("{language}.zst"));
        fs::write(&packed, zstd::bulk::compress(text.as_bytes(), LEVEL)?)?;
        let path = packed.display().to_string();
        writeln!(index, "    ({language:?}, {}, include_bytes!({path:?})),", text.len())?;
    }
    index.push(']');
    fs::write(out.join("intents.rs"), index)?;
    Ok(())
}

fn minified(json: &[u8]) -> Result<String, serde_json::Error> {
    Ok(serde_json::from_slice::<Value>(json)?.to_string())
}

fn from_yaml(path: &Path) -> Result<String, Box<dyn Error>> {
    let documents = Yaml::load_from_str(&fs::read_to_string(path)?);
    let documents = documents.map_err(|error| format!("{}: {error}", path.display()))?;
    let document = documents.first().ok_or_else(|| format!("{} is empty", path.display()))?;
    Ok(json(document).to_string())
}

fn json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Boolean(value)) => Value::from(*value),
        Yaml::Value(Scalar::Integer(value)) => Value::from(*value),
        Yaml::Value(Scalar::FloatingPoint(value)) => Value::from(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => Value::from(&**value),
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(entries) => {
            let key = |key: &Yaml<'_>| json(key).as_str().map(str::to_owned).unwrap_or_default();
            Value::Object(entries.iter().map(|(name, value)| (key(name), json(value))).collect())
        }
        _ => Value::Null,
    }
}
