//! What the owner can change; pure code applies it, the hub keeps it.

use std::time::Duration;

use super::{Area, AreaId, Channel, DeviceId, EntityId, Floor, FloorId, ItemStatus, ListId, Names, TimerId};

/// A change that the owner makes to the home. It is on the disk before it is answered.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// New names and aliases of an entity; `None` goes back to the discovered name.
    EntityNames(EntityId, Option<Names>),
    /// Where an entity is; `None` for where its device is.
    EntityArea(EntityId, Option<AreaId>),
    /// Whether an entity is shown and understood.
    EntityEnabled(EntityId, bool),
    /// New names of a device; `None` goes back to the discovered name.
    DeviceNames(DeviceId, Option<Names>),
    /// Where a device is.
    DeviceArea(DeviceId, Option<AreaId>),
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
    /// Tick or untick an item.
    SetStatus(ListId, u64, ItemStatus),
    /// Write an item anew.
    Edit(ListId, u64, String),
    /// Take an item off.
    RemoveItem(ListId, u64),
    /// Take everything off that is done.
    ClearCompleted(ListId),
}
