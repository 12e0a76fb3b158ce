//! What a device measures: every value of its `sn` tree that means something.

use serde_json::{Map, Value, json};

use super::{Config, put};
use crate::devices::discovery::payload::Component;

/// Most values of one device, and deepest nesting.
const MAX_SENSORS: usize = 500;
const MAX_DEPTH: usize = 5;

/// Values that are no measurement.
const IGNORED: [&str; 8] =
    ["Time", "PN532", "RDM6300", "TempUnit", "PressureUnit", "SpeedUnit", "VolumeUnit", "TotalStartTime"];

/// Quantity, unit, device class and state class. Facts from Tasmota's documentation.
const QUANTITIES: &[(&str, &str, &str, &str)] = &[
    ("ActivePower", "W", "power", "measurement"),
    ("Ambient", "lx", "illuminance", "measurement"),
    ("ApparentPower", "VA", "apparent_power", "measurement"),
    ("Battery", "%", "battery", "measurement"),
    ("CCT", "K", "", "measurement"),
    ("CarbonDioxide", "ppm", "carbon_dioxide", "measurement"),
    ("Current", "A", "current", "measurement"),
    ("CurrentNeutral", "A", "current", "measurement"),
    ("DewPoint", "", "temperature", "measurement"),
    ("Distance", "cm", "distance", "measurement"),
    ("ExportActive", "kWh", "energy", "total"),
    ("ExportReactive", "kvarh", "", "total"),
    ("ExportTariff", "kWh", "energy", "total"),
    ("Factor", "", "power_factor", "measurement"),
    ("Frequency", "Hz", "frequency", "measurement"),
    ("Humidity", "%", "humidity", "measurement"),
    ("Illuminance", "lx", "illuminance", "measurement"),
    ("ImportActive", "kWh", "energy", "total"),
    ("ImportReactive", "kvarh", "", "total"),
    ("Moisture", "%", "moisture", "measurement"),
    ("PM1", "µg/m³", "pm1", "measurement"),
    ("PM10", "µg/m³", "pm10", "measurement"),
    ("PM2.5", "µg/m³", "pm25", "measurement"),
    ("PhaseAngle", "°", "", "measurement"),
    ("Power", "W", "power", "measurement"),
    ("Pressure", "", "pressure", "measurement"),
    ("ReactivePower", "var", "reactive_power", "measurement"),
    ("SeaPressure", "", "pressure", "measurement"),
    ("Speed", "", "speed", "measurement"),
    ("TVOC", "ppb", "volatile_organic_compounds_parts", "measurement"),
    ("Temperature", "", "temperature", "measurement"),
    ("Today", "kWh", "energy", "total_increasing"),
    ("Total", "kWh", "energy", "total"),
    ("TotalTariff", "kWh", "energy", "total"),
    ("Voltage", "V", "voltage", "measurement"),
    ("Weight", "kg", "weight", "measurement"),
    ("Yesterday", "kWh", "energy", ""),
    ("eCO2", "ppm", "carbon_dioxide", "measurement"),
];

enum Part {
    Key(String),
    Index(usize),
}

pub(super) fn components(config: &Config, tree: &Map<String, Value>) -> Vec<Component> {
    let mut found = Vec::new();
    walk(config, tree, &Value::Object(tree.clone()), &mut Vec::new(), &mut found);
    found.push(signal(config, "RSSI", "%", None));
    found.push(signal(config, "Signal", "dBm", Some("signal_strength")));
    found
}

fn walk(
    config: &Config,
    root: &Map<String, Value>,
    value: &Value,
    path: &mut Vec<Part>,
    found: &mut Vec<Component>,
) {
    if found.len() >= MAX_SENSORS || path.len() > MAX_DEPTH {
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                // Switches and shutters are outputs with entities of their own.
                let output = path.is_empty() && (key.starts_with("Switch") || key.starts_with("Shutter"));
                let stray = path.is_empty() && !value.is_object();
                if !output && !stray && !IGNORED.contains(&key.as_str()) {
                    path.push(Part::Key(key.clone()));
                    walk(config, root, value, path, found);
                    path.pop();
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate().take(64) {
                path.push(Part::Index(index));
                walk(config, root, item, path, found);
                path.pop();
            }
        }
        Value::Null => {}
        leaf => found.push(sensor(config, root, leaf, path)),
    }
}

fn sensor(config: &Config, root: &Map<String, Value>, leaf: &Value, path: &[Part]) -> Component {
    let shown = |part: &Part| match part {
        Part::Key(key) => key.clone(),
        Part::Index(index) => index.to_string(),
    };
    let names: Vec<String> = path.iter().map(shown).collect();
    let steps: String = path
        .iter()
        .map(|part| match part {
            Part::Key(key) => format!("[{}]", json!(key)),
            Part::Index(index) => format!("[{index}]"),
        })
        .collect();
    let topic = format!("{}SENSOR", config.tele);
    let mut own = json!({
        "name": names.join(" "),
        "state_topic": topic,
        // The answer to a question has a wrapper that the device's own reports have not.
        "value_template": format!("{{{{ (value_json.StatusSNS | default(value_json)){steps} }}}}"),
    });
    // The innermost name that says what is measured: `{"Speed": {"Act": 1}}` is a speed.
    let keys = path.iter().rev().filter_map(|part| match part {
        Part::Key(key) => Some(key.as_str()),
        Part::Index(_) => None,
    });
    let quantity = keys.clone().find_map(|key| QUANTITIES.iter().find(|(name, ..)| *name == key));
    if let Some((name, unit, class, state_class)) = quantity.filter(|_| leaf.is_number()) {
        let unit = match *name {
            "Temperature" | "DewPoint" => match root.get("TempUnit").and_then(Value::as_str) {
                Some("F") => "°F",
                _ => "°C",
            },
            "Pressure" | "SeaPressure" => root.get("PressureUnit").and_then(Value::as_str).unwrap_or("hPa"),
            "Speed" => root.get("SpeedUnit").and_then(Value::as_str).unwrap_or("km/h"),
            _ => unit,
        };
        for (key, text) in
            [("unit_of_measurement", unit), ("device_class", class), ("state_class", state_class)]
        {
            if !text.is_empty() {
                put(&mut own, key, json!(text));
            }
        }
    }
    let mut component = config.component("sensor", "sensor", names.join("_"), own);
    component.mirror = Some((topic, format!("{}STATUS10", config.stat)));
    component
}

/// How well the device hears its access point: for diagnosis, so not shown at first.
fn signal(config: &Config, name: &str, unit: &str, class: Option<&str>) -> Component {
    let mut own = json!({
        "name": name,
        "state_topic": format!("{}STATE", config.tele),
        "value_template": format!("{{% if value_json.Wifi is defined %}}{{{{ value_json.Wifi.{name} }}}}{{% endif %}}"),
        "unit_of_measurement": unit,
        "entity_category": "diagnostic",
        "enabled_by_default": false,
    });
    if let Some(class) = class {
        put(&mut own, "device_class", json!(class));
    }
    config.component("sensor", "status_sensor", name.to_lowercase(), own)
}
