//! The hub: one actor owns the home's state; everybody else speaks with it through [`Handle`].

mod handle;
mod home;
pub mod ports;
mod request;

pub use handle::{Events, Handle, HubError};
pub use home::Home;
