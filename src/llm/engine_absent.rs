//! Stands in for the engine in a build without the feature `llm`: it can be asked, and says that there is none.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::hub::ports::{Completed, Completion, ModelError};

use super::file::ModelFile;
use super::plan::Plan;

/// There is none.
pub(super) struct Model(Infallible);

/// There is none.
pub(super) struct Engine<'m>(&'m Model);

/// When to stop in the middle.
pub(super) struct Limits {
    pub(super) until: Instant,
    pub(super) deadline: Duration,
    pub(super) cancel: CancellationToken,
    pub(super) stop: CancellationToken,
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), ModelError> {
        let _ = (self.until, self.deadline, &self.cancel, &self.stop);
        Err(ModelError::Absent(super::NOT_BUILT.to_owned()))
    }
}

impl Model {
    pub(super) fn load(_: &Arc<ModelFile>, _: Arc<str>, _: bool) -> Result<Self, ModelError> {
        Err(ModelError::Absent(super::NOT_BUILT.to_owned()))
    }
}

impl<'m> Engine<'m> {
    pub(super) fn new(
        model: &'m Model,
        _: &Plan,
        _: u16,
        _: Option<(PathBuf, &str)>,
    ) -> Result<Self, ModelError> {
        Ok(Self(model))
    }

    pub(super) fn complete(
        &mut self,
        _: &Completion,
        _: &Limits,
        _: Duration,
    ) -> Result<Completed, ModelError> {
        match self.0.0 {}
    }

    pub(super) fn tidy(&mut self) {
        match self.0.0 {}
    }
}
