//! Which devices there are, and where they stand.

use super::card::{Card, Setting, Style};
use super::device::Device;
use super::light::{Ability, Light};
use super::lock::Lock;
use super::machine::{Drift, Machine, Text};
use super::mover::{Kind, Mover};
use super::sensor::{Contact, Figure, Sensor};
use super::slots::{Sheet, Slots};
use super::tasmota::Plug;
use super::{comfort, house, robots};

const LIVING_ROOM: Text = ("Living Room", "客厅");
const KITCHEN: Text = ("Kitchen", "厨房");
const BEDROOM: Text = ("Bedroom", "卧室");
const OFFICE: Text = ("Office", "书房");
const BATHROOM: Text = ("Bathroom", "浴室");
const GARAGE: Text = ("Garage", "车库");

const GROUND_FLOOR: Text = ("Ground Floor", "一楼");
const UPPER_FLOOR: Text = ("Upper Floor", "二楼");

/// Floors with their level and rooms. Discovery knows no floors: whoever sets up the home makes them.
pub(super) const FLOORS: &[(Text, i16, &[Text])] =
    &[(GROUND_FLOOR, 0, &[LIVING_ROOM, KITCHEN, GARAGE]), (UPPER_FLOOR, 1, &[BEDROOM, OFFICE, BATHROOM])];

/// Tasmota tells no room; these are for the owner to place, by the address that identifies them.
pub(super) const UNPLACED: &[(&str, Text)] = &[("5CCF7F0000A1", KITCHEN), ("5CCF7F0000A2", OFFICE)];

struct Maker<'a> {
    setting: &'a Setting,
    seed: u64,
    devices: Vec<Device>,
}

impl Maker<'_> {
    fn card(
        &self,
        style: Style,
        id: &'static str,
        name: Text,
        room: Text,
        made: (&'static str, &'static str),
    ) -> Card {
        Card { setting: self.setting.clone(), style, id, name, room, maker: made.0, model: made.1 }
    }

    fn add(&mut self, card: &Card, machine: impl Machine + 'static) -> &mut Device {
        let (up, down) = (card.available(true), card.available(false));
        self.devices.push(Device::new(card.id, Box::new(machine), up, down));
        // Just pushed, so there is a last one; indexing would need the same argument.
        let last = self.devices.len() - 1;
        #[allow(clippy::indexing_slicing, reason = "the device was pushed in the line above")]
        &mut self.devices[last]
    }

    /// A seed of its own for each device, so that they do not move in step.
    fn seed(&self) -> u64 {
        self.seed.wrapping_mul(31).wrapping_add(u64::try_from(self.devices.len()).unwrap_or(0))
    }

    fn light(&mut self, id: &'static str, name: Text, room: Text, ability: Ability) {
        let card = self.card(Style::Zigbee, id, name, room, ("Signify", "Hue bulb E27"));
        self.add(&card.clone(), Light::new(card, ability));
    }

    fn slots(
        &mut self,
        style: Style,
        id: &'static str,
        name: Text,
        room: Text,
        made: (&'static str, &'static str),
        sheet: Sheet,
    ) {
        let card = self.card(style, id, name, room, made);
        self.add(&card.clone(), Slots::new(card, sheet));
    }

    fn sensor(
        &mut self,
        card: &Card,
        figures: Vec<Figure>,
        contact: Option<Contact>,
        every: i64,
    ) -> &mut Device {
        let sensor = Sensor::new(card.clone(), figures, contact, self.seed(), every);
        self.add(card, sensor)
    }

    fn mover(&mut self, style: Style, id: &'static str, name: Text, room: Text, mover: (Kind, i64, i64)) {
        let card = self.card(style, id, name, room, ("Homeclaw", "Motor"));
        self.add(&card.clone(), Mover::new(card, mover.0, mover.1, mover.2));
    }

    fn plug(&mut self, id: &'static str, name: Text, mac: [u8; 3], watts: Option<i64>) {
        let plug = Plug::new(self.setting.clone(), id, name, mac, watts);
        let (up, down) = (plug.available(true), plug.available(false));
        self.devices.push(Device::new(id, Box::new(plug), up, down));
    }
}

/// Every device of the demo home.
pub(super) fn devices(setting: &Setting, seed: u64) -> Vec<Device> {
    let mut home = Maker { setting, seed, devices: Vec::new() };
    lights(&mut home);
    contacts(&mut home);
    climate(&mut home);
    movers(&mut home);
    others(&mut home);
    home.devices
}

fn lights(home: &mut Maker<'_>) {
    home.light("living_room_light", ("Living Room Light", "客厅灯"), LIVING_ROOM, Ability::Color);
    home.light("floor_lamp", ("Floor Lamp", "落地灯"), LIVING_ROOM, Ability::White);
    home.light("kitchen_light", ("Kitchen Light", "厨房灯"), KITCHEN, Ability::White);
    home.light("bedroom_light", ("Bedroom Light", "卧室灯"), BEDROOM, Ability::Color);
    home.light("desk_lamp", ("Desk Lamp", "台灯"), OFFICE, Ability::White);
    home.light("bathroom_light", ("Bathroom Light", "浴室灯"), BATHROOM, Ability::Brightness);
    home.plug("coffee_maker", ("Coffee Maker", "咖啡机"), [0, 0, 0xA1], None);
    home.plug("computer", ("Computer", "电脑"), [0, 0, 0xA2], Some(140));
}

fn contact(
    key: &'static str,
    class: &'static str,
    on_is: bool,
    words: (&'static str, &'static str),
) -> Contact {
    Contact { key, class, on_is, rhythm: None, words }
}

fn contacts(home: &mut Maker<'_>) {
    let aqara = ("Aqara", "Sensor T1");
    let card = home.card(Style::Zigbee, "front_door", ("Front Door", "前门"), LIVING_ROOM, aqara);
    let door = Contact {
        rhythm: Some(((600, 1_800), (10, 40))),
        ..contact("contact", "door", false, ("open", "closed"))
    };
    home.sensor(&card, vec![Figure::battery(82.0)], Some(door), 3_600);

    let card = home.card(Style::Zigbee, "bedroom_window", ("Bedroom Window", "卧室窗户"), BEDROOM, aqara);
    let window = Contact {
        rhythm: Some(((1_800, 5_400), (300, 900))),
        ..contact("contact", "window", false, ("open", "closed"))
    };
    home.sensor(&card, vec![Figure::battery(64.0)], Some(window), 3_600);

    let card =
        home.card(Style::Zigbee, "kitchen_motion", ("Kitchen Motion", "厨房人体传感器"), KITCHEN, aqara);
    let motion = Contact {
        rhythm: Some(((120, 400), (30, 90))),
        ..contact("occupancy", "motion", true, ("motion", "still"))
    };
    let light = Drift { middle: 180.0, swing: 150.0, period: 720.0, noise: 10.0, digits: 0 };
    let figures =
        vec![Figure::new("illuminance", ("Illuminance", "光照度"), "lx", light), Figure::battery(91.0)];
    home.sensor(&card, figures, Some(motion), 60);

    let card = home.card(Style::Zigbee, "bathroom_leak", ("Bathroom Leak", "浴室漏水"), BATHROOM, aqara);
    let leak = contact("water_leak", "moisture", true, ("wet", "dry"));
    home.sensor(&card, vec![Figure::battery(77.0)], Some(leak), 3_600);
}

fn temperature(middle: f64) -> Figure {
    let drift = Drift { middle, swing: 1.2, period: 240.0, noise: 0.1, digits: 1 };
    Figure::new("temperature", ("Temperature", "温度"), "°C", drift)
}

fn humidity(middle: f64) -> Figure {
    let drift = Drift { middle, swing: 6.0, period: 300.0, noise: 0.5, digits: 1 };
    Figure::new("humidity", ("Humidity", "湿度"), "%", drift)
}

fn climate(home: &mut Maker<'_>) {
    let sensor = ("Aqara", "Climate sensor");
    let card =
        home.card(Style::Zigbee, "bedroom_climate", ("Bedroom Climate", "卧室温湿度计"), BEDROOM, sensor);
    let figures = vec![temperature(19.5), humidity(48.0), Figure::battery(58.0)];
    // The one that drops out: half a minute every ten.
    home.sensor(&card, figures, None, 30).drops_out(570_000, 30_000);

    let card =
        home.card(Style::Zigbee, "bathroom_climate", ("Bathroom Climate", "浴室温湿度计"), BATHROOM, sensor);
    home.sensor(&card, vec![temperature(22.5), humidity(60.0), Figure::battery(88.0)], None, 30);

    let made = ("Espressif", "ESP32-C3");
    let card = home.card(Style::Esphome, "office_air", ("Office Air", "书房空气"), OFFICE, made);
    let co2 = Drift { middle: 780.0, swing: 260.0, period: 150.0, noise: 15.0, digits: 0 };
    let dust = Drift { middle: 9.0, swing: 5.0, period: 200.0, noise: 1.0, digits: 1 };
    let figures = vec![
        temperature(21.8),
        humidity(44.0),
        Figure::new("carbon_dioxide", ("CO₂", "二氧化碳"), "ppm", co2),
        Figure::new("pm25", ("PM2.5", "PM2.5"), "µg/m³", dust),
    ];
    home.sensor(&card, figures, None, 20);

    let card = home.card(Style::Esphome, "energy_meter", ("Energy Meter", "电表"), GARAGE, made);
    let power = Drift { middle: 620.0, swing: 380.0, period: 180.0, noise: 60.0, digits: 0 };
    let figures = vec![Figure::new("power", ("Power", "功率"), "W", power), Figure::energy(4_318.2)];
    home.sensor(&card, figures, None, 10);

    home.slots(Style::Esphome, "bedroom_fan", ("Bedroom Fan", "卧室风扇"), BEDROOM, made, comfort::fan());
    let gree = ("Gree", "Split unit");
    home.slots(
        Style::Own,
        "air_conditioner",
        ("Air Conditioner", "空调"),
        LIVING_ROOM,
        gree,
        comfort::air_conditioner(),
    );
    let heater = ("Stiebel", "Boiler");
    home.slots(
        Style::Own,
        "water_heater",
        ("Water Heater", "热水器"),
        BATHROOM,
        heater,
        comfort::water_heater(),
    );
    let levoit = ("Levoit", "Classic");
    home.slots(Style::Own, "humidifier", ("Humidifier", "加湿器"), BEDROOM, levoit, comfort::humidifier());
}

fn movers(home: &mut Maker<'_>) {
    let blind = (Kind::Cover("blind"), 12_000, 100);
    home.mover(Style::Esphome, "living_room_blind", ("Living Room Blind", "客厅百叶窗"), LIVING_ROOM, blind);
    let curtain = (Kind::Cover("curtain"), 8_000, 0);
    home.mover(Style::Esphome, "bedroom_curtain", ("Bedroom Curtain", "卧室窗帘"), BEDROOM, curtain);
    let garage = (Kind::Cover("garage"), 15_000, 0);
    home.mover(Style::Esphome, "garage_door", ("Garage Door", "车库门"), GARAGE, garage);
    let water = (Kind::Valve, 4_000, 0);
    home.mover(Style::Own, "garden_valve", ("Garden Water", "花园水阀"), GARAGE, water);

    let card = home.card(
        Style::Zigbee,
        "front_door_lock",
        ("Front Door Lock", "前门锁"),
        LIVING_ROOM,
        ("Nuki", "Smart Lock"),
    );
    let seed = home.seed();
    home.add(&card.clone(), Lock::new(card, seed));
}

fn others(home: &mut Maker<'_>) {
    let segments: Vec<(&str, &str)> = [("1", LIVING_ROOM), ("2", KITCHEN), ("3", BEDROOM), ("4", OFFICE)]
        .map(|(id, room)| (id, home.setting.text(room)))
        .to_vec();
    let vacuum = robots::vacuum(&segments);
    home.slots(Style::Own, "vacuum", ("Vacuum", "扫地机器人"), LIVING_ROOM, ("Roborock", "S7"), vacuum);
    home.slots(
        Style::Own,
        "mower",
        ("Lawn Mower", "割草机"),
        GARAGE,
        ("Husqvarna", "Automower"),
        robots::mower(),
    );
    home.slots(Style::Own, "alarm", ("Alarm", "安防"), LIVING_ROOM, ("Homeclaw", "Alarm"), house::alarm());
    home.slots(
        Style::Own,
        "speaker",
        ("Speaker", "音箱"),
        LIVING_ROOM,
        ("Homeclaw", "Speaker"),
        house::speaker(),
    );
    home.slots(Style::Own, "panel", ("Home", "家"), LIVING_ROOM, ("Homeclaw", "Panel"), house::panel());
}
