//! What is wrong with a configuration, and where.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

/// Where a setting was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Origin {
    /// In the file. Both count from 1, columns in characters.
    File {
        /// The file.
        path: Arc<PathBuf>,
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
    /// In the file, nowhere in particular.
    WholeFile(Arc<PathBuf>),
    /// In an environment variable of this name.
    Variable(Arc<str>),
    /// On the command line, with this option.
    Argument(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, column } => write!(f, "{}:{line}:{column}", path.display()),
            Self::WholeFile(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Argument(name) => f.write_str(name),
        }
    }
}

/// One mistake. Its text names the place, what is wrong and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Where.
    pub origin: Origin,
    /// The setting, for example `mqtt.broker.port`; empty where it is about no setting.
    pub setting: String,
    /// What is wrong and what is allowed.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        if !self.setting.is_empty() {
            write!(f, "{}: ", self.setting)?;
        }
        f.write_str(&self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, " (did you mean {suggestion}?)"),
            None => Ok(()),
        }
    }
}

impl Serialize for Mistake {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        match &self.origin {
            Origin::File { path, line, column } => {
                map.serialize_entry("file", &path.display().to_string())?;
                map.serialize_entry("line", line)?;
                map.serialize_entry("column", column)?;
            }
            Origin::WholeFile(path) => map.serialize_entry("file", &path.display().to_string())?,
            Origin::Variable(name) => map.serialize_entry("variable", &**name)?,
            Origin::Argument(name) => map.serialize_entry("argument", name)?,
        }
        if !self.setting.is_empty() {
            map.serialize_entry("setting", &self.setting)?;
        }
        map.serialize_entry("message", &self.message)?;
        if let Some(suggestion) = &self.suggestion {
            map.serialize_entry("suggestion", suggestion)?;
        }
        map.end()
    }
}

/// The candidate that a misspelt word most likely stands for, if any is near enough.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    // A third of the letters may be wrong; fewer than that and the guess is better left unsaid.
    let most = (word.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_word_and_nonsense_finds_none() {
        let words = ["listen", "language", "embedded"];
        assert_eq!(nearest("embeded", words), Some("embedded"));
        assert_eq!(nearest("lisetn", words), Some("listen"));
        assert_eq!(nearest("Language", words), Some("language"));
        assert_eq!(nearest("wifi", words), None);
    }

    #[test]
    fn a_mistake_says_where_and_what() {
        let mistake = Mistake {
            origin: Origin::File { path: Arc::new("config.yml".into()), line: 3, column: 7 },
            setting: "mqtt".to_owned(),
            message: "unknown key \"embeded\"".to_owned(),
            suggestion: Some("embedded".to_owned()),
        };
        assert_eq!(
            mistake.to_string(),
            "config.yml:3:7: mqtt: unknown key \"embeded\" (did you mean embedded?)"
        );
        assert_eq!(serde_json::to_value(&mistake).unwrap()["line"], 3);
    }
}
