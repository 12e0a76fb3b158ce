//! Plugs that speak Tasmota's own discovery and topics instead of Home Assistant's.

use serde_json::{Value, json};

use crate::model::{Publish, Timestamp};

use super::card::Setting;
use super::machine::{Chance, Machine, Text, after, json as message, retained, round};

/// How often a plug tells its measurements, in milliseconds.
const PERIOD: i64 = 30_000;

pub(super) struct Plug {
    setting: Setting,
    /// Topic and name; Tasmota knows no rooms.
    id: &'static str,
    name: Text,
    /// Last three bytes of its hardware address.
    mac: [u8; 3],
    /// What hangs on it draws so many watts; a plain plug measures nothing.
    watts: Option<i64>,
    on: bool,
    chance: Chance,
    /// Watt milliseconds would overflow nothing for centuries: watt seconds times a thousand.
    counted: i64,
    last: Option<Timestamp>,
    next: Timestamp,
}

impl Plug {
    pub(super) fn new(
        setting: Setting,
        id: &'static str,
        name: Text,
        mac: [u8; 3],
        watts: Option<i64>,
    ) -> Self {
        let chance = Chance::new(u64::from(mac[2]));
        let next = Timestamp::from_millis(0);
        Self { setting, id, name, mac, watts, on: false, chance, counted: 0, last: None, next }
    }

    fn address(&self) -> String {
        let [a, b, c] = self.mac;
        format!("5CCF7F{a:02X}{b:02X}{c:02X}")
    }

    fn topic(&self, prefix: &str, rest: &str) -> String {
        format!("{prefix}/{}_{}/{rest}", self.setting.base, self.id)
    }

    fn power(&self) -> &'static str {
        if self.on { "ON" } else { "OFF" }
    }

    /// Adds what went through since the last look.
    fn count(&mut self, now: Timestamp) {
        if let (true, Some(watts), Some(last)) = (self.on, self.watts, self.last) {
            self.counted += watts * (now.as_millis() - last.as_millis());
        }
        self.last = Some(now);
    }

    fn measured(&mut self) -> Option<Value> {
        let watts = self.watts?;
        let drawn = if self.on { watts + self.chance.between(-watts / 20, watts / 20 + 1) } else { 0 };
        // Through the text: there is no plain conversion from a large whole number to a fraction.
        let total: f64 = (self.counted / 3_600).to_string().parse().unwrap_or(0.0);
        Some(json!({
            "Time": "2026-01-01T00:00:00",
            "ENERGY": {
                "Total": round(12.5 + total / 1_000_000.0, 3),
                "Power": drawn,
                "Voltage": 230,
            },
        }))
    }

    /// Its words for whether it can be reached.
    pub(super) fn available(&self, up: bool) -> Publish {
        retained(self.topic("tele", "LWT"), if up { "Online" } else { "Offline" })
    }
}

impl Machine for Plug {
    fn topics(&self) -> Vec<String> {
        // A real one takes its commands in any letter case: these are what is sent to it.
        ["POWER", "POWER1", "Power", "Power1"].map(|command| self.topic("cmnd", command)).to_vec()
    }

    fn announce(&self) -> Vec<Publish> {
        let (mac, name) = (self.address(), self.setting.text(self.name));
        let relays = [1, 0, 0, 0, 0, 0, 0, 0];
        let config = json!({
            "ip": "127.0.0.1",
            "dn": name,
            "fn": [name, null, null, null, null, null, null, null],
            "hn": format!("demo-{}", self.id),
            "mac": mac,
            "md": "Sonoff S31",
            "ty": 0,
            "if": 0,
            "ofln": "Offline",
            "onln": "Online",
            "state": ["OFF", "ON", "TOGGLE", "HOLD"],
            "sw": "15.0.1",
            "t": format!("{}_{}", self.setting.base, self.id),
            "ft": "%prefix%/%topic%/",
            "tp": ["cmnd", "stat", "tele"],
            "rl": relays,
            "swc": [-1, -1, -1, -1, -1, -1, -1, -1],
            "swn": [null, null, null, null, null, null, null, null],
            "btn": [0, 0, 0, 0, 0, 0, 0, 0],
            "so": {"4": 0, "11": 0, "13": 0, "17": 0, "20": 0, "30": 0, "68": 0, "73": 0, "82": 0, "114": 0, "117": 0},
            "lk": 0,
            "lt_st": 0,
            "sho": [0, 0, 0, 0],
            "ver": 1,
        });
        let sensors = match self.watts {
            Some(_) => json!({
                "sn": {"Time": "2026-01-01T00:00:00", "ENERGY": {"Total": 0.0, "Power": 0, "Voltage": 230}},
                "ver": 1,
            }),
            None => json!({"sn": {"Time": "2026-01-01T00:00:00"}, "ver": 1}),
        };
        vec![
            message(format!("tasmota/discovery/{mac}/config"), &config),
            message(format!("tasmota/discovery/{mac}/sensors"), &sensors),
        ]
    }

    fn report(&self, _: Timestamp) -> Vec<Publish> {
        let state = json!({"Time": "2026-01-01T00:00:00", "POWER": self.power(), "Wifi": {"RSSI": 78}});
        vec![message(self.topic("tele", "STATE"), &state)]
    }

    fn receive(&mut self, _: &str, payload: &str, now: Timestamp) -> Vec<Publish> {
        self.count(now);
        match payload.trim().to_ascii_uppercase().as_str() {
            "ON" | "1" | "TRUE" => self.on = true,
            "OFF" | "0" | "FALSE" => self.on = false,
            "TOGGLE" | "2" => self.on = !self.on,
            _ => {}
        }
        let mut said = vec![
            message(self.topic("stat", "RESULT"), &json!({"POWER": self.power()})),
            retained(self.topic("stat", "POWER"), self.power()),
        ];
        // Answers are not retained by Tasmota, only the regular state is.
        for answer in &mut said {
            answer.retain = false;
        }
        said.extend(self.report(now));
        said
    }

    fn tick(&mut self, now: Timestamp) -> Vec<Publish> {
        if now < self.next {
            return Vec::new();
        }
        self.next = after(now, PERIOD);
        self.count(now);
        let measured = self.measured();
        let mut said = self.report(now);
        said.extend(measured.map(|values| message(self.topic("tele", "SENSOR"), &values)));
        said
    }

    fn due(&self) -> Option<Timestamp> {
        Some(self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_card;
    use super::super::timeline::Timeline;
    use super::*;

    #[test]
    fn a_plug_switches_and_counts() {
        let plug = |look: &str| {
            let setting = test_card("x").setting;
            Timeline::new(Plug::new(setting, "pc", ("Computer", "电脑"), [1, 2, 3], Some(100)), look)
        };
        plug("RESULT").table(&[
            (0, "POWER", "TOGGLE", &[("/POWER", "ON")]),
            (1, "POWER", "nonsense", &[("/POWER", "ON")]),
            (2, "POWER1", "0", &[("/POWER", "OFF")]),
        ]);
        plug("tele/demo_pc/SENSOR")
            .table(&[(0, "POWER", "ON", &[]), (3_630_000, "", "", &[("/ENERGY/Total", "12.601")])]);
    }
}
