//! Everything from before, so that the home is there before any device speaks.

use std::sync::Arc;

use bytes::Bytes;

use super::{Effect, Registry};
use crate::devices::effect::Saved;
use crate::model::{Inbound, Timestamp};

impl Registry {
    /// Takes in what was kept. The effects are what the broker has to be asked for and what was not used:
    /// nobody listens yet, and everything else is saved already.
    pub fn restore(&mut self, saved: Saved, now: Timestamp) -> Vec<Effect> {
        let Saved { areas, floors, entity_settings, device_settings, discovery, states } = saved;
        self.floors.extend(floors.into_iter().map(|floor| (floor.id.clone(), Arc::new(floor))));
        self.areas.extend(areas.into_iter().map(|area| (area.id.clone(), Arc::new(area))));
        for settings in entity_settings {
            self.naming.restore(settings);
        }
        self.device_settings
            .extend(device_settings.into_iter().map(|settings| (settings.id.clone(), settings)));
        let mut effects: Vec<Effect> = self.listen().into_iter().collect();
        for (topic, payload) in discovery {
            self.announce_again(topic, payload, now, &mut effects);
        }
        for (id, state) in states {
            let Some(slot) = self.by_entity.get(&id) else { continue };
            // Whether it can be reached is for its availability topics to say again.
            let available = self.binding(*slot).is_none_or(super::Binding::is_available);
            self.states.insert(id, Arc::new(crate::model::State { available, ..state }));
        }
        effects
    }

    fn announce_again(&mut self, topic: String, payload: Bytes, now: Timestamp, effects: &mut Vec<Effect>) {
        let message = Inbound { topic, payload, retain: true };
        let fresh = self.on_message(&message, now);
        // Nothing is published: there is no connection yet.
        effects.extend(fresh.into_iter().filter(|effect| {
            matches!(
                effect,
                Effect::Subscribe(_)
                    | Effect::Unsubscribe(_)
                    | Effect::Rejected { .. }
                    | Effect::Noted { .. }
            )
        }));
    }
}
