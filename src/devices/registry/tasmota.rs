//! Tasmota's discovery messages.

use std::collections::HashMap;

use bytes::Bytes;

use super::announce::hash;
use super::{Effect, Registry};
use crate::devices::tasmota::Config;
use crate::model::{Inbound, Timestamp};

/// What each device said, since its sensors mean nothing without its configuration.
#[derive(Debug, Default)]
pub(super) struct Tasmota {
    configs: HashMap<Box<str>, Config>,
    sensors: HashMap<Box<str>, Bytes>,
}

/// Reads `<mac>/config` or `<mac>/sensors`: the device, and whether it is its configuration.
pub(super) fn topic(after_prefix: &str) -> Option<(&str, bool)> {
    let (mac, what) = after_prefix.split_once('/')?;
    let legal = !mac.is_empty() && mac.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    match what {
        "config" if legal => Some((mac, true)),
        "sensors" if legal => Some((mac, false)),
        _ => None,
    }
}

impl Registry {
    /// Takes in a message about a Tasmota device.
    pub(super) fn tasmota(
        &mut self,
        message: &Inbound,
        (mac, is_config): (&str, bool),
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let rejected = |reason: String| Effect::Rejected { topic: message.topic.clone(), reason };
        if message.payload.len() > self.options.max_discovery {
            effects.push(rejected("the discovery message is too long".to_owned()));
            return;
        }
        let hash = hash(&message.payload);
        if self.announced.is_repetition(&message.topic, hash) {
            return;
        }
        if message.payload.is_empty() {
            if is_config {
                self.tasmota.configs.remove(mac);
            } else {
                self.tasmota.sensors.remove(mac);
            }
            self.withdraw(&message.topic, effects);
        } else if is_config {
            match Config::read(mac, &message.payload) {
                Ok(config) => self.tasmota_config(message, mac, config, now, effects),
                Err(reason) => effects.push(rejected(reason)),
            }
        } else if self.tasmota.sensors.len() < self.options.max_devices {
            self.tasmota.sensors.insert(mac.into(), message.payload.clone());
            self.tasmota_sensors(&message.topic, mac, now, effects);
        }
    }

    fn tasmota_config(
        &mut self,
        message: &Inbound,
        mac: &str,
        config: Config,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if self.tasmota.configs.len() >= self.options.max_devices && !self.tasmota.configs.contains_key(mac) {
            let reason = "there are too many devices, and no more are taken".to_owned();
            effects.push(Effect::Rejected { topic: message.topic.clone(), reason });
            return;
        }
        let components = config.components();
        let questions = config.ask_states();
        self.tasmota.configs.insert(mac.into(), config);
        if components.is_empty() {
            // Its sensors need the message all the same.
            effects.push(Effect::SaveDiscovery {
                topic: message.topic.clone(),
                payload: message.payload.clone(),
            });
        }
        let silent = components.is_empty();
        self.announce_all(message, hash(&message.payload), components, now, effects);
        // After the subscriptions, so that the answer is heard.
        if !silent {
            effects.extend(questions.into_iter().map(Effect::Publish));
        }
        if self.tasmota.sensors.contains_key(mac) {
            let prefix = message.topic.strip_suffix("config").unwrap_or_default();
            self.tasmota_sensors(&format!("{prefix}sensors"), mac, now, effects);
        }
    }

    fn tasmota_sensors(&mut self, topic: &str, mac: &str, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(payload) = self.tasmota.sensors.get(mac).cloned() else { return };
        let message = Inbound { topic: topic.to_owned(), payload, retain: true };
        match self.tasmota.configs.get(mac).map(|config| config.sensors(&message.payload)) {
            Some(Ok(components)) => {
                self.announce_all(&message, hash(&message.payload), components, now, effects);
                effects.extend(
                    self.tasmota.configs.get(mac).map(|config| Effect::Publish(config.ask_sensors())),
                );
            }
            Some(Err(reason)) => effects.push(Effect::Rejected { topic: message.topic, reason }),
            // The configuration comes later; what is saved is complete then.
            None => effects.push(Effect::SaveDiscovery { topic: message.topic, payload: message.payload }),
        }
    }
}
