//! What the registry asks for: subscriptions, messages, events, and records to keep.

use std::sync::Arc;

use tokio::time::Instant;

use crate::devices::Effect;
use crate::model::{AreaId, DeviceId, EntityId, Event, FloorId};
use crate::runtime::clock;
use crate::store::Document;

use super::actor::{Actor, NAMES_SETTLE};

impl Actor {
    /// Tells the listeners.
    pub(super) fn emit(&mut self, event: Event) {
        self.home.revision.0 += 1;
        if self.emitter.receiver_count() > 0 {
            // The last listener may have gone meanwhile.
            let _ = self.emitter.send((self.home.revision, Arc::new(event)));
        }
    }

    /// Does what the registry asks for.
    pub(super) fn effects(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.effect(effect);
        }
        self.count();
    }

    /// How large the home is, for the figures.
    pub(super) fn count(&self) {
        let view = self.home.view();
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.metrics.entities.set(number(view.entities.len()));
        self.metrics.devices.set(number(view.devices.len()));
    }

    fn effect(&mut self, effect: Effect) {
        let now = Instant::now();
        match effect {
            Effect::Subscribe(filters) => self.mqtt.subscribe(filters),
            Effect::Unsubscribe(filters) => self.mqtt.unsubscribe(filters),
            Effect::Publish(publish) => {
                let topic = publish.topic.clone();
                match self.mqtt.publish(publish) {
                    Ok(()) => drop(self.metrics.mqtt_published.inc()),
                    Err(error) => tracing::warn!(topic, %error, "a message was not sent"),
                }
            }
            Effect::StateChanged(entity) => self.state_changed(entity),
            Effect::EntityUpdated(id) => self.entity_updated(&id),
            Effect::EntityRemoved(entity) => {
                self.keeper.forget(&entity, now);
                self.keep(Document::EntitySettings, entity.as_str());
                self.names_changed();
                self.emit(Event::EntityRemoved { entity });
            }
            Effect::DeviceUpdated(id) => self.device_updated(&id),
            Effect::DeviceRemoved(device) => {
                self.keep(Document::DeviceSettings, device.as_str());
                self.names_changed();
                self.emit(Event::DeviceRemoved { device });
            }
            Effect::AreaUpdated(id) => self.area_updated(&id),
            Effect::AreaRemoved(area) => {
                self.keep(Document::Area, area.as_str());
                self.names_changed();
                self.emit(Event::AreaRemoved { area });
            }
            Effect::FloorUpdated(id) => self.floor_updated(&id),
            Effect::FloorRemoved(floor) => {
                self.keep(Document::Floor, floor.as_str());
                self.names_changed();
                self.emit(Event::FloorRemoved { floor });
            }
            Effect::SaveDiscovery { topic, payload } => self.keeper.discovery(topic, Some(payload), now),
            Effect::ForgetDiscovery { topic } => self.keeper.discovery(topic, None, now),
            Effect::EntityEvent { entity, event_type, .. } => tracing::debug!(%entity, event_type, "event"),
            Effect::Rejected { topic, reason } => {
                self.metrics.mqtt_rejected.inc();
                tracing::warn!(topic, reason, "a message was not used");
            }
            Effect::Noted { topic, reason } => tracing::info!(topic, reason, "a message was used in part"),
        }
    }

    fn state_changed(&mut self, entity: EntityId) {
        let Some(state) = self.home.view().states.get(&entity).cloned() else { return };
        let now = Instant::now();
        self.keeper.state(&entity, now);
        if self.history.days > 0 {
            self.keeper.record(&entity, &state, clock::now(), now);
        }
        self.check_waiters(&entity, &state);
        self.emit(Event::StateChanged { entity, state });
    }

    fn entity_updated(&mut self, id: &EntityId) {
        let Some(entity) = self.home.view().entities.get(id).cloned() else { return };
        self.keep(Document::EntitySettings, id.as_str());
        self.names_changed();
        self.emit(Event::EntityUpdated(entity));
    }

    fn device_updated(&mut self, id: &DeviceId) {
        let Some(device) = self.home.view().devices.get(id).cloned() else { return };
        if self.home.registry.device_settings(id).is_some() {
            self.keep(Document::DeviceSettings, id.as_str());
        }
        self.names_changed();
        self.emit(Event::DeviceUpdated(device));
    }

    fn area_updated(&mut self, id: &AreaId) {
        let Some(area) = self.home.view().areas.get(id).cloned() else { return };
        self.keep(Document::Area, id.as_str());
        self.names_changed();
        self.emit(Event::AreaUpdated(area));
    }

    fn floor_updated(&mut self, id: &FloorId) {
        let Some(floor) = self.home.view().floors.get(id).cloned() else { return };
        self.keep(Document::Floor, id.as_str());
        self.names_changed();
        self.emit(Event::FloorUpdated(floor));
    }

    fn keep(&mut self, document: Document, id: &str) {
        self.keeper.document(document, id, Instant::now());
    }

    /// Matchers are made anew soon.
    pub(super) fn names_changed(&mut self) {
        self.languages.names_changed();
        self.names_due = Some(Instant::now() + NAMES_SETTLE);
    }
}
