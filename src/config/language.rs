//! Languages as settings.

use super::field::{Context, Value, Wrong};
use super::mistake::nearest;

/// The tag of a language that the hub speaks, for example `zh-CN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageTag(String);

impl LanguageTag {
    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for LanguageTag {
    fn allowed() -> String {
        "the tag of a language that the hub speaks, such as en, de or zh-CN".to_owned()
    }
    fn parse(text: &str, context: &Context<'_>) -> Result<Self, Wrong> {
        let shape = (2..=35).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !shape {
            return Err(Wrong::default());
        }
        let tag = text.replace('_', "-");
        if context.languages.is_empty() {
            return Ok(Self(tag));
        }
        if let Some(known) = context.languages.iter().find(|known| known.eq_ignore_ascii_case(&tag)) {
            return Ok(Self((*known).to_owned()));
        }
        let stem = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
        let relative = context.languages.iter().find(|known| stem(known) == stem(&tag)).copied();
        let suggestion =
            relative.or_else(|| nearest(&tag, context.languages.iter().copied())).map(str::to_owned);
        Err(Wrong { reason: Some(format!("known: {}", context.languages.join(", "))), suggestion })
    }
    fn show(&self) -> String {
        self.0.clone()
    }
}

/// Tags of languages, in the order in which they were written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LanguageTags(Vec<LanguageTag>);

impl LanguageTags {
    /// The tags.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(LanguageTag::as_str)
    }
}

impl Value for LanguageTags {
    fn allowed() -> String {
        "tags of languages that the hub speaks, such as \"en de\"".to_owned()
    }
    fn parse(text: &str, context: &Context<'_>) -> Result<Self, Wrong> {
        let tags = text.split([' ', ',']).filter(|tag| !tag.is_empty());
        tags.map(|tag| LanguageTag::parse(tag, context)).collect::<Result<_, _>>().map(Self)
    }
    fn show(&self) -> String {
        self.iter().collect::<Vec<_>>().join(" ")
    }
}
