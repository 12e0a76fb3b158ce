//! Messages to and from the broker.

use bytes::Bytes;

/// A message to the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publish {
    /// Topic without wildcards.
    pub topic: String,
    /// Payload as the device wants it.
    pub payload: Bytes,
    /// Quality of service, 0 to 2.
    pub qos: u8,
    /// Whether the broker keeps it for those who come later.
    pub retain: bool,
}

/// A message from the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Topic without wildcards.
    pub topic: String,
    /// Payload, already bounded in size.
    pub payload: Bytes,
    /// Whether the broker had kept it from before.
    pub retain: bool,
}
