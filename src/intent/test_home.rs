//! A home for tests, built in a few lines.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::model::{
    Area, AreaId, Channel, Device, DeviceId, Entity, EntityId, Floor, FloorId, HomeView, Intent, ItemStatus,
    ListId, ListItem, Names, Recognition, SlotValue, State, Timer, TimerId, TimerState, Timestamp, TodoList,
};

use super::plan::{Context, Plan, plan};

/// 2013-09-17T01:02:00Z, the moment that the tests of the sentence templates use.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_379_379_720_000);

/// A home that can be filled, looked at and spoken to.
#[derive(Debug)]
pub(crate) struct TestHome {
    pub(crate) areas: BTreeMap<AreaId, Arc<Area>>,
    pub(crate) floors: BTreeMap<FloorId, Arc<Floor>>,
    pub(crate) devices: BTreeMap<DeviceId, Arc<Device>>,
    pub(crate) entities: BTreeMap<EntityId, Arc<Entity>>,
    pub(crate) states: BTreeMap<EntityId, Arc<State>>,
    pub(crate) timers: BTreeMap<TimerId, Arc<Timer>>,
    pub(crate) lists: BTreeMap<ListId, Arc<TodoList>>,
    pub(crate) here: Option<AreaId>,
    pub(crate) paused: Vec<EntityId>,
}

impl TestHome {
    /// An empty home with an empty shopping list.
    pub(crate) fn new() -> Self {
        let mut home = Self {
            areas: BTreeMap::new(),
            floors: BTreeMap::new(),
            devices: BTreeMap::new(),
            entities: BTreeMap::new(),
            states: BTreeMap::new(),
            timers: BTreeMap::new(),
            lists: BTreeMap::new(),
            here: None,
            paused: Vec::new(),
        };
        home.list("shopping", "Shopping", &[]);
        home
    }

    /// A home of so many entities of all common domains, in ten rooms on two floors.
    pub(crate) fn of_size(entities: usize) -> Self {
        const DOMAINS: &[&str] =
            &["light", "switch", "cover", "climate", "fan", "lock", "sensor", "media_player", "todo"];
        const ROOMS: &[&str] = &[
            "Kitchen",
            "Living room",
            "客厅",
            "卧室",
            "Küche",
            "Salon",
            "Bedroom",
            "Office",
            "厨房",
            "Garage",
        ];
        let mut home = Self::new();
        home.floor("ground", "Ground floor").floor("upper", "二楼");
        for (number, room) in ROOMS.iter().enumerate() {
            let floor = if number % 2 == 0 { "ground" } else { "upper" };
            home.area(&format!("room_{number}"), room, Some(floor));
        }
        for number in 0..entities {
            let (domain, room) = (DOMAINS[number % DOMAINS.len()], number % ROOMS.len());
            let name = format!("{} {domain} {number}", ROOMS[room]);
            home.entity(&format!("{domain}.thing_{number}"), &name, Some(&format!("room_{room}")));
        }
        home
    }

    pub(crate) fn floor(&mut self, id: &str, name: &str) -> &mut Self {
        let id = FloorId::new(id).unwrap();
        self.floors.insert(id.clone(), Arc::new(Floor { id, names: Names::new(name), level: None }));
        self
    }

    pub(crate) fn area(&mut self, id: &str, name: &str, floor: Option<&str>) -> &mut Self {
        let id = AreaId::new(id).unwrap();
        let floor = floor.map(|floor| FloorId::new(floor).unwrap());
        self.areas.insert(id.clone(), Arc::new(Area { id, names: Names::new(name), floor }));
        self
    }

    pub(crate) fn areas_mut(&mut self, id: &str) -> &mut Area {
        Arc::make_mut(self.areas.get_mut(id).unwrap())
    }

    /// An entity that is `off`.
    pub(crate) fn entity(&mut self, id: &str, name: &str, area: Option<&str>) -> &mut Self {
        let id = EntityId::new(id).unwrap();
        let entity = Entity {
            id: id.clone(),
            unique_id: None,
            names: Names::new(name),
            device: None,
            area: area.map(|area| AreaId::new(area).unwrap()),
            device_class: None,
            unit_of_measurement: None,
            icon: None,
            category: None,
            enabled: true,
            capabilities: Arc::default(),
        };
        self.states.insert(id.clone(), Arc::new(State { state: "off".to_owned(), ..State::unknown(NOW) }));
        self.entities.insert(id, Arc::new(entity));
        self
    }

    pub(crate) fn entity_mut(&mut self, id: &str) -> &mut Entity {
        Arc::make_mut(self.entities.get_mut(&EntityId::new(id).unwrap()).unwrap())
    }

    pub(crate) fn class(&mut self, id: &str, class: &str) -> &mut Self {
        self.entity_mut(id).device_class = Some(class.into());
        self
    }

    /// A list of words among the entity's capabilities.
    pub(crate) fn can(&mut self, id: &str, capability: &str, words: &[&str]) -> &mut Self {
        let capabilities = Arc::make_mut(&mut self.entity_mut(id).capabilities);
        capabilities.insert(capability.to_owned(), words.to_vec().into());
        self
    }

    pub(crate) fn state(&mut self, id: &str, state: &str) -> &mut Self {
        let known = State { state: state.to_owned(), ..State::unknown(NOW) };
        self.states.insert(EntityId::new(id).unwrap(), Arc::new(known));
        self
    }

    pub(crate) fn attribute(
        &mut self,
        id: &str,
        name: &str,
        value: impl Into<serde_json::Value>,
    ) -> &mut Self {
        let state = self.states.entry(EntityId::new(id).unwrap());
        let state = state.or_insert_with(|| Arc::new(State::unknown(NOW)));
        Arc::make_mut(state).attributes.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn list(&mut self, id: &str, name: &str, items: &[&str]) -> &mut Self {
        let id = ListId::new(id).unwrap();
        let items = (1..).zip(items).map(|(id, summary)| ListItem {
            id,
            summary: (*summary).to_owned(),
            status: ItemStatus::NeedsAction,
            created: NOW,
        });
        let list = TodoList { id: id.clone(), name: name.to_owned(), items: items.collect() };
        self.lists.insert(id, Arc::new(list));
        self
    }

    /// A timer that was set a minute ago and runs.
    pub(crate) fn timer(
        &mut self,
        id: &str,
        name: Option<&str>,
        seconds: u64,
        area: Option<&str>,
    ) -> &mut Self {
        let id = TimerId::new(id).unwrap();
        let left = Duration::from_secs(seconds.saturating_sub(60));
        let timer = Timer {
            id: id.clone(),
            name: name.map(str::to_owned),
            duration_ms: seconds * 1_000,
            state: TimerState::Running { ends: NOW.plus(left) },
            area: area.map(|area| AreaId::new(area).unwrap()),
            channel: Channel::Panel,
            command: None,
            created: NOW,
        };
        self.timers.insert(id, Arc::new(timer));
        self
    }

    pub(crate) fn timer_mut(&mut self, id: &str) -> &mut Timer {
        Arc::make_mut(self.timers.get_mut(id).unwrap())
    }

    /// The speaker is in this room from now on.
    pub(crate) fn speak_in(&mut self, area: &str) -> &mut Self {
        self.here = Some(AreaId::new(area).unwrap());
        self
    }

    pub(crate) fn view(&self) -> HomeView<'_> {
        HomeView {
            areas: &self.areas,
            floors: &self.floors,
            devices: &self.devices,
            entities: &self.entities,
            states: &self.states,
        }
    }

    /// What the wish comes to in this home.
    pub(crate) fn plan(&self, recognition: &Recognition) -> Plan {
        let context = Context {
            area: self.here.as_ref(),
            channel: &Channel::Panel,
            now: NOW,
            time_zone: &TimeZone::UTC,
            temperature_unit: "°C",
            timers: &self.timers,
            lists: &self.lists,
            paused: &self.paused,
        };
        plan(&self.view(), recognition, &context)
    }

    /// [`TestHome::plan`] for an intent with slots of text; a number is written as a number.
    pub(crate) fn wish(&self, intent: &str, slots: &[(&str, &str)]) -> Plan {
        self.plan(&recognized(intent, slots))
    }
}

/// A recognised English sentence.
pub(crate) fn recognized(intent: &str, slots: &[(&str, &str)]) -> Recognition {
    let value = |text: &str| match text.parse() {
        Ok(number) => SlotValue::Int(number),
        Err(_) => SlotValue::Text(text.to_owned()),
    };
    Recognition {
        intent: Intent {
            name: intent.to_owned(),
            slots: slots.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect(),
        },
        response: "default".to_owned(),
        language: "en".to_owned(),
        template: String::new(),
        spoken: BTreeMap::new(),
        context: BTreeMap::new(),
    }
}
