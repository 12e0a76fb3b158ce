//! Secrets that the hub makes up itself and keeps in its folder.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use crate::config::Secret;

use super::atomic;

/// Letters and digits that cannot be taken for one another when somebody types them off a screen.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
/// How many of them: 120 bits.
const LENGTH: usize = 24;
/// Longest file that is read.
const MAX_BYTES: u64 = 4_096;

/// The secret that the file holds, or a new one that it holds from now on. Only the hub's user can read it.
///
/// # Errors
/// When the file can be neither read nor written, or holds something else.
pub fn keep(path: &Path) -> io::Result<Secret> {
    match File::open(path) {
        Ok(file) => read(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(path),
        Err(error) => Err(error),
    }
}

fn read(file: File) -> io::Result<Secret> {
    let mut text = String::new();
    file.take(MAX_BYTES).read_to_string(&mut text)?;
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it holds no password: remove it, and a new one is made",
        ));
    }
    Ok(Secret::new(text))
}

fn create(path: &Path) -> io::Result<Secret> {
    let mut random = [0_u8; LENGTH];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    // 256 is a multiple of 32, so every letter is as likely as the next.
    let letter = |byte: &u8| LETTERS.get(usize::from(byte % 32)).copied().map(char::from);
    let text: String = random.iter().filter_map(letter).collect();
    atomic::replace(path, |file| writeln!(file, "{text}"))?;
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn made_once_and_kept_for_its_user_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mqtt-password");
        let first = keep(&path).unwrap();
        assert_eq!(first.reveal().len(), LENGTH);
        assert_eq!(keep(&path).unwrap(), first);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_ne!(keep(&folder.path().join("other")).unwrap(), first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_broken_file_is_told_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mqtt-password");
        fs::write(&path, "").unwrap();
        assert!(keep(&path).unwrap_err().to_string().contains("remove it"));
        assert!(keep(&folder.path().join("missing").join("file")).is_err());
    }
}
