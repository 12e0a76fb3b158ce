//! The token for programs of the same user on the same machine: who can read the hub's folder may use it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The file's name in the hub's folder.
pub(super) const FILE: &str = "cli-token";

/// Writes the token for the owner of the folder only; the old one is replaced in one step.
pub(super) fn write(folder: &Path, token: &str) -> io::Result<PathBuf> {
    let path = folder.join(FILE);
    let new = folder.join(format!("{FILE}.new"));
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    writeln!(file, "{token}")?;
    file.sync_all()?;
    fs::rename(&new, &path)?;
    Ok(path)
}
