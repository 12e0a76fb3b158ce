//! Each kind: what messages make of it, and what it makes of commands.

use serde_json::{Value, json};

use crate::devices::registry::tests::{Bench, pair};
use crate::devices::{CommandError, Verdict};
use crate::model::{Action, Color, MediaAction, State};

/// An entity of one component, called `<platform>.x`.
struct One {
    bench: Bench,
    id: String,
}

impl One {
    fn new(platform: &str, config: &Value) -> Self {
        let mut bench = Bench::new();
        let mut config = config.clone();
        config["name"] = json!("x");
        config["unique_id"] = json!("x");
        let effects = bench.discover(&format!("{platform}/x"), &config);
        assert_eq!(bench.ids().len(), 1, "{effects:?}");
        Self { bench, id: format!("{platform}.x") }
    }

    fn state(&self) -> &State {
        self.bench.state(&self.id)
    }

    fn attribute(&self, name: &str) -> Value {
        self.state().attributes.get(name).cloned().unwrap_or_default()
    }

    fn capability(&self, name: &str) -> Value {
        self.bench.entity(&self.id).capabilities.get(name).cloned().unwrap_or_default()
    }

    /// Messages, and the state after each.
    fn hears(&mut self, cases: &[(&str, &str, &str)]) {
        for (topic, payload, state) in cases {
            self.bench.send(topic, payload);
            assert_eq!(self.state().state, *state, "{topic}: {payload}");
        }
    }

    /// Actions, and the one message that each sends.
    fn does(&self, cases: &[(Action, &str, &str)]) {
        for (action, topic, payload) in cases {
            assert_eq!(self.bench.act(&self.id, action.clone()), pair(topic, payload), "{action:?}");
        }
    }

    fn cannot(&self, action: Action) -> CommandError {
        self.bench.try_act(&self.id, action).unwrap_err()
    }

    fn verdict(&self, action: Action) -> Verdict {
        self.bench.verdict(&self.id, action)
    }
}

fn on(brightness: Option<u8>, color: Option<Color>, kelvin: Option<u16>) -> Action {
    let (white, effect, flash, transition) = (None, None, None, None);
    Action::TurnOn { brightness, color, color_temp_kelvin: kelvin, white, effect, flash, transition }
}

fn select(option: &str) -> Action {
    Action::SelectOption { option: option.to_owned() }
}

fn say(text: &str) -> Action {
    Action::SetText { text: text.to_owned() }
}

#[test]
fn alarm_control_panel() {
    let mut one = One::new(
        "alarm_control_panel",
        &json!({"state_topic": "s", "command_topic": "c", "code": "1234", "code_arm_required": false,
            "supported_features": ["arm_home"]}),
    );
    one.hears(&[
        ("s", "armed_home", "armed_home"),
        ("s", "nonsense", "armed_home"),
        ("s", "None", "unknown"),
    ]);
    let service = |service: &str, code: Option<&str>| Action::Alarm {
        service: service.to_owned(),
        code: code.map(Into::into),
    };
    one.does(&[
        (service("arm_home", None), "c", "ARM_HOME"),
        (service("disarm", Some("1234")), "c", "DISARM"),
    ]);
    assert!(matches!(one.cannot(service("disarm", Some("12"))), CommandError::Code(_)));
    assert!(matches!(one.cannot(service("arm_away", None)), CommandError::Unsupported { .. }));
    one.hears(&[("s", "arming", "arming")]);
    assert_eq!(one.verdict(service("arm_home", None)), Verdict::Met);
}

#[test]
fn a_clock_that_is_set_neither_expires_a_sensor_nor_keeps_it() {
    for by in [1_700_000_000_000, -900_000] {
        let mut one = One::new("binary_sensor", &json!({"state_topic": "s", "expire_after": 60}));
        one.bench.send("s", "ON");
        let start = one.bench.now.plus(std::time::Duration::from_secs(1));
        one.bench.registry.clock_set(by);
        one.bench.registry.tick(start.shifted(by));
        assert_eq!(one.state().state, "on", "{by}");
        one.bench.registry.tick(start.shifted(by).plus(std::time::Duration::from_secs(60)));
        assert_eq!(one.state().state, "unknown", "{by}");
    }
}

#[test]
fn binary_sensor_with_off_delay_and_expiry() {
    let mut one = One::new("binary_sensor", &json!({"state_topic": "s", "off_delay": 5, "expire_after": 60}));
    one.hears(&[("s", "ON", "on"), ("s", "junk", "on")]);
    let later = |one: &mut One, seconds: u64| {
        one.bench.now = one.bench.now.plus(std::time::Duration::from_secs(seconds));
        one.bench.registry.tick(one.bench.now)
    };
    let tick = later(&mut one, 5);
    assert_eq!((one.state().state.as_str(), tick.effects.len()), ("off", 1));
    assert!(tick.next.is_some());
    assert_eq!(later(&mut one, 60).next, None);
    assert_eq!(one.state().state, "unknown");
}

#[test]
fn button_and_scene() {
    let one =
        One::new("button", &json!({"command_topic": "c", "command_template": "{\"p\":\"{{ value }}\"}"}));
    one.does(&[(Action::Press, "c", r#"{"p":"PRESS"}"#)]);
    assert!(matches!(one.cannot(Action::lock()), CommandError::Unsupported { .. }));
    let scene =
        One::new("scene", &json!({"command_topic": "c", "payload_on": "movie", "qos": 1, "retain": true}));
    scene.does(&[(Action::turn_on(), "c", "movie"), (Action::Press, "c", "movie")]);
    let publish = scene.bench.try_act("scene.x", Action::Press).unwrap();
    assert!(publish[0].retain && publish[0].qos == 1);
}

#[test]
fn camera_and_image() {
    let mut camera = One::new("camera", &json!({"topic": "p"}));
    camera.hears(&[("p", "\u{1}jpeg", "idle")]);
    let mut image = One::new("image", &json!({"url_topic": "u"}));
    image.hears(&[("u", "file:///etc/passwd", "unknown")]);
    image.bench.send("u", "http://h/p.jpg");
    assert_eq!(image.attribute("image_url"), "http://h/p.jpg");
}

#[test]
fn climate() {
    let mut one = One::new(
        "climate",
        &json!({"modes": ["off", "heat", "auto"], "mode_state_topic": "m", "mode_command_topic": "m/set",
            "temperature_state_topic": "t", "temperature_command_topic": "t/set", "temp_step": 0.5,
            "min_temp": 5, "max_temp": 30, "current_temperature_topic": "cur", "action_topic": "a",
            "fan_mode_command_topic": "f/set", "fan_modes": ["low", "high"],
            "preset_mode_command_topic": "p/set", "preset_mode_state_topic": "p", "preset_modes": ["eco"]}),
    );
    one.hears(&[
        ("m", "heat", "heat"),
        ("m", "bogus", "heat"),
        ("t", "21.5", "heat"),
        ("a", "heating", "heat"),
    ]);
    one.hears(&[("cur", "19", "heat"), ("p", "eco", "heat"), ("p", "None", "heat")]);
    assert_eq!(one.attribute("temperature"), 21.5);
    assert_eq!(one.attribute("current_temperature"), 19);
    assert_eq!(one.attribute("hvac_action"), "heating");
    assert_eq!(one.attribute("preset_mode"), "none");
    let warm = |temperature: f64| Action::SetTemperature {
        temperature: Some(temperature),
        target_temp_low: None,
        target_temp_high: None,
    };
    one.does(&[
        (warm(22.0), "t/set", "22"),
        (warm(22.5), "t/set", "22.5"),
        (Action::SetHvacMode { hvac_mode: "auto".into() }, "m/set", "auto"),
        (Action::SetFanMode { fan_mode: "high".into() }, "f/set", "high"),
        (Action::SetPresetMode { preset_mode: "eco".into() }, "p/set", "eco"),
        (Action::turn_off(), "m/set", "off"),
        (Action::turn_on(), "m/set", "auto"),
    ]);
    assert!(one.cannot(warm(50.0)).to_string().contains("5 to 30"));
    assert!(one.cannot(Action::SetFanMode { fan_mode: "x".into() }).to_string().contains("low, high"));
    assert_eq!(one.verdict(warm(21.5)), Verdict::Met);
    assert_eq!(one.verdict(warm(25.0)), Verdict::NotYet);
    // The fan has no topic to report on, so its mode is assumed.
    let fan =
        crate::devices::registry::tests::command("climate.x", Action::SetFanMode { fan_mode: "low".into() });
    one.bench.registry.assume(&fan, one.bench.now);
    assert_eq!(one.attribute("fan_mode"), "low");
}

#[test]
fn device_tracker() {
    let mut one = One::new(
        "device_tracker",
        &json!({"state_topic": "s", "payload_home": "in", "json_attributes_topic": "a"}),
    );
    one.hears(&[("s", "in", "home"), ("s", "not_home", "not_home"), ("s", "office", "office")]);
    one.hears(&[("a", r#"{"latitude": 1.5, "icon": "x"}"#, "office"), ("s", "None", "unknown")]);
    assert_eq!((one.attribute("latitude"), one.attribute("icon")), (json!(1.5), Value::Null));
}

#[test]
fn event() {
    let mut one = One::new("event", &json!({"state_topic": "s", "event_types": ["press"]}));
    one.hears(&[("s", "press", "unknown"), ("s", r#"{"event_type": "other"}"#, "unknown")]);
    let effects = one.bench.send("s", r#"{"event_type": "press", "button": 2}"#);
    assert!(effects.iter().any(|effect| matches!(effect,
        crate::devices::Effect::EntityEvent { event_type, attributes, .. }
            if event_type == "press" && attributes["button"] == 2)));
    assert_eq!((one.attribute("event_type"), one.attribute("button")), (json!("press"), json!(2)));
    assert!(one.state().state.starts_with("1970-01-01T00:16:40"));
}

#[test]
fn fan() {
    let mut one = One::new(
        "fan",
        &json!({"state_topic": "s", "command_topic": "c", "percentage_state_topic": "p",
            "percentage_command_topic": "p/set", "speed_range_min": 1, "speed_range_max": 3,
            "oscillation_command_topic": "o/set", "oscillation_state_topic": "o",
            "direction_command_topic": "d/set", "preset_mode_command_topic": "m/set", "preset_modes": ["auto"]}),
    );
    one.hears(&[("s", "ON", "on"), ("p", "2", "on"), ("p", "9", "on"), ("o", "oscillate_on", "on")]);
    assert_eq!((one.attribute("percentage"), one.attribute("oscillating")), (json!(66), json!(true)));
    one.does(&[
        (Action::turn_off(), "c", "OFF"),
        (Action::SetPercentage { percentage: 100 }, "p/set", "3"),
        (Action::SetPercentage { percentage: 20 }, "p/set", "1"),
        (Action::SetPercentage { percentage: 0 }, "c", "OFF"),
        (Action::Oscillate { oscillating: false }, "o/set", "oscillate_off"),
        (Action::SetDirection { direction: "reverse".into() }, "d/set", "reverse"),
        (Action::SetPresetMode { preset_mode: "auto".into() }, "m/set", "auto"),
    ]);
    assert!(matches!(
        one.cannot(Action::SetDirection { direction: "up".into() }),
        CommandError::BadValue { .. }
    ));
    assert_eq!(one.verdict(Action::SetPercentage { percentage: 66 }), Verdict::Met);
}

#[test]
fn humidifier() {
    let mut one = One::new(
        "humidifier",
        &json!({"state_topic": "s", "command_topic": "c", "target_humidity_command_topic": "h/set",
            "target_humidity_state_topic": "h", "min_humidity": 30, "max_humidity": 80,
            "mode_command_topic": "m/set", "modes": ["boost"]}),
    );
    one.hears(&[("s", "OFF", "off"), ("h", "45.4", "off"), ("h", "400", "off")]);
    assert_eq!(one.attribute("humidity"), 45);
    one.does(&[
        (Action::SetHumidity { humidity: 50 }, "h/set", "50"),
        (Action::SetMode { mode: "boost".into() }, "m/set", "boost"),
        (Action::Toggle, "c", "ON"),
    ]);
    assert!(matches!(one.cannot(Action::SetHumidity { humidity: 90 }), CommandError::BadValue { .. }));
}

#[test]
fn lawn_mower_and_vacuum() {
    let mut mower = One::new(
        "lawn_mower",
        &json!({"activity_state_topic": "s", "dock_command_topic": "d", "start_mowing_command_topic": "g",
            "pause_command_topic": "p", "start_mowing_command_template": "{\"do\":\"{{ value }}\"}"}),
    );
    mower.hears(&[("s", "mowing", "mowing"), ("s", "flying", "mowing"), ("s", "none", "unknown")]);
    mower.does(&[(Action::Start, "g", r#"{"do":"start_mowing"}"#), (Action::ReturnToBase, "d", "dock")]);
    mower.hears(&[("s", "error", "error")]);
    assert_eq!(mower.verdict(Action::Start), Verdict::Refused);

    let mut vacuum = One::new(
        "vacuum",
        &json!({"state_topic": "s", "command_topic": "c", "set_fan_speed_topic": "f", "fan_speed_list": ["min", "max"],
            "supported_features": ["start", "return_home"], "send_command_topic": "x",
            "clean_segments_command_topic": "seg"}),
    );
    vacuum.hears(&[
        ("s", r#"{"state": "cleaning", "fan_speed": "max"}"#, "cleaning"),
        ("s", r#"{"state": null}"#, "unknown"),
    ]);
    assert_eq!(vacuum.attribute("fan_speed"), "max");
    vacuum.does(&[
        (Action::Start, "c", "start"),
        (Action::ReturnToBase, "c", "return_to_base"),
        (Action::SetFanSpeed { fan_speed: "min".into() }, "f", "min"),
        (Action::SendCommand { command: "beep".into() }, "x", "beep"),
        (Action::CleanArea { segments: vec!["1".into(), "2".into()] }, "seg", r#"["1","2"]"#),
    ]);
    assert!(matches!(vacuum.cannot(Action::Locate), CommandError::Unsupported { .. }));
}

#[test]
fn light_with_a_topic_for_each_property() {
    let mut one = One::new(
        "light",
        &json!({"state_topic": "s", "command_topic": "c", "brightness_command_topic": "b/set",
            "brightness_state_topic": "b", "brightness_scale": 100, "rgb_command_topic": "rgb/set",
            "rgb_state_topic": "rgb", "color_temp_command_topic": "ct/set", "color_temp_state_topic": "ct",
            "rgb_command_template": "{{ '#%02x%02x%02x' | format(red, green, blue) }}",
            "effect_command_topic": "e/set", "effect_list": ["rainbow"]}),
    );
    assert_eq!(one.capability("supported_color_modes"), json!(["color_temp", "rgb"]));
    one.hears(&[("s", "ON", "on"), ("b", "50", "on"), ("rgb", "255,0,0", "on")]);
    assert_eq!((one.attribute("brightness"), one.attribute("hs_color")), (json!(128), json!([0.0, 100.0])));
    assert_eq!(one.verdict(on(Some(128), Some(Color::Hs(0.0, 100.0)), None)), Verdict::Met);
    assert_eq!(one.verdict(on(Some(255), None, None)), Verdict::NotYet);
    let sent = one.bench.act("light.x", on(Some(255), Some(Color::Rgb(0, 255, 0)), None));
    let text = |pair: &(String, String)| format!("{}={}", pair.0, pair.1);
    assert_eq!(sent.iter().map(text).collect::<Vec<_>>(), ["rgb/set=#00ff00", "b/set=100", "c=ON"]);
    one.bench.send("ct", "250");
    assert_eq!(
        (one.attribute("color_temp_kelvin"), one.attribute("color_mode")),
        (json!(4000), json!("color_temp"))
    );
    one.does(&[(Action::turn_off(), "c", "OFF"), (on(Some(0), None, None), "c", "OFF")]);
}

#[test]
fn light_made_of_templates() {
    let mut one = One::new(
        "light",
        &json!({"schema": "template", "state_topic": "s", "command_topic": "c",
            "command_on_template": "on{% if brightness is defined %},{{ brightness }}{% endif %}{% if red is defined %},{{ red }}-{{ green }}-{{ blue }}{% endif %}",
            "command_off_template": "off", "state_template": "{{ value.split(',')[0] }}",
            "brightness_template": "{{ value.split(',')[1] }}", "red_template": "{{ value.split(',')[2].split('-')[0] }}",
            "green_template": "{{ value.split(',')[2].split('-')[1] }}", "blue_template": "{{ value.split(',')[2].split('-')[2] }}"}),
    );
    one.hears(&[("s", "on,255,0-0-255", "on"), ("s", "off,1,0-0-255", "off")]);
    assert_eq!(one.attribute("hs_color"), json!([240.0, 100.0]));
    one.does(&[
        (on(Some(10), Some(Color::Rgb(255, 0, 0)), None), "c", "on,10,255-0-0"),
        (Action::turn_off(), "c", "off"),
    ]);
}

#[test]
fn light_without_a_word_from_the_device_is_assumed() {
    let mut one = One::new("light", &json!({"schema": "json", "command_topic": "c", "brightness": true}));
    let bright = on(Some(200), None, None);
    one.does(&[(bright.clone(), "c", r#"{"state":"ON","brightness":200}"#)]);
    let command = crate::devices::registry::tests::command("light.x", bright);
    assert!(!one.bench.registry.expects(&command).is_confirmable());
    assert_eq!(one.bench.registry.assume(&command, one.bench.now).len(), 1);
    assert_eq!((one.state().state.as_str(), one.attribute("brightness")), ("on", json!(200)));
    assert!(matches!(
        one.cannot(on(None, Some(Color::Rgb(1, 2, 3)), None)),
        CommandError::Unsupported { .. }
    ));
}

#[test]
fn lock() {
    let mut one =
        One::new("lock", &json!({"state_topic": "s", "command_topic": "c", "payload_open": "OPEN"}));
    one.hears(&[("s", "LOCKED", "locked"), ("s", "x", "locked"), ("s", "LOCKING", "locking")]);
    one.does(&[
        (Action::lock(), "c", "LOCK"),
        (Action::unlock(), "c", "UNLOCK"),
        (Action::OpenLatch { code: None }, "c", "OPEN"),
    ]);
    assert_eq!(one.verdict(Action::lock()), Verdict::NotYet);
    one.hears(&[("s", "JAMMED", "jammed")]);
    assert_eq!(one.verdict(Action::lock()), Verdict::Refused);
}

#[test]
fn a_lock_with_a_code_takes_it_with_the_command() {
    let one = One::new(
        "lock",
        &json!({"command_topic": "c", "code_format": "^\\d{4}$", "payload_open": "OPEN",
            "command_template": "{\"action\": \"{{ value }}\", \"code\": \"{{ code }}\"}"}),
    );
    for wrong in [None, Some("12".into()), Some("12345".into()), Some("word".into())] {
        assert!(matches!(one.cannot(Action::Unlock { code: wrong }), CommandError::Code(_)));
    }
    one.does(&[
        (Action::Unlock { code: Some("4711".into()) }, "c", r#"{"action": "UNLOCK", "code": "4711"}"#),
        (Action::OpenLatch { code: Some("4711".into()) }, "c", r#"{"action": "OPEN", "code": "4711"}"#),
    ]);
    let unlock = Action::Unlock { code: Some("4711".into()) };
    assert!(!format!("{unlock:?}").contains("4711"));
    assert_eq!(serde_json::to_string(&unlock).unwrap(), r#"{"action":"unlock"}"#);
    let plain = One::new("lock", &json!({"command_topic": "c", "command_template": "{{ value }}{{ code }}"}));
    plain.does(&[(Action::lock(), "c", "LOCKNone")]);
}

#[test]
fn media_player() {
    let mut one = One::new(
        "media_player",
        &json!({"state_state_topic": "s", "state_volume_topic": "v", "command_volume_topic": "v/set",
            "command_play_topic": "p", "command_pause_topic": "p", "command_pause_payload": "hold"}),
    );
    one.hears(&[("s", "Playing", "playing"), ("v", "0.4", "playing")]);
    one.does(&[
        (Action::Media(MediaAction::SetVolume { volume: 25 }), "v/set", "0.25"),
        (Action::Media(MediaAction::ChangeVolume { by: -10 }), "v/set", "0.3"),
        (Action::Pause, "p", "hold"),
    ]);
    assert!(matches!(one.cannot(Action::Media(MediaAction::Next)), CommandError::Unsupported { .. }));
}

#[test]
fn number_and_select() {
    let mut number = One::new(
        "number",
        &json!({"state_topic": "s", "command_topic": "c", "min": 5, "max": 10, "step": 0.5,
        "command_template": "{\"n\": {{ value }}}"}),
    );
    number.hears(&[("s", "7.50", "7.5"), ("s", "8.0", "8"), ("s", "x", "8"), ("s", "None", "unknown")]);
    number.does(&[
        (Action::SetValue { value: 6.0 }, "c", r#"{"n": 6}"#),
        (Action::SetValue { value: 6.5 }, "c", r#"{"n": 6.5}"#),
    ]);
    assert!(number.cannot(Action::SetValue { value: 11.0 }).to_string().contains("5 to 10"));
    assert!(number.cannot(Action::SetValue { value: 6.2 }).to_string().contains("steps of 0.5"));

    let mut one =
        One::new("select", &json!({"state_topic": "s", "command_topic": "c", "options": ["a", "b"]}));
    one.hears(&[("s", "a", "a"), ("s", "z", "a"), ("s", "None", "unknown")]);
    one.does(&[(select("b"), "c", "b")]);
    assert!(one.cannot(select("z")).to_string().contains("it takes a, b"));
}

#[test]
fn sensors_of_every_sort() {
    let mut number = One::new("sensor", &json!({"state_topic": "s", "unit_of_measurement": "°C"}));
    number.hears(&[
        ("s", "20.5", "20.5"),
        ("s", "warm", "20.5"),
        ("s", "", "20.5"),
        ("s", "None", "unknown"),
    ]);
    let mut word = One::new("sensor", &json!({"state_topic": "s", "options": ["a"], "device_class": "enum"}));
    word.hears(&[("s", "a", "a"), ("s", "b", "a")]);
    let mut text = One::new("sensor", &json!({"state_topic": "s"}));
    text.hears(&[("s", "anything", "anything")]);
    text.bench.send("s", &"é".repeat(200));
    assert!(text.state().state.len() <= 255 && text.state().state.starts_with('é'));
}

#[test]
fn siren_and_switch() {
    let mut siren = One::new("siren", &json!({"state_topic": "s", "command_topic": "c"}));
    siren.hears(&[("s", r#"{"state": "ON", "tone": "fire"}"#, "on"), ("s", "OFF", "off")]);
    assert_eq!(siren.attribute("tone"), "fire");
    siren.does(&[(Action::turn_on(), "c", r#"{"state":"ON"}"#)]);
    let mut switch = One::new(
        "switch",
        &json!({"state_topic": "s", "command_topic": "c", "payload_on": "1",
        "payload_off": "0", "state_on": "yes", "state_off": "no", "command_template": "p={{ value }}"}),
    );
    switch.hears(&[("s", "yes", "on"), ("s", "1", "on"), ("s", "no", "off"), ("s", "None", "unknown")]);
    switch.does(&[(Action::turn_on(), "c", "p=1"), (Action::turn_off(), "c", "p=0")]);
}

#[test]
fn texts_dates_and_notes() {
    let mut text =
        One::new("text", &json!({"state_topic": "s", "command_topic": "c", "max": 4, "pattern": "[a-z]*$"}));
    text.hears(&[("s", "abc", "abc"), ("s", "toolong", "abc"), ("s", "", "")]);
    text.does(&[(say("hi"), "c", "hi")]);
    assert!(matches!(text.cannot(say("A1")), CommandError::BadValue { .. }));
    for (domain, good, bad) in [
        ("date", "2026-11-21", "21.11."),
        ("time", "07:30:00", "7 am"),
        ("datetime", "2026-11-21T07:30:00", "soon"),
    ] {
        let mut one = One::new(domain, &json!({"state_topic": "s", "command_topic": "c"}));
        one.hears(&[("s", good, good), ("s", bad, good)]);
        one.does(&[(say(good), "c", good)]);
        assert!(matches!(one.cannot(say(bad)), CommandError::BadValue { .. }));
    }
    let note = One::new(
        "notify",
        &json!({"command_topic": "c", "command_template": "{{ {'m': value} | to_json }}"}),
    );
    note.does(&[(say("dinner \"now\""), "c", r#"{"m":"dinner \"now\""}"#)]);
}

#[test]
fn update() {
    let mut one = One::new(
        "update",
        &json!({"state_topic": "s", "latest_version_topic": "l", "command_topic": "c", "payload_install": "go"}),
    );
    one.hears(&[
        ("s", "1.0", "unknown"),
        ("l", "1.1", "on"),
        ("s", r#"{"installed_version": "1.1", "in_progress": true}"#, "off"),
    ]);
    one.does(&[(Action::Install, "c", "go")]);
    assert_eq!(one.verdict(Action::Install), Verdict::Met);
}

#[test]
fn valve_and_water_heater() {
    let mut valve =
        One::new("valve", &json!({"state_topic": "s", "command_topic": "c", "reports_position": true}));
    valve.hears(&[
        ("s", "0", "closed"),
        ("s", r#"{"state": "opening", "position": 40}"#, "opening"),
        ("s", "100", "open"),
    ]);
    valve.does(&[(Action::SetPosition { position: 30 }, "c", "30"), (Action::Close, "c", "0")]);
    let mut plain =
        One::new("valve", &json!({"state_topic": "s", "command_topic": "c", "payload_stop": "HALT"}));
    plain.hears(&[("s", "open", "open"), ("s", "what", "open"), ("s", "None", "unknown")]);
    plain.does(&[(Action::Open, "c", "OPEN"), (Action::Stop, "c", "HALT")]);

    let mut heater = One::new(
        "water_heater",
        &json!({"mode_state_topic": "m", "mode_command_topic": "m/set", "modes": ["off", "eco"],
        "temperature_command_topic": "t/set", "power_command_topic": "p", "temperature_unit": "F", "max_temp": 140}),
    );
    heater.hears(&[("m", "eco", "eco"), ("m", "x", "eco")]);
    heater.does(&[(Action::SetMode { mode: "off".into() }, "m/set", "off"), (Action::turn_on(), "p", "ON")]);
    assert_eq!(heater.capability("temperature_unit"), "°F");
}

#[test]
fn infrared() {
    let mut receiver = One::new("infrared", &json!({"schema": "receiver", "state_topic": "s"}));
    let effects = receiver.bench.send("s", r#"{"timings": [1, 2]}"#);
    assert!(effects.iter().any(|effect| matches!(effect, crate::devices::Effect::EntityEvent { .. })));
    let emitter = One::new("infrared", &json!({"schema": "emitter", "command_topic": "c"}));
    emitter.does(&[(Action::SendCommand { command: "AA".into() }, "c", "AA")]);
}
