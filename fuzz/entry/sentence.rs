//! Any text as a sentence, in English and Chinese, against a small home.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use homeclaw::intent::{Language, Matcher};
use homeclaw::model::{Area, AreaId, Domain, Entity, EntityId, HomeView, Names};

fn entity(id: &str, name: &str, area: &str) -> (EntityId, Arc<Entity>) {
    let id = EntityId::new(id).expect("an id");
    let entity = Entity {
        id: id.clone(),
        unique_id: None,
        names: Names::new(name),
        device: None,
        area: AreaId::new(area).ok(),
        device_class: (id.domain() == Domain::Cover).then(|| "curtain".into()),
        unit_of_measurement: None,
        icon: None,
        category: None,
        enabled: true,
        capabilities: Arc::default(),
    };
    (id, Arc::new(entity))
}

static MATCHERS: LazyLock<Vec<Matcher>> = LazyLock::new(|| {
    let areas: BTreeMap<_, _> = [("kitchen", "Kitchen"), ("office", "Office"), ("living_room", "客厅")]
        .map(|(id, name)| (AreaId::new(id).expect("an id"), name))
        .map(|(id, name)| (id.clone(), Arc::new(Area { id, names: Names::new(name), floor: None })))
        .into();
    let entities: BTreeMap<_, _> = [
        entity("light.kitchen", "Kitchen light", "kitchen"),
        entity("light.lamp", "台灯", "living_room"),
        entity("cover.office", "Office curtain", "office"),
        entity("switch.fan", "(A|B) [fan] {x} <y>", "office"),
    ]
    .into();
    let (floors, devices, states) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let view =
        HomeView { areas: &areas, floors: &floors, devices: &devices, entities: &entities, states: &states };
    ["en", "zh-CN"].map(|tag| Matcher::new(Language::load(tag).expect("a language"), &view)).into()
});

/// Whatever is handed in must do no harm.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let kitchen = AreaId::new("kitchen").expect("an id");
    for matcher in MATCHERS.iter() {
        let somewhere = matcher.recognize(text, Some(&kitchen));
        if let Ok(found) = &somewhere {
            assert!(found.intent.name.starts_with("Hass"), "{found:?}");
        }
        let _ = matcher.recognize(text, None);
    }
}
