//! The registry from discovery to command.

use serde_json::{Value, json};

use super::*;
use crate::devices::{Saved, Verdict};
use crate::model::{Action, Change, Command, EntityChange, Names, Publish};

/// A registry with a clock, for tests.
pub(crate) struct Bench {
    pub(crate) registry: Registry,
    pub(crate) now: Timestamp,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { registry: Registry::new(RegistryOptions::default()), now: Timestamp::from_millis(1_000_000) }
    }

    pub(crate) fn send(&mut self, topic: &str, payload: &str) -> Vec<Effect> {
        let payload = payload.to_owned().into();
        self.registry.on_message(&Inbound { topic: topic.to_owned(), payload, retain: false }, self.now)
    }

    pub(crate) fn discover(&mut self, path: &str, payload: &Value) -> Vec<Effect> {
        self.send(&format!("homeassistant/{path}/config"), &payload.to_string())
    }

    pub(crate) fn state(&self, id: &str) -> &State {
        &self.registry.states[&EntityId::new(id).unwrap()]
    }

    pub(crate) fn entity(&self, id: &str) -> &Entity {
        &self.registry.entities[&EntityId::new(id).unwrap()]
    }

    pub(crate) fn ids(&self) -> Vec<&str> {
        self.registry.entities.keys().map(EntityId::as_str).collect()
    }

    pub(crate) fn act(&self, id: &str, action: Action) -> Vec<(String, String)> {
        let publishes = self.try_act(id, action).unwrap();
        let text = |publish: Publish| (publish.topic, String::from_utf8(publish.payload.to_vec()).unwrap());
        publishes.into_iter().map(text).collect()
    }

    pub(crate) fn try_act(
        &self,
        id: &str,
        action: Action,
    ) -> Result<Vec<Publish>, crate::devices::CommandError> {
        self.registry.command(&command(id, action), self.now)
    }

    pub(crate) fn verdict(&self, id: &str, action: Action) -> Verdict {
        self.registry.expects(&command(id, action)).met(self.state(id))
    }
}

pub(crate) fn command(id: &str, action: Action) -> Command {
    Command { entity: EntityId::new(id).unwrap(), action }
}

pub(crate) fn pair(topic: &str, payload: &str) -> Vec<(String, String)> {
    vec![(topic.to_owned(), payload.to_owned())]
}

fn lamp() -> Value {
    json!({
        "name": null, "unique_id": "l1", "schema": "json", "brightness": true, "brightness_scale": 254,
        "supported_color_modes": ["xy", "color_temp"], "state_topic": "z/lamp", "command_topic": "z/lamp/set",
        "min_mireds": 153, "max_mireds": 500,
        "device": {"identifiers": ["d1"], "name": "Floor lamp", "suggested_area": "Living Room"}
    })
}

#[test]
fn a_lamp_from_discovery_to_confirmation() {
    let mut bench = Bench::new();
    let effects = bench.discover("light/l1/light", &lamp());
    assert!(effects.contains(&Effect::Subscribe(vec!["z/lamp".into()])));
    assert!(effects.contains(&Effect::AreaUpdated(AreaId::new("living_room").unwrap())));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::SaveDiscovery { .. })));
    let entity = bench.entity("light.floor_lamp");
    assert_eq!(entity.names.name, "Floor lamp");
    assert_eq!(bench.registry.view().area_of(entity).unwrap().names.name, "Living Room");
    assert_eq!(entity.capabilities["min_color_temp_kelvin"], 2000);

    let bright = Action::TurnOn {
        brightness: Some(128),
        color: None,
        color_temp_kelvin: Some(2700),
        white: None,
        effect: None,
        flash: None,
        transition: None,
    };
    assert_eq!(
        bench.act("light.floor_lamp", bright.clone()),
        pair("z/lamp/set", r#"{"state":"ON","brightness":127,"color_temp":370}"#)
    );
    assert_eq!(bench.verdict("light.floor_lamp", bright.clone()), Verdict::NotYet);
    let message = r#"{"state":"ON","brightness":127,"color_mode":"color_temp","color_temp":370}"#;
    let id = EntityId::new("light.floor_lamp").unwrap();
    assert_eq!(bench.send("z/lamp", message), [Effect::StateChanged(id)]);
    assert_eq!(bench.state("light.floor_lamp").attributes["color_temp_kelvin"], 2702);
    assert_eq!(bench.verdict("light.floor_lamp", bright), Verdict::Met);
    // The same again moves only the clock.
    bench.now = Timestamp::from_millis(2_000_000);
    assert_eq!(bench.send("z/lamp", message), []);
    assert_eq!(bench.state("light.floor_lamp").last_updated, bench.now);
}

#[test]
fn a_switch_and_its_sensors() {
    let mut bench = Bench::new();
    let device = json!({"ids": "p", "name": "Plug"});
    let config = |more: Value| {
        let mut map = json!({"~": "plug", "dev": device, "avty_t": "~/lwt"});
        map.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        map
    };
    bench.discover(
        "switch/p/s",
        &config(json!({"name": null, "stat_t": "~/state", "cmd_t": "~/set", "uniq_id": "s"})),
    );
    bench.discover(
        "sensor/p/w",
        &config(json!({"dev_cla": "power", "unit_of_meas": "W", "stat_t": "~/json", "uniq_id": "w",
            "val_tpl": "{{ value_json.power | float | round(1) }}"})),
    );
    bench.discover(
        "binary_sensor/p/o",
        &config(json!({"dev_cla": "problem", "stat_t": "~/json", "uniq_id": "o",
            "val_tpl": "{{ 'ON' if value_json.power > 100 else 'OFF' }}"})),
    );
    assert_eq!(bench.ids(), ["binary_sensor.plug_problem", "sensor.plug_power", "switch.plug"]);
    assert!(!bench.state("switch.plug").available);
    assert!(bench.try_act("switch.plug", Action::Toggle).is_err());
    bench.send("plug/lwt", "online");
    bench.send("plug/state", "ON");
    bench.send("plug/json", r#"{"power": 123.45}"#);
    assert_eq!(bench.state("switch.plug").shown(), "on");
    assert_eq!(bench.state("sensor.plug_power").state, "123.5");
    assert_eq!(bench.state("binary_sensor.plug_problem").state, "on");
    assert_eq!(bench.act("switch.plug", Action::Toggle), pair("plug/set", "OFF"));
    assert_eq!(bench.verdict("switch.plug", Action::turn_on()), Verdict::Met);
}

#[test]
fn a_cover_counts_movement_as_progress() {
    let mut bench = Bench::new();
    bench.discover(
        "cover/blind",
        &json!({"name": "Blind", "unique_id": "c", "state_topic": "c/s", "command_topic": "c/set",
            "position_topic": "c/p", "set_position_topic": "c/p/set", "position_open": 0, "position_closed": 100}),
    );
    let half = Action::SetPosition { position: 30 };
    assert_eq!(bench.act("cover.blind", half.clone()), pair("c/p/set", "70"));
    bench.send("c/p", "100");
    assert_eq!(bench.state("cover.blind").attributes["current_position"], 0);
    assert_eq!(bench.state("cover.blind").state, "closed");
    let before = bench.registry.expects(&command("cover.blind", half));
    assert_eq!(before.met(bench.state("cover.blind")), Verdict::NotYet);
    bench.send("c/s", "opening");
    bench.send("c/p", "90");
    assert_eq!(before.met(bench.state("cover.blind")), Verdict::Met);
    assert_eq!(bench.verdict("cover.blind", Action::Open), Verdict::Met);
    assert_eq!(bench.act("cover.blind", Action::Stop), pair("c/set", "STOP"));
}

#[test]
fn bad_discovery_is_rejected_with_its_reason() {
    let mut bench = Bench::new();
    for (topic, payload, reason) in [
        ("homeassistant/light/a b/config", "{}", "illegal"),
        ("homeassistant/light/a/config", "{", "broken JSON"),
        ("homeassistant/light/a/config", "\u{1}", "broken JSON"),
        ("homeassistant/toaster/a/config", "{\"x\": 1}", "not supported"),
        ("homeassistant/switch/a/config", "{\"name\": \"x\"}", "command_topic"),
        ("homeassistant/sensor/a/config", "{\"state_topic\": \"a/#/b\"}", "state_topic"),
        (
            "homeassistant/sensor/a/config",
            "{\"state_topic\": \"a\", \"value_template\": \"{{ 1 \"}",
            "compile",
        ),
    ] {
        let effects = bench.send(topic, payload);
        assert!(
            matches!(&effects[..], [Effect::Rejected { reason: why, .. }] if why.contains(reason)),
            "{topic}: {effects:?}"
        );
    }
    assert!(bench.ids().is_empty());
}

#[test]
fn removal_takes_entity_and_device_along() {
    let mut bench = Bench::new();
    bench.discover("light/l1/light", &lamp());
    let effects = bench.send("homeassistant/light/l1/light/config", "");
    assert!(effects.contains(&Effect::Unsubscribe(vec!["z/lamp".into()])));
    assert!(effects.contains(&Effect::DeviceRemoved(DeviceId::new("d1").unwrap())));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::ForgetDiscovery { .. })));
    assert!(bench.ids().is_empty());
    assert_eq!(bench.send("z/lamp", "{}"), []);
}

#[test]
fn everything_is_found_again_after_a_restart() {
    let mut bench = Bench::new();
    let mut saved = Saved::default();
    let effects = bench.discover("light/l1/light", &lamp());
    bench.send("z/lamp", r#"{"state":"ON"}"#);
    let id = EntityId::new("light.floor_lamp").unwrap();
    let names = Names::new("Uplighter");
    let change = EntityChange { names: Some(Some(names)), ..EntityChange::default() };
    bench.registry.apply(&Change::Entity(id.clone(), change), bench.now).unwrap();
    for effect in effects {
        if let Effect::SaveDiscovery { topic, payload } = effect {
            saved.discovery.push((topic, payload));
        }
    }
    saved.areas.extend(bench.registry.areas.values().map(|area| (**area).clone()));
    saved.entity_settings.push(bench.registry.entity_settings(&id).unwrap());
    saved.states.push((id.clone(), bench.state(id.as_str()).clone()));

    let mut after = Bench::new();
    let effects = after.registry.restore(saved, after.now);
    assert!(matches!(&effects[0], Effect::Subscribe(filters) if filters[0] == "homeassistant/+/+/config"));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::SaveDiscovery { .. })));
    assert_eq!(after.entity(id.as_str()).names.name, "Uplighter");
    assert_eq!(after.state(id.as_str()).state, "on");
    // The device repeats itself: nothing is new.
    assert_eq!(after.discover("light/l1/light", &lamp()), []);
}
