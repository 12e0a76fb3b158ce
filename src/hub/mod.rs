//! The hub: one actor owns the home's state; everybody else speaks with it through [`Handle`].

mod actor;
mod changes;
mod converse;
mod deciding;
mod delayed;
mod effects;
mod execute;
mod handle;
mod home;
mod keeper;
mod lane;
mod languages;
mod lists;
mod options;
mod pictures;
pub mod ports;
mod request;
mod saving;
mod talk;
#[cfg(test)]
mod tests;
mod timers;
mod words;

pub use actor::start;
pub use handle::{Events, Handle, HubError};
pub use home::Home;
pub use options::{HubOptions, Settings};
pub use pictures::Pictures;
