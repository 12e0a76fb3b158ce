//! Timers and to-do lists, which the hub keeps itself.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AreaId, Channel, ListId, TimerId, Timestamp};

/// Whether a timer runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum TimerState {
    /// Counting down.
    Running {
        /// When it ends.
        ends: Timestamp,
    },
    /// Standing still.
    Paused {
        /// Milliseconds left.
        left_ms: u64,
    },
    /// Over; kept until somebody dismisses it or a while has passed.
    Finished {
        /// When it ended.
        at: Timestamp,
    },
}

/// A kitchen timer, or a command that waits ("turn off the light in 5 minutes").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Timer {
    /// Never changes.
    pub id: TimerId,
    /// What the person called it, for example `pizza`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// As it was set, in milliseconds.
    pub duration_ms: u64,
    /// Whether it runs.
    #[serde(flatten)]
    pub state: TimerState,
    /// Where it was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub area: Option<AreaId>,
    /// What it was set through.
    pub channel: Channel,
    /// A sentence to carry out at the end instead of ringing, and its language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub command: Option<(String, String)>,
    /// When it was set.
    pub created: Timestamp,
}

impl Timer {
    /// The time left.
    #[must_use]
    pub fn left(&self, now: Timestamp) -> Duration {
        match self.state {
            TimerState::Running { ends } => ends.since(now),
            TimerState::Paused { left_ms } => Duration::from_millis(left_ms),
            TimerState::Finished { .. } => Duration::ZERO,
        }
    }
}

/// Whether an item is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemStatus {
    /// Still to do or to buy.
    NeedsAction,
    /// Done.
    Completed,
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListItem {
    /// Unique in its list; grows.
    pub id: u64,
    /// What it says.
    pub summary: String,
    /// Whether it is done.
    pub status: ItemStatus,
    /// When it was written.
    pub created: Timestamp,
}

/// A shopping or to-do list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TodoList {
    /// Never changes; the shopping list's is `shopping`.
    pub id: ListId,
    /// What people call it.
    pub name: String,
    /// In the order in which they were written.
    pub items: Vec<ListItem>,
}
