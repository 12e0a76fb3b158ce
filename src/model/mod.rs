//! Plain types that every other module speaks: no input or output, no clock, no locks.
//!
//! Words are Home Assistant's for the home and MQTT's for messaging.

mod change;
mod command;
mod domain;
mod entity;
mod event;
mod home;
mod ids;
mod intent;
mod item;
mod message;
mod mqtt;
mod state;
mod time;
mod view;

pub use change::{Change, DeviceChange, EntityChange, ItemChange, ListChange, TimerChange};
pub use command::{Action, Cause, Code, Color, Command, MediaAction, Origin, Outcome};
pub use domain::Domain;
pub use entity::{Availability, Device, Entity, EntityCategory};
pub use event::{Event, Health, HealthLevel, Revision};
pub use home::{Area, Floor, Names};
pub use ids::{AreaId, DeviceId, EntityId, FloorId, IdError, ListId, MessageId, TimerId};
pub use intent::{Intent, Recognition, SlotValue};
pub use item::{ItemStatus, ListItem, Timer, TimerState, TodoList};
pub use message::{Channel, Message, Reply, ReplyKind, Trace, TraceStep};
pub use mqtt::{Inbound, Publish};
pub use state::{Attributes, State};
pub use time::Timestamp;
pub use view::HomeView;
