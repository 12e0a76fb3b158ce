//! Recognising a sentence: which template fits, and what stands in its slots.

use std::sync::Arc;

use super::language::Language;
use crate::model::{AreaId, HomeView, Recognition};

/// No template fits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoMatch {
    /// Sentences that would have been understood and are closest to what was said, the closest first.
    pub nearest: Vec<String>,
}

/// Matches sentences of one language with the names of one home.
#[derive(Debug)]
pub struct Matcher {
    language: Arc<Language>,
}

impl Matcher {
    /// Takes the names of the home as they are now; make a new one when they change.
    #[must_use]
    pub fn new(language: Arc<Language>, _home: &HomeView<'_>) -> Self {
        Self { language }
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> &Arc<Language> {
        &self.language
    }

    /// Recognises a sentence; `area` is where the speaker is, for sentences that mean "here".
    ///
    /// # Errors
    /// [`NoMatch`] when no template fits.
    pub fn recognize(&self, _text: &str, _area: Option<&AreaId>) -> Result<Recognition, NoMatch> {
        Err(NoMatch::default())
    }
}
