//! Notices a changed configuration file and takes over what can change while the hub runs.
//!
//! The file, and those with passwords and certificates that it names, are looked at every two seconds (watches
//! of folders miss bind mounts and network drives), and at once on SIGHUP. What is wrong is refused as a whole; the running configuration stays.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::field::Differences;
use super::load::Source;
use super::mistake::{Mistake, Origin};
use super::schema::Config;

/// How often the file is looked at.
const EVERY: Duration = Duration::from_secs(2);

/// What came of the newest look at the file.
#[derive(Debug, Clone)]
pub struct Reloaded {
    /// In use now.
    pub config: Arc<Config>,
    /// What changed. Empty when the file was refused, or says the same in other words.
    pub differences: Differences,
    /// Why the file was refused; empty when it was not.
    pub refused: Vec<Mistake>,
}

impl Reloaded {
    /// Whether the file was accepted.
    #[must_use]
    pub fn accepted(&self) -> bool {
        self.refused.is_empty()
    }

    /// What happened, for the log and the panel.
    #[must_use]
    pub fn summary(&self) -> String {
        let list = |differences: &[super::Difference]| {
            let each = differences.iter().map(|d| format!("{}: {} -> {}", d.path, d.before, d.after));
            each.collect::<Vec<_>>().join(", ")
        };
        let mut parts = Vec::new();
        if !self.refused.is_empty() {
            let reasons: Vec<_> = self.refused.iter().map(Mistake::to_string).collect();
            parts.push(format!("refused, the running configuration stays: {}", reasons.join("; ")));
        }
        if !self.differences.applied.is_empty() {
            parts.push(format!("applied: {}", list(&self.differences.applied)));
        }
        if !self.differences.needs_restart.is_empty() {
            parts.push(format!("needs a restart: {}", list(&self.differences.needs_restart)));
        }
        if parts.is_empty() { "nothing changed".to_owned() } else { parts.join("; ") }
    }
}

/// What tells one version of a file from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// Looks after one configuration.
#[derive(Debug)]
pub struct Watcher {
    source: Source,
    running: Config,
    stamp: Option<Stamp>,
    /// The files that the configuration names.
    others: BTreeMap<PathBuf, Option<Stamp>>,
    sender: watch::Sender<Reloaded>,
}

impl Watcher {
    /// For a configuration that was just loaded from `source`.
    #[must_use]
    pub fn new(source: Source, running: Config) -> (Self, watch::Receiver<Reloaded>) {
        let config = Arc::new(running.clone());
        let first = Reloaded { config, differences: Differences::default(), refused: Vec::new() };
        let (sender, receiver) = watch::channel(first);
        let (stamp, others) = (stamp(&source.path), stamps(running.files()));
        (Self { source, running, stamp, others, sender }, receiver)
    }

    /// Looks at the files, and reads everything again when one is another than before, or when what is there
    /// was refused: the reason may lie in a file that is there only now. Returns whether it was read.
    pub fn check(&mut self) -> bool {
        let others = stamps(self.others.keys().cloned());
        let again = !self.sender.borrow().accepted();
        let changed = again || stamp(&self.source.path) != self.stamp || others != self.others;
        if changed {
            self.read(false);
        }
        changed
    }

    /// Reads everything again because somebody asks for it.
    pub fn reload(&mut self) {
        self.read(true);
    }

    fn read(&mut self, asked: bool) {
        let now = stamp(&self.source.path);
        // A file that is gone is a slip or a half-done edit, not the wish for the defaults.
        let gone = self.stamp.is_some() && now.is_none();
        let result = if gone {
            Err(vec![Mistake {
                origin: Origin::WholeFile(Arc::new(self.source.path.clone())),
                setting: String::new(),
                message: "the file is gone".to_owned(),
                suggestion: None,
            }])
        } else {
            self.stamp = now;
            self.others = stamps(self.others.keys().cloned());
            self.source.load()
        };
        let mut reloaded = Reloaded {
            config: Arc::clone(&self.sender.borrow().config),
            differences: Differences::default(),
            refused: Vec::new(),
        };
        match result {
            Ok(loaded) => {
                self.others = stamps(loaded.config.files());
                reloaded.differences = self.running.adopt(&loaded.config);
                reloaded.config = Arc::new(self.running.clone());
            }
            Err(mistakes) => reloaded.refused = mistakes,
        }
        // The same mistakes again are no news.
        if !asked && !reloaded.accepted() && self.sender.borrow().refused == reloaded.refused {
            return;
        }
        if reloaded.accepted() {
            tracing::info!(summary = reloaded.summary(), "the configuration was read again");
        } else {
            tracing::error!(summary = reloaded.summary(), "the configuration was not taken over");
        }
        self.sender.send_replace(reloaded);
    }

    /// Looks at the files until nobody listens any more or the future is dropped; at once when `asked`.
    pub async fn run(mut self, asked: Arc<Notify>) {
        loop {
            tokio::select! {
                () = asked.notified() => self.reload(),
                () = tokio::time::sleep(EVERY) => { self.check(); }
                () = self.sender.closed() => return,
            }
        }
    }
}

fn stamps(paths: impl IntoIterator<Item = PathBuf>) -> BTreeMap<PathBuf, Option<Stamp>> {
    paths.into_iter().map(|path| (path.clone(), stamp(&path))).collect()
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Stamp {
        device: metadata.dev(),
        inode: metadata.ino(),
        size: metadata.size(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn watcher(text: &str) -> (tempfile::TempDir, PathBuf, Watcher, watch::Receiver<Reloaded>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.yml");
        fs::write(&path, text).unwrap();
        let source = Source::new(Some(path.clone()), BTreeMap::new(), vec!["en", "zh-CN"]);
        let running = source.load().unwrap().config;
        let (watcher, receiver) = Watcher::new(source, running);
        (folder, path, watcher, receiver)
    }

    #[test]
    fn what_is_safe_is_applied_and_the_rest_waits() {
        let (_folder, path, mut watcher, mut heard) = watcher("language: en\n");
        assert!(!watcher.check() && !heard.has_changed().unwrap());
        fs::write(
            &path,
            "language: zh-CN\nweb: {listen: '127.0.0.1:9'}\nmqtt: {embedded: {password: hush}}\n",
        )
        .unwrap();
        assert!(watcher.check());
        let reloaded = heard.borrow_and_update().clone();
        assert!(reloaded.accepted());
        assert_eq!(reloaded.config.language.as_str(), "zh-CN");
        assert_eq!(reloaded.config.web.listen.to_string(), "0.0.0.0:8080", "what needs a restart stays");
        let summary = reloaded.summary();
        assert_eq!(
            summary,
            "applied: language: en -> zh-CN; needs a restart: mqtt.embedded.password: not set -> ***, \
             web.listen: 0.0.0.0:8080 -> 127.0.0.1:9"
        );
    }

    #[test]
    fn a_bad_change_is_refused_and_a_mended_one_taken() {
        let (_folder, path, mut watcher, heard) = watcher("home: {name: Villa}\n");
        fs::write(&path, "home: {name: Hut, time_zone: Nowhere}\n").unwrap();
        assert!(watcher.check());
        assert!(!heard.borrow().accepted());
        assert_eq!(heard.borrow().config.home.name, "Villa");
        assert!(heard.borrow().summary().contains("home.time_zone"));
        fs::write(&path, "home: {name: Hut, time_zone: Europe/Paris}\n").unwrap();
        assert!(watcher.check());
        assert!(heard.borrow().accepted());
        assert_eq!(heard.borrow().config.home.name, "Hut");
    }

    #[test]
    fn a_file_that_is_gone_changes_nothing() {
        let (_folder, path, mut watcher, mut heard) = watcher("home: {name: Villa}\n");
        fs::remove_file(&path).unwrap();
        watcher.check();
        assert!(heard.borrow_and_update().summary().contains("gone"));
        watcher.check();
        assert!(!heard.has_changed().unwrap(), "it is told once");
        fs::write(&path, "home: {name: Hut}\n").unwrap();
        watcher.check();
        assert_eq!(heard.borrow().config.home.name, "Hut");
    }

    #[test]
    fn files_that_the_configuration_names_are_watched_too() {
        let (folder, path, mut watcher, mut heard) = watcher("language: en\n");
        let secret = folder.path().join("secret");
        fs::write(&path, "mqtt: {embedded: {password_file: secret}}\n").unwrap();
        watcher.check();
        assert!(heard.borrow_and_update().summary().contains("secret"), "it is not there yet");
        watcher.check();
        assert!(!heard.has_changed().unwrap(), "it is told once");
        fs::write(&secret, "first\n").unwrap();
        watcher.check();
        assert!(heard.borrow_and_update().accepted(), "it is there now");
        assert!(!watcher.check());
        fs::write(&secret, "second, and longer\n").unwrap();
        assert!(watcher.check());
        assert!(
            heard.borrow().summary().contains("mqtt.embedded.password: "),
            "{}",
            heard.borrow().summary()
        );
    }

    #[tokio::test]
    async fn asking_reads_at_once_and_nobody_listening_ends_it() {
        let (_folder, path, watcher, mut heard) = watcher("language: en\n");
        let asked = Arc::new(Notify::new());
        let running = tokio::spawn(watcher.run(Arc::clone(&asked)));
        fs::write(&path, "language: zh-CN\n").unwrap();
        asked.notify_one();
        heard.changed().await.unwrap();
        assert_eq!(heard.borrow().config.language.as_str(), "zh-CN");
        drop(heard);
        running.await.unwrap();
    }
}
