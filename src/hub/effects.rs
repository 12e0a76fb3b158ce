//! What the registry asks for: subscriptions, messages, events, and records to keep.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::devices::Effect;
use crate::model::{AreaId, DeviceId, EntityId, Event, FloorId};
use crate::runtime::clock;
use crate::store::Document;

use super::actor::{Actor, NAMES_SETTLE};

/// Lines about messages in each [`SPAN`]: a device gone mad must neither fill the log nor hide the others for long.
const LINES: u32 = 100;
const SPAN: Duration = Duration::from_secs(10);

/// Bounds the lines about messages that were not used.
#[derive(Debug, Default)]
pub(super) struct Complaints {
    since: Option<Instant>,
    lines: u32,
    untold: u64,
}

impl Complaints {
    /// Whether one more line may be written; it is counted, told or not.
    fn may(&mut self, now: Instant) -> bool {
        self.close(now);
        self.since.get_or_insert(now);
        self.lines += 1;
        let may = self.lines <= LINES;
        self.untold += u64::from(!may);
        may
    }

    /// When the span ends, if there is something to tell then.
    pub(super) fn due(&self) -> Option<Instant> {
        self.since.filter(|_| self.untold > 0).map(|since| since + SPAN)
    }

    /// Ends a span that is over, with a line about what was left untold.
    pub(super) fn close(&mut self, now: Instant) {
        if self.since.is_none_or(|since| now < since + SPAN) {
            return;
        }
        if self.untold > 0 {
            let (count, seconds) = (self.untold, SPAN.as_secs());
            tracing::warn!(
                count,
                seconds,
                "more messages were not used, or in part, than lines are written about"
            );
        }
        *self = Self::default();
    }
}

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
                self.home.pictures.forget(&entity);
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
            Effect::Picture { entity, bytes } => self.home.pictures.keep(entity, bytes, clock::now()),
            Effect::EntityEvent { entity, event_type, .. } => tracing::debug!(%entity, event_type, "event"),
            Effect::Rejected { topic, reason } => {
                self.metrics.mqtt_rejected.inc();
                if self.complaints.may(now) {
                    tracing::warn!(topic, reason, "a message was not used");
                }
            }
            Effect::Noted { topic, reason } => {
                if self.complaints.may(now) {
                    tracing::info!(topic, reason, "a message was used in part");
                }
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_few_lines() {
        let mut complaints = Complaints::default();
        let now = Instant::now();
        let told = (0..50_000).filter(|_| complaints.may(now)).count();
        assert_eq!(told, usize::try_from(LINES).unwrap());
        assert_eq!(complaints.due(), Some(now + SPAN));
        complaints.close(now + SPAN);
        assert_eq!(complaints.due(), None);
        assert!(complaints.may(now + SPAN));
    }
}
