//! What the owner can change; pure code applies it, the hub keeps it.

use std::time::Duration;

use super::{Area, AreaId, Channel, DeviceId, EntityId, Floor, FloorId, ItemStatus, ListId, Names, TimerId};

/// A change that the owner makes to the home. It is on the disk before it is answered.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// Change an entity.
    Entity(EntityId, EntityChange),
    /// Change a device.
    Device(DeviceId, DeviceChange),
    /// Forget a device and its entities (they come back when they announce themselves again).
    RemoveDevice(DeviceId),
    /// Add or change an area.
    PutArea(Area),
    /// Remove an area; its devices are without one then.
    RemoveArea(AreaId),
    /// Add or change a floor.
    PutFloor(Floor),
    /// Remove a floor; its areas are without one then.
    RemoveFloor(FloorId),
}

/// What becomes of an entity, all of it or nothing; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EntityChange {
    /// New names and aliases; `Some(None)` goes back to the discovered name.
    pub names: Option<Option<Names>>,
    /// Where it is; `Some(None)` for where its device is.
    pub area: Option<Option<AreaId>>,
    /// Whether it is shown and understood.
    pub enabled: Option<bool>,
}

impl EntityChange {
    /// Puts it over what was decided before.
    pub fn apply(&self, names: &mut Option<Names>, area: &mut Option<AreaId>, enabled: &mut Option<bool>) {
        if let Some(new) = &self.names {
            names.clone_from(new);
        }
        if let Some(new) = &self.area {
            area.clone_from(new);
        }
        *enabled = self.enabled.or(*enabled);
    }
}

/// What becomes of a device, all of it or nothing; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeviceChange {
    /// New names; `Some(None)` goes back to the discovered name.
    pub names: Option<Option<Names>>,
    /// Where it is; `Some(None)` for nowhere.
    pub area: Option<Option<AreaId>>,
}

/// What becomes of a line of a list, all of it or nothing; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ItemChange {
    /// What it says.
    pub summary: Option<String>,
    /// Whether it is done.
    pub status: Option<ItemStatus>,
}

/// What can be done to timers. Answered with the timer as it is then.
#[derive(Debug, Clone, PartialEq)]
pub enum TimerChange {
    /// Start one.
    Start {
        /// How long.
        duration: Duration,
        /// What it is called.
        name: Option<String>,
        /// Where it was set.
        area: Option<AreaId>,
        /// What it was set through.
        channel: Channel,
        /// A sentence to carry out at the end, and its language.
        command: Option<(String, String)>,
    },
    /// Stop the clock.
    Pause(TimerId),
    /// Go on.
    Resume(TimerId),
    /// Longer by so much.
    Increase(TimerId, Duration),
    /// Shorter by so much; ends at once when nothing is left.
    Decrease(TimerId, Duration),
    /// Take it away, running or finished.
    Cancel(TimerId),
}

/// What can be done to a list. Answered with the list as it is then.
#[derive(Debug, Clone, PartialEq)]
pub enum ListChange {
    /// Make a new list, with a name.
    Create(String),
    /// Take a list away. The shopping list is emptied instead.
    Remove(ListId),
    /// Write something on it.
    Add(ListId, String),
    /// Tick or untick an item, or write it anew.
    Change(ListId, u64, ItemChange),
    /// Take an item off.
    RemoveItem(ListId, u64),
    /// Take everything off that is done.
    ClearCompleted(ListId),
}

impl ListChange {
    /// Ticks or unticks an item.
    #[must_use]
    pub fn status(list: ListId, item: u64, status: ItemStatus) -> Self {
        Self::Change(list, item, ItemChange { status: Some(status), ..ItemChange::default() })
    }
}
