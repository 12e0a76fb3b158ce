//! Devices and their entities. Texts that many of them have alike are shared.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AreaId, Attributes, DeviceId, Domain, EntityId, Names};

/// A physical thing that brings one or more entities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Device {
    /// Its first identifier or connection.
    pub id: DeviceId,
    /// What people call it.
    #[serde(flatten)]
    pub names: Names,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub manufacturer: Option<Arc<str>>,
    /// What its maker calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub model: Option<Arc<str>>,
    /// The maker's number of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub model_id: Option<Arc<str>>,
    /// Version of its software.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub sw_version: Option<Arc<str>>,
    /// Version of its hardware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub hw_version: Option<Arc<str>>,
    /// Its own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub serial_number: Option<String>,
    /// A page to set it up, as the device gives it; show it as a link only when it is http or https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub configuration_url: Option<String>,
    /// The device that it is reached through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub via_device: Option<DeviceId>,
    /// Where it stands: set by the owner, or taken from its own suggestion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub area: Option<AreaId>,
}

/// What an entity is for, where it is not its device's main purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntityCategory {
    /// A setting of the device.
    Config,
    /// A figure about the device itself (signal strength, battery).
    Diagnostic,
}

/// How several availability topics are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Every topic must say that it is available.
    All,
    /// One topic is enough.
    Any,
    /// The newest message decides.
    #[default]
    Latest,
}

/// One thing that can be read or switched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Entity {
    /// `domain.object_id`.
    pub id: EntityId,
    /// The device's own identifier of this entity; with it an entity keeps its id when it is renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub unique_id: Option<Arc<str>>,
    /// What people call it. The discovered name until the owner gives another.
    #[serde(flatten)]
    pub names: Names,
    /// The device that brings it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub device: Option<DeviceId>,
    /// Where it is, when the owner said so for this entity; its device's area otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub area: Option<AreaId>,
    /// Home Assistant's device class (`temperature`, `window`, `curtain`, …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub device_class: Option<Arc<str>>,
    /// Unit of the state, for example `°C`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub unit_of_measurement: Option<Arc<str>>,
    /// Icon by Material Design name, for example `mdi:lamp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub icon: Option<Arc<str>>,
    /// Set for settings and diagnostics, which sentences about a whole room leave alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub category: Option<EntityCategory>,
    /// False hides it and takes it out of sentences; the owner can switch it on.
    #[serde(default = "yes")]
    #[schema(required)]
    pub enabled: bool,
    /// What it can do, by Home Assistant's attribute names: `supported_color_modes`, `hvac_modes`,
    /// `options`, `min`, `max`, `step`, `supported_features` as a list of words, …
    #[serde(default, skip_serializing_if = "nothing")]
    #[schema(value_type = Object)]
    pub capabilities: Arc<Attributes>,
}

fn nothing(capabilities: &Arc<Attributes>) -> bool {
    capabilities.is_empty()
}

fn yes() -> bool {
    true
}

impl Entity {
    /// The kind of the entity.
    #[must_use]
    pub fn domain(&self) -> Domain {
        self.id.domain()
    }
}
