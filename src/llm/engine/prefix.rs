//! What was read of prompts' stable parts, kept on the disk, so that a restart does not read them again.
//!
//! A file is only ever used whole: its name says for which model and text it is, and a checksum beside it is
//! compared before llama.cpp sees a byte.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// Most bytes on the disk.
const MOST_BYTES: u64 = 128 << 20;
/// Most files.
const MOST_FILES: usize = 4;
const STATE: &str = "kv";
const SUM: &str = "sha256";

/// The folder of kept states for one model with its settings.
#[derive(Debug, Clone)]
pub(super) struct Prefixes {
    folder: PathBuf,
    model: String,
}

/// Hexadecimal digits of a hash, cut to a length that still tells everything apart.
fn short(hash: &[u8]) -> String {
    hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

impl Prefixes {
    /// `model` names everything that states depend on: the model's fingerprint and the settings of the context.
    pub(super) fn new(folder: PathBuf, model: &str) -> Self {
        Self { folder, model: short(&Sha256::digest(model)) }
    }

    fn path(&self, text: &str) -> PathBuf {
        self.folder.join(format!("{}-{}.{STATE}", self.model, short(&Sha256::digest(text))))
    }

    /// The file for a text, when there is a whole one.
    pub(super) fn find(&self, text: &str) -> Option<PathBuf> {
        let path = self.path(text);
        let expected = fs::read_to_string(path.with_extension(SUM)).ok()?;
        match checksum(&path) {
            Ok(actual) if actual == expected.trim() => Some(path),
            _ => {
                tracing::warn!(path = %path.display(), "what was kept of the prompt is damaged, so it is read again");
                self.remove(text);
                None
            }
        }
    }

    pub(super) fn has(&self, text: &str) -> bool {
        self.path(text).with_extension(SUM).exists()
    }

    /// Removes what is kept for a text.
    pub(super) fn remove(&self, text: &str) {
        let path = self.path(text);
        let _ = fs::remove_file(path.with_extension(SUM));
        let _ = fs::remove_file(path);
    }

    /// Keeps what `write` writes into the path that it is given, and removes the oldest files beyond the limits.
    pub(super) fn keep(&self, text: &str, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let path = self.path(text);
        let half = path.with_extension("new");
        let done = write(&half).and_then(|()| {
            if fs::metadata(&half)?.len() > MOST_BYTES {
                return Err(io::Error::other(format!("it has more than {MOST_BYTES} bytes")));
            }
            let sum = checksum(&half)?;
            fs::rename(&half, &path)?;
            // The checksum comes last: without it the state does not count.
            fs::write(path.with_extension(SUM), sum)
        });
        if done.is_err() {
            let _ = fs::remove_file(&half);
        }
        done?;
        self.tidy()
    }

    fn tidy(&self) -> io::Result<()> {
        let mut kept: Vec<((i64, i64), u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            if ending != Some(STATE) {
                // Left over from a power cut.
                if ending == Some("new") || !path.with_extension(STATE).exists() {
                    let _ = fs::remove_file(&path);
                }
                continue;
            }
            let about = fs::metadata(&path)?;
            kept.push(((about.mtime(), about.mtime_nsec()), about.len(), path));
        }
        kept.sort_by(|a, b| b.cmp(a));
        let mut bytes = 0;
        for (at, (_, length, path)) in kept.iter().enumerate() {
            bytes += length;
            if at >= MOST_FILES || bytes > MOST_BYTES {
                let _ = fs::remove_file(path.with_extension(SUM));
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

fn checksum(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hash.update(buffer.get(..length).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(prefixes: &Prefixes, text: &str, bytes: &[u8]) {
        prefixes.keep(text, |path| fs::write(path, bytes)).unwrap();
    }

    #[test]
    fn found_for_the_same_model_and_text_only() {
        let folder = tempfile::tempdir().unwrap();
        let prefixes = Prefixes::new(folder.path().join("kv"), "model a");
        keep(&prefixes, "stable", b"state");
        assert_eq!(fs::read(prefixes.find("stable").unwrap()).unwrap(), b"state");
        assert!(prefixes.find("other").is_none());
        assert!(Prefixes::new(folder.path().join("kv"), "model b").find("stable").is_none());
    }

    #[test]
    fn a_damaged_file_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let prefixes = Prefixes::new(folder.path().to_owned(), "model");
        keep(&prefixes, "stable", b"state");
        fs::write(prefixes.path("stable"), b"stale").unwrap();
        assert!(prefixes.find("stable").is_none());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn only_the_newest_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let prefixes = Prefixes::new(folder.path().to_owned(), "model");
        fs::write(folder.path().join("half.new"), "").unwrap();
        for number in 0..8_u64 {
            keep(&prefixes, &number.to_string(), b"state");
            // File times may be coarse.
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(number);
            File::options()
                .write(true)
                .open(prefixes.path(&number.to_string()))
                .unwrap()
                .set_modified(time)
                .unwrap();
        }
        keep(&prefixes, "last", b"state");
        let left: Vec<bool> = (0..8_u64).map(|number| prefixes.has(&number.to_string())).collect();
        assert_eq!(left, [false, false, false, false, false, true, true, true]);
        assert!(prefixes.has("last") && !folder.path().join("half.new").exists());
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let prefixes = Prefixes::new(folder.path().to_owned(), "model");
        let failed = prefixes.keep("stable", |path| {
            fs::write(path, "half")?;
            Err(io::Error::other("the disk is full"))
        });
        assert!(failed.is_err() && !prefixes.has("stable"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
