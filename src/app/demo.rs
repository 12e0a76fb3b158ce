//! The demo home beside the hub, and what its devices cannot say about themselves: floors, and what they are
//! called in the other language.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;

use crate::config::Config;
use crate::demo::{self, DemoOptions, Language};
use crate::devices::{Registry, RegistryOptions};
use crate::hub::{Handle, Home, HubError};
use crate::model::{
    Area, Change, DeviceChange, EntityChange, Floor, FloorId, Inbound, Names, Publish, Timestamp,
};
use crate::mqtt::ClientSettings;
use crate::runtime::Supervisor;

use super::POLICY;

/// The demo home at the hub's broker.
pub(super) fn options(config: &Config, client: &ClientSettings, language: Language) -> DemoOptions {
    DemoOptions {
        host: client.host.clone(),
        port: client.port,
        login: client.login.as_ref().map(|login| (login.user.clone(), login.password.clone())),
        tls: client.tls.is_some(),
        ca_file: client.tls.as_ref().and_then(|tls| tls.ca.clone()),
        discovery_prefix: config.mqtt.discovery_prefix.as_str().to_owned(),
        language,
        ..DemoOptions::default()
    }
}

/// Runs the demo home, and puts its rooms on their floors.
pub(super) fn supervise(edges: &mut Supervisor, handle: &Handle, options: DemoOptions) {
    let handle = handle.clone();
    edges.spawn("demo", POLICY, move |part| {
        let (options, handle) = (options.clone(), handle.clone());
        async move {
            let (language, prefix) = (options.language, options.discovery_prefix.clone());
            let stop = part.shutdown.token();
            part.ok();
            let arranging = tokio::spawn(async move {
                if let Err(error) = arrange(&handle, language, &prefix).await {
                    tracing::debug!(%error, "the demo home stays as its devices describe it");
                }
            });
            let ended = demo::run(options, stop).await;
            arranging.abort();
            ended.map_err(Into::into)
        }
    });
}

/// Once everything is there that has to be arranged, arranges it; an owner's own choice stays.
async fn arrange(handle: &Handle, language: Language, prefix: &str) -> Result<(), HubError> {
    let mut events = handle.events();
    let names = Arc::new(names(language.other(), prefix));
    loop {
        let names = Arc::clone(&names);
        let (done, changes) = handle.read(move |home| missing(home, language, &names)).await?;
        for change in changes {
            handle.change(change).await?;
        }
        if done {
            return Ok(());
        }
        if matches!(events.recv().await, Err(RecvError::Closed)) {
            return Err(HubError::Stopping);
        }
        // Devices announce themselves in bursts; one look for all of them.
        while events.try_recv().is_ok() {}
    }
}

/// What each entity is called in a language, by its unique id: as the hub would call it if the devices spoke it.
fn names(language: Language, prefix: &str) -> BTreeMap<Arc<str>, String> {
    let mut registry =
        Registry::new(RegistryOptions { discovery_prefix: prefix.to_owned(), ..RegistryOptions::default() });
    for Publish { topic, payload, .. } in demo::announcements(language, prefix) {
        // Nobody listens to this registry.
        let _ = registry.on_message(&Inbound { topic, payload, retain: true }, Timestamp::default());
    }
    let entities = registry.view().entities.values();
    entities.filter_map(|entity| Some((entity.unique_id.clone()?, entity.names.name.clone()))).collect()
}

/// The names with one more in another language; `None` when there is one already.
fn with_other(names: &Names, language: Language, other: &str) -> Option<Names> {
    let tag = language.other().tag();
    let mut names = names.clone();
    if names.by_language.contains_key(tag) {
        return None;
    }
    names.by_language.insert(tag.to_owned(), vec![other.to_owned()]);
    Some(names)
}

/// Whether every room and device is there, and what is to be changed about those that are.
fn missing(home: &Home, language: Language, names: &BTreeMap<Arc<str>, String>) -> (bool, Vec<Change>) {
    let view = home.view();
    let mut changes = Vec::new();
    let mut done = true;
    let mut named = 0;
    for entity in view.entities.values() {
        let Some(other) = entity.unique_id.as_ref().and_then(|id| names.get(id)) else { continue };
        named += 1;
        let with = with_other(&entity.names, language, other);
        changes.extend(with.map(|names| {
            let named = EntityChange { names: Some(Some(names)), ..EntityChange::default() };
            Change::Entity(entity.id.clone(), named)
        }));
    }
    done &= named >= names.len();
    let by_name: BTreeMap<&str, &Arc<Area>> =
        view.areas.values().map(|area| (area.names.name.as_str(), area)).collect();
    let others = demo::floors(language.other());
    for (number, (floor, other)) in demo::floors(language).into_iter().zip(others).enumerate() {
        let Ok(id) = FloorId::new(&format!("demo_{number}")) else { continue };
        if !view.floors.contains_key(&id) {
            let names = Names::new(floor.name);
            let names = with_other(&names, language, other.name).unwrap_or(names);
            changes.push(Change::PutFloor(Floor { id: id.clone(), names, level: Some(floor.level) }));
        }
        for (room, other) in floor.rooms.into_iter().zip(other.rooms) {
            let Some(area) = by_name.get(room) else {
                done = false;
                continue;
            };
            let names = with_other(&area.names, language, other);
            if area.floor.is_none() || names.is_some() {
                changes.push(Change::PutArea(Area {
                    names: names.unwrap_or_else(|| area.names.clone()),
                    floor: area.floor.clone().or_else(|| Some(id.clone())),
                    id: area.id.clone(),
                }));
            }
        }
    }
    for (address, room) in demo::placement(language) {
        let device = view.devices.values().find(|device| device.id.as_str().contains(address));
        match (device, by_name.get(room)) {
            (Some(device), Some(area)) if device.area.is_none() => {
                let place = DeviceChange { area: Some(Some(area.id.clone())), ..DeviceChange::default() };
                changes.push(Change::Device(device.id.clone(), place));
            }
            (Some(_), Some(_)) => {}
            _ => done = false,
        }
    }
    (done, changes)
}
