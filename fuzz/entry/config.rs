//! Any bytes as a configuration file: either settings or mistakes, never a panic.

use std::collections::BTreeMap;

use homeclaw::config::Source;

/// Whatever is handed in must do no harm.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let source = Source::new(None, BTreeMap::new(), vec!["en", "zh-CN"]);
    if let Err(mistakes) = source.parse(text) {
        assert!(!mistakes.is_empty(), "a refusal must say why");
    }
}
