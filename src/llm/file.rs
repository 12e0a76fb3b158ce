//! A model's file: checked before llama.cpp sees it, and held open so that it cannot be exchanged in between.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::gguf::{Gguf, GgufError};

/// How many places in the weights the fingerprint looks at.
const SAMPLES: u64 = 32;
const SAMPLE_BYTES: usize = 4_096;

/// Why a model's file is not used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: GgufError,
}

/// A file whose header is sound.
#[derive(Debug)]
pub struct ModelFile {
    path: PathBuf,
    file: File,
    gguf: Gguf,
    fingerprint: String,
}

impl ModelFile {
    /// Opens and checks a file.
    ///
    /// # Errors
    /// [`FileError`] says what is wrong.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let fail = |reason| FileError { path: path.to_owned(), reason };
        let read = |error: std::io::Error| fail(GgufError::Io(error.to_string()));
        let mut file = File::open(path).map_err(read)?;
        let about = file.metadata().map_err(read)?;
        if !about.is_file() {
            return Err(fail(GgufError::Io("it is no file".to_owned())));
        }
        let gguf = Gguf::read(BufReader::new(&file), about.len()).map_err(fail)?;
        let fingerprint = fingerprint(&mut file, &gguf).map_err(read)?;
        Ok(Self { path: path.to_owned(), file, gguf, fingerprint })
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its header.
    #[must_use]
    pub const fn gguf(&self) -> &Gguf {
        &self.gguf
    }

    /// Tells this file from others: a hash of its header and of samples of its weights. Reading all of some hundred
    /// megabytes would take a small board a quarter of a minute.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// A path to exactly the file that was checked, whatever has come to lie at [`ModelFile::path`] since.
    #[must_use]
    pub fn checked_path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.file.as_raw_fd()))
    }
}

fn fingerprint(file: &mut File, gguf: &Gguf) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    hash.update(gguf.file_bytes.to_le_bytes());
    file.seek(SeekFrom::Start(0))?;
    let mut header = BufReader::new(file.take(gguf.weights_at));
    let mut buffer = [0; SAMPLE_BYTES];
    loop {
        let length = header.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        hash.update(buffer.get(..length).unwrap_or_default());
    }
    let file = header.into_inner().into_inner();
    let weights = gguf.file_bytes.saturating_sub(gguf.weights_at);
    for sample in 0..SAMPLES {
        file.seek(SeekFrom::Start(gguf.weights_at + weights / SAMPLES * sample))?;
        let length = file.read(&mut buffer)?;
        hash.update(buffer.get(..length).unwrap_or_default());
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
