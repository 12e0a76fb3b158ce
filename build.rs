//! Packs the sentence templates of each language into one zstd frame, for `src/intent/data.rs` to include, and
//! watches for a newly built panel.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Near the highest: packing happens once, the result sits in every binary.
const LEVEL: i32 = 19;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=HOMECLAW_INTENTS");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    watch_panel(&root)?;
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
    pack(&source, &PathBuf::from(env::var("OUT_DIR")?))
}

/// Builds again when the panel was built: it is embedded in the program. The folder is made when there is
/// none, because cargo takes a missing one for a change and would build again each time.
fn watch_panel(root: &Path) -> Result<(), Box<dyn Error>> {
    let panel = root.join("web/dist");
    fs::create_dir_all(&panel)?;
    println!("cargo::rerun-if-changed={}", panel.display());
    Ok(())
}

/// One frame a language: the package's JSON document, and after a line break that of the number words.
fn pack(source: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
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
    Ok(serde_json::from_slice::<serde_json::Value>(json)?.to_string())
}
