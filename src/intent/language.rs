//! A language: its sentence templates, and the texts of its replies.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::compile::{self, GrammarError};
use super::data;
use super::grammar::Grammar;
use super::numbers::NumberWords;
use super::source::Document;
use super::state_words::StateWords;
use crate::model::Domain;

/// Why a language cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LanguageError {
    /// There are no templates for this language.
    #[error("there are no sentence templates for the language {0:?}")]
    Unknown(String),
    /// The packed templates cannot be unpacked.
    #[error("the sentence templates of {language:?} cannot be unpacked: {source}")]
    Unpack {
        /// The language's tag.
        language: String,
        /// Why.
        source: std::io::Error,
    },
    /// The document is not of the shape that templates have.
    #[error("the sentence templates of {language:?} cannot be read: {source}")]
    Shape {
        /// The language's tag.
        language: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A template is wrong in itself.
    #[error("the sentence templates of {language:?} cannot be used: {source}")]
    Grammar {
        /// The language's tag.
        language: String,
        /// Which and why.
        source: GrammarError,
    },
}

type Texts = BTreeMap<Box<str>, Box<str>>;

/// A language that sentences are understood and answered in.
#[derive(Debug)]
pub struct Language {
    tag: Box<str>,
    pub(super) grammar: Grammar,
    responses: BTreeMap<Box<str>, Texts>,
    errors: Texts,
    state_words: StateWords,
}

impl Language {
    /// The tags of every language that the binary has templates for, in alphabetical order.
    #[must_use]
    pub fn available() -> &'static [&'static str] {
        data::tags()
    }

    /// Unpacks and compiles a language: some milliseconds, so keep what it gives. The tag may be more
    /// precise than the templates are (`en-GB` finds `en`), and its case does not matter.
    ///
    /// # Errors
    /// [`LanguageError::Unknown`] when there are no templates for it; the others never for a binary that
    /// passed its tests.
    pub fn load(tag: &str) -> Result<Arc<Self>, LanguageError> {
        let tag = tag.replace('_', "-");
        let mut wanted = tag.as_str();
        let text = loop {
            if let Some(text) = data::unpack(wanted) {
                break text;
            }
            let shorter = wanted.rsplit_once('-').map(|(shorter, _)| shorter);
            wanted = shorter.ok_or_else(|| LanguageError::Unknown(tag.clone()))?;
        };
        let text = text.map_err(|source| LanguageError::Unpack { language: tag.clone(), source })?;
        let mut lines = text.split('\n');
        let mut line = || lines.next().unwrap_or_default();
        let (templates, numbers, own) = (line(), line(), line());
        Self::parse(templates, numbers, own).map(Arc::new)
    }

    /// Reads a language from JSON documents: the templates as the package `home-assistant-intents` has them,
    /// number words (an object from number to its words), and templates of our own that are tried where the
    /// package's fit nothing. The last two may be empty texts.
    ///
    /// # Errors
    /// Any [`LanguageError`] but the first two.
    pub fn parse(templates: &str, numbers: &str, own: &str) -> Result<Self, LanguageError> {
        let shape = |source| LanguageError::Shape { language: "of a document".to_owned(), source };
        let document: Document<'_> = serde_json::from_str(templates).map_err(shape)?;
        let own: Option<Document<'_>> =
            Some(own).filter(|own| !own.is_empty()).map(serde_json::from_str).transpose().map_err(shape)?;
        let language = document.language.clone().into_owned();
        let numbers = NumberWords::parse(numbers)
            .map_err(|source| LanguageError::Shape { language: language.clone(), source })?;
        let grammar = compile::compile(&document, own.as_ref(), numbers)
            .map_err(|source| LanguageError::Grammar { language: language.clone(), source })?;
        let texts = |texts: &super::source::Ordered<'_, std::borrow::Cow<'_, str>>| -> Texts {
            texts.0.iter().map(|(key, text)| (Box::from(&**key), Box::from(&**text))).collect()
        };
        let mut responses: BTreeMap<Box<str>, Texts> = BTreeMap::new();
        for (intent, all) in std::iter::once(&document).chain(&own).flat_map(|one| &one.responses.intents.0) {
            responses.entry(Box::from(&**intent)).or_default().extend(texts(all));
        }
        Ok(Self {
            tag: language.into(),
            grammar,
            responses,
            errors: texts(&document.responses.errors),
            state_words: StateWords::of(&document.lists),
        })
    }

    /// The language's tag, for example `zh-CN`.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The Jinja source of a reply to an intent.
    #[must_use]
    pub fn response(&self, intent: &str, key: &str) -> Option<&str> {
        self.responses.get(intent)?.get(key).map(|text| &**text)
    }

    /// What people say for a state; `None` where the language has no word for it.
    pub(super) fn state_word(&self, domain: Domain, class: Option<&str>, state: &str) -> Option<&str> {
        self.state_words.find(domain, class, state)
    }

    /// Every reply: intent, key and Jinja source.
    #[cfg(test)]
    pub(super) fn responses(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let intents = self.responses.iter();
        intents.flat_map(|(intent, texts)| texts.iter().map(move |(key, text)| (&**intent, &**key, &**text)))
    }

    /// The Jinja source of a reply that says why something cannot be done (`no_area`, `no_entity`, …).
    #[must_use]
    pub fn error(&self, key: &str) -> Option<&str> {
        self.errors.get(key).map(|text| &**text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_loads() {
        assert!(Language::available().len() >= 65);
        for tag in Language::available() {
            let language = Language::load(tag).unwrap();
            assert_eq!(language.tag(), *tag);
        }
    }

    #[test]
    fn a_tag_may_be_more_precise_or_of_other_case() {
        assert_eq!(Language::load("en-GB").unwrap().tag(), "en");
        assert_eq!(Language::load("zh_cn").unwrap().tag(), "zh-CN");
        assert!(matches!(Language::load("tlh"), Err(LanguageError::Unknown(tag)) if tag == "tlh"));
    }

    #[test]
    fn replies_and_errors_are_found() {
        let language = Language::load("en").unwrap();
        assert!(language.response("HassTurnOn", "lights_area").is_some());
        assert!(language.error("no_area").is_some_and(|text| text.contains("{{ area }}")));
        assert!(language.response("HassTurnOn", "nonsense").is_none());
    }
}
