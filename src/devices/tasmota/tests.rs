//! Tasmota devices, from their own discovery to command and state.

use serde_json::{Value, json};

use crate::devices::Effect;
use crate::devices::registry::tests::{Bench, pair};
use crate::model::{Action, Color};

fn config(more: &Value) -> Value {
    let mut config = json!({
        "ip": "192.168.1.9", "dn": "Plug", "fn": ["Plug", null, null], "hn": "plug-0001", "mac": "AABBCC000001",
        "md": "Sonoff S31", "ty": 0, "if": 0, "ofln": "Offline", "onln": "Online",
        "state": ["OFF", "ON", "TOGGLE", "HOLD"], "sw": "14.2.0", "t": "plug", "ft": "%prefix%/%topic%/",
        "tp": ["cmnd", "stat", "tele"], "rl": [1, 0, 0], "swc": [-1, -1], "swn": [null, null], "btn": [0, 0],
        "so": {"4": 0, "11": 0, "13": 0, "17": 0, "20": 0, "30": 0, "68": 0, "73": 0, "82": 0, "114": 0, "117": 0},
        "lk": 1, "lt_st": 0, "sho": [0, 0], "sht": [[0, 0, 0]], "ver": 1
    });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    config
}

fn announce(more: &Value) -> Bench {
    let mut bench = Bench::new();
    let effects = bench.send("tasmota/discovery/AABBCC000001/config", &config(more).to_string());
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Rejected { .. })), "{effects:?}");
    bench.send("tele/plug/LWT", "Online");
    bench
}

#[test]
fn a_plug_with_its_meter() {
    let mut bench = announce(&json!({}));
    assert_eq!(bench.ids(), ["switch.plug"]);
    assert_eq!(bench.act("switch.plug", Action::turn_on()), pair("cmnd/plug/Power1", "ON"));
    bench.send("stat/plug/RESULT", r#"{"POWER":"ON"}"#);
    assert_eq!(bench.state("switch.plug").state, "on");
    bench.send("stat/plug/RESULT", r#"{"Dimmer":5}"#);
    bench.send("tele/plug/STATE", r#"{"POWER":"OFF","Wifi":{"RSSI":70,"Signal":-60}}"#);
    assert_eq!(bench.state("switch.plug").state, "off");
    let sensors = json!({"sn": {"Time": "x", "ENERGY": {"TotalStartTime": "y", "Total": 1.5, "Power": 12,
        "Voltage": [230, 231]}, "DS18B20": {"Id": "0A", "Temperature": 20.5}, "TempUnit": "C"}, "ver": 1});
    let effects = bench.send("tasmota/discovery/AABBCC000001/sensors", &sensors.to_string());
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Publish(asked)
        if asked.topic == "cmnd/plug/STATUS" && asked.payload == "10")));
    bench.send(
        "stat/plug/STATUS10",
        r#"{"StatusSNS":{"ENERGY":{"Total":2.25,"Voltage":[1,2]},"DS18B20":{"Temperature":21}}}"#,
    );
    assert_eq!(bench.state("sensor.plug_energy_total").state, "2.25");
    let total = bench.entity("sensor.plug_energy_total");
    assert_eq!(total.unit_of_measurement.as_deref(), Some("kWh"));
    assert_eq!(bench.entity("sensor.plug_ds18b20_temperature").unit_of_measurement.as_deref(), Some("°C"));
    assert!(!bench.entity("sensor.plug_rssi").enabled);
    assert_eq!(bench.state("sensor.plug_rssi").state, "70");
    bench.send(
        "tele/plug/SENSOR",
        r#"{"ENERGY":{"Total":2.5,"Power":3,"Voltage":[1,2]},"DS18B20":{"Temperature":21}}"#,
    );
    assert_eq!(bench.state("sensor.plug_energy_total").state, "2.5");
    assert_eq!(bench.state("sensor.plug_energy_voltage_1").state, "2");
    bench.send("tele/plug/LWT", "Offline");
    assert_eq!(bench.state("switch.plug").shown(), "unavailable");
    bench.send("tasmota/discovery/AABBCC000001/config", "");
    bench.send("tasmota/discovery/AABBCC000001/sensors", "");
    assert!(bench.ids().is_empty());
}

#[test]
fn sensors_may_come_before_the_configuration() {
    let mut bench = Bench::new();
    let sensors = json!({"sn": {"SHT3X": {"Humidity": 40}}, "ver": 1});
    let effects = bench.send("tasmota/discovery/AABBCC000001/sensors", &sensors.to_string());
    assert!(matches!(effects[..], [Effect::SaveDiscovery { .. }]), "{effects:?}");
    bench.send("tasmota/discovery/AABBCC000001/config", &config(&json!({"rl": [0]})).to_string());
    assert!(bench.ids().contains(&"sensor.plug_sht3x_humidity"));
}

#[test]
fn a_bulb_with_colour_and_white() {
    let mut bench = announce(&json!({"rl": [2], "lt_st": 5, "dn": "Bulb", "fn": ["Bulb"]}));
    let id = "light.bulb";
    assert_eq!(bench.entity(id).capabilities["supported_color_modes"], json!(["color_temp", "hs"]));
    let on = |brightness, color, color_temp_kelvin| Action::TurnOn {
        brightness,
        color,
        color_temp_kelvin,
        white: None,
        effect: None,
        flash: None,
        transition: None,
    };
    let sent = bench.act(id, on(Some(128), Some(Color::Rgb(0, 0, 255)), None));
    let expected = [("Power1", "ON"), ("HsbColor", "240,100"), ("Dimmer", "50")];
    assert_eq!(sent, expected.map(|(name, text)| (format!("cmnd/plug/{name}"), text.to_owned())));
    bench.send(
        "stat/plug/RESULT",
        r#"{"POWER":"ON","Dimmer":50,"HSBColor":"240,100,50","White":0,"CT":153,"Scheme":0}"#,
    );
    let state = bench.state(id);
    assert_eq!((state.state.as_str(), &state.attributes["color_mode"]), ("on", &json!("hs")));
    assert_eq!(state.attributes["brightness"], 128);
    assert_eq!(state.attributes["effect"], "Solid");
    bench
        .send("tele/plug/STATE", r#"{"POWER":"ON","Dimmer":50,"HSBColor":"240,100,50","White":50,"CT":400}"#);
    assert_eq!(bench.state(id).attributes["color_temp_kelvin"], 2500);
    assert_eq!(bench.state(id).attributes["color_mode"], "color_temp");
}

#[test]
fn shutters_fans_switches_and_buttons() {
    let mut bench =
        announce(&json!({"rl": [3, 3, 1], "sho": [1], "swc": [1, -1], "btn": [1], "so": {"73": 1}}));
    assert_eq!(bench.ids(), ["binary_sensor.plug_switch_1", "cover.plug_cover_1", "switch.plug_switch_3"]);
    assert_eq!(bench.registry.triggers().count(), 1);
    let again = config(&json!({"rl": [3, 3, 3, 3, 2], "sw": "14.3.0"}));
    let asked: Vec<String> = bench
        .send("tasmota/discovery/AABBCC000001/config", &again.to_string())
        .into_iter()
        .filter_map(|effect| if let Effect::Publish(asked) = effect { Some(asked.topic) } else { None })
        .collect();
    assert_eq!(asked, ["cmnd/plug/STATE", "cmnd/plug/ShutterPosition1", "cmnd/plug/ShutterPosition2"]);
    let mut bench =
        announce(&json!({"rl": [3, 3, 1], "sho": [1], "swc": [1, -1], "btn": [1], "so": {"73": 1}}));
    bench.send("stat/plug/RESULT", r#"{"Shutter1":{"Position":100,"Direction":-1,"Target":0,"Tilt":0}}"#);
    assert_eq!(bench.state("cover.plug_cover_1").state, "opening");
    assert_eq!(bench.state("cover.plug_cover_1").attributes["current_position"], 0);
    assert_eq!(bench.act("cover.plug_cover_1", Action::Open), pair("cmnd/plug/Backlog", "ShutterOpen1"));
    let half = Action::SetPosition { position: 30 };
    assert_eq!(bench.act("cover.plug_cover_1", half), pair("cmnd/plug/ShutterPosition1", "70"));
    bench.send("stat/plug/RESULT", r#"{"Switch1":{"Action":"ON"}}"#);
    assert_eq!(bench.state("binary_sensor.plug_switch_1").state, "on");
    bench.send("tele/plug/SENSOR", r#"{"Switch1":"OFF"}"#);
    assert_eq!(bench.state("binary_sensor.plug_switch_1").state, "off");

    let mut bench = announce(&json!({"rl": [1, 1, 1, 1], "if": 1, "so": {"30": 1}}));
    assert_eq!(bench.ids(), ["fan.plug", "light.plug"]);
    bench.send("stat/plug/RESULT", r#"{"FanSpeed":3}"#);
    assert_eq!(bench.state("fan.plug").attributes["percentage"], 100);
    assert_eq!(
        bench.act("fan.plug", Action::SetPercentage { percentage: 30 }),
        pair("cmnd/plug/FanSpeed", "1")
    );
    assert_eq!(bench.act("fan.plug", Action::turn_off()), pair("cmnd/plug/FanSpeed", "0"));
}

#[test]
fn what_is_no_configuration_is_rejected() {
    let mut bench = Bench::new();
    for bad in ["{", "[]", "{}", r#"{"mac": "AABBCC000001"}"#, &config(&json!({"mac": "other"})).to_string()]
    {
        let effects = bench.send("tasmota/discovery/AABBCC000001/config", bad);
        assert!(matches!(effects[..], [Effect::Rejected { .. }]), "{bad}: {effects:?}");
    }
    let odd = config(&json!({"rl": "x", "so": [], "swc": {}, "sht": [1], "tp": null, "state": 5, "fn": 1}));
    bench.send("tasmota/discovery/AABBCC000001/config", &odd.to_string());
}
