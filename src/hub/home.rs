//! Everything that the hub knows of the home.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::devices::Registry;
use crate::model::{Health, HomeView, ListId, Revision, Timer, TimerId, TodoList};

use super::options::Settings;
use super::pictures::Pictures;

/// The home as it is now. Owned by the actor, read through [`super::Handle::read`].
#[derive(Debug)]
pub struct Home {
    /// Newest event that this state includes.
    pub revision: Revision,
    /// Areas, devices, entities and their states.
    pub registry: Registry,
    /// Kitchen timers.
    pub timers: BTreeMap<TimerId, Arc<Timer>>,
    /// Shopping and to-do lists.
    pub lists: BTreeMap<ListId, Arc<TodoList>>,
    /// The last picture of each camera and image.
    pub pictures: Pictures,
    /// How each part of the hub is.
    pub health: BTreeMap<String, Arc<Health>>,
    /// What the owner can change while the hub runs.
    pub settings: Arc<Settings>,
}

impl Home {
    /// The part of it that sentences are about.
    #[must_use]
    pub fn view(&self) -> HomeView<'_> {
        self.registry.view()
    }
}
