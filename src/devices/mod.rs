//! Devices over MQTT: what they announce, what their entities are, say and can be told. Pure.
//!
//! [`Registry`] is the whole of it. What devices announce is Home Assistant's MQTT discovery and
//! Tasmota's own; `docs/discovery.md` says what is supported.

mod discovery;
mod effect;
mod expectation;
mod kinds;
mod registry;
mod slug;
mod strings;
mod tasmota;
mod template;

pub use effect::{ChangeError, CommandError, DeviceSettings, Effect, EntitySettings, Saved, Tick};
pub use expectation::{Expectation, Verdict};
pub use registry::{Registry, RegistryOptions, Trigger};
pub use template::{TemplateError, render};
