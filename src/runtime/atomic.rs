//! Files that are replaced as a whole: a power cut leaves the old one or the new one, never half of one.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Replaces the file, or makes it. What `write` writes is on the disk under a name of its own (`.new`) before it
/// takes the file's place. Only the hub's user can read it.
///
/// # Errors
/// What `write` returns, or why the disk cannot take it; the file is as it was then.
pub fn replace<T>(path: &Path, write: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
    let half = half(path);
    let written = write_half(&half, write).and_then(|value| fs::rename(&half, path).map(|()| value));
    if written.is_err() {
        // On a full disk the half would keep what is left of the room.
        let _ = fs::remove_file(&half);
    }
    let value = written?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(value)
}

fn half(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".new");
    name.into()
}

fn write_half<T>(half: &Path, write: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(half)?;
    let value = write(&mut file)?;
    file.sync_all()?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        replace(&path, |file| file.write_all(b"old")).unwrap();
        let failed: io::Result<()> = replace(&path, |file| {
            file.write_all(b"half of the n")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
