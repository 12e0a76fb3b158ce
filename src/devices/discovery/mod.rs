//! Reading Home Assistant's MQTT discovery messages.

pub(crate) mod abbreviations;
pub(crate) mod availability;
pub(crate) mod device;
pub(crate) mod fields;
pub(crate) mod payload;
pub(crate) mod topic;
