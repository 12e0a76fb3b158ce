//! How a setting is read, described, compared: once, for every setting.
//!
//! [`section!`] turns one list of settings into the typed struct, its reader, its documentation and the
//! comparison of two configurations, so that the four cannot drift apart.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use super::mistake::{Mistake, Origin, nearest};
use super::yaml::{Data, Mark, Node};

/// Whether a changed setting is taken over while the hub runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reload {
    /// At once.
    Live,
    /// At the next start.
    Restart,
}

/// A setting, described for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Key {
    /// With dots, for example `mqtt.broker.port`.
    pub path: String,
    /// What may be written.
    pub allowed: String,
    /// As it would be written; empty for none.
    pub default: &'static str,
    /// When a change counts.
    pub reload: Reload,
    /// What it is for.
    pub description: String,
}

impl Key {
    /// The environment variable that overrides it.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("HOMECLAW_{}", self.path.replace('.', "__").to_uppercase())
    }
}

/// A setting whose value became another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// With dots.
    pub path: String,
    /// Before, in words; secrets are `***`.
    pub before: String,
    /// Now.
    pub after: String,
}

/// What changed between two configurations, sorted by what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Differences {
    /// Taken over at once.
    pub applied: Vec<Difference>,
    /// Takes effect at the next start.
    pub needs_restart: Vec<Difference>,
}

/// Reads settings and collects what is wrong with them.
pub(super) struct Reader {
    /// The file, for messages and for relative paths.
    pub(super) file: Arc<PathBuf>,
    /// Overrides by lower-case path with dots: the variable's name and its value.
    pub(super) overrides: BTreeMap<String, (Arc<str>, String)>,
    /// Language tags that the hub speaks; empty where the caller does not know.
    pub(super) languages: Vec<&'static str>,
    /// What is wrong so far.
    pub(super) mistakes: Vec<Mistake>,
    /// Where each setting that is not a default was written.
    pub(super) given: BTreeMap<String, Origin>,
}

impl Reader {
    /// A place in the file.
    pub(super) fn at(&self, mark: Mark) -> Origin {
        Origin::File { path: Arc::clone(&self.file), line: mark.line, column: mark.column }
    }

    /// Notes a mistake.
    pub(super) fn mistake(
        &mut self,
        origin: Origin,
        setting: &str,
        message: String,
        suggestion: Option<String>,
    ) {
        self.mistakes.push(Mistake { origin, setting: setting.to_owned(), message, suggestion });
    }

    /// Where a setting was written, or the file as a whole when it is a default.
    pub(super) fn origin(&self, path: &str) -> Origin {
        self.given.get(path).cloned().unwrap_or_else(|| Origin::WholeFile(Arc::clone(&self.file)))
    }
}

/// Anything that can stand in a section: a value, a list or another section.
pub(super) trait Field: Sized {
    /// Reads it; a mistake is noted and the default taken.
    fn read(reader: &mut Reader, path: &str, node: Option<&Node>, default: &'static str) -> Self;

    /// Lists the settings in it.
    fn describe(path: &str, shape: &Shape, keys: &mut Vec<Key>);

    /// Takes over from `new` what can change while the hub runs, and tells what is different.
    fn adopt(&mut self, new: &Self, path: &str, reload: Reload, differences: &mut Differences);
}

/// What the schema says of a field.
pub(super) struct Shape {
    pub(super) default: &'static str,
    pub(super) reload: Reload,
    pub(super) description: String,
}

/// A value that is written as one scalar.
pub(super) trait Value: Sized + Clone + PartialEq {
    /// What may be written, in words that follow "write".
    fn allowed() -> String;

    /// Understands the text.
    ///
    /// # Errors
    /// What is wrong with it; empty where [`Value::allowed`] says it all.
    fn parse(text: &str, context: &Context<'_>) -> Result<Self, Wrong>;

    /// As it is shown to people.
    fn show(&self) -> String;

    /// Whether mistakes may quote the text.
    const SECRET: bool = false;
}

/// What a value may need to know of its surroundings.
pub(super) struct Context<'a> {
    /// Language tags that the hub speaks.
    pub(super) languages: &'a [&'static str],
    /// The folder that relative paths start from: the file's, or none for variables.
    pub(super) base: Option<&'a std::path::Path>,
}

/// Why a text is no value.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Wrong {
    /// Said before what is allowed.
    pub(super) reason: Option<String>,
    /// What was probably meant.
    pub(super) suggestion: Option<String>,
}

impl Wrong {
    /// With a reason.
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), suggestion: None }
    }
}

fn understand<V: Value>(reader: &mut Reader, path: &str, text: &str, origin: &Origin) -> Option<V> {
    let file = Arc::clone(&reader.file);
    let base = match origin {
        Origin::File { .. } => file.parent(),
        _ => None,
    };
    match V::parse(text, &Context { languages: &reader.languages, base }) {
        Ok(value) => Some(value),
        Err(wrong) => {
            let quoted = if V::SECRET { "this".to_owned() } else { format!("{text:?}") };
            let reason =
                wrong.reason.map_or_else(|| "is not allowed".to_owned(), |reason| format!("({reason})"));
            let message = format!("{quoted} {reason}: write {}", V::allowed());
            reader.mistake(origin.clone(), path, message, wrong.suggestion);
            None
        }
    }
}

/// The default's own text goes through the same parser, so that it cannot be one that a file may not have.
fn default<V: Value>(text: &'static str) -> V {
    match V::parse(text, &Context { languages: &[], base: None }) {
        Ok(value) => value,
        #[allow(clippy::unreachable, reason = "a test reads every default")]
        Err(_) => unreachable!("the default {text:?} is not allowed by its own schema"),
    }
}

impl<V: Value> Field for V {
    fn read(reader: &mut Reader, path: &str, node: Option<&Node>, default_text: &'static str) -> Self {
        let mut value = None;
        if let Some(node) = node {
            let origin = reader.at(node.mark);
            match &node.data {
                Data::Null => {}
                Data::Scalar(text) => {
                    reader.given.insert(path.to_owned(), origin.clone());
                    value = understand::<V>(reader, path, text, &origin);
                }
                other => {
                    let message = format!("{} is not allowed here: write {}", other.kind(), V::allowed());
                    reader.mistake(origin, path, message, None);
                }
            }
        }
        // The file's value is read all the same: a mistake in it should not come up only when the variable goes.
        if let Some((variable, text)) = reader.overrides.get(path).cloned() {
            let origin = Origin::Variable(variable);
            reader.given.insert(path.to_owned(), origin.clone());
            value = understand::<V>(reader, path, &text, &origin).or(value);
        }
        value.unwrap_or_else(|| default(default_text))
    }

    fn describe(path: &str, shape: &Shape, keys: &mut Vec<Key>) {
        keys.push(Key {
            path: path.to_owned(),
            allowed: V::allowed(),
            default: shape.default,
            reload: shape.reload,
            description: shape.description.clone(),
        });
    }

    fn adopt(&mut self, new: &Self, path: &str, reload: Reload, differences: &mut Differences) {
        if self == new {
            return;
        }
        let difference = Difference { path: path.to_owned(), before: self.show(), after: new.show() };
        match reload {
            Reload::Live => {
                *self = new.clone();
                differences.applied.push(difference);
            }
            Reload::Restart => differences.needs_restart.push(difference),
        }
    }
}

/// The keys of a section's node. Reports what is no section and what is no key of it.
pub(super) fn entries<'n>(
    reader: &mut Reader,
    path: &str,
    node: Option<&'n Node>,
    known: &[&'static str],
) -> Vec<(&'n str, &'n Node)> {
    let Some(node) = node else { return Vec::new() };
    let entries = match &node.data {
        Data::Null => return Vec::new(),
        Data::Mapping(entries) => entries,
        other => {
            let what = if path.is_empty() { "the configuration" } else { "this" };
            let message = format!(
                "{what} is {}, and a section is expected: write keys under it, such as `{}:`",
                other.kind(),
                known.first().unwrap_or(&"")
            );
            reader.mistake(reader.at(node.mark), path, message, None);
            return Vec::new();
        }
    };
    for (key, mark, _) in entries {
        if !known.contains(&key.as_str()) {
            let suggestion = nearest(key, known.iter().copied()).map(str::to_owned);
            let suggestion = suggestion.or_else(|| elsewhere(key));
            let place = if path.is_empty() { "at the top" } else { "here" };
            let message = format!("unknown key {key:?}; known {place}: {}", known.join(", "));
            reader.mistake(reader.at(*mark), path, message, suggestion);
        }
    }
    entries.iter().map(|(key, _, node)| (key.as_str(), node)).collect()
}

/// A setting of this name that stands in another section, when there is only one.
fn elsewhere(key: &str) -> Option<String> {
    let ending = format!(".{key}");
    let mut found = super::keys().into_iter().filter(|known| known.path.ends_with(&ending));
    let first = found.next()?;
    found.next().is_none().then_some(first.path)
}

/// `path.key`, or `key` at the top.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Declares sections: each setting once, with its words, its type, its default and when a change counts.
macro_rules! section {
    ($(
        $(#[doc = $about:literal])+
        pub struct $name:ident {
            $( $(#[doc = $doc:literal])+ $field:ident : $type:ty $(= $default:literal, $reload:ident)? ; )+
        }
    )+) => { $(
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: $type, )+
        }

        impl $crate::config::field::Field for $name {
            fn read(
                reader: &mut $crate::config::field::Reader,
                path: &str,
                node: Option<&$crate::config::yaml::Node>,
                _: &'static str,
            ) -> Self {
                let entries = $crate::config::field::entries(reader, path, node, &[$(stringify!($field)),+]);
                Self { $(
                    $field: <$type as $crate::config::field::Field>::read(
                        reader,
                        &$crate::config::field::join(path, stringify!($field)),
                        entries.iter().find(|(key, _)| *key == stringify!($field)).map(|(_, node)| *node),
                        concat!("", $($default)?),
                    ),
                )+ }
            }

            fn describe(
                path: &str,
                _: &$crate::config::field::Shape,
                keys: &mut Vec<$crate::config::field::Key>,
            ) { $(
                <$type as $crate::config::field::Field>::describe(
                    &$crate::config::field::join(path, stringify!($field)),
                    &$crate::config::field::Shape {
                        default: concat!("", $($default)?),
                        reload: $crate::config::field::Reload::Restart $(.or($crate::config::field::Reload::$reload))?,
                        description: concat!($($doc),+).trim().to_owned(),
                    },
                    keys,
                );
            )+ }

            fn adopt(
                &mut self,
                new: &Self,
                path: &str,
                _: $crate::config::field::Reload,
                differences: &mut $crate::config::field::Differences,
            ) { $(
                self.$field.adopt(
                    &new.$field,
                    &$crate::config::field::join(path, stringify!($field)),
                    $crate::config::field::Reload::Restart $(.or($crate::config::field::Reload::$reload))?,
                    differences,
                );
            )+ }
        }
    )+ };
}
pub(super) use section;

impl Reload {
    /// What the schema says, over what holds where it says nothing.
    pub(super) const fn or(self, said: Self) -> Self {
        let _ = self;
        said
    }
}
